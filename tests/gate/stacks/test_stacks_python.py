"""Python: what its interpreter and its own library print, and how test runners and terminals show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_samples import ENTRY, bare, expected, only, reads_within, samples, spans, traces

from gate.stacks import Stack, python, python_tools
from tests import cost

STACKS: dict[str, Stack] = {"python": python.STACK, "python_tools": python_tools.STACK}
CASES = [(stack, name) for stack in STACKS for name in samples(stack)]
TRACES = [(stack, name) for stack, name in CASES if not name.startswith("not: ")]


@pytest.mark.parametrize(("stack", "name"), CASES)
def test_golden_traces(stack: str, name: str) -> None:
    """Each trace has exactly the lines that its gutter marks."""
    lines = samples(stack)[name]
    assert spans(STACKS[stack], bare(lines)) == expected(lines)


@pytest.mark.parametrize(("stack", "name"), TRACES)
def test_a_trace_ends_at_an_entry_and_at_the_end(stack: str, name: str) -> None:
    """Whatever stands behind a trace, its last line is the same."""
    for trace in only(samples(stack)[name]):
        for behind in ([], [ENTRY], ["", ENTRY], ["a word"]):
            assert spans(STACKS[stack], trace + behind)[0] == (0, len(trace) - 1)


@pytest.mark.parametrize(("stack", "name"), TRACES)
def test_a_trace_behind_another_is_another(stack: str, name: str) -> None:
    """The same failure twice is two."""
    for trace in only(samples(stack)[name]):
        size = len(trace)
        assert spans(STACKS[stack], [*trace, "between", *trace]) == [(0, size - 1), (size + 1, 2 * size)]


EXCEPTIONS = {
    "logging's own failure": ["TypeError: not all arguments converted during string formatting"],
    "a hook that fails": ["ValueError: first"],
    "ignored, without frames": [
        "RuntimeError: generator ignored GeneratorExit",
        "BrokenPipeError: [Errno 32] Broken pipe",
    ],
    "a traceback quoted in a message": ["RuntimeError: the worker said:"],
    "torch's loader": ["IndexError: Caught IndexError in DataLoader worker process 0."],
    "torch's spawn": ["ValueError: no rank"],
    "a syntax error in a notebook's cell": ["SyntaxError: invalid syntax"],
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_the_exception(name: str) -> None:
    """The last of a chain names the trace; what is quoted in its message does not."""
    found = [trace.exception for _, trace in traces(python.STACK, bare(samples("python")[name]))]
    assert found == EXCEPTIONS[name]


def test_the_exception_of_a_group() -> None:
    """A group is named by itself, not by what it holds."""
    group = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "job.py", line 4, in <module>',
        "  | ExceptionGroup: sites (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        "    | ValueError: site-1",
        "    +------------------------------------",
    ]
    assert [trace.exception for _, trace in traces(python.STACK, group)] == ["ExceptionGroup: sites (1 sub-exception)"]


DETAILS = {
    "unittest": [("KeyError: 'lr'", ()), ("AssertionError: 1 != 2", ())],
    "pytest, long": [("KeyError: 'lr'", ()), ("AssertionError: assert 1 == 2", ())],
    "pytest, short": [("KeyError: 'lr'", ("job.py:look", "test_job.py:test_rate"))],
    "rich, chained": [("RuntimeError: no mean", ("job.py:<module>", "job.py:mean"))],
    "IPython, chained": [("RuntimeError: no settings", ("job.py:look",))],
}


@pytest.mark.parametrize("name", DETAILS)
def test_the_exception_and_the_own_frames_of_tools(name: str) -> None:
    """The innermost frames come first; the standard library is not the user's code."""
    found = traces(python_tools.STACK, bare(samples("python_tools")[name]))
    assert [(trace.exception, trace.frames) for _, trace in found] == DETAILS[name]


@pytest.mark.parametrize(
    "lines",
    [
        ["Traceback (most recent call last):", '  File "job.py", line 1, in f', "    g()"],
        ["KeyError       Traceback (most recent call last)", "File /srv/job.py:14, in look(settings)", ""],
        ["╭── Traceback (most recent call last) ──╮", "│ /srv/job.py:13 in mean                │"],
    ],
)
def test_a_trace_that_the_log_ends_in(lines: list[str]) -> None:
    """It is not whole, and it is when its exception follows."""
    (found,) = [trace for stack in STACKS.values() for _, trace in traces(stack, lines)]
    assert not found.whole
    assert found.exception == ""


def test_the_words_around_a_mixture() -> None:
    """Where two stand in each other a person is told so."""
    ((_, trace),) = traces(python.STACK, bare(samples("python")["two in each other"])[:-1])
    assert trace.note.startswith("2 tracebacks stand line by line in each other")


# ---- any input -------------------------------------------------------------------------------------------------------

LINES = sorted({line for stack, name in CASES for line in bare(samples(stack)[name])})


@pytest.mark.parametrize("stack", STACKS)
@given(lines=st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=30))
def test_any_lines(stack: str, lines: list[str]) -> None:
    """No lines make it fail or find more than there is."""
    reads_within(STACKS[stack], lines)


PARTS = sorted({line[:at] for line in LINES for at in (1, 3, len(line) // 2)} | {" ", "_ ", "│", ":1:", "E ", "a." * 9})


@pytest.mark.parametrize("stack", STACKS)
def test_long_lines_take_linear_time(stack: str) -> None:
    """A line of 100,000 characters costs little wherever it stands."""
    for part in PARTS:
        line = part * (100_000 // max(1, len(part)))
        for text in (line, line + "x", line + ":", f"Process {line}", f"Exception in {line}", f'  File "{line}'):
            for lines in ([text], [text, text], ["Traceback (most recent call last):", text], ["_ a _", text]):
                with cost.linear():
                    reads_within(STACKS[stack], lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["Traceback (most recent call last):", "  a"],
        ["Traceback (most recent call last):"],
        ["╭── Traceback (most recent call last) ──╮"],
        ["_ test _", "E   a", "a.py:1: "],
        ["KeyError: a", "", "The above exception was the direct cause of the following exception:", ""],
        ["Exception in a", " b"],
    ],
)
def test_many_lines_take_linear_time(lines: list[str]) -> None:
    """The same lines 5,000 times over are read as fast as one reads."""
    for stack in STACKS.values():
        asked = 0
        many = lines * (5_000 // len(lines))

        def line(number: int, many: list[str] = many) -> str | None:
            nonlocal asked
            asked += 1
            return many[number] if number < len(many) else None

        stack.read(line)
        assert asked < 20 * len(many) + 1_000
