// corpus: nested
// event: terminate called after throwing an instance of 'std::_Nested_exception<std::runtime_error>'
#include <stdexcept>
#include <string>
#include "marks.h"

int main() {
    begin();
    try {
        std::stoi("fast");
    } catch (...) {
        std::throw_with_nested(std::runtime_error("no rate"));
    }
}
