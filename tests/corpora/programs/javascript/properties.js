// corpus: caught and printed
// event: Error: ENOENT: no such file or directory, open '/nowhere/job.json'
const fs = require("fs");
const { say, begin, end } = require("./marks");

begin();
try {
  fs.readFileSync("/nowhere/job.json");
} catch (error) {
  console.error(error);
}
end();
say("going on");
