// corpus: sanitizer
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: SEGV
#include "marks.h"

int main(void) {
    volatile int *nowhere = (int *)8;
    begin();
    return *nowhere;
}
