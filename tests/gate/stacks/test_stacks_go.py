"""Go: panics, fatal errors, signals, and errors with their stacks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, only, samples, spans, traces

from gate.stacks.go import STACK
from tests import cost

SAMPLES = samples("go")
TRACES = [name for name in SAMPLES if not name.startswith("not: ")]
FRAME = re.compile(r"goroutine |runtime stack:|\S*\w\.[\w()*.]+$")
SHORT = ["panic: boom", "", "goroutine 1 [running]:", "main.main()", "\t/src/main.go:3 +0x507"]
OPENINGS = ("main.f(", "goroutine 1 [", "\t")
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
    "goroutine ",
    "a=b ",
    "http: panic serving ",
    "] ",
    "-",
    "1 +0x1 ",
)


@pytest.mark.parametrize(
    ("name", "exception", "frames"),
    [
        ("panics again", "panic: first", ("load.go:main.(*Depot).load", "main.go:main.main")),
        ("a stack overflow", "fatal error: stack overflow", ("load.go:main.(*Depot).load", "main.go:main.main")),
        (
            "an error with its stack",
            "open depot.toml: no such file",
            ("load.go:example.com/depot.load", "main.go:main.main"),
        ),
    ],
)
def test_what_names_it(name: str, exception: str, frames: tuple[str, ...]) -> None:
    """The first panic names the trace; frames of Go's own library do not count."""
    ((_, trace),) = traces(STACK, bare(SAMPLES[name]))
    assert (trace.exception, trace.frames) == (exception, frames)


def test_a_server_names_its_panic_without_the_time() -> None:
    """The standard library's log may put a time before it."""
    ((_, trace),) = traces(STACK, bare(SAMPLES["a server that goes on"]))
    assert trace.exception == "http: panic serving 127.0.0.1:51032: in handler"


def test_an_exit_status_ends_it() -> None:
    """Behind the program's exit status nothing more can come."""
    assert [trace.whole for _, trace in traces(STACK, [*SHORT, "exit status 2"])] == [True]


def test_the_next_entry_with_a_stack_is_its_own() -> None:
    """Two entries with stacks, as zap writes them, are two."""
    stack = ["main.run", "\t/src/main.go:12"]
    assert spans(STACK, ["failed: x", *stack, "2026-01-01T10:00:00Z\tERROR\tfailed: y", *stack]) == [(0, 2), (3, 5)]


PROGRAM = """
package main
import ("fmt"; "os"; "runtime/debug")
type depot struct{ n *int }
func (d *depot) load() int { return *d.n }
func main() {
  func() {
    defer func() { fmt.Fprintf(os.Stderr, "recovered from panic: %v\\n%s", recover(), debug.Stack()) }()
    panic("x")
  }()
  fmt.Fprintln(os.Stderr, "between")
  defer func() { panic(fmt.Sprint("again\\nand again: ", recover())) }()
  (&depot{}).load()
}
"""


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no go")
def test_what_this_go_prints(tmp_path: Path) -> None:
    """A recovered panic and one that ends the program are two traces; what is printed between them is none."""
    (tmp_path / "main.go").write_text(PROGRAM)
    environment = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GO111MODULE": "off"}
    command = ["go", "run", "main.go"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    lines = ran.stderr.splitlines()
    between = lines.index("between")
    assert spans(STACK, lines) == [(0, between - 1), (between + 1, len(lines) - 1)]


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
