#ifdef PSTAR_WRONG
static_assert(sizeof(char) == 2);
#endif
