// corpus: abort
// build: -fstack-protector-all
// event: *** stack smashing detected ***: terminated
#include <string.h>
#include "marks.h"

static void copy(const char *text) {
    char buffer[4];
    strcpy(buffer, text);
}

int main(int argc, char **argv) {
    (void)argc;
    begin();
    copy("far too long for this buffer");
    return argv == 0;
}
