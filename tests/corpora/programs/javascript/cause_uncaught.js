// corpus: chained
// event: Error: outer
const { begin } = require("./marks");

begin();
throw new Error("outer", { cause: new TypeError("inner") });
