// corpus: syntax error
// event: SyntaxError: Unexpected token
const { begin } = require("./marks");

begin();
require("./parts/broken");
