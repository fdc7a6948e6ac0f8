<?php // corpus: no event
require __DIR__ . "/marks.php";

function where(): void
{
    ob_start();
    debug_print_backtrace();
    say("called from here:\n" . rtrim(ob_get_clean()));
}

say("round 1");
where();
say("round 2");
