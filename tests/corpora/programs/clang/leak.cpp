// corpus: sanitizer
// build: -fsanitize=leak
// event: ERROR: LeakSanitizer: detected memory leaks
#include <stdlib.h>
#include "marks.h"

int main(void) {
    void *volatile lost = malloc(100);
    lost = NULL;
    (void)lost;
    begin();
    return 0;
}
