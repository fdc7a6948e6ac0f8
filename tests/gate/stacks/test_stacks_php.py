"""PHP: what the interpreter, Xdebug, Monolog and FastCGI write."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, samples, spans, traces

from gate.stacks.php import STACK
from tests import cost

SAMPLES = samples("php")


def test_the_exception_and_the_own_frames() -> None:
    """Each frame is where it ran: PHP writes the file from which a function was called beside the function."""
    (_, trace), *_ = traces(STACK, bare(SAMPLES["monolog"]))
    assert trace.exception == "RuntimeException: no plan"
    assert trace.frames == ("Plan.php:App\\\\Plan->load", "Run.php:call_user_func")
    (_, old), *_ = traces(STACK, bare(SAMPLES["php 5"]))
    assert old.exception == "RuntimeException: no plan given"


def test_a_log_that_ends_before_the_trace_says_so() -> None:
    """An uncaught exception ends with `thrown in`."""
    lines = ["PHP Fatal error:  Uncaught Exception: no plan in /srv/a.php:3", "Stack trace:", "#0 {main}"]
    assert [trace.whole for _, trace in traces(STACK, lines)] == [False]
    assert [trace.whole for _, trace in traces(STACK, [*lines, "  thrown in /srv/a.php on line 3"])] == [True]


PROGRAMS = {
    "one": "function f() { throw new Exception('one'); } f();",
    "lines": 'function f() { throw new Exception("two\\n\\nlines"); } f();',
    "chain": "try { throw new Exception('a'); } catch (Exception $e) { throw new LogicException('b', 1, $e); }",
    "error": "nosuch();",
}


@pytest.mark.skipif(shutil.which("php") is None, reason="there is no php")
@pytest.mark.parametrize("options", ["-d display_errors=1 -d log_errors=0", "-d display_errors=0 -d log_errors=1"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_this_php_prints(name: str, options: str, tmp_path: Path) -> None:
    """An uncaught exception of the PHP that is installed is one trace, shown or logged."""
    program = tmp_path / "program.php"
    program.write_text(f"<?php\n{PROGRAMS[name]}\n")
    command = ["php", "-n", "-d", "html_errors=0", *options.split(), str(program)]
    printed = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (printed.stdout + printed.stderr).strip().splitlines()
    assert spans(STACK, ["before", "", *lines, "after"]) == [(2, len(lines) + 1)]


def test_frames_without_a_head_are_no_trace() -> None:
    """Where the head is cut away, no line begins a trace that ends where the whole one would."""
    for lines in (
        ["#0 /srv/a.php(7): load()", "#1 {main}", "PHP   1. {main}() /srv/a.php:0", "  thrown in /srv/a.php on line 3"],
        ["#0 /srv/a.php(7): load()", "#1 {main}", "PHP   1. {main}() /srv/a.php:0", "  thrown in /srv/a.php on line 3"]
        * 3,
    ):
        assert spans(STACK, ["something", *lines, "something"]) == []


@pytest.mark.parametrize("text", ["", "round 3 of 5", "  indented", "done: 17 steps, loss=0.25", "2026-02-03 INFO x"])
def test_an_ordinary_line_is_turned_down_by_itself(text: str) -> None:
    """No line is read on for a line that can be no head."""
    asked: list[int] = []
    assert STACK.read(lambda number: asked.append(number) or text) is None  # type: ignore[func-returns-value]
    assert set(asked) <= {0}


@pytest.mark.parametrize(
    "piece",
    [
        " in a",
        " in ",
        "in /a:1",
        "Uncaught ",
        "Fatal error: ",
        "Exception",
        "[object] (A(",
        " at /a:",
        "a\\",
        "#0 a",
        " ",
        "1 ",
        " on line ",
    ],
)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    with cost.linear():
        for first in (
            line,
            *(
                "PHP Fatal error:  Uncaught " + line,
                "Warning: " + line + " in /a.php on line 3",
                "Exception: " + line,
                "[object] (A(code: 0): " + line,
            ),
        ):
            STACK.read(lines_of([first, line, line, "", line]))
