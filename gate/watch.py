"""What else is seen on the way through a log: the phases of a run, lines that must appear, lines before an event."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable

from gate import clean
from gate.model import Phase, Seen, Struct

_RUNNER = r"\b(?:Client|Server)Runner\b.*"
BEGINS = rf"{_RUNNER}(?:client runner started|Server runner starting)"
ENDS = rf"{_RUNNER}ABOUT_TO_END_RUN fired"
ENDED = rf"{_RUNNER}(?<!ABOUT_TO_)END_RUN fired"
"""NVFlare's own lines, the same in its text and its JSON logs."""

_PHASES: dict[str, Phase] = {BEGINS: "run", ENDS: "shutdown"}
MARKERS = (BEGINS, ENDS, ENDED)


Near = tuple[tuple[str, int], ...]
"""Patterns that were seen before a line, and how many lines before."""

KEPT = 1_000
_LATEST = 128
"""Places of a pattern that are remembered: some may lie within the event before which one is asked for."""


class Watched(Struct, frozen=True):
    """What was watched for in a log or a part; `latest` has the last line of each pattern, `kept` lines' texts."""

    seen: Seen = Seen()
    latest: dict[str, int] = {}
    kept: tuple[str, ...] = ()

    def near(self, line: int) -> Near:
        """What was seen before a line behind all of these, and how many lines before."""
        return tuple((pattern, line - at) for pattern, at in self.latest.items())

    def then(self, later: Watched, lines: int) -> Watched:
        """This and what was watched for in the part behind it, before which the log has so many lines."""
        order, begins = list(self.seen.order), list(self.seen.begins)
        order += later.seen.order[1:] if order[-1:] == list(later.seen.order[:1]) else later.seen.order
        shifted = [(phase, line + lines) for phase, line in later.seen.begins]
        begins += shifted[1:] if begins and shifted and begins[-1][0] == shifted[0][0] else shifted
        return Watched(
            Seen(
                dict(Counter(self.seen.counts) + Counter(later.seen.counts)),
                tuple(order),
                tuple(begins),
                self.seen.ended or later.seen.ended,
            ),
            self.latest | {pattern: line + lines for pattern, line in later.latest.items()},
            (*self.kept, *later.kept)[:KEPT],
        )


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

    def near(self, line: int) -> Near:
        """What was seen before this line, and how many lines before."""
        if not self._wanted:
            return ()
        before = {pattern: [at for at in self._latest[pattern] if at < line] for pattern in self._wanted}
        return tuple((pattern, line - found[-1]) for pattern, found in before.items() if found)

    def seen(self) -> Seen:
        counts = {pattern: count for pattern, count in self._counts.items() if pattern in self._wanted}
        return Seen(counts, tuple(self._order), tuple(self._begins), ENDED in self._counts)

    def watched(self) -> Watched:
        latest = {pattern: lines[-1] for pattern in self._wanted if (lines := self._latest[pattern])}
        return Watched(self.seen(), latest, tuple(self.kept))

    def _enter(self, phase: Phase, line: int) -> None:
        """A log may hold several runs, one after the other: each begins and ends for itself."""
        if not self._begins or self._begins[-1][0] != phase:
            self._begins.append((phase, line))
