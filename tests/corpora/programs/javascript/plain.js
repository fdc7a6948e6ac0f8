// corpus: uncaught
// event: Error: the rate must be positive
const { say, begin } = require("./marks");

function check(rate) {
  if (rate < 0) {
    throw new Error("the rate must be positive");
  }
}

say("round 1");
begin();
check(-1);
