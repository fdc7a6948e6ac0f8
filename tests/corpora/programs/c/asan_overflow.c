// corpus: sanitizer
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: heap-buffer-overflow
#include <stdlib.h>
#include "marks.h"

static int sum(const int *values, int n) {
    int total = 0;
    for (int i = 0; i <= n; i++) total += values[i];
    return total;
}

int main(void) {
    int *values = calloc(4, sizeof *values);
    say("round 1");
    begin();
    return sum(values, 4);
}
