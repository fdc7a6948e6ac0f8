<?php
// Shared by the programs: the lines that tell make.py where an event begins and ends.
function say(string $text): void { fwrite(STDERR, $text . "\n"); }
function begin(): void { say("-- begin"); }
function finish(): void { say("-- end"); }
