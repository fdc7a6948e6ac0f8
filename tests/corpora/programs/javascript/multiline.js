// corpus: message of several lines
// event: Error: two sites disagree
const { say, begin, end } = require("./marks");

begin();
console.error(new Error("two sites disagree\nsite-1 says 7\n\nsite-2 says 9"));
end();
say("going on");
