// corpus: uncaught
// event: terminate called after throwing an instance of 'std::runtime_error'
#include <stdexcept>
#include "marks.h"

static void check(int rate) {
    if (rate < 0) throw std::runtime_error("the rate must be positive");
}

int main() {
    say("round 1");
    begin();
    check(-1);
}
