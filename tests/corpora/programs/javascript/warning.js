// corpus: no event
const { say } = require("./marks");

say("round 1");
process.emitWarning("old() goes away");
setImmediate(() => say("round 2"));
