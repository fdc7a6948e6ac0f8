// corpus: thread
// event: Error: in a worker
const { begin } = require("./marks");
const { Worker, isMainThread } = require("worker_threads");

if (isMainThread) {
  begin();
  new Worker(__filename);
} else {
  throw new Error("in a worker");
}
