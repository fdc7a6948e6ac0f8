"""What else is seen on the way through a log: the phases of a run, lines that must appear, lines before an event."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from gate import clean
from gate.model import Phase, Seen

_RUNNER = r"\b(?:Client|Server)Runner\b.*"
BEGINS = rf"{_RUNNER}(?:client runner started|Server runner starting)"
ENDS = rf"{_RUNNER}ABOUT_TO_END_RUN fired"
ENDED = rf"{_RUNNER}(?<!ABOUT_TO_)END_RUN fired"
"""NVFlare's own lines, the same in its text and its JSON logs."""

_PHASES: dict[str, Phase] = {BEGINS: "run", ENDS: "shutdown"}
MARKERS = (BEGINS, ENDS, ENDED)


KEPT = 1_000
_LATEST = 128
"""Places of a pattern that are remembered: some may lie within the event before which one is asked for."""


class Watching:
    """The watched patterns of one log, as its lines come by.

    `kept` holds the first KEPT lines that match one of the patterns `keep`, decoded.
    """

    def __init__(self, wanted: Iterable[str], keep: Iterable[str] = ()) -> None:
        self._wanted, self._keep = frozenset(wanted), frozenset(keep)
        self.kept: list[str] = []
        self._latest: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_LATEST))
        self._begins: list[tuple[Phase, int]] = []
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._order: list[str] = []

    def saw(self, patterns: Iterable[str], line: int, text: bytes) -> None:
        """A line, by its number and its bytes, matches these patterns."""
        for pattern in patterns:
            if pattern in self._keep and len(self.kept) < KEPT:
                self.kept.append(clean.decode(text).rstrip("\r\n"))
            self._latest[pattern].append(line)
            if pattern in _PHASES:
                self._enter(_PHASES[pattern], line)
            self._counts[pattern] += 1
            if pattern in self._wanted and self._order[-1:] != [pattern]:
                self._order.append(pattern)

    def near(self, line: int) -> tuple[tuple[str, int], ...]:
        """What was seen before this line, and how many lines before."""
        before = {pattern: [at for at in self._latest[pattern] if at < line] for pattern in self._wanted}
        return tuple((pattern, line - found[-1]) for pattern, found in before.items() if found)

    def seen(self) -> Seen:
        counts = {pattern: count for pattern, count in self._counts.items() if pattern in self._wanted}
        return Seen(counts, tuple(self._order), tuple(self._begins), ENDED in self._counts)

    def _enter(self, phase: Phase, line: int) -> None:
        """A log may hold several runs, one after the other: each begins and ends for itself."""
        if not self._begins or self._begins[-1][0] != phase:
            self._begins.append((phase, line))
