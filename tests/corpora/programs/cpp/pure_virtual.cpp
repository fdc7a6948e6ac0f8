// corpus: abort
// event: pure virtual method called
#include "marks.h"

struct Model {
    Model() { run(); }
    void run() { train(); }
    virtual void train() = 0;
};

struct Real : Model {
    void train() override {}
};

int main() {
    begin();
    Real real;
}
