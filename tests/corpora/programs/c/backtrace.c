// corpus: caught and printed
// build: -rdynamic
// event: caught SIGSEGV (Segmentation fault), stack of the thread:
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>
#include "marks.h"

static void caught(int number) {
    void *frames[16];
    (void)number;
    say("caught SIGSEGV (Segmentation fault), stack of the thread:");
    backtrace_symbols_fd(frames, backtrace(frames, 16), 2);
    _exit(1);
}

int main(void) {
    volatile int *nowhere = (int *)8;
    void *first[1];
    backtrace(first, 1);
    signal(SIGSEGV, caught);
    begin();
    return *nowhere;
}
