// corpus: recursion
// event: RangeError: Maximum call stack size exceeded
const { begin } = require("./marks");

function down() {
  down();
}

begin();
down();
