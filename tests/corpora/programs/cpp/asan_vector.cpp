// corpus: sanitizer
// build: -fsanitize=address
// event: ERROR: AddressSanitizer: heap-buffer-overflow
#include <vector>
#include "marks.h"

int main(int argc, char **) {
    std::vector<int> values(3);
    begin();
    return values[2 + argc];
}
