"""A site log's bytes → hits: one search for all rules over raw blocks, the full rules only on the lines it stops at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate.model import Rule
from gate.window import Window

_GLOBAL_FLAGS = re.compile(r"\(\?([aimsx]+)\)")


class Matcher:
    """All rules of a gate, compiled. A rule is searched line by line; no match reaches over a line's end."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._each = [
            (rule.id, _compile(rule.pattern), _compile(rule.previous) if rule.previous else None) for rule in rules
        ]
        self._any = re.compile(b"|".join(_embeddable(rule.pattern) for rule in rules), re.MULTILINE)

    def hits(self, window: Window) -> Iterator[tuple[int, int]]:
        """Each line that holds a rule's match, as (start, end) in `window.data`, its LF included.

        Whoever takes a hit moves `window.pos` behind the event that it belongs to: the search goes on there.
        """
        while True:
            hit = self._next(window)
            if hit is not None:
                window.pos = hit[1]
                yield hit
            elif not window.slide():
                return

    def _next(self, window: Window) -> tuple[int, int] | None:
        while found := self._any.search(window.data, window.pos, window.end):
            start = window.line_start(found.start())
            end = window.data.find(b"\n", found.start(), window.end) + 1 or window.end
            if self.matching(window.data, start, end):
                return start, end
            window.pos = end
        return None

    def matching(self, data: bytes, start: int, end: int) -> tuple[str, ...]:
        """The ids of the rules that match a line of `data[start:end]`, in the packs' order."""
        return tuple(rule for rule, pattern, previous in self._each if _matches(pattern, previous, data, start, end))


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
    before = data[data.rfind(b"\n", 0, max(0, line_start - 1)) + 1 : line_start]
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
