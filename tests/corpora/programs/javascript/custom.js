// corpus: caught and printed
// event: TrainingError: round 7 failed
const { say, begin, end } = require("./marks");

class TrainingError extends Error {
  constructor(text) {
    super(text);
    this.name = "TrainingError";
    this.code = "E_ROUND";
    this.site = { name: "site-1", rounds: [1, 2] };
  }
}

begin();
console.error(new TrainingError("round 7 failed"));
end();
say("going on");
