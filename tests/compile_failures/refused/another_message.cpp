// expect: no such words
#ifdef PSTAR_WRONG
static_assert(sizeof(char) == 2, "other words");
#endif
