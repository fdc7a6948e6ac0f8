// corpus: thread
// event: terminate called after throwing an instance of 'std::out_of_range'
#include <thread>
#include <vector>
#include "marks.h"

int main() {
    begin();
    std::thread worker([] { std::vector<int>(3).at(7); });
    worker.join();
}
