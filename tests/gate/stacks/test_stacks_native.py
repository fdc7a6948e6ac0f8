"""C, C++ and the kernel: sanitizers, aborts, failure handlers, GDB, faulthandler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, samples, spans, traces

from gate.stacks.native import STACK
from tests import cost

SAMPLES = samples("native")


def test_what_happened_and_the_own_frames() -> None:
    """Frames of the runtime are not the user's code."""
    (_, trace), *_ = traces(STACK, bare(SAMPLES["uaf.c, as it was printed"]))
    assert trace.exception.startswith("AddressSanitizer: heap-use-after-free on address 0x")
    assert trace.frames == ("uaf.c:g", "uaf.c:main")


def test_the_thread_that_crashed_gives_the_frames() -> None:
    """faulthandler prints all threads; one is the current one."""
    (_, trace), *_ = traces(STACK, bare(SAMPLES["windows"]))
    assert trace.frames == ("plan.py:run", "plan.py:<module>")


def test_a_report_that_is_cut_says_so() -> None:
    """A sanitizer's report ends with a summary."""
    assert [trace.whole for _, trace in traces(STACK, bare(SAMPLES["cut"]))] == [False]


PROGRAMS = {
    "assert": "#include <assert.h>\nint main(void) { assert(1 == 2); }",
    "free": "#include <stdlib.h>\nint main(void) { char *p = malloc(30); free(p + 8); }",
    "address": "#include <stdlib.h>\nint main(void) { int *p = malloc(40); free(p); return p[1]; }",
    "undefined": "int main(int c, char **v) { return 2147483647 + c; }",
}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_this_c_prints(name: str, tmp_path: Path) -> None:
    """What a broken C program and its shell print is one trace, from its first to its last line."""
    (tmp_path / "plan.c").write_text(PROGRAMS[name])
    options = ["-g", "-w", *([f"-fsanitize={name}"] if name in ("address", "undefined") else [])]
    built = subprocess.run(["gcc", *options, "plan.c", "-o", "plan"], cwd=tmp_path, capture_output=True, check=False)
    if built.returncode:
        pytest.skip("this gcc has no sanitizers")
    ran = subprocess.run("./plan; true", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = ran.stderr.splitlines()
    assert spans(STACK, ["before", *lines, "after"]) == [(1, len(lines))]


def test_frames_without_a_head_are_no_trace() -> None:
    """Where the head is cut away, no line begins a trace that ends where the whole one would."""
    for lines in (
        [
            "    #0 0x55d0 in load /srv/plan.c:3",
            "    @     0x7fcb95c1b1ed  main",
            "frame #0: load + 0x1 (0x7f in a.so)",
            "#0  main () at a.c:3",
        ],
        [
            "    #0 0x55d0 in load /srv/plan.c:3",
            "    @     0x7fcb95c1b1ed  main",
            "frame #0: load + 0x1 (0x7f in a.so)",
            "#0  main () at a.c:3",
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
        "==1==ERROR: ASanitizer: ",
        "=",
        "a.c:1:1: runtime error: ",
        ":1: Assertion `",
        "terminate called ",
        "Check failed: ",
        "(): ",
        "[ 1.1]",
        "+0x1/0x1",
        " kernel: ",
        "Exception raised from ",
        "*** SIG",
        "BUG: kernel ",
        "0x1 ",
        " 1 ",
        "a(",
        "a (",
        "[0x1]",
        "F1234 1 1 a:1] ",
        "SUMMARY: ",
        " failed.",
        "Timeout (1",
        "signal SIG",
    ],
)
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of 100,000 characters, made to make patterns start again and again, is read at once."""
    line = piece * (100_000 // len(piece))
    with cost.linear():
        for first in (
            line,
            *(
                "==1==ERROR: AddressSanitizer: " + line,
                "a.c:1:1: runtime error: " + line,
                "BUG: kernel " + line,
                "*** Error in `" + line,
                "terminate called after throwing an instance of '" + line,
                "Program received signal SIG" + line,
                "Fatal Python error: " + line,
            ),
        ):
            STACK.read(lines_of([first, line, line, "", line]))
