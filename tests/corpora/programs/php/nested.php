<?php // corpus: nested calls, closures
// event: Uncaught LogicException: site 2
require __DIR__ . "/marks.php";

final class Run
{
    public static function all(array $sites): void
    {
        array_map(function (int $site) {
            if ($site === 2) {
                throw new LogicException("site 2");
            }
        }, $sites);
    }
}

begin();
Run::all([1, 2, 3]);
