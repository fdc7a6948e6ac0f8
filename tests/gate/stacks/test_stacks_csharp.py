""".NET and Mono: inner, aggregate and async exceptions."""

from __future__ import annotations

import re

import pytest
from trace_samples import bare, lines_of, only, samples, spans, traces

from gate.stacks.csharp import STACK
from tests import cost

SAMPLES = samples("csharp")
TRACES = [name for name in SAMPLES if not name.startswith("not: ")]
FRAME = re.compile(r"\s+at ")
SHORT = ["System.Exception: x", "   at Acme.Depot.Main(String[] args)"]
OPENINGS = ("   at Foo.Bar(", "   at Foo.Bar() in ", " ---> ")
PIECES = (
    "a",
    "a.",
    "a/",
    ":1:1",
    " ",
    "\t",
    ")",
    "(",
    "at ",
    "at a.",
    "Error",
    "Error: ",
    "[",
    ".",
    "$",
    "12:30:45 ",
    "a,b c ",
    " in x:1",
    "`",
    " ---> ",
    "<---",
    "System.",
)


@pytest.mark.parametrize(
    ("name", "exception", "frames"),
    [
        ("logged", "System.InvalidOperationException: no", ("Depot.cs:Load", "Depot:Main")),
        ("inner ones on lines of their own", "System.Exception: outer", ("Depot:Load", "Depot:Main")),
        ("async", "System.InvalidOperationException: no", ("Depot.cs:MoveNext", "Depot:<Main>")),
        ("uncaught in the Framework, with a type of one's own", "Acme.Late: first", ("Depot:Main",)),
    ],
)
def test_what_names_it(name: str, exception: str, frames: tuple[str, ...]) -> None:
    """The exception that reached the top names the trace; the system's own frames do not count."""
    ((_, trace),) = traces(STACK, bare(SAMPLES[name]))
    assert (trace.exception, trace.frames) == (exception, frames)


def test_two_traces_side_by_side() -> None:
    """A trace that follows another one directly is one of its own."""
    assert spans(STACK, [*SHORT, *SHORT]) == [(0, 1), (2, 3)]


@pytest.mark.parametrize("name", TRACES)
def test_frames_without_a_head_are_no_trace(name: str) -> None:
    """Where the first frame stands at the top, no trace begins with it."""
    for trace in only(SAMPLES[name]):
        first = next(number for number, line in enumerate(trace) if FRAME.match(line))
        assert STACK.read(lines_of(trace[first:])) is None


def test_a_log_that_ends_within() -> None:
    """Where the log ends with a frame, the trace's end was not seen."""
    assert [trace.whole for _, trace in traces(STACK, SHORT)] == [False]
    assert [trace.whole for _, trace in traces(STACK, [*SHORT, "next"])] == [True]


@pytest.mark.parametrize("piece", PIECES)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    with cost.linear():
        for opening in ("", *OPENINGS):
            STACK.read(lines_of([opening + line, SHORT[-1], opening + line, "", line]))
            STACK.read(lines_of([*SHORT, opening + line, line]))
            STACK.read(lines_of([SHORT[0], opening + line]))
