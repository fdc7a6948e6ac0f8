"""Patterns that people write, searched under a bound: neither a pattern nor a log can hold the gate up for ever.

They are read as `re` reads them, and searched by `regex`, which can stop: it is slower, so that our own patterns, which
are known to take linear time, stay with `re`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, AnyStr

from gate.errors import UsageError

LIMIT_S = 10.0
"""Seconds that one search may take."""


class TooSlow(UsageError):
    """A pattern that takes longer for one text than anybody waits."""

    def __init__(self, message: str, *, hint: str = "bound its repetitions, as in .{0,300}, or name more of the line"):
        super().__init__(message, hint=hint)


class Bounded:
    """A compiled pattern that gives up: TooSlow comes out of each of its searches."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        import regex  # slow to import, and most runs have no pattern of their own

        re.compile(pattern, flags)  # what `re` refuses is refused
        self.pattern = pattern
        self._compiled: Any = regex.compile(pattern, flags | regex.VERSION0)

    def search(self, text: str | bytes, pos: int = 0, end: int | None = None) -> Any:
        return self._within(lambda: self._compiled.search(text, pos, end, timeout=LIMIT_S), text)

    def finditer(self, text: str | bytes, pos: int = 0, end: int | None = None) -> Iterator[Any]:
        while found := self.search(text, pos, end):
            yield found
            pos = max(found.end(), found.start() + 1)

    def _within(self, call: Callable[[], Any], text: str | bytes) -> Any:
        try:
            return call()
        except TimeoutError as error:
            shown = self.pattern.decode() if isinstance(self.pattern, bytes) else self.pattern
            raise TooSlow(f"the pattern {shown} takes more than {LIMIT_S:g} s") from error


Pattern = Bounded | re.Pattern[AnyStr]


@lru_cache(maxsize=10_000)
def of_text(pattern: str) -> Bounded:
    """A pattern to search in an event's text."""
    return Bounded(pattern)
