"""A site log's bytes → hits: one search for all rules over raw blocks, the full rules only on the lines it stops at."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gate import literals
from gate.model import Hit, Rule
from gate.window import Window

ahocorasick_rs: Any
try:
    import ahocorasick_rs
except ImportError:  # no wheel for this platform: the same findings, by a slower search
    ahocorasick_rs = None

PREVIOUS_BYTES = 4 << 10
"""The end of the line before, in which a rule's `previous` is searched."""

_GLOBAL_FLAGS = re.compile(r"\(\?([aimsx]+)\)")


class Matcher:
    """All rules of a gate, compiled. A rule is searched line by line; no match reaches over a line's end.

    Lines that hold a match of a `watched` pattern are found on the way.
    """

    def __init__(self, rules: tuple[Rule, ...], watched: tuple[str, ...] = ()) -> None:
        self.rules = rules
        self._traced = frozenset(rule.id for rule in rules if rule.trace)
        self._watched = [(pattern, _compile(pattern)) for pattern in watched]
        self._each = [
            (rule.id, _compile(rule.pattern), _compile(rule.previous) if rule.previous else None) for rule in rules
        ]
        self._may_match = _Needed([rule.pattern for rule in rules])
        self._may_be_seen = _Needed(list(watched))
        self._candidates = _candidates([*(rule.pattern for rule in rules), *watched])

    def hits(self, window: Window, inner: Inner | None = None) -> Iterator[Hit]:
        """Each line that holds a rule's or a watched pattern's match, in order, as it stands or as `inner` gives it.

        Whoever takes a hit moves `window.pos` behind the event that it belongs to: the search goes on there.
        """
        while True:
            for candidate in self._candidates(window.data, window.pos, window.end):
                if candidate < window.pos:
                    continue  # its line was passed already, alone or in an event
                start = window.line_start(candidate)
                window.pos = window.data.find(b"\n", candidate, window.end) + 1 or window.end
                found = self.matching(window.data, start, window.pos)
                if not found and inner and (said := inner(window.data[start : window.pos])):
                    found = self.matching(said, 0, len(said))
                if found or self.seen(window.data, start, window.pos):
                    searched, base = window.end, window.base
                    yield Hit(start, window.pos, candidate, bool(found), not self._traced.isdisjoint(found))
                    if (window.end, window.base) != (searched, base):
                        break  # the view has changed under the search
            else:
                if not window.slide():
                    return

    def matching_all(self, texts: Iterable[bytes]) -> tuple[str, ...]:
        """The ids of the rules that match a line of any of these texts, in the packs' order."""
        found = {rule for text in texts for rule in self.matching(text, 0, len(text))}
        return tuple(rule.id for rule in self.rules if rule.id in found)

    def matching(self, data: bytes, start: int, end: int) -> tuple[str, ...]:
        """The ids of the rules that match a line of `data[start:end]`, in the packs' order."""
        if start >= end or not (possible := self._may_match.possible(data, start, end)):
            return ()
        return tuple(
            rule
            for number, (rule, pattern, previous) in enumerate(self._each)
            if number in possible and _matches(pattern, previous, data, start, end)
        )

    def seen(self, data: bytes, start: int, end: int) -> tuple[str, ...]:
        """The watched patterns that match a line of `data[start:end]`."""
        if start >= end or not (possible := self._may_be_seen.possible(data, start, end)):
            return ()
        return tuple(
            pattern
            for number, (pattern, compiled) in enumerate(self._watched)
            if number in possible and _matches(compiled, None, data, start, end)
        )


class _Needed:
    """Which of several patterns may match in some bytes, by the literals that each needs."""

    def __init__(self, patterns: list[str]) -> None:
        needed = [literals.required(pattern) if ahocorasick_rs else None for pattern in patterns]
        self._always = frozenset(number for number, found in enumerate(needed) if not found)
        words = sorted(set().union(*filter(None, needed)))
        self._of_word = [frozenset(n for n, found in enumerate(needed) if found and word in found) for word in words]
        self._automaton = ahocorasick_rs.BytesAhoCorasick(words) if words else None

    def possible(self, data: bytes, start: int, end: int) -> frozenset[int]:
        """The numbers of the patterns that may match in `data[start:end]`."""
        if self._automaton is None:
            return self._always
        with memoryview(data)[start:end] as view:
            found = self._automaton.find_matches_as_indexes(view, overlapping=True)
        return self._always.union(*{self._of_word[word] for word, _, _ in found})


Inner = Callable[[bytes], "bytes | None"]
"""What a line says once its carrier is opened, or its JSON read; None where that is the line itself."""

Search = Callable[[bytes, int, int], Iterator[int]]


def _candidates(patterns: list[str]) -> Search:
    """A search for the places where one may match: in each line that holds a match, at least one; in order."""
    needed = {pattern: literals.required(pattern) for pattern in patterns} if ahocorasick_rs else {}
    plain = [pattern for pattern in patterns if not needed.get(pattern)]
    searches = []
    if plain:
        searches.append(_by_regex(re.compile(b"|".join(map(_embeddable, plain)), re.MULTILINE)))
    if found := set().union(*filter(None, needed.values())):
        found |= {form for literal in found for form in _in_json(literal)}
        searches.append(_by_automaton(ahocorasick_rs.BytesAhoCorasick(sorted(found))))
    if len(searches) == 1:
        return searches[0]
    return lambda data, start, end: heapq.merge(*(search(data, start, end) for search in searches))


def _in_json(literal: bytes) -> set[bytes]:
    """A literal as it stands within a JSON string: by most encoders, and by Go's, which escapes HTML, too."""
    text = json.dumps(literal.decode(), ensure_ascii=False)[1:-1]
    html = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return {text.encode(), html.encode()}


def _by_automaton(automaton: Any) -> Search:
    def search(data: bytes, start: int, end: int) -> Iterator[int]:
        with memoryview(data)[start:end] as view:
            found = automaton.find_matches_as_indexes(view)
        return (start + begin for _, begin, _ in found)

    return search


def _by_regex(pattern: re.Pattern[bytes]) -> Search:
    def search(data: bytes, start: int, end: int) -> Iterator[int]:
        for found in pattern.finditer(data, start, end):
            place = found.start()
            yield place
            while place := data.find(b"\n", place, found.end()) + 1:  # `\s*` and the like reach over lines
                yield place

    return search


def _matches(pattern: re.Pattern[bytes], previous: re.Pattern[bytes] | None, data: bytes, start: int, end: int) -> bool:
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


def _line_before_matches(previous: re.Pattern[bytes], data: bytes, line_start: int) -> bool:
    before = data[data.rfind(b"\n", 0, max(0, line_start - 1)) + 1 : line_start][-PREVIOUS_BYTES:]
    return bool(before) and previous.search(before) is not None


def _compile(pattern: str) -> re.Pattern[bytes]:
    return re.compile(_embeddable(pattern), re.MULTILINE)


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
