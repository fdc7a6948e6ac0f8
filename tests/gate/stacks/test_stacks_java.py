"""The JVM: uncaught, logged, caused, suppressed and nested exceptions."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, only, samples, spans, traces

from gate.stacks.java import STACK
from tests import cost

SAMPLES = samples("java")
TRACES = [name for name in SAMPLES if not name.startswith("not: ")]
FRAME = re.compile(r"\s+at ")
SHORT = ["java.lang.Error: x", "\tat org.acme.Depot.main(Depot.java:3)"]
OPENINGS = ("\tat ", "Caused by: ", 'Exception in thread "')
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
    "at a (",
    "Caused by: ",
    "FATAL EXCEPTION: ",
    "`",
    "nested exception is:",
)


def test_the_first_names_it_and_its_cause_gives_the_frames() -> None:
    """The exception that reached the top names the trace; the frames of what caused it come first."""
    ((_, trace),) = traces(STACK, bare(SAMPLES["causes, suppressed ones, and what they share"]))
    assert trace.exception == "java.lang.RuntimeException: outer"
    assert trace.frames == ("Depot.java:load", "Depot.java:main")


def test_the_root_may_come_first() -> None:
    """Logback may print what caused the others first: then the last names the trace."""
    ((_, trace),) = traces(STACK, bare(SAMPLES["the root first"]))
    assert trace.exception.startswith("org.springframework.web.ResourceAccessException: no;")
    assert trace.frames == ("Client.java:load", "Service.java:run")


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ('Exception in thread "main" Boom: bad', "Boom: bad"),
        ("Request 7 failed: java.io.IOException: x", "java.io.IOException: x"),
        ("Caused by: org.acme.Late: y", "org.acme.Late: y"),
        ("the request failed", "the request failed"),
    ],
)
def test_what_names_it(head: str, named: str) -> None:
    """The words before a type do not belong to the exception's name."""
    ((first, trace),) = traces(STACK, [head, SHORT[-1]])
    assert (first, trace.exception) == (0, named)


def test_a_message_has_an_end() -> None:
    """Frames far below an exception that was only named are none of its own."""
    assert spans(STACK, [SHORT[0], *["output"] * 60, SHORT[1]]) == []


PROGRAM = """
public class Depot {
  static class Boom extends RuntimeException { Boom(String m, Throwable t) { super(m, t); } }
  static class Door implements AutoCloseable { public void close() { throw new RuntimeException("close"); } }
  static void load(int n) { if (n == 0) throw new IllegalStateException("two\\nlines"); load(n - 1); }
  public static void main(String[] args) throws Exception {
    Thread thread = new Thread(() -> load(1), "pool 1"); thread.start(); thread.join();
    System.err.println("between");
    try (Door door = new Door()) { load(0); } catch (Exception e) { new Boom("bad", e).printStackTrace(); }
    System.err.println("between");
    load(2);
  }
}
"""


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no java")
def test_what_this_java_prints(tmp_path: Path) -> None:
    """Three exceptions are three traces, and what is printed between them is none."""
    (tmp_path / "Depot.java").write_text(PROGRAM)
    ran = subprocess.run(["java", "Depot.java"], cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = ran.stderr.splitlines()
    between = [number for number, line in enumerate(lines) if line == "between"]
    first, second = between
    assert spans(STACK, lines) == [(0, first - 1), (first + 1, second - 1), (second + 1, len(lines) - 1)]


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
