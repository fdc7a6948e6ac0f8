/* Shared by the programs: the lines that tell make.py where an event begins and ends. */
#include <stdio.h>
#define say(text) (fputs(text "\n", stderr), fflush(stderr))
#define begin() say("-- begin")
#define end() say("-- end")
