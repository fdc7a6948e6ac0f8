// corpus: sanitizer
// build: -fsanitize=thread
// stop: ThreadSanitizer: reported
// event: WARNING: ThreadSanitizer: data race
#include <pthread.h>
#include <unistd.h>
#include "marks.h"

static int counter;

static void *work(void *unused) {
    counter++;
    return unused;
}

int main(void) {
    pthread_t a, b;
    begin();
    pthread_create(&a, NULL, work, NULL);
    usleep(20000);
    pthread_create(&b, NULL, work, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
