// corpus: thread
// event: terminate called without an active exception
#include <thread>
#include "marks.h"

int main() {
    begin();
    std::thread forgotten([] {});
    return 0;
}
