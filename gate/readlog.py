"""One log → its events, in order: of a chain of rotated files, or of a part of one large file, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import msgspec

from gate import clean, excerpt, logfile
from gate.fingerprint import fingerprint, older
from gate.logformats import rank
from gate.match import Matcher
from gate.model import Hit, LogEvent, LogStats, Place, Rule, Struct
from gate.patterns import TooSlow
from gate.read import SNIFFED, Found, Reader
from gate.rotation import Chain
from gate.watch import Near, Watched, Watching
from gate.window import LOOKBACK, Window

CUT_BYTES = 4 << 10
"""A log's last bytes, from which it may show that it was cut."""

BATCH = 500
"""Events that are put in order, and handed on, at a time."""

WARM_UP = 4 * LOOKBACK
"""Bytes before a part that are read, too, so that the reader knows what it would know had it read all before it."""

Runs = tuple[tuple[int, int], ...]
"""The runs of an event's bytes, counted from the log's beginning."""


class Part(Struct, frozen=True):
    """What is read at one go: the files of a rotated log, or the bytes from `begin` up to `end` of a large one.

    Both are beginnings of lines, or the end; `end` 0 stands for the whole of each file. `identity` is the large file's
    (device and inode).
    """

    chain: Chain
    begin: int = 0
    end: int = 0
    identity: tuple[int, int] = (0, 0)


class Stored(Struct, frozen=True, array_like=True):
    """An event as it is kept until all logs are read, and the index of its file in the chain.

    `at` is its line in the whole chain; `near` has the patterns seen before it, and how many lines before;
    `fingerprints` are the current one and those of older versions.
    """

    file: int
    at: int
    event: LogEvent
    near: Near
    fingerprints: tuple[str, ...]


class Edges(Struct, frozen=True, array_like=True):
    """Events near the edges of a part: where one's `behind` is the next one's `before`, no reader could tell the two.

    Both have the runs of the last events whose hits lie before the edge. `first` and `last` are where the part's own
    first and last events begin; `alone` is False for a part that cannot be read by itself.
    """

    before: tuple[Runs, ...] = ()
    behind: tuple[Runs, ...] = ()
    first: int = 0
    last: int = 0
    alone: bool = True


class Outcome(Struct, frozen=True, array_like=True):
    """What was read of a part besides its events: how many bytes and lines there were in each file, and the like.

    Lines are counted from the part's beginning, as if the log began there. `edges` is None where the whole log was
    read; of a part of a file, `line_ends` is how many lines end in it.
    """

    stats: tuple[LogStats, ...]
    watched: Watched
    line_ends: int = 0
    edges: Edges | None = None


class Scan(NamedTuple):
    """What is looked for in every log: rules, patterns to watch for, some to keep the lines of; the sites' names."""

    matcher: Matcher
    wanted: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    sites: frozenset[str] = frozenset()


Keep = Callable[[bytes], object]
"""Takes a batch of events, encoded."""


def read_part(part: Part, scan: Scan, keep: Keep) -> Outcome:
    """Read all that a part holds; its events go to `keep`, in batches, as they are found.

    What cannot be read is said in the stats; TooSlow where a pattern takes too long.
    """
    try:
        return _read_cut(part, scan, keep) if part.end else _read_whole(part, scan, keep)
    except TooSlow as error:
        raise TooSlow(f"{part.chain[-1].path}: {error}") from error


def _read_whole(part: Part, scan: Scan, keep: Keep) -> Outcome:
    watching, batches, chain = Watching(scan.wanted, scan.keep), _Batches(scan, keep), part.chain
    with logfile.chain(chain) as stream:
        window = Window(stream)
        reader = Reader(window, chain[-1].format)
        for taken in _ordered(taken_events(reader, scan.matcher, watching), window):
            batches.add(*_located(excerpt.noted(taken.event), chain, stream), taken)
        stats = _stats(stream, window, reader)
    batches.flush()
    return Outcome(stats, watching.watched())


def _read_cut(part: Part, scan: Scan, keep: Keep) -> Outcome:
    watching, batches, log = Watching(scan.wanted, scan.keep), _Batches(scan, keep), part.chain[0]
    seen = _Seen(part)
    try:
        with logfile.cut(log, part.identity, (part.begin, part.end), WARM_UP, SNIFFED) as stream:
            window = Window(stream, base=stream.base, above=stream.above, limit=part.end)
            reader = Reader(window, log.format, stream.start)
            for taken in _ordered(seen.own(taken_events(reader, scan.matcher, watching, part.begin)), window):
                seen.give(taken)
                batches.add(0, taken.event, taken)
            problem = _cut_reason(window, reader) if stream.is_last else ""
            is_open = stream.is_last and window.data[-1:] not in (b"\n", b"")
    except logfile.READ_ERRORS:
        return Outcome((), Watched(), edges=Edges(alone=False))
    batches.flush()
    stats = LogStats(part.end - part.begin, stream.line_ends + is_open, problem, reader.format)
    return Outcome((stats,), watching.watched(), stream.line_ends, seen.edges(alone=not stream.problem))


class _Seen:
    """What was seen of a part's events near its edges."""

    def __init__(self, part: Part) -> None:
        self._begin, self._end = part.begin, part.end
        self._before: list[Runs] = []
        self._behind: list[Runs] = []
        self._first, self._last = part.end, part.begin

    def own(self, events: Iterator[Taken]) -> Iterator[Taken]:
        """The part's own events: those above it are only read to know what the part's first ones are."""
        for taken in events:
            if taken.hit < self._begin and taken.runs[-1][1] > self._begin - WARM_UP // 2:
                self._before.append(taken.runs)
            if taken.runs[-1][1] > self._end - WARM_UP // 2:
                self._behind.append(taken.runs)
            if taken.hit >= self._begin:
                yield taken

    def give(self, taken: Taken) -> None:
        place = taken.runs[0][0]
        self._first, self._last = min(self._first, place), place

    def edges(self, *, alone: bool) -> Edges:
        return Edges(tuple(self._before), tuple(self._behind), self._first, self._last, alone)


class _Batches:
    """Events on their way out, encoded in batches."""

    _encode = msgspec.msgpack.Encoder().encode

    def __init__(self, scan: Scan, keep: Keep) -> None:
        self._sites, self._keep = scan.sites, keep
        self._events: list[Stored] = []

    def add(self, file: int, event: LogEvent, taken: Taken) -> None:
        """An event as its file has it, and as it was taken."""
        rule = event.rules[0]
        prints = fingerprint(rule, event, self._sites), *older(rule, event, self._sites)
        self._events.append(Stored(file, taken.event.line, event, taken.near, prints))
        if len(self._events) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand on what is left."""
        if self._events:
            self._keep(self._encode(self._events))
            self._events.clear()


def _stats(stream: logfile.Chain, window: Window, reader: Reader) -> tuple[LogStats, ...]:
    """What was read of each file; the last one may also be cut where nobody but its last line tells."""
    stats = [msgspec.structs.replace(each, format=reader.format) for each in stream.stats()]
    last = stats[-1]
    lines = window.lines if len(stats) == 1 else last.lines
    problem = last.problem or _cut_reason(window, reader)
    return (*stats[:-1], msgspec.structs.replace(last, lines=lines, problem=problem))


def _cut_reason(window: Window, reader: Reader) -> str:
    """Why the log's last bytes show that it was cut."""
    if window.data[-1:] in (b"\n", b""):
        return ""
    return logfile.cut_reason(window.data[-CUT_BYTES:], reader.entry_line())


# ---- events ----------------------------------------------------------------------------------------------------------


class Taken(NamedTuple):
    """An event that was read, where the line of its hit begins, its runs of bytes, and what was seen before it."""

    event: LogEvent
    hit: int
    runs: Runs
    near: Near


def taken_events(reader: Reader, matcher: Matcher, watching: Watching, begin: int = 0) -> Iterator[Taken]:
    """All events of a log that hold a rule's match; none has a line of another. Nothing is watched before `begin`.

    They are in order, but for those of several writers, one of which may begin above another's that was found before.
    """
    window = reader.window
    for hit in matcher.hits(window, reader.inner):
        at = window.base + hit.start
        if hit.seen and at >= begin:
            watching.saw(hit.seen, window.line(hit.start), window.data[hit.start : hit.end])
        if not hit.rules or reader.taken(hit):
            continue
        found = reader.find(hit)
        rules, inner = _rules(window, matcher, found, hit)
        if not rules:
            continue
        event = excerpt.build(window, found, hit, rules, inner=inner)
        runs = tuple((window.base + start, window.base + end) for start, end in found.spans())
        end = max(hit.end, reader.take(found))
        window.pos = end
        yield Taken(event, at, runs, watching.near(event.line))
        if at >= begin and end > hit.end:
            _watch_each(window, matcher, watching, hit.end, end)
        if not window.complete(end):
            window.skip_line()


def events(reader: Reader, matcher: Matcher) -> Iterator[LogEvent]:
    """As `taken_events`: the events alone."""
    return (excerpt.noted(taken.event) for taken in taken_events(reader, matcher, Watching(())))


def _ordered(events: Iterable[Taken], window: Window) -> Iterator[Taken]:
    """The events by their first lines: each is held back as long as one may come that begins above it."""
    held: list[Taken] = []
    room = BATCH
    for taken in events:
        held.append(taken)
        if len(held) >= room:
            held.sort(key=_begin)
            safe = bisect_left(held, window.base, key=_begin)
            yield from held[:safe]
            del held[:safe]
            room = len(held) + BATCH
    yield from sorted(held, key=_begin)


def _begin(taken: Taken) -> int:
    return taken.runs[0][0]


def _rules(window: Window, matcher: Matcher, found: Found, hit: Hit) -> tuple[tuple[str, ...], bool]:
    """The rules that match an event, and whether one does only when its carrier is taken away."""
    inner = () if found.plain else matcher.matching_all(found.said())
    raw = hit.rules if found.plain else _matching(window, matcher, found)
    both = matcher.in_order((*raw, *inner)) if inner else raw
    rules = tuple(name for name in both if _holds(matcher.rule(name), found, hit))
    return rules, any(name in inner for name in rules)


def _matching(window: Window, matcher: Matcher, found: Found) -> tuple[str, ...]:
    """The rules that match an event's lines, as they stand in the log and as a terminal shows them."""
    texts = [window.data[start:end] for start, end in found.spans()]
    shown = [clean.plain(text) for text in texts]
    return matcher.matching_all(
        [*texts, *(plain for plain, text in zip(shown, texts, strict=True) if plain is not text)]
    )


def _holds(rule: Rule, found: Found, hit: Hit) -> bool:
    """Whether what a rule asks for besides its pattern is so."""
    if rule.trace and found.trace is None:
        return False
    if not rule.level:
        return True
    head = found.units[: found.record.lines][-1]
    return rank(found.record.level) >= rank(rule.level) and head.end >= hit.end


def _watch_each(window: Window, matcher: Matcher, watching: Watching, start: int, end: int) -> None:
    """Watch the further lines of an event, which the search passes over."""
    while start < end and matcher.seen(window.data, start, end):
        stop = window.data.find(b"\n", start, end) + 1 or end
        if patterns := matcher.seen(window.data, start, stop):
            watching.saw(patterns, window.line(start), window.data[start:stop])
        start = stop


# ---- files of a chain ------------------------------------------------------------------------------------------------


def _located(event: LogEvent, chain: Chain, stream: logfile.Chain) -> tuple[int, LogEvent]:
    """An event of a rotated log in its file's own lines, and that file's index.

    What goes on in the next file is a part of its own.
    """
    if len(chain) == 1:
        return 0, event
    parts = event.parts or (Place("", event.line, event.end_line),)
    places = [place for part in parts for place in _in_files(part, chain, stream)]
    first = stream.place(event.line)[0]
    own = [place for place in places if place.path == chain[first].path]
    others = sorted({place.path for place in places} - {chain[first].path})
    note = [event.note, f"goes on in {', '.join(others)}"] if others else [event.note]
    note += ["bytes are missing in it"] if any(event.line < hole <= event.end_line for hole in stream.holes()) else []
    changed = msgspec.structs.replace(
        event,
        line=own[0].line,
        end_line=own[-1].end_line,
        parts=tuple(places) if len(places) > 1 else (),
        note="; ".join(filter(None, note)),
    )
    return first, changed


def _in_files(part: Place, chain: Chain, stream: logfile.Chain) -> Iterator[Place]:
    """Lines of the whole stream as those of its files; a line that a file was cut in stands in two."""
    places = [place for line in range(part.line, part.end_line + 1) for place in stream.places(line)]
    for file, found in groupby(places, key=lambda place: place[0]):
        lines = [own for _, own in found]
        yield Place(chain[file].path, lines[0], lines[-1])
