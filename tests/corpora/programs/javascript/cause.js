// corpus: chained
// event: Error: no settings
const { say, begin, end } = require("./marks");

function load() {
  try {
    JSON.parse("{");
  } catch (error) {
    throw new Error("no settings", { cause: error });
  }
}

begin();
try {
  load();
} catch (error) {
  console.error(error);
}
end();
say("going on");
