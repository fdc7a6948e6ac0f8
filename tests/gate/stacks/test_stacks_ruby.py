"""Ruby: what its interpreter, its loggers and Rails write."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, samples, spans, traces

from gate.stacks.ruby import STACK
from tests import cost

SAMPLES = samples("ruby")


def details(name: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(trace.exception, trace.frames) for _, trace in traces(STACK, bare(SAMPLES[name]))]


def test_the_exception_and_the_own_frames() -> None:
    """The class comes first, as in every language; gems are not the user's code."""
    assert details("ruby 3.4") == [
        ("RuntimeError: no plan given", ("app.rb:Plan#load", "app.rb:Array#each", "app.rb:Object#run"))
    ]
    assert details("rails 5") == [
        ('ActionController::RoutingError: No route matches [GET] "/plan"', ("plans_controller.rb:show",))
    ]


def test_the_same_program_twice_is_two() -> None:
    """A cause is another exception of the same stack; one that failed in the same way again is none."""
    trace = ["app.rb:3:in `load': no plan (RuntimeError)", "\tfrom app.rb:9:in `<main>'"]
    other = ["job.rb:3:in `load': no plan (KeyError)", "\tfrom job.rb:9:in `<main>'"]
    cause = ["app.rb:2:in `[]': no key (KeyError)", "\tfrom app.rb:9:in `<main>'"]
    assert spans(STACK, trace + trace) == [(0, 1), (2, 3)]
    assert spans(STACK, trace + other) == [(0, 1), (2, 3)]
    assert spans(STACK, trace + cause + other) == [(0, 3), (4, 5)]
    assert spans(STACK, [*trace, "app.rb:9:in `<main>': a word of our own"]) == [(0, 1)]


def test_pythons_traceback_is_not_rubys() -> None:
    """Both begin with the same words."""
    assert spans(STACK, ["Traceback (most recent call last):", '  File "a.py", line 3, in f', "KeyError: 1"]) == []


PROGRAMS = {
    "one": "def f; raise 'one'; end\nf",
    "lines": 'def f; raise "two\\nlines"; end\nf',
    "cause": "def f; 1/0; rescue; raise ArgumentError, 'no'; end\nf",
    "deep": "def f(n); f(n + 1); end\nf(0)",
    "name error": "def f\n  nil.upcase\nend\nf",
    "thread": "Thread.new { raise 'x' }.join rescue exit",
    "syntax": "def f(\n 1 +",
    "reversed": "begin; [].fetch(9); rescue => e; puts e.full_message(highlight: false, order: :bottom); end",
}


@pytest.mark.skipif(shutil.which("ruby") is None, reason="there is no ruby")
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_this_ruby_prints(name: str, tmp_path: Path) -> None:
    """An exception of the Ruby that is installed is one trace, from its first to its last line."""
    program = tmp_path / "program.rb"
    program.write_text(PROGRAMS[name])
    printed = subprocess.run(["ruby", program], capture_output=True, text=True, check=False)
    lines = (printed.stdout + printed.stderr).splitlines()
    assert spans(STACK, ["before", *lines, "after"]) == [(1, len(lines))]


def test_frames_without_a_head_are_no_trace() -> None:
    """Where the head is cut away, no line begins a trace that ends where the whole one would."""
    for lines in (
        ["\tfrom app.rb:7:in `run'", "app.rb:9:in `run'", "\t1: from app.rb:9:in `run'"],
        ["\tfrom app.rb:7:in `run'", "app.rb:9:in `run'", "\t1: from app.rb:9:in `run'"] * 3,
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
        ":1:in `",
        "a:1:in 'b ",
        "x (A) ",
        "(A::B",
        "A",
        " ",
        "from ",
        "):",
        "a.rb:1:in `x': (",
        "Error ",
        "^~",
        "A (b",
        "#<Thread:",
    ],
)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    heads = ["app.rb:1:in `x': " + line, "Error (" + line, "Traceback (most recent call last):", "#<Thread:0x1 " + line]
    with cost.linear():
        for first in (line, *heads):
            STACK.read(lines_of([first, line, line, "", line]))
