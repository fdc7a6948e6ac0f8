"""A stack trace whose every line stands behind the same prefix, as loggers that split lines, and syslog, write it.

What the prefix is shows in the lines themselves: it is what two of them begin with, times at will. Lines of other
writers may stand between.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gate import stacks
from gate.stacks import Line, Trace

_TIME = re.compile(r"[^\w]*(?:\d{4}[-/.]\d\d[-/.]\d\d\S*|\S*\d:\d\d\S*|\d{8,}(?:[.,]\d+)?|\d+\.\d{3,})[^\w]*$")
_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(r"\d\W")
_TELLING = re.compile(r"\W|\d|^[A-Z]+$")
"""What a prefix has at least one of: a word that a sentence has none of."""

_FOREIGN = 200
"""Other writers' lines, one after the other, behind which the next line of a prefix is still looked for."""


class Split:
    """A trace, and at which lines it stands, counted from the one that it was looked for in."""

    def __init__(self, trace: Trace, numbers: list[int]) -> None:
        self.trace = trace
        self.numbers = numbers


def find(
    line: Line, is_head: Callable[[str], bool], is_opening: Callable[[str], bool], reach: int, *, likely: bool = False
) -> Split | None:
    """The trace that begins in line 0, behind a prefix that its other lines have, too; None where none does.

    By `is_head` an entry of any writer begins in a line; by `is_opening` line 0, without the prefix, logs what the next
    ones tell. Its second line is looked for in `reach` lines; unless a trace is `likely`, it must look like one's.
    """
    first = line(0) or ""
    tokens, tried = first.split(" ", 40), {0}

    def is_foreign(text: str) -> bool:
        return _is_twin(tokens[0], text) or is_head(text)

    for number in range(1, reach + 1):
        other = line(number)
        if other is None:
            return None
        count = _without_indent(tokens, _common(tokens, other.split(" ", 40)))
        if count not in tried and (likely or stacks.goes_on(other[_length(other, count) :])):
            tried.add(count)
            telling = any(map(_TELLING.search, tokens[:count]))
            if telling and (found := _read(_Behind(line, tokens[:count], is_foreign), number, is_opening)):
                return found
        if count == 0 and not is_foreign(other):
            return None
    return None


def _is_twin(token: str, text: str) -> bool:
    """Whether a line begins as one that has this first token does, but for its numbers: `[rank1]:` for `[rank0]:`."""
    other = text.partition(" ")[0]
    return other != token and _NUMBERED.search(token) is not None and _DIGITS.sub("0", other) == _DIGITS.sub("0", token)


def may_share(first: str, second: str) -> bool:
    """Whether two lines may have a prefix in common."""
    tokens = first.split(" ", 8)
    return any(map(_TELLING.search, tokens[: _common(tokens, second.split(" ", 8))]))


class Beginning:
    """How a line begins: by its first word, others may have a prefix in common with it."""

    def __init__(self, line: str) -> None:
        self._word = line.partition(" ")[0]
        self._is_time = _TIME.match(self._word) is not None

    def is_shared(self, line: str) -> bool:
        """Whether a line begins with the same word, or as this one with a time."""
        word = line.partition(" ")[0]
        if word == self._word:
            return bool(word)
        return self._is_time and _DIGITS.search(word) is not None and bool(_TIME.match(word))


def _read(behind: _Behind, number: int, is_opening: Callable[[str], bool]) -> Split | None:
    """The trace behind the prefix, if it reaches the line that showed the prefix."""
    trace, opened = stacks.read(behind), 0
    if trace is None and is_opening(behind(0) or ""):
        trace, opened = stacks.read(lambda n: behind(n + 1)), 1
    if trace is None or behind.numbers[-1] < number or opened + trace.lines < 2:
        return None
    return Split(trace, behind.numbers[: opened + trace.lines])


class _Behind:
    """The lines that have a prefix, from line 0 on, without it."""

    def __init__(self, line: Line, prefix: list[str], is_foreign: Callable[[str], bool]) -> None:
        self._line, self._prefix, self._is_foreign = line, prefix, is_foreign
        self._texts: list[str] = []
        self.numbers: list[int] = []

    def __call__(self, number: int) -> str | None:
        while len(self._texts) <= number:
            if not self._grow():
                return None
        return self._texts[number]

    def _grow(self) -> bool:
        at = self.numbers[-1] + 1 if self.numbers else 0
        for each in range(at, at + _FOREIGN):
            text = self._line(each)
            if text is None:
                return False
            if (end := _prefix_end(self._prefix, text)) is not None:
                self._texts.append(text[end:])
                self.numbers.append(each)
                return True
            if not self._is_foreign(text):
                return False
        return False


def _prefix_end(prefix: list[str], text: str) -> int | None:
    """Where a line's own text begins behind the prefix; None where it has another."""
    tokens = text.split(" ", len(prefix))
    return _length(text, len(prefix)) if _common(prefix, tokens) == len(prefix) else None


def _common(first: list[str], second: list[str]) -> int:
    """How many tokens two lines have in common at their beginning; times always are."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other and not (_TIME.match(one) and _TIME.match(other)):
            break
        count += 1
    return count


def _without_indent(tokens: list[str], count: int) -> int:
    """As many of the first tokens, but for spaces at their end: the lines of a trace may all be indented."""
    while count and not tokens[count - 1]:
        count -= 1
    return count


def _length(text: str, tokens: int) -> int:
    """How many characters the first tokens of a line take, with the space behind each."""
    end = 0
    for _ in range(tokens):
        found = text.find(" ", end)
        if found < 0:
            return len(text)
        end = found + 1
    return end
