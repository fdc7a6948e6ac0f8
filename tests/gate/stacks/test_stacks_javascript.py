"""JavaScript: V8's, Node's, Deno's, Bun's and the browsers' errors."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from trace_samples import bare, lines_of, only, samples, spans, traces

from gate.stacks.javascript import STACK
from tests import cost

SAMPLES = samples("javascript")
TRACES = [name for name in SAMPLES if not name.startswith("not: ")]
FRAME = re.compile(r"\s*(?:eval )?at |.*@.*(?:/|\])")
SHORT = ["Error: x", "    at f (/srv/a.js:1:2)"]
OPENINGS = ("    at f (", "x@http:/", "    at ")
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
    "@",
    "x@",
    "?a.js",
    "a.js?",
    "a.js:",
    "wasm-function[1]:0x1",
    "{",
    "^",
)


def test_the_first_names_it_and_its_cause_gives_the_frames() -> None:
    """The error that reached the top names the trace; the frames of what caused it come first."""
    ((_, trace),) = traces(STACK, bare(SAMPLES["a cause and properties"]))
    assert trace.exception == "Error: outer"
    assert trace.frames == ("b.js:g", "a.js:Object.<anonymous>")


def test_frames_of_packages_do_not_count() -> None:
    """Neither Node's own frames nor those of installed packages are the user's."""
    frames = ["    at a (/srv/node_modules/b/c.js:1:2)", "    at node:fs:1:2", "    at async f (/srv/d.mjs:1:2)"]
    ((_, trace),) = traces(STACK, ["Error: x", *frames])
    assert trace.frames == ("d.mjs:f",)


PROGRAMS = {
    "thrown": "function f(){ throw new TypeError('x') }\nf()",
    "several lines": "throw new Error('one\\ntwo: 2\\n\\n  three')",
    "cause": "try { null.x } catch (e) { throw new Error('outer', {cause: e}) }",
    "system": "require('fs').readFileSync('/nope')",
    "aggregate": "Promise.any([Promise.reject(new Error('a')), Promise.reject(new Error('b'))])",
    "late": "async function f(){ await 1; throw new Error('late') }\nf()",
    "rejected text": "Promise.reject('text')",
    "syntax": "function (",
    "eval": "eval('null.x')",
    "logged": "class Oops extends Error { constructor(m){ super(m); this.name = 'Oops'; this.code = 7 } }\n"
    "console.error(new Oops('bad'))",
}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_this_node_prints(name: str, tmp_path: Path) -> None:
    """All that Node prints of an error is one trace."""
    (tmp_path / "program.js").write_text(PROGRAMS[name])
    ran = subprocess.run(["node", "program.js"], cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = ran.stderr.splitlines()
    assert spans(STACK, ["before", *lines, "after"]) == [(1, len(lines))]


@pytest.mark.parametrize("name", TRACES)
def test_frames_without_a_head_are_no_trace(name: str) -> None:
    """Where the first frame stands at the top, no trace begins with it."""
    for trace in only(SAMPLES[name]):
        frames = (number for number, line in enumerate(trace) if FRAME.match(line))
        assert STACK.read(lines_of(trace[next(frames, len(trace)) :])) is None


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
