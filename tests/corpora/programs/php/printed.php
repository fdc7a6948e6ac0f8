<?php // corpus: caught and printed
// event: DivisionByZeroError: Division by zero
require __DIR__ . "/marks.php";

function mean(int $total, int $n): int
{
    return intdiv($total, $n);
}

begin();
try {
    mean(1, 0);
} catch (DivisionByZeroError $e) {
    say((string) $e);
}
finish();
say("going on");
