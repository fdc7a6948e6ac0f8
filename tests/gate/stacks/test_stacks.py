"""What holds for the stack traces of every language: one driver over all of their golden samples."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import stacks
from gate.stacks import Stack
from tests.gate.stacks.trace_samples import ENTRY, bare, expected, only, reads_within, samples, spans, traces

SAMPLES = {(language, name): lines for language in stacks.NAMES for name, lines in samples(language).items()}
ALL = sorted(SAMPLES)
TRACES = [(language, name) for language, name in ALL if not name.startswith("not: ")]


def stack(language: str) -> Stack:
    found: Stack = import_module(f"gate.stacks.{language}").STACK
    return found


@pytest.mark.parametrize(("language", "name"), ALL)
def test_each_trace_has_exactly_its_lines(language: str, name: str) -> None:
    """A trace has the lines that its gutter marks, and nothing else is one."""
    lines = SAMPLES[language, name]
    assert spans(stack(language), bare(lines)) == expected(lines)


@pytest.mark.parametrize(("language", "name"), TRACES)
def test_the_next_entry_is_not_part_of_it(language: str, name: str) -> None:
    """A trace ends before the head of a log entry, and at the end of the log."""
    own = stack(language)
    for trace in only(SAMPLES[language, name]):
        assert spans(own, [*trace, ENTRY]) == spans(own, trace) == [(0, len(trace) - 1)]


@pytest.mark.parametrize(("language", "name"), TRACES)
def test_a_trace_names_what_happened(language: str, name: str) -> None:
    """Whoever reads the finding's title sees a name or a message, without indentation."""
    for _, trace in traces(stack(language), bare(SAMPLES[language, name])):
        assert trace.exception and trace.exception == trace.exception.strip()
        assert len(trace.frames) <= 3


FRAGMENTS = sorted({line[2:] for lines in SAMPLES.values() for line in lines})


@pytest.mark.parametrize("language", stacks.NAMES)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=30)), max_size=25))
def test_any_lines_can_be_read(language: str, lines: list[str]) -> None:
    """No order of lines, of whatever language, raises, and no trace is longer than the log."""
    for number in range(len(lines)):
        reads_within(stack(language), lines[number:])
