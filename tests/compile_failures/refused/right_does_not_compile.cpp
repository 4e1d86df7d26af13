// expect: static
static_assert(sizeof(char) == 2);
