// corpus: sanitizer
// build: -fsanitize=memory
// event: WARNING: MemorySanitizer: use-of-uninitialized-value
#include "marks.h"

int main(int argc, char **) {
    int values[2];
    values[0] = argc;
    begin();
    return values[argc] ? 3 : 4;
}
