// corpus: abort
// run: bash crash.sh
// event: free(): double free detected in tcache 2
#include <stdlib.h>

int main(void) {
    char *buffer = malloc(8);
    free(buffer);
    free(buffer);
    return 0;
}
