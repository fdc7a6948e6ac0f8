// corpus: no event
const { say } = require("./marks");

function where() {
  console.trace("called from here");
}

say("round 1");
where();
say("round 2");
