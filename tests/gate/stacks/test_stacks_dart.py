"""Dart: what its VM, Flutter and package:stack_trace print."""

from __future__ import annotations

import pytest
from trace_samples import bare, lines_of, only, samples, spans, traces

from gate.stacks.dart import STACK
from tests import cost

SAMPLES = samples("dart")


def test_the_exception_and_the_own_frames() -> None:
    """Dart's own libraries and Flutter are not the user's code."""
    (_, trace), *_ = traces(STACK, bare(SAMPLES["flutter's box"]))
    assert trace.exception == "Bad state: no plan"
    assert trace.frames == ("page.dart:PlanPage.build", "main.dart:main")


def test_a_box_that_is_cut_says_so() -> None:
    """A box ends with a rule; where the log ends before it, the trace goes to the last frame."""
    box = only(SAMPLES["flutter's box"])[0]
    (_, trace), *_ = traces(STACK, box[:-1])
    assert (trace.lines, trace.whole) == (13, False)


def test_frames_without_a_head_are_no_trace() -> None:
    """Where the head is cut away, no line begins a trace that ends where the whole one would."""
    for lines in (
        [
            "#0      load (file:///srv/plan.dart:3:5)",
            "#1      main (file:///srv/plan.dart:9:3)",
            "package:plan/plan.dart 10:7   load",
        ],
        [
            "#0      load (file:///srv/plan.dart:3:5)",
            "#1      main (file:///srv/plan.dart:9:3)",
            "package:plan/plan.dart 10:7   load",
        ]
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
        "Unhandled ",
        "Exception",
        "═",
        " (dart",
        "#0  a (",
        "a.dart",
        "package:",
        "'a",
        ".dart:1:1",
        " ",
        "Error: ",
        "] ",
    ],
)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    with cost.linear():
        for first in (
            line,
            *(
                "Unhandled exception:",
                "Bad state: " + line,
                "══╡ EXCEPTION CAUGHT BY " + line,
                "'a': error: line 1 pos 1: " + line,
            ),
        ):
            STACK.read(lines_of([first, line, line, "", line]))
