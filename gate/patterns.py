"""Patterns that people write, searched under a bound: neither a pattern nor a log can hold the gate up for ever.

They are read as `re` reads them, and searched by `regex`, which can stop: it is slower, so that our own patterns, which
are known to take linear time, stay with `re`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, AnyStr, Generic, Protocol, cast

from gate.errors import UsageError

LIMIT_S = 10.0
"""Seconds that one search may take."""


_HINT = "bound its repetitions, as in .{0,300}, or name more of what the line has"


class TooSlow(UsageError):
    """A pattern that takes longer for one text than anybody waits."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint=_HINT)


class Bounded(Generic[AnyStr]):
    """A compiled pattern that gives up: TooSlow comes out of each of its searches."""

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        import regex  # slow to import, and most runs have no pattern of their own

        re.compile(pattern, flags)  # what `re` refuses is refused
        self._shown = pattern if isinstance(pattern, str) else pattern.decode()
        self._compiled: Any = regex.compile(pattern, flags | regex.VERSION0)

    def search(self, text: AnyStr, pos: int = 0, end: int | None = None) -> re.Match[AnyStr] | None:
        try:
            return cast("re.Match[AnyStr] | None", self._compiled.search(text, pos, end, timeout=LIMIT_S))
        except TimeoutError as error:
            raise TooSlow(f"the pattern {self._shown} takes more than {LIMIT_S:g} s for one line") from error

    def finditer(self, text: AnyStr, pos: int, end: int) -> Iterator[re.Match[AnyStr]]:
        while pos <= end and (found := self.search(text, pos, end)):
            yield found
            pos = max(found.end(), found.start() + 1)


class Pattern(Protocol[AnyStr]):
    """A compiled pattern, of `re` or a bounded one."""

    def search(self, text: AnyStr, pos: int = 0, end: int = ..., /) -> re.Match[AnyStr] | None: ...

    def finditer(self, text: AnyStr, pos: int, end: int, /) -> Iterator[re.Match[AnyStr]]: ...


@lru_cache(maxsize=10_000)
def of_text(pattern: str) -> Bounded[str]:
    """A pattern that a person wrote, to search in an event's text."""
    return Bounded(pattern)
