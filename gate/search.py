"""One search for all patterns over raw blocks: which lines may match, and which of the patterns.

Vectorscan (Hyperscan on Windows) looks for all needles at once, at gigabytes a second and in linear time, whatever the
bytes. Where it cannot be installed, `re` looks for them: it stops at the same lines, slower, and does not tell why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from gate import needles
from gate.patterns import Pattern

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None

FIRST_BYTES = 8 << 20
"""Bytes that are searched with literals only: an automaton that stops more seldom takes its time to be made."""

FIRST_TEXTS = 20
"""Texts that are not worth an automaton."""

ANY = -1
"""Stands for the number of each pattern that has needles."""

Stops = list[tuple[int, int]]
"""Numbers of patterns, each with the place of a byte in a line that it may match, in the order of the places."""

_place = itemgetter(1)


class Search:
    """Several patterns to look for at once, each with how it is compiled, for where it has no needle."""

    def __init__(self, patterns: Sequence[tuple[str, Callable[[], Pattern[bytes]]]]) -> None:
        known = {number: _usable(needles.common(pattern)) for number, (pattern, _) in enumerate(patterns)}
        self._patterns = {number: pattern for number, (pattern, _) in enumerate(patterns) if known[number]}
        self._find = _automaton((number, found) for number, found in known.items() if found)
        self._others = [(number, compiled()) for number, (_, compiled) in enumerate(patterns) if not known[number]]
        self._left = FIRST_BYTES

    def stops(self, data: bytes, start: int, end: int) -> Stops:
        """The lines of `data[start:end]` that may match: all that do, and some that do not."""
        found: Stops = []
        if self._find:
            self._count(end - start)
            with memoryview(data)[start:end] as view:
                self._find(view, start, found)
        for number, pattern in self._others:
            found += _by_regex(number, pattern, data, start, end)
        if self._others:
            found.sort(key=_place)
        return found

    def possible(self, data: bytes, start: int, end: int) -> set[int]:
        """The numbers of the patterns that may match a line of `data[start:end]`, or ANY."""
        return {number for number, _ in self.stops(data, start, end)}

    def _count(self, size: int) -> None:
        if self._left > 0:
            self._left -= size
            if self._left <= 0:
                self.look_closer()

    def look_closer(self) -> None:
        """Look for needles that are rarer from now on: it pays once there is much to search."""
        self._left = 0
        rare = {number: _usable(needles.rare(pattern)) for number, pattern in self._patterns.items()}
        self._find = _automaton((n, found or needles.common(self._patterns[n]) or ()) for n, found in rare.items())


class Words:
    """Groups of words in small letters; which groups have one in a text of ASCII, whatever its case.

    A group may have a shape, too: a simple pattern that stands for words too many to name.
    """

    def __init__(self, groups: Sequence[Iterable[str]], shapes: Mapping[int, str] | None = None) -> None:
        self._groups = [tuple(words) for words in groups]
        self._shapes = shapes or {}
        self._alike: dict[tuple[str, ...], list[int]] = {}
        for number, words in enumerate(self._groups):
            self._alike.setdefault(words, []).append(number)
        self._find: Find | None = None
        self._left = FIRST_TEXTS

    def groups(self, text: bytes) -> set[int]:
        """The numbers of the groups."""
        if self._left:
            self._left -= 1
            if not self._left and hyperscan:
                self._find = _automaton((n, self._needles(n)) for n in range(len(self._groups)))
        if self._find is None:
            return self._by_hand(text.decode().lower())
        found: Stops = []
        self._find(memoryview(text), 0, found)
        return {number for number, _ in found} if found else set()

    def _needles(self, number: int) -> list[needles.Needle]:
        found = [needles.word(word) for word in self._groups[number]]
        if shape := self._shapes.get(number):
            found.append(needles.Needle(shape.encode(), caseless=True, literal=False))
        return found

    def _by_hand(self, folded: str) -> set[int]:
        found = {n for n, shape in self._shapes.items() if re.search(shape, folded)}
        for words, numbers in self._alike.items():
            if any(word in folded for word in words):
                found.update(numbers)
        return found


Find = Callable[[memoryview, int, Stops], None]


def _usable(found: frozenset[needles.Needle] | None) -> frozenset[needles.Needle] | None:
    """The needles, if the automaton takes them: it does not take what would be too large."""
    if not found or not hyperscan:
        return found
    try:
        for needle in found:
            if not needle.literal:
                hyperscan.Database().compile(expressions=[needle.pattern], flags=[hyperscan.HS_FLAG_MULTILINE])
    except hyperscan.error:
        return None
    return found


def _automaton(needed: Iterable[tuple[int, Iterable[needles.Needle]]]) -> Find | None:
    """A search for all of the needles, each of which stands for the numbers of its patterns."""
    numbers: dict[needles.Needle, list[int]] = {}
    for number, found in needed:
        for needle in found:
            numbers.setdefault(needle, []).append(number)
    if not numbers:
        return None
    if not hyperscan:
        return _by_alternation(numbers)
    pairs = [(needle, number) for needle, each in numbers.items() for number in each]
    database = hyperscan.Database()
    database.compile(
        expressions=[needle.pattern for needle, _ in pairs],
        ids=[number for _, number in pairs],
        elements=len(pairs),
        flags=[hyperscan.HS_FLAG_MULTILINE | needle.caseless * hyperscan.HS_FLAG_CASELESS for needle, _ in pairs],
    )
    scan = database.scan

    def find(view: memoryview, base: int, found: Stops) -> None:
        scan(view, lambda number, _, end, __, add: add((number, base + end - 1)), 0, found.append)

    return find


def _by_alternation(wanted: Iterable[needles.Needle]) -> Find:
    forms = [b"(?i:%b)" % needle.pattern if needle.caseless else needle.pattern for needle in wanted]
    finditer = re.compile(b"|".join(sorted(forms)), re.MULTILINE).finditer

    def find(view: memoryview, base: int, found: Stops) -> None:
        found += ((ANY, base + max(each.start(), each.end() - 1)) for each in finditer(view))

    return find


def _by_regex(number: int, pattern: Pattern[bytes], data: bytes, start: int, end: int) -> Iterable[tuple[int, int]]:
    for found in pattern.finditer(data, start, end):
        place = found.start()
        yield number, place
        while 0 < (place := data.find(b"\n", place, found.end()) + 1) < end:  # `\s*` and the like reach over lines
            yield number, place
