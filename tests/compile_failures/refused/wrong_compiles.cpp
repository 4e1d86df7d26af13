// expect: anything
int number = 1;
