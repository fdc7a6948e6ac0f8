// corpus: recursion
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: stack-overflow
#include "marks.h"

static int down(int n) {
    volatile char room[4096];
    room[0] = 1;
    return n > 1000000 ? room[0] : down(n + 1) + room[0];
}

int main() {
    begin();
    return down(0);
}
