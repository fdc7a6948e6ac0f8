<?php // corpus: uncaught
// event: Uncaught TypeError
require __DIR__ . "/marks.php";

final class Model
{
    public function train(int $rounds): void {}
}

begin();
(new Model())->train("many");
