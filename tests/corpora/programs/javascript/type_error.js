// corpus: caught and printed
// event: TypeError: Cannot read properties of undefined (reading 'weights')
const { say, begin, end } = require("./marks");

class Model {
  get size() {
    return this.missing.weights;
  }
}

begin();
try {
  new Model().size;
} catch (error) {
  console.error(error);
}
end();
say("going on");
