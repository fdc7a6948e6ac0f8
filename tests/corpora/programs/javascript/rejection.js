// corpus: async
// event: Error: in a promise
const { begin } = require("./marks");

async function inner() {
  await null;
  throw new Error("in a promise");
}

async function outer() {
  await inner();
}

begin();
outer();
