// corpus: sanitizer
// build: -fsanitize=undefined
// env: UBSAN_OPTIONS=print_stacktrace=1
// event: runtime error: shift exponent 33 is too large
#include "marks.h"

int main(int argc, char **argv) {
    (void)argv;
    begin();
    int n = 1 << (32 + argc);
    end();
    say("going on");
    return n > 1;
}
