<?php // corpus: no event
require __DIR__ . "/marks.php";

say("round 1");
trigger_error("old() goes away", E_USER_DEPRECATED);
say("round 2");
