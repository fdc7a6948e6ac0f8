// corpus: sanitizer
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: attempting double-free
#include "marks.h"

int main() {
    int *value = new int(3);
    delete value;
    begin();
    delete value;
}
