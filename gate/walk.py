"""The six steps on one screen: collect → match → read → group → judge → report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial

import msgspec

from gate import __version__, cause, clean, config, globs, group, judge, logfile, rotation, streams, watch
from gate.dispose import NO_DECISIONS, Decisions
from gate.kept import Kept, Log
from gate.logformats import Record, parse
from gate.match import Matcher
from gate.model import Evidence, Report, Rule, SiteLog, Stream, Tool, Verdict
from gate.readlog import Scan
from gate.runners import Progress
from gate.times import seconds
from gate.workers import NotAlone, Read, read_all

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
        sites: Iterable[str] = (),
        watched: Iterable[str] = (),
        log_formats: Mapping[str, str] = {},
        environment: Mapping[str, str] = {},
    ) -> None:
        self._rules, self._decisions = rules, decisions
        self._command, self._environment = command, environment
        self.log_formats = globs.Chosen(log_formats)
        self._order = {name: place for place, name in enumerate(order)}
        self._watched = tuple(dict.fromkeys(watched))
        ours = (*watch.MARKERS, *cause.MARKS)
        trusted = config.shipped_patterns(rules).union(ours, [config.trace_signs()])
        self._matcher = Matcher(rules, (*ours, *self._watched), config.trace_signs(), trusted)
        self._started = _now()
        self._attempt = 1
        self._sites = frozenset(sites)
        self._parts: list[Evidence] = []
        self._kept = Kept()
        self._logs: list[Log] = []
        self._compared: list[group.Read] = []
        self._known = judge.Known({}, {}, defaultdict(list), {})
        self._marks: defaultdict[str, defaultdict[str, list[cause.Mark]]] = defaultdict(lambda: defaultdict(list))

    def again(self) -> None:
        """What comes now are testcases that are run again: it takes the place of what was taken of them before."""
        self._attempt += 1

    def take(self, part: Evidence) -> judge.Judgement:
        """Add a part; what can be said of it alone."""
        logs, compared = len(self._logs), len(self._compared)
        self.add(part)
        return self._judge(self._parts[-1], self._logs[logs:], self._compared[compared:])

    def add(self, part: Evidence) -> None:
        """Match and read a part's logs, and compare its streams."""
        part = _as_attempt(self._attempt, self._as_set(part))
        self._parts.append(part)
        for stream in part.streams:
            self._known.streams[stream.testcase, stream.site] = []
        sites = self._sites.union(*(testcase.sites for known in self._parts for testcase in known.testcases))
        scan = Scan(self._matcher, self._watched, cause.MARKS, sites)
        for chain, read in read_all(list(rotation.chains(part.logs, _first_time)), scan):
            self._logs.append(self._keep(chain, read))
        self._compared += [read for stream in part.streams for read in self._compare(stream)]

    def _keep(self, chain: rotation.Chain, read: Read) -> Log:
        """Keep what was read of a log, and note what is known of it besides its events."""
        try:
            log, stats = self._kept.keep(chain, read)
        except NotAlone:
            log, stats = self._kept.keep(chain, read)
        self._known.stats.update({each.path: found for each, found in zip(chain, stats, strict=True)})
        self._known.seen[chain[-1].path] = log.watched.seen
        self._set_clocks(chain[-1], log.watched.kept)
        return log

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
        """Group and judge all that was taken; no secret is left in what people wrote, in names and paths either."""
        evidence = self._joined()
        judgement = self._judge(evidence, self._logs, self._compared)
        return Report(
            tool=Tool("loggate", __version__),
            verdict=judgement.verdict,
            reason=clean.masked(judgement.reason),
            exit_code=EXIT_CODES[judgement.verdict],
            started=self._started,
            finished=_now(),
            command=self._command,
            environment=clean.masked({**evidence.environment, **self._environment}),
            counts=judgement.counts,
            testcases=clean.masked(judgement.testcases),
            shared=clean.masked(judgement.shared),
            issues=clean.masked(judgement.issues),
            leftovers=clean.masked(judgement.leftovers),
            causes=clean.masked(judgement.causes),
            rules=(*self._rules, *streams.RULES) if evidence.streams else self._rules,
            skipped=clean.masked(evidence.skipped),
            waivers=clean.masked(judgement.waivers),
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

    def _judge(self, evidence: Evidence, logs: Sequence[Log], compared: Sequence[group.Read]) -> judge.Judgement:
        rules = (*self._rules, *streams.RULES)
        tried = tuple(testcase for part in self._parts for testcase in part.testcases)
        sources = [group.Source(log.chain, partial(self._kept.reads, log)) for log in logs]
        sources += [group.Source((read.log,), partial(iter, (read,))) for read in compared]
        return judge.judge(evidence, self._known, group.grouped(sources, tried, rules), rules, self._decisions)

    def _compare(self, stream: Stream) -> Iterator[group.Read]:
        compared = streams.compare(stream)
        self._known.streams[stream.testcase, stream.site].append(compared.report)
        if compared.event:
            yield group.Read(*compared.event)

    def _set_clocks(self, log: SiteLog, handovers: Iterable[str]) -> None:
        """Estimate the clocks of a testcase's sites from what is known so far; a streamed copy has another's clock."""
        own = self._marks[log.testcase]
        for line in () if log.streamed else handovers:
            at = seconds((parse(line) or Record()).time, log.zone)
            if at is not None and (mark := cause.mark(line, at)):
                own[log.site].append(mark)
        for site, ahead in cause.clock_offsets(own).items():
            self._known.clocks[log.testcase, site] = ahead


def _first_time(log: SiteLog) -> str | None:
    """The first time that stands in a log; None where none does."""
    try:
        lines = logfile.sniff(log).decode("utf-8", "replace").split("\n")
    except logfile.READ_ERRORS:
        return None
    return next((record.time for line in lines if (record := parse(line)) and record.time), None)


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
