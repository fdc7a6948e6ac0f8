<?php // corpus: fatal error
// event: Allowed memory size of 2097152 bytes exhausted
// run: php -n -d memory_limit=2M -d display_errors=stderr -d log_errors=0 {file}
require __DIR__ . "/marks.php";

begin();
$weights = str_repeat("x", 3 << 20);
