<?php // corpus: uncaught
// event: Uncaught InvalidArgumentException: the rate must be positive
require __DIR__ . "/marks.php";

function check(int $rate): void
{
    if ($rate < 0) {
        throw new InvalidArgumentException("the rate must be positive");
    }
}

say("round 1");
begin();
check(-1);
