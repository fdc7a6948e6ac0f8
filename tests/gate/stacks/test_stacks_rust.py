"""Rust: panics, and errors with their causes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, samples, spans, traces

from gate.stacks.rust import STACK
from tests import cost

SAMPLES = samples("rust")


def test_the_message_and_the_own_frames() -> None:
    """Frames of the standard library and of packages are not the user's code."""
    (_, trace), *_ = traces(STACK, bare(SAMPLES["a message of several lines"]))
    assert trace.exception == "no plan"
    assert trace.frames == ("plan.rs:plan::load", "main.rs:plan::main")
    (_, full), *_ = traces(STACK, bare(SAMPLES["full"]))
    assert full.frames == ("plan.rs:plan::load",)


PROGRAM = """
fn load(n: i32) { if n == 0 { panic!("no plan\\n\\ngiven") } load(n - 1) }
fn main() { let _ = std::thread::spawn(|| load(1)).join(); load(2) }
"""


@pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no rustc")
def test_what_this_rust_prints(tmp_path: Path) -> None:
    """Two threads' panics are two traces, with a backtrace and, as far as a note says where they end, without."""
    (tmp_path / "plan.rs").write_text(PROGRAM)
    subprocess.run(["rustc", "-g", "plan.rs"], cwd=tmp_path, check=True, capture_output=True)
    for setting, count in (("1", 2), ("full", 2)):
        environment = {"RUST_BACKTRACE": setting}
        ran = subprocess.run("./plan", cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        lines = ran.stderr.splitlines()
        assert [lines[first].startswith("thread '") for first, _ in spans(STACK, lines)] == [True] * count
        covered = sum(last - first + 1 for first, last in spans(STACK, lines))
        assert covered == len([line for line in lines if line]) + count


def test_frames_without_a_head_are_no_trace() -> None:
    """Where the head is cut away, no line begins a trace that ends where the whole one would."""
    for lines in (
        ["   0: plan::load", "             at ./src/plan.rs:12:5", "note: run with `RUST_BACKTRACE=1`", "Caused by:"],
        ["   0: plan::load", "             at ./src/plan.rs:12:5", "note: run with `RUST_BACKTRACE=1`", "Caused by:"]
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
        "thread '",
        "thread 'a' panicked at '",
        ":1:1",
        "', a:1",
        "Error",
        "0: a",
        " at a:1",
        " ",
        "note: run with",
        "rror: ",
    ],
)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    with cost.linear():
        for first in (
            line,
            *(
                "thread 'a' panicked at " + line,
                "thread 'a' panicked at '" + line,
                "Error: " + line,
                "thread 'a' panicked at a:1:1:",
            ),
        ):
            STACK.read(lines_of([first, line, line, "", line]))
