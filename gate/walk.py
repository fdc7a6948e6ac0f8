"""The six steps on one screen: collect → match → read → group → judge → report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

import msgspec

from gate import __version__, cause, group, judge, logfile, read, streams, watch
from gate.dispose import NO_DECISIONS, Decisions
from gate.logformats import Record, parse
from gate.match import Matcher
from gate.model import (
    Evidence,
    LogEvent,
    LogStats,
    Report,
    Rule,
    SiteLog,
    Stream,
    Tool,
    Verdict,
)
from gate.runners import Progress
from gate.window import Window

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
    ) -> None:
        self._rules, self._decisions = rules, decisions
        self._command = command
        self._order = {name: place for place, name in enumerate(order)}
        self._watched = tuple(dict.fromkeys(watched))
        self._matcher = Matcher(rules, (*watch.MARKERS, *cause.MARKS, *self._watched))
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
        part = _as_attempt(self._attempt, part)
        self._parts.append(part)
        for stream in part.streams:
            self._known.streams[stream.testcase, stream.site] = []
        self._events += [read for log in part.logs for read in self._read(log)]
        self._events += [read for stream in part.streams for read in self._compare(stream)]

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

    def _read(self, log: SiteLog) -> list[group.Read]:
        watching = watch.Watching(self._watched, cause.MARKS)
        reads, self._known.stats[log.path] = read_log(log, self._matcher, watching)
        self._known.seen[log.path] = watching.seen()
        self._set_clocks(log, watching.kept)
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


def read_log(log: SiteLog, matcher: Matcher, watching: watch.Watching) -> tuple[list[group.Read], LogStats]:
    """All events of a log with their phases and what was seen before them, and what was read of it."""
    window, problem, found = None, "", []
    try:
        with logfile.opened(log) as stream:
            window = Window(stream)
            for event in events(window, matcher, watching):
                found.append((event, watching.near(event.line)))
    except logfile.READ_ERRORS as error:
        problem = logfile.problem(error)
    size, lines = (window.size, window.lines) if window else (0, None)
    seen = watching.seen()
    reads = [group.Read(log, event, seen.phase(event.line), near) for event, near in found]
    return reads, LogStats(size, lines, problem)


def events(window: Window, matcher: Matcher, watching: watch.Watching) -> Iterator[LogEvent]:
    """All events of a log that hold a rule's match, in order; none overlaps another."""
    floor = 0
    for hit in matcher.hits(window):
        _watch(window, matcher, watching, hit.start, hit.end)
        if not hit.by_rule:
            continue
        span = read.find_span(window, hit, max(0, floor - window.base))
        yield read.build(window, span, hit, matcher.matching(window.data, *span))
        _watch_each(window, matcher, watching, hit.end, span[1])
        window.pos = span[1]
        if not window.complete(span[1]):
            window.skip_line()
        floor = window.base + window.pos


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
