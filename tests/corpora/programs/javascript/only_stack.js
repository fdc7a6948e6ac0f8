// corpus: caught and printed
// event: RangeError: Invalid array length
const { say, begin, end } = require("./marks");

begin();
try {
  new Array(-1);
} catch (error) {
  console.error("round 1 failed: " + error.stack);
}
end();
say("going on");
