// corpus: uncaught
// event: terminate called after throwing an instance of 'int'
#include "marks.h"

int main() {
    begin();
    throw 7;
}
