"""What else is seen on the way through a log: the phases of a run, lines that must appear, lines before an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gate.model import Phase, Seen

_RUNNER = r"\b(?:Client|Server)Runner\b.*"
BEGINS = rf"{_RUNNER}(?:client runner started|Server runner starting)"
ENDS = rf"{_RUNNER}ABOUT_TO_END_RUN fired"
ENDED = rf"{_RUNNER}(?<!ABOUT_TO_)END_RUN fired"
"""NVFlare's own lines, the same in its text and its JSON logs."""

_PHASES: tuple[tuple[Phase, str], ...] = (("run", BEGINS), ("shutdown", ENDS))
MARKERS = (BEGINS, ENDS, ENDED)


class Watching:
    """The watched patterns of one log, as its lines come by."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self._last: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._order: list[str] = []

    def saw(self, patterns: Iterable[str], line: int) -> None:
        """A line matches these patterns."""
        for pattern in patterns:
            self._last[pattern] = line
            self._first.setdefault(pattern, line)
            self._counts[pattern] += 1
            if pattern in self._wanted and self._order[-1:] != [pattern]:
                self._order.append(pattern)

    def near(self, line: int) -> tuple[tuple[str, int], ...]:
        """What was seen before this line, and how many lines before."""
        return tuple((pattern, line - last) for pattern, last in self._last.items() if last < line)

    def seen(self) -> Seen:
        return Seen(dict(self._counts), tuple(self._order), self._begins(), ENDED in self._counts)

    def _begins(self) -> tuple[tuple[Phase, int], ...]:
        return tuple((phase, self._first[pattern]) for phase, pattern in _PHASES if pattern in self._first)
