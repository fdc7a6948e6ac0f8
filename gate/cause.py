"""What failed first: a testcase's findings in the order of time, over all sites, and the testcases that share a cause.

Pure: no file, no clock. Times of different sites are made comparable by the tasks that NVFlare hands over: a message is
never received before it is sent, so each handover says how far a site's clock can be from the server's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from gate.model import SHARED, Cause, Occurrence, SiteKey, Struct
from gate.times import seconds

# ---- causes ----------------------------------------------------------------------------------------------------------


Clocks = Mapping[SiteKey, float]
"""By testcase and site how many seconds the site's clock is ahead of the server's."""


class Causes:
    """The first of each testcase's occurrences that count, as they come."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._first: dict[str, tuple[_Rank, Occurrence]] = {}
        self._count: Counter[str] = Counter()

    def add(self, found: Occurrence) -> None:
        rank, name = _rank(found, self._clocks), found.testcase
        self._count[name] += 1
        if name not in self._first or rank < self._first[name][0]:
            self._first[name] = rank, found

    def causes(self) -> tuple[Cause, ...]:
        """What struck the most testcases first, then what struck first."""
        struck: defaultdict[str, list[Occurrence]] = defaultdict(list)
        for _, first in sorted(self._first.values(), key=lambda ranked: ranked[0]):
            struck[first.fingerprint].append(first)
        made = [_cause(firsts, sum(self._count[first.testcase] - 1 for first in firsts)) for firsts in struck.values()]
        return tuple(sorted(made, key=lambda cause: -len(cause.testcases)))


def causes(occurrences: Iterable[Occurrence], clocks: Clocks) -> tuple[Cause, ...]:
    """The causes of the occurrences that count."""
    made = Causes(clocks)
    for found in occurrences:
        made.add(found)
    return made.causes()


_Rank = tuple[bool, bool, float, str, int]


def _rank(found: Occurrence, clocks: Clocks) -> _Rank:
    """Sorts causes before consequences, what has a time before what has none; then by time, file and line.

    What a stream lost, and when, is known at its end only: it follows from something else if there is anything else.
    """
    at = seconds(found.event.time, found.log.zone)
    ahead = clocks.get((found.testcase, found.site), 0.0)
    return found.rule.startswith("stream-"), at is None, (at or 0.0) - ahead, found.log.path, found.event.line


def _cause(firsts: list[Occurrence], followed: int) -> Cause:
    first = firsts[0]
    testcases = tuple(found.testcase for found in firsts)
    title = first.title(first.rule)
    when = f", {time[11:19]}" if (time := first.event.time) else ""
    more = f"; {followed:,} more followed" if followed else ""
    return Cause(
        fingerprint=first.fingerprint,
        title=title,
        rule=first.rule,
        testcases=testcases,
        site=first.site,
        path=first.log.path,
        line=first.event.line,
        time=first.time,
        followed=followed,
        text=f"{_who(testcases)}: {title} (first on {first.site}{when}{more})",
    )


def _who(testcases: tuple[str, ...]) -> str:
    """`12 testcases fail for one cause`, `fedavg fails`, with the logs that no testcase owns said apart."""
    named = [name for name in testcases if name != SHARED]
    some = [f"{len(named)} testcases"] if len(named) > 1 else named
    some += ["the shared logs"] * (SHARED in testcases)
    if len(testcases) > 1:
        return f"{' and '.join(some)} fail for one cause"
    return f"{some[0]} {'fail' if testcases == (SHARED,) else 'fails'}"


# ---- clocks ----------------------------------------------------------------------------------------------------------

_ID = "([0-9a-f]{8}-[0-9a-f-]{27})"
ASSIGNED = rf"assigned task to client [^:]+: name=.*, id={_ID}"
GOT_TASK = rf"got task assignment: name=.*, id={_ID}"
SENT_RESULT = rf"\btask_id={_ID}\b.*start to send task result to server"
GOT_RESULT = rf"got result from client .* for task: name=.*, id={_ID}"
"""NVFlare's own lines, the same in its text and its JSON logs, in 2.8 and 2.9: a task on its way to a site and back."""

_HANDOVERS = {
    ASSIGNED: ("task", True),
    GOT_TASK: ("task", False),
    SENT_RESULT: ("result", True),
    GOT_RESULT: ("result", False),
}
MARKS = tuple(_HANDOVERS)

LATENCY = 5.0
"""Seconds that a message may take, where only messages of one direction are known."""

PRECISION = 0.002
"""Seconds by which two marks may contradict each other: logs have milliseconds."""

ZONE = 1_800
"""Seconds by which time zones differ."""


class Mark(Struct, frozen=True):
    """One side of a handover, seen in a site's log: which (`key`), when by the site's clock (s), and which side."""

    key: str
    at: float
    sent: bool


def mark(line: str, at: float) -> Mark | None:
    """The mark that a log's line is, at its time in seconds; None when it is none."""
    for pattern, (what, sent) in _HANDOVERS.items():
        if found := re.search(pattern, line):
            return Mark(f"{what} {found[1]}", at, sent)
    return None


def clock_offsets(marks: Mapping[str, Iterable[Mark]]) -> dict[str, float]:
    """How many seconds each site's clock is ahead of the server's, for those that are not right, by their marks.

    The server is the site that assigns the tasks. Zero, or a time zone, is believed where the marks allow for it; else
    the middle of what they allow. Without two handovers, or when they contradict each other, nothing is said.
    """
    first = {site: {seen.key: seen for seen in reversed(list(own))} for site, own in marks.items()}
    server = next((own for own in first.values() if any(_assigns(seen) for seen in own.values())), {})
    offsets = {site: _ahead(own, server) for site, own in first.items() if own is not server}
    return {site: offset for site, offset in offsets.items() if offset}


def _assigns(seen: Mark) -> bool:
    return seen.sent and seen.key.startswith("task ")


def _ahead(own: dict[str, Mark], server: dict[str, Mark]) -> float:
    """A site's clock minus the server's, in seconds; 0.0 when that is possible or nothing can be said."""
    shared = [(seen, server[key]) for key, seen in own.items() if key in server and server[key].sent != seen.sent]
    least = [seen.at - other.at for seen, other in shared if seen.sent]
    most = [seen.at - other.at for seen, other in shared if not seen.sent]
    if len(shared) < 2:
        return 0.0
    low = max(least) if least else min(most) - LATENCY
    high = min(most) if most else max(least) + LATENCY
    if low > high + PRECISION:
        return 0.0
    low, high, middle = min(low, high), max(low, high), (low + high) / 2
    simple = (0.0, float(round(middle / ZONE) * ZONE))
    return next((offset for offset in simple if low <= offset <= high), round(middle, 3))
