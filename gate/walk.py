"""The six steps on one screen: collect → match → read → group → judge → report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import groupby

import msgspec

from gate import __version__, cause, clean, config, excerpt, globs, group, judge, logfile, rotation, streams, watch
from gate.dispose import NO_DECISIONS, Decisions
from gate.logformats import Record, parse, rank
from gate.match import Matcher
from gate.model import (
    Evidence,
    Hit,
    LogEvent,
    LogStats,
    Place,
    Report,
    Rule,
    SiteLog,
    Stream,
    Tool,
    Verdict,
)
from gate.read import Found, Reader
from gate.runners import Progress
from gate.window import Window

CUT_BYTES = 4 << 10
"""A log's last bytes, from which it may show that it was cut."""

EXIT_CODES: dict[Verdict, int] = {"pass": 0, "fail": 1, "error": 3}


class Walk:
    """Evidence comes in, in parts; a report goes out."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        command: str,
        *,
        decisions: Decisions = NO_DECISIONS,
        order: tuple[str, ...] = (),
        watched: Iterable[str] = (),
        log_formats: Mapping[str, str] = {},
    ) -> None:
        self._rules, self._decisions = rules, decisions
        self._command = command
        self.log_formats = globs.Chosen(log_formats)
        self._order = {name: place for place, name in enumerate(order)}
        self._watched = tuple(dict.fromkeys(watched))
        self._matcher = Matcher(rules, (*watch.MARKERS, *cause.MARKS, *self._watched), config.trace_signs())
        self._started = _now()
        self._attempt = 1
        self._parts: list[Evidence] = []
        self._events: list[group.Read] = []
        self._known = judge.Known({}, {}, defaultdict(list), {})
        self._marks: defaultdict[str, defaultdict[str, list[cause.Mark]]] = defaultdict(lambda: defaultdict(list))

    def again(self) -> None:
        """What comes now are testcases that are run again: it takes the place of what was taken of them before."""
        self._attempt += 1

    def take(self, part: Evidence) -> judge.Judgement:
        """Add a part; what can be said of it alone."""
        first = len(self._events)
        self.add(part)
        return self._judge(self._parts[-1], self._events[first:])

    def add(self, part: Evidence) -> None:
        """Match and read a part's logs, and compare its streams."""
        part = _as_attempt(self._attempt, self._as_set(part))
        self._parts.append(part)
        for stream in part.streams:
            self._known.streams[stream.testcase, stream.site] = []
        for chain in rotation.chains(part.logs, _first_time):
            self._events += self._read(chain)
        self._events += [read for stream in part.streams for read in self._compare(stream)]

    def _as_set(self, part: Evidence) -> Evidence:
        """The part with the log formats that the user has set."""
        logs = (msgspec.structs.replace(log, format=self.log_formats.of(log.path)) for log in part.logs)
        return msgspec.structs.replace(part, logs=tuple(logs))

    def take_all(self, parts: Iterable[Evidence], progress: Progress | None = None) -> list[str]:
        """Take parts as they come, telling of each testcase; gives the names of those that did not pass."""
        failed = []
        for part in parts:
            for testcase in self.take(part).testcases:
                if testcase.verdict in ("fail", "error"):
                    failed.append(testcase.name)
                if progress:
                    progress.testcase(testcase.name, "judged", f"{testcase.verdict}: {testcase.reason}")
        return failed

    def report(self) -> Report:
        """Group and judge all that was taken."""
        evidence = self._joined()
        judgement = self._judge(evidence, self._events)
        return Report(
            tool=Tool("loggate", __version__),
            verdict=judgement.verdict,
            reason=judgement.reason,
            exit_code=EXIT_CODES[judgement.verdict],
            started=self._started,
            finished=_now(),
            command=self._command,
            environment=evidence.environment,
            counts=judgement.counts,
            testcases=judgement.testcases,
            shared=judgement.shared,
            issues=judgement.issues,
            leftovers=judgement.leftovers,
            causes=judgement.causes,
            rules=(*self._rules, *streams.RULES) if evidence.streams else self._rules,
            skipped=evidence.skipped,
        )

    def _joined(self) -> Evidence:
        """All evidence; of a testcase that was run again, that of its last attempt."""
        testcases = {testcase.name: testcase for part in self._parts for testcase in part.testcases}

        def counts(log: SiteLog) -> bool:
            return log.testcase not in testcases or testcases[log.testcase].attempts == log.attempt

        return Evidence(
            testcases=tuple(sorted(testcases.values(), key=lambda testcase: self._order.get(testcase.name, 0))),
            logs=tuple(log for part in self._parts for log in part.logs if counts(log)),
            streams=tuple(stream for part in self._parts for stream in part.streams if counts(stream.written[0])),
            skipped=tuple(skipped for part in self._parts for skipped in part.skipped),
            environment={key: value for part in self._parts for key, value in part.environment.items()},
        )

    def _judge(self, evidence: Evidence, events: list[group.Read]) -> judge.Judgement:
        rules = (*self._rules, *streams.RULES)
        tried = tuple(testcase for part in self._parts for testcase in part.testcases)
        occurrences = group.occurrences(events, tried, rules)
        return judge.judge(evidence, self._known, occurrences, rules, self._decisions)

    def _compare(self, stream: Stream) -> Iterator[group.Read]:
        compared = streams.compare(stream)
        self._known.streams[stream.testcase, stream.site].append(compared.report)
        if compared.event:
            yield group.Read(*compared.event)

    def _read(self, chain: rotation.Chain) -> list[group.Read]:
        watching = watch.Watching(self._watched, cause.MARKS)
        reads, stats = read_log(chain, self._matcher, watching)
        self._known.stats.update({log.path: each for log, each in zip(chain, stats, strict=True)})
        self._known.seen[chain[-1].path] = watching.seen()
        self._set_clocks(chain[-1], watching.kept)
        return reads

    def _set_clocks(self, log: SiteLog, handovers: list[str]) -> None:
        """Estimate the clocks of a testcase's sites from what is known so far; a streamed copy has another's clock."""
        own = self._marks[log.testcase]
        for line in () if log.streamed else handovers:
            at = cause.seconds((parse(line) or Record()).time, log.zone)
            if at is not None and (mark := cause.mark(line, at)):
                own[log.site].append(mark)
        for site, ahead in cause.clock_offsets(own).items():
            self._known.clocks[log.testcase, site] = ahead


def read_log(
    chain: rotation.Chain, matcher: Matcher, watching: watch.Watching
) -> tuple[list[group.Read], tuple[LogStats, ...]]:
    """All events of a rotated log, or of a single file, with their phases and what was seen before them.

    And what was read of each file.
    """
    with logfile.chain(chain) as stream:
        window = Window(stream)
        reader = Reader(window, chain[-1].format)
        found = [(event, watching.near(event.line)) for event in events(reader, matcher, watching)]
        seen, stats = watching.seen(), _stats(stream, window, reader)
        reads = []
        for event, near in sorted(found, key=lambda each: each[0].line):
            log, own = _located(event, chain, stream)
            reads.append(group.Read(log, own, seen.phase(event.line), near))
    return reads, stats


def _stats(stream: logfile.Chain, window: Window, reader: Reader) -> tuple[LogStats, ...]:
    """What was read of each file; the last one may also be cut where nobody but its last line tells."""
    stats = [msgspec.structs.replace(each, format=reader.format) for each in stream.stats()]
    last = stats[-1]
    lines = window.lines if len(stats) == 1 else last.lines
    problem = last.problem or logfile.cut_reason(window.data[-CUT_BYTES:], reader.entry_line())
    return (*stats[:-1], msgspec.structs.replace(last, lines=lines, problem=problem))


def _located(event: LogEvent, chain: rotation.Chain, stream: logfile.Chain) -> tuple[SiteLog, LogEvent]:
    """An event of a rotated log in its file's own lines; what goes on in the next file is a part of its own."""
    if len(chain) == 1:
        return chain[0], event
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
    return chain[first], changed


def _in_files(part: Place, chain: rotation.Chain, stream: logfile.Chain) -> Iterator[Place]:
    """Lines of the whole stream as those of its files; a line that a file was cut in stands in two."""
    places = [place for line in range(part.line, part.end_line + 1) for place in stream.places(line)]
    for file, found in groupby(places, key=lambda place: place[0]):
        lines = [own for _, own in found]
        yield Place(chain[file].path, lines[0], lines[-1])


def _first_time(log: SiteLog) -> str | None:
    """The first time that stands in a log; None where none does."""
    try:
        lines = logfile.sniff(log).decode("utf-8", "replace").split("\n")
    except logfile.READ_ERRORS:
        return None
    return next((record.time for line in lines if (record := parse(line)) and record.time), None)


def events(reader: Reader, matcher: Matcher, watching: watch.Watching) -> Iterator[LogEvent]:
    """All events of a log that hold a rule's match; none has a line of another.

    They are in order, but for those of several writers, one of which may begin above another's that was found before.
    """
    window = reader.window
    for hit in matcher.hits(window, reader.inner):
        if hit.seen:
            watching.saw(hit.seen, window.line(hit.start), window.data[hit.start : hit.end])
        if not hit.rules or reader.taken(hit):
            continue
        found = reader.find(hit)
        raw = hit.rules if found.plain else _matching(window, matcher, found)
        inner = () if found.plain else matcher.matching_all(found.said())
        rules = tuple(rule.id for rule in matcher.rules if rule.id in (*raw, *inner) and _holds(rule, found, hit))
        if not rules:
            continue
        yield excerpt.build(window, found, hit, rules, inner=any(rule in inner for rule in rules))
        end = max(hit.end, reader.take(found))
        _watch_each(window, matcher, watching, hit.end, end)
        window.pos = end
        if not window.complete(end):
            window.skip_line()


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
    head = found.units[: found.record.lines][-1]
    return not rule.level or (rank(found.record.level) >= rank(rule.level) and head.end >= hit.end)


def _watch(window: Window, matcher: Matcher, watching: watch.Watching, start: int, end: int) -> None:
    if patterns := matcher.seen(window.data, start, end):
        watching.saw(patterns, window.line(start), window.data[start:end])


def _watch_each(window: Window, matcher: Matcher, watching: watch.Watching, start: int, end: int) -> None:
    """Watch the further lines of an event, which the search passes over."""
    while start < end and matcher.seen(window.data, start, end):
        stop = window.data.find(b"\n", start, end) + 1 or end
        _watch(window, matcher, watching, start, stop)
        start = stop


def _as_attempt(attempt: int, part: Evidence) -> Evidence:
    """The evidence of testcases that were run again, marked as such."""
    if attempt == 1:
        return part
    replace = msgspec.structs.replace
    logs = {log.path: replace(log, attempt=attempt) for log in part.logs}
    return replace(
        part,
        testcases=tuple(replace(testcase, attempts=attempt) for testcase in part.testcases),
        logs=tuple(logs.values()),
        streams=tuple(
            replace(stream, written=tuple(logs[log.path] for log in stream.written)) for stream in part.streams
        ),
    )


def _now() -> str:
    return datetime.now(timezone.utc).astimezone().isoformat(timespec="milliseconds")
