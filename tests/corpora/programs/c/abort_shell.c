// corpus: abort
// run: bash crash.sh
// event: Aborted
#include <stdlib.h>

int main(void) {
    abort();
}
