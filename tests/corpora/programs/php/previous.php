<?php // corpus: chained
// event: RuntimeException: no settings
require __DIR__ . "/marks.php";

function load(string $name): array
{
    try {
        return json_decode($name, true, 2, JSON_THROW_ON_ERROR);
    } catch (JsonException $e) {
        throw new RuntimeException("no settings", 3, $e);
    }
}

begin();
load("{");
