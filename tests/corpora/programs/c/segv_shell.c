// corpus: signal
// run: bash crash.sh
// event: Segmentation fault
int main(void) {
    volatile int *nowhere = (int *)8;
    return *nowhere;
}
