// corpus: sanitizer
// build: -fsanitize=undefined
// event: runtime error: signed integer overflow
#include <limits.h>
#include "marks.h"

int main(int argc, char **argv) {
    (void)argv;
    begin();
    int n = INT_MAX;
    n += argc;
    end();
    say("going on");
    return n == 0;
}
