// corpus: nested
// event: AggregateError: All promises were rejected
const { say, begin, end } = require("./marks");

begin();
Promise.any([Promise.reject(new Error("site-1")), Promise.reject(new Error("site-2"))]).catch((error) => {
  console.error(error);
  end();
  say("going on");
});
