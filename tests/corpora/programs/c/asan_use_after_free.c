// corpus: sanitizer
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: heap-use-after-free
#include <stdlib.h>
#include "marks.h"

int main(void) {
    char *buffer = malloc(8);
    free(buffer);
    begin();
    return buffer[3];
}
