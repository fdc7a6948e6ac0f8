<?php // corpus: syntax error
// event: syntax error, unexpected
require __DIR__ . "/marks.php";

begin();
require __DIR__ . "/parts/broken.php";
