"""The six steps on one screen: collect → match → read → group → judge → report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from gate import __version__, group, judge, logfile, read, streams, watch
from gate.match import Matcher
from gate.model import (
    Evidence,
    Leftovers,
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
        self, rules: tuple[Rule, ...], command: str, order: tuple[str, ...] = (), watched: Iterable[str] = ()
    ) -> None:
        self._rules = rules
        self._command = command
        self._order = {name: place for place, name in enumerate(order)}
        self._watched = tuple(dict.fromkeys(watched))
        self._matcher = Matcher(rules, (*watch.MARKERS, *self._watched))
        self._started = _now()
        self._parts: list[Evidence] = []
        self._events: list[group.Read] = []
        self._known = judge.Known({}, {}, defaultdict(list))

    def take(self, part: Evidence) -> judge.Judgement:
        """Match and read a part's logs, and compare its streams; what can be said of this part alone."""
        self._parts.append(part)
        events = [read for log in part.logs for read in self._read(log)]
        events += [read for stream in part.streams for read in self._compare(stream)]
        self._events += events
        return self._judge(part, events)

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
            leftovers=Leftovers(),
            rules=(*self._rules, *streams.RULES) if evidence.streams else self._rules,
            skipped=evidence.skipped,
        )

    def _joined(self) -> Evidence:
        parts = self._parts
        testcases = (testcase for part in parts for testcase in part.testcases)
        return Evidence(
            testcases=tuple(sorted(testcases, key=lambda testcase: self._order.get(testcase.name, 0))),
            logs=tuple(log for part in parts for log in part.logs),
            streams=tuple(stream for part in parts for stream in part.streams),
            skipped=tuple(skipped for part in parts for skipped in part.skipped),
            environment={key: value for part in parts for key, value in part.environment.items()},
        )

    def _judge(self, evidence: Evidence, events: list[group.Read]) -> judge.Judgement:
        rules = (*self._rules, *streams.RULES)
        occurrences = group.occurrences(events, evidence.testcases, rules)
        return judge.judge(evidence, self._known, occurrences, rules)

    def _compare(self, stream: Stream) -> Iterator[group.Read]:
        compared = streams.compare(stream)
        self._known.streams[stream.testcase, stream.site].append(compared.report)
        if compared.event:
            yield group.Read(*compared.event)

    def _read(self, log: SiteLog) -> list[group.Read]:
        window, problem, found = None, "", []
        watching = watch.Watching(self._watched)
        try:
            with logfile.opened(log) as stream:
                window = Window(stream)
                for event in events(window, self._matcher, watching):
                    found.append((event, watching.near(event.line)))
        except logfile.READ_ERRORS as error:
            problem = logfile.problem(error)
        size, lines = (window.size, window.lines) if window else (0, None)
        self._known.stats[log.path] = LogStats(size, lines, problem)
        seen = self._known.seen[log.path] = watching.seen()
        return [group.Read(log, event, seen.phase(event.line), near) for event, near in found]


def events(window: Window, matcher: Matcher, watching: watch.Watching) -> Iterator[LogEvent]:
    """All events of a log that hold a rule's match, in order; none overlaps another."""
    floor = 0
    for hit in matcher.hits(window):
        watching.saw(matcher.seen(window.data, hit.start, hit.end), window.line(hit.start))
        if not hit.by_rule:
            continue
        span = read.find_span(window, hit, max(0, floor - window.base))
        yield read.build(window, span, hit, matcher.matching(window.data, *span))
        _watch_the_rest(window, matcher, watching, hit.end, span[1])
        window.pos = span[1]
        if not window.complete(span[1]):
            window.skip_line()
        floor = window.base + window.pos


def _watch_the_rest(window: Window, matcher: Matcher, watching: watch.Watching, start: int, end: int) -> None:
    """Watch the further lines of an event, which the search passes over."""
    while start < end and matcher.seen(window.data, start, end):
        stop = window.data.find(b"\n", start, end) + 1 or end
        watching.saw(matcher.seen(window.data, start, stop), window.line(start))
        start = stop


def run(
    parts: Iterable[Evidence],
    rules: tuple[Rule, ...],
    command: str,
    *,
    progress: Progress | None = None,
    order: tuple[str, ...] = (),
    watched: Iterable[str] = (),
) -> Report:
    """The whole walk over evidence that comes in parts, as testcases end; the report has them in `order`."""
    walk = Walk(rules, command, order, watched)
    for part in parts:
        judgement = walk.take(part)
        if progress:
            for testcase in judgement.testcases:
                progress.testcase(testcase.name, "judged", f"{testcase.verdict}: {testcase.reason}")
    return walk.report()


def _now() -> str:
    return datetime.now(timezone.utc).astimezone().isoformat(timespec="milliseconds")
