// corpus: no event
#include <stdexcept>
#include "marks.h"

int main() {
    say("round 1");
    try {
        throw std::runtime_error("handled");
    } catch (const std::runtime_error &) {
        say("using the default rate");
    }
}
