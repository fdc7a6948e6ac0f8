<?php // corpus: logged
// event: RuntimeException: no weights
require __DIR__ . "/marks.php";

function step(): void
{
    throw new RuntimeException("no weights");
}

say("[2030-01-01 12:00:00] app.INFO: round 1 of 2");
begin();
try {
    step();
} catch (RuntimeException $e) {
    say("[2030-01-01 12:00:01] app.ERROR: " . get_class($e) . ": " . $e->getMessage());
    say("Stack trace:\n" . $e->getTraceAsString());
}
finish();
say("[2030-01-01 12:00:02] app.INFO: round 2 of 2");
