<?php // corpus: logged
// run: php -n -d display_errors=0 -d log_errors=1 {file}
// event: PHP Fatal error:  Uncaught RuntimeException: no weights
require __DIR__ . "/marks.php";

function step(): void
{
    throw new RuntimeException("no weights");
}

begin();
step();
