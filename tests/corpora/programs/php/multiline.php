<?php // corpus: message of several lines
// event: RuntimeException: two sites disagree
require __DIR__ . "/marks.php";

begin();
throw new RuntimeException("two sites disagree\nsite-1 says 7\n\nsite-2 says 9");
