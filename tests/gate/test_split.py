"""A trace behind a prefix: found by what its lines have in common, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate import split
from tests import cost

TRACE = [
    "Traceback (most recent call last):",
    '  File "a.py", line 1, in f',
    "    g()",
    "ValueError: x",
]
A, B = "2026-01-01 10:00:00,1{} a[12]: ", "2026-01-01 10:00:00,1{} b[13]: "


def line(texts: list[str]) -> Callable[[int], str | None]:
    return lambda number: texts[number] if number < len(texts) else None


def find(texts: list[str], reach: int = 8) -> list[int] | None:
    found = split.find(line(texts), lambda text: text[:2] == "20", lambda text: "ERROR" in text, reach)
    return found.numbers if found else None


def headed(prefix: str, texts: list[str]) -> list[str]:
    return [prefix.format(number) + text for number, text in enumerate(texts)]


def test_each_line_behind_a_head() -> None:
    """Lines with the same head but for their times are one trace; what follows it is not."""
    assert find(headed(A, [*TRACE, "epoch 2"])) == [0, 1, 2, 3]


def test_the_entry_that_logs_it_is_its_first_line() -> None:
    """A failure's entry directly above the trace, with the same head, belongs to it."""
    assert find(headed(A, ["ERROR it failed", *TRACE])) == [0, 1, 2, 3, 4]
    assert find(headed(A, ["epoch 1", *TRACE])) is None


def test_other_writers_between() -> None:
    """Lines of another head are passed over, as many as the reach allows before the second line."""
    a, b = headed(A, TRACE), headed(B, ["other"] * 10)
    assert find([a[0], b[0], a[1], b[1], b[2], a[2], a[3]]) == [0, 2, 5, 6]
    assert find([a[0], *b, *a[1:]], reach=8) is None
    assert find([a[0], *b, *a[1:]], reach=12) == [0, 11, 12, 13]


@pytest.mark.parametrize(
    "texts",
    [TRACE, headed(A, ["one", "two", "three"]), ["the loss is", "the loss is  more", "  File"], [""], ["a b"] * 20],
    ids=["no prefix", "no trace", "prose", "nothing", "repeated"],
)
def test_what_is_no_trace_behind_a_prefix(texts: list[str]) -> None:
    """Bare traces, entries, sentences and repeated lines are none."""
    assert find(texts) is None


def test_long_lines_take_linear_time() -> None:
    """Lines of 100,000 characters, of whatever they repeat, are compared at once."""
    with cost.linear():
        for piece in (" ", "a ", "1:", "2026-01-01 ", "\t"):
            find([piece * (100_000 // len(piece))] * 60, reach=50)
