// corpus: abort
// event: Assertion `rate > 0' failed.
#include <assert.h>
#include "marks.h"

int main(int argc, char **argv) {
    (void)argv;
    int rate = -argc;
    begin();
    assert(rate > 0);
    return 0;
}
