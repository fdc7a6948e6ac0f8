// Shared by the programs: the lines that tell make.py where an event begins and ends.
const fs = require("fs");
const say = (text) => fs.writeSync(2, text + "\n");
module.exports = { say, begin: () => say("-- begin"), end: () => say("-- end") };
