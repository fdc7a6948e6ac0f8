// corpus: async
// event: ERR_UNHANDLED_REJECTION
const { begin } = require("./marks");

begin();
Promise.reject("just a text");
