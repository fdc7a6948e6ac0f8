"""A site log's bytes → hits: one search for all rules over raw blocks, the full rules only on the lines it stops at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from gate import needles
from gate.model import Hit, Rule
from gate.patterns import Bounded, Pattern, TooSlow
from gate.search import ANY, Search, Stops
from gate.window import Signs, Window

PREVIOUS_BYTES = 4 << 10
"""The end of the line before, in which a rule's `previous` is searched."""

_NOBODY = -1
"""Owns what is only a sign."""

_GLOBAL_FLAGS = re.compile(r"\(\?([aimsx]+)\)")


class Matcher:
    """All rules of a gate, compiled. A rule is searched line by line; no match reaches over a line's end.

    Lines that hold a match of a `watched` pattern are found on the way, and those that may have `signs` of a trace.
    Patterns that are not `trusted` to take linear time are searched under a bound: TooSlow comes out at it.
    """

    def __init__(
        self,
        rules: tuple[Rule, ...],
        watched: tuple[str, ...] = (),
        signs: str = "",
        trusted: frozenset[str] = frozenset(),
    ) -> None:
        self.rules = rules
        self._made_of = rules, watched, signs, trusted
        self._by_id = {rule.id: rule for rule in rules}
        self._traced = frozenset(rule.id for rule in rules if rule.trace)
        self._watched = watched
        wanted = [(rule.pattern, rule.previous, owner) for owner, rule in enumerate(rules)]
        wanted += [(pattern, "", owner) for owner, pattern in enumerate(watched, len(rules))]
        if signs and signs not in [rule.pattern for rule in rules]:
            wanted.append((signs, "", _NOBODY))
        pieces = [piece for pattern, previous, owner in wanted for piece in _pieces(pattern, previous, owner, trusted)]
        of_signs = set(needles.alternatives(signs))
        self._signs = frozenset([ANY, *(n for n, piece in enumerate(pieces) if piece.pattern in of_signs)])
        self._has_signs = bool(signs)
        self._pieces = pieces
        self._search = Search([(piece.pattern, piece.compiled) for piece in pieces])

    def __reduce__(self) -> tuple[type[Matcher], tuple[Any, ...]]:
        return Matcher, self._made_of

    def hits(self, window: Window, inner: Inner | None = None) -> Iterator[Hit]:
        """Each line that holds a rule's or a watched pattern's match, in order, as it stands or as `inner` gives it.

        Whoever takes a hit moves `window.pos` behind the event that it belongs to: the search goes on there.
        """
        while True:
            data, searched = window.data, (window.end, window.base)
            stops = self._search.stops(data, window.pos, window.search_end)
            if self._has_signs:
                places = [window.base + place for number, place in stops if number in self._signs]
                window.signs = Signs(places, window.base + window.search_end)
            for start, end, at, possible in _lines(window, stops):
                try:
                    rules, seen = self._matching(possible, data, start, end)
                    if not rules and inner and (said := inner(data[start:end])):
                        rules = self.matching(said, 0, len(said))
                except TooSlow as error:
                    raise TooSlow(f"at byte {window.base + start:,}: {error}") from error
                if rules or seen:
                    yield Hit(start, end, at, rules, not self._traced.isdisjoint(rules), seen)
                    if (window.end, window.base) != searched:
                        window.forget()
                        break  # the view has changed under the search
            else:
                if not window.slide():
                    return

    def matching_all(self, texts: Iterable[bytes]) -> tuple[str, ...]:
        """The ids of the rules that match a line of any of these texts, in the packs' order."""
        return self.in_order(rule for text in texts for rule in self.matching(text, 0, len(text)))

    def in_order(self, rules: Iterable[str]) -> tuple[str, ...]:
        """These ids, each once, in the packs' order."""
        found = set(rules)
        return tuple(rule for rule in self._by_id if rule in found) if found else ()

    def rule(self, name: str) -> Rule:
        return self._by_id[name]

    def matching(self, data: bytes, start: int, end: int) -> tuple[str, ...]:
        """The ids of the rules that match a line of `data[start:end]`, in the packs' order."""
        return self._matching(self._search.possible(data, start, end), data, start, end)[0] if start < end else ()

    def seen(self, data: bytes, start: int, end: int) -> tuple[str, ...]:
        """The watched patterns that match a line of `data[start:end]`."""
        return self._matching(self._search.possible(data, start, end), data, start, end)[1] if start < end else ()

    def _matching(
        self, possible: set[int], data: bytes, start: int, end: int
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The rules and the watched patterns of which one of the `possible` pieces matches a line."""
        owners: set[int] = set()
        for number in range(len(self._pieces)) if ANY in possible else possible:
            piece = self._pieces[number]
            try:
                if piece.owner not in owners and piece.owner != _NOBODY and piece.matches(data, start, end):
                    owners.add(piece.owner)
            except TooSlow as error:
                raise TooSlow(f"{self._called(piece.owner)}{error}") from error
        return self._named(frozenset(owners)) if owners else ((), ())

    def _called(self, owner: int) -> str:
        """How a complaint about a pattern begins; a watched one is known by itself."""
        return f"rule '{self.rules[owner].id}': " if owner < len(self.rules) else ""

    @lru_cache(maxsize=1_000)  # noqa: B019 - a matcher lives as long as the program
    def _named(self, owners: frozenset[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        known = len(self.rules)
        ordered = sorted(owners)
        return (
            tuple(self.rules[owner].id for owner in ordered if owner < known),
            tuple(self._watched[owner - known] for owner in ordered if owner >= known),
        )


Inner = Callable[[bytes], "bytes | None"]
"""What a line says once its carrier is opened, or its JSON read; None where that is the line itself."""


def _lines(window: Window, stops: Stops) -> Iterator[tuple[int, int, int, set[int]]]:
    """Each line that has a stop, by its place, with the first stop in it and the patterns that it may match.

    Lines before `window.pos` were passed already, alone or in an event; it is moved behind each line that is given.
    """
    data, number, count = window.data, 0, len(stops)
    while number < count:
        first, at = stops[number]
        number += 1
        if at < window.pos:
            continue
        start = window.line_start(at)
        end = window.pos = data.find(b"\n", at, window.end) + 1 or window.end
        possible = {first}
        while number < count and stops[number][1] < end:
            possible.add(stops[number][0])
            number += 1
        yield start, end, at, possible


# ---- patterns --------------------------------------------------------------------------------------------------------


class _Piece:
    """An alternative of a pattern; `owner` is the number of whose pattern it is."""

    def __init__(self, pattern: str, previous: str, owner: int, *, trusted: bool) -> None:
        self.pattern, self.owner, self._trusted = pattern, owner, trusted
        self._compiled: Pattern[bytes] | None = None
        self._previous = _compile(previous, trusted=trusted) if previous else None
        self._literal = pattern.encode() if re.fullmatch(r"[\w <>=,:;/\"'!@%&-]+", pattern) else b""

    def compiled(self) -> Pattern[bytes]:
        """Compiled when it is first needed: most never are."""
        if self._compiled is None:
            self._compiled = _compile(self.pattern, trusted=self._trusted)
        return self._compiled

    def matches(self, data: bytes, start: int, end: int) -> bool:
        """Whether it matches a line of `data[start:end]`."""
        if self._literal and self._previous is None:
            return data.find(self._literal, start, end) >= 0
        return _matches(self.compiled(), self._previous, data, start, end)


def _pieces(pattern: str, previous: str, owner: int, trusted: frozenset[str]) -> list[_Piece]:
    known = trusted.issuperset(filter(None, (pattern, previous)))
    pieces = needles.alternatives(pattern) if pattern else ()
    return [_Piece(piece, previous, owner, trusted=known) for piece in pieces]


def _matches(pattern: Pattern[bytes], previous: Pattern[bytes] | None, data: bytes, start: int, end: int) -> bool:
    pos = start
    while found := pattern.search(data, pos, end):
        line_start = data.rfind(b"\n", 0, found.start()) + 1
        line_end = data.find(b"\n", found.start(), end) + 1 or end
        if pattern.search(data[line_start:line_end]) and (
            previous is None or _line_before_matches(previous, data, line_start)
        ):
            return True
        pos = line_end
        if pos >= end:
            return False
    return False


def _line_before_matches(previous: Pattern[bytes], data: bytes, line_start: int) -> bool:
    before = data[data.rfind(b"\n", 0, max(0, line_start - 1)) + 1 : line_start][-PREVIOUS_BYTES:]
    return bool(before) and previous.search(before) is not None


def _compile(pattern: str, *, trusted: bool) -> Pattern[bytes]:
    made = _embeddable(pattern)
    return re.compile(made, re.MULTILINE) if trusted else Bounded(made, re.MULTILINE)


def _embeddable(pattern: str) -> bytes:
    """The pattern as a group that can stand beside others: leading flags made local, `$` also before CR LF."""
    flags = ""
    if leading := _GLOBAL_FLAGS.match(pattern):
        flags, pattern = leading.group(1), pattern[leading.end() :]
    return f"(?{flags}:{_dollar_before_cr(pattern)})".encode()


def _dollar_before_cr(pattern: str) -> str:
    out, in_class, escaped = [], False, False
    for char in pattern:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in "[]":
            in_class = char == "["
        elif char == "$" and not in_class:
            out.append(r"(?=\r?$)")
            continue
        out.append(char)
    return "".join(out)
