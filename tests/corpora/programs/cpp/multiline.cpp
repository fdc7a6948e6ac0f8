// corpus: message of several lines
// event: terminate called after throwing an instance of 'std::runtime_error'
// run: bash crash.sh
#include <stdexcept>

int main() {
    throw std::runtime_error("two sites disagree\nsite-1 says 7\nsite-2 says 9");
}
