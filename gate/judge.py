"""Occurrences and evidence → dispositions and verdicts, each with its reason in words. Pure: no file, no clock."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from gate.cause import Causes
from gate.dispose import EXPECTED, NO_DECISIONS, Decisions, Disposing
from gate.findings import Spool, encode
from gate.model import (
    GREW,
    SHARED,
    Cause,
    Counts,
    Disposition,
    DispositionCounts,
    Evidence,
    Finding,
    Issue,
    Leftovers,
    LogReport,
    LogStats,
    Occurrence,
    Policy,
    Rule,
    Seen,
    SharedReport,
    SiteKey,
    SiteLog,
    SiteReport,
    StreamReport,
    Struct,
    Testcase,
    TestcaseCounts,
    TestcaseReport,
    Verdict,
    WaiverReport,
)
from gate.times import seconds

_WORST: dict[Disposition, int] = {"new": 0, "known": 1, "waived": 2}


class Judgement(Struct, frozen=True):
    """What a report says of a run: the verdicts and the issues they rest on."""

    verdict: Verdict
    reason: str
    counts: Counts
    testcases: tuple[TestcaseReport, ...]
    shared: SharedReport
    issues: tuple[Issue, ...]
    leftovers: Leftovers
    waivers: tuple[WaiverReport, ...]
    causes: tuple[Cause, ...]


class Known(NamedTuple):
    """What is known of the logs besides their events: by path what was read and what was watched for, and streams.

    `clocks` has the seconds by which a site's clock is ahead of its server's.
    """

    stats: dict[str, LogStats]
    seen: dict[str, Seen]
    streams: dict[SiteKey, list[StreamReport]]
    clocks: dict[SiteKey, float] = {}


def judge(
    evidence: Evidence,
    known: Known,
    occurrences: Iterable[Occurrence],
    rules: tuple[Rule, ...],
    decisions: Decisions = NO_DECISIONS,
) -> Judgement:
    """Judge all testcases. Each occurrence is looked at once, in the order given, and none is kept in memory."""
    disposing = Disposing(evidence, rules, decisions)
    docket, causes = _Docket(rules), Causes(known.clocks)
    for found in occurrences:
        finding = disposing.finding(found)
        docket.add(found, finding)
        if finding.fails:
            causes.add(found)
    desk = _Desk(evidence, known, docket, disposing.unmet(), decisions.policy)
    testcases = tuple(map(desk.testcase, evidence.testcases))
    shared = desk.shared()
    verdict, reason = _overall(testcases, shared, disposing.failures())
    return Judgement(
        verdict=verdict,
        reason=reason,
        counts=Counts(_count_verdicts(testcases), docket.dispositions()),
        testcases=testcases,
        shared=shared,
        issues=docket.issues(),
        leftovers=disposing.leftovers(_unsure(evidence, known.stats)),
        waivers=disposing.waivers(),
        causes=causes.causes(),
    )


# ---- findings --------------------------------------------------------------------------------------------------------


class _Tally:
    """One site's findings: how many of each disposition fail and do not, and whether the suite expects them all."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Disposition, bool]] = Counter()
        self.expected = True

    def add(self, finding: Finding) -> None:
        self.counts[finding.disposition, finding.fails] += 1
        self.expected = self.expected and finding.by.startswith(EXPECTED)


class _Span:
    """The first and the last time of an issue's findings, as they come."""

    __slots__ = ("_first", "_last", "first", "last")

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None
        self._first, self._last = math.inf, -math.inf

    def add(self, time: str | None) -> None:
        at = seconds(time)
        if at is None:
            return
        if at < self._first:
            self.first, self._first = time, at
        if at > self._last:
            self.last, self._last = time, at


class _Docket:
    """All findings, on disk, and in memory what is counted of them and which belong to which issue."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._spool = Spool()
        self._numbers: dict[str, array[int]] = {}
        self._first: dict[str, tuple[str, Rule]] = {}
        self._spans: defaultdict[str, _Span] = defaultdict(_Span)
        self.sites: defaultdict[SiteKey, _Tally] = defaultdict(_Tally)
        self.in_log: defaultdict[str, int] = defaultdict(int)

    def add(self, found: Occurrence, finding: Finding) -> None:
        shown = finding.testcase, finding.site
        number = self._spool.add(encode(finding), shown, finding.disposition)
        numbers = self._numbers.get(found.fingerprint)
        if numbers is None:
            rule = self._rules[found.rule]
            numbers = self._numbers[found.fingerprint] = array("I")
            self._first[found.fingerprint] = found.title(rule.title), rule
        numbers.append(number)
        self._spans[found.fingerprint].add(finding.time)
        self.sites[found.testcase, found.site].add(finding)
        self.in_log[found.log.path] += 1

    def dispositions(self) -> DispositionCounts:
        counted = Counter[str]()
        for tally in self.sites.values():
            for (disposition, _), count in tally.counts.items():
                counted[disposition] += count
        return DispositionCounts(**counted)

    def issues(self) -> tuple[Issue, ...]:
        """The findings by fingerprint: new issues first, then the severest, then the most frequent."""
        issues = [self._issue(name, numbers) for name, numbers in self._numbers.items()]
        severities = ("error", "warning", "note")
        issues.sort(key=lambda issue: (_WORST[issue.disposition], severities.index(issue.severity), -issue.count))
        return tuple(issues)

    def _issue(self, fingerprint: str, numbers: array[int]) -> Issue:
        title, rule = self._first[fingerprint]
        findings = self._spool.findings(numbers)
        counts = _total(findings.tallies().values())
        worst = (name for name in _WORST if getattr(counts, name))
        span = self._spans[fingerprint]
        return Issue(
            *(fingerprint, rule.id, rule.severity, title, next(worst), len(findings), counts, findings),
            first_time=span.first,
            last_time=span.last,
        )


# ---- verdicts --------------------------------------------------------------------------------------------------------


class _Desk:
    """The evidence laid out by testcase and site."""

    def __init__(
        self, evidence: Evidence, known: Known, docket: _Docket, unmet: dict[str, list[str]], policy: Policy
    ) -> None:
        self._stats, self._seen, self._streams, _ = known
        self._unmet, self._policy, self._docket = unmet, policy, docket
        self._logs: defaultdict[SiteKey, list[SiteLog]] = defaultdict(list)
        self._sites: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for log in evidence.logs:
            self._logs[log.testcase, log.site].append(log)
            self._sites[log.testcase][log.site] = None
        for name, site in docket.sites:
            self._sites[name][site] = None

    def testcase(self, testcase: Testcase) -> TestcaseReport:
        names = dict.fromkeys((*testcase.sites, *self._sites[testcase.name]))
        sites = tuple(self._site(testcase.name, site) for site in names)
        unmet = [*self._unmet.get(testcase.name, []), *self._unseen(testcase)]
        tallies = [tally for site in names if (tally := self._docket.sites.get((testcase.name, site)))]
        verdict, reason = _testcase_verdict(testcase, sites, tallies, unmet)
        flaky = verdict == "pass" and testcase.attempts > 1
        if flaky:
            verdict, reason = self._policy.flaky, f"passed only in attempt {testcase.attempts}"
        return TestcaseReport(
            name=testcase.name,
            verdict=verdict,
            reason=reason,
            job_id=testcase.job_id,
            status=testcase.status,
            duration_s=testcase.duration_s,
            attempts=testcase.attempts,
            flaky=flaky,
            sites=() if testcase.skipped else sites,
            started=testcase.started,
        )

    def _unseen(self, testcase: Testcase) -> Iterator[str]:
        """The expected lines that did not appear, or not in their order, and the logs that stop before their end."""
        expect = testcase.expect
        seen = {site: self._seen_of(testcase.name, site) for site in testcase.sites}
        for line in expect.lines:
            count = sum(_count(line.pattern, logs) for site, logs in seen.items() if line.site in ("", site))
            if not (count if line.count is None else count == line.count):
                yield f"expected {line}, found {count}"
        for site in dict.fromkeys(line.site for line in expect.lines) if expect.ordered else ():
            wanted = [line.pattern for line in expect.lines if line.site == site]
            logs = [each for name, logs in seen.items() if site in ("", name) for each in logs]
            if not any(_in_order(wanted, each) for each in logs):
                yield "the expected lines do not appear in their order" + (f" on {site}" if site else "")
        if expect.complete:
            yield from (
                f"{site}: no log reaches the end of the run"
                for site, logs in seen.items()
                if not any(each.ended for each in logs)
            )

    def _seen_of(self, testcase: str, site: str) -> list[Seen]:
        """What was seen in each log of the site: its rotations are one with it."""
        logs = self._logs[testcase, site]
        return [self._seen[log.path] for log in logs if not log.streamed and log.path in self._seen]

    def _site(self, testcase: str, site: str) -> SiteReport:
        logs, streams = self._logs[testcase, site], self._streams.get((testcase, site), [])
        problems = _problems(logs, self._stats)
        tally = self._docket.sites.get((testcase, site), _Tally())
        verdict, reason = _site_verdict(problems, tally.counts, len(logs))
        if verdict == "fail":
            reason = "; ".join([reason, *(f"{stream.name}: {stream.problem}" for stream in streams if stream.problem)])
        return SiteReport(site, verdict, reason, tuple(self._log(log) for log in logs), tuple(streams))

    def _log(self, log: SiteLog) -> LogReport:
        stats = self._stats[log.path]
        return LogReport(
            log.path, stats.bytes, stats.lines, self._docket.in_log.get(log.path, 0), stats.problem, stats.format
        )

    def shared(self) -> SharedReport:
        sites = {site: self._site(SHARED, site) for site in self._sites[SHARED]}
        if not sites:
            return SharedReport("skipped", "no shared logs")
        verdict = _worst([site.verdict for site in sites.values()])
        bad = [f"{name}: {site.reason}" for name, site in sites.items() if site.verdict != "pass"]
        logs = tuple(log for site in sites.values() for log in site.logs)
        reason = "; ".join(bad) or "no finding outside the testcases"
        return SharedReport(verdict, reason, logs, tuple(sites.values()))


def _problems(logs: list[SiteLog], stats: dict[str, LogStats]) -> list[str]:
    """Why the evidence of a site cannot be trusted to be whole."""
    problems = []
    for log in logs:
        problem = stats[log.path].problem
        if problem and (log.required or not problem.startswith(GREW)):
            problems.append(f"{log.name} {problem}")
        elif log.required and stats[log.path].bytes == 0:
            problems.append(f"{log.name} is empty")
    if not problems and not any(stats[log.path].bytes for log in logs):
        problems.append("all of its logs are empty" if logs else "no log of this site")
    return problems


def _unsure(evidence: Evidence, stats: dict[str, LogStats]) -> set[str]:
    """The testcases with a site whose logs are not whole, or without any."""
    logs: defaultdict[SiteKey, list[SiteLog]] = defaultdict(list)
    for log in evidence.logs:
        logs[log.testcase, log.site].append(log)
    sites = {*logs, *((testcase.name, site) for testcase in evidence.testcases for site in testcase.sites)}
    without = {testcase.name for testcase in evidence.testcases} - {name for name, _ in sites}
    return without | {name for name, site in sites if _problems(logs[name, site], stats)}


def _count(pattern: str, logs: list[Seen]) -> int:
    """How often the pattern was seen, in the log that has it most often: a site's logs repeat each other."""
    return max((seen.counts.get(pattern, 0) for seen in logs), default=0)


def _in_order(wanted: list[str], seen: Seen) -> bool:
    """Whether the patterns were seen one after the other; one that follows itself counts once."""
    order = iter(seen.order)
    return all(pattern in order for pattern, _ in groupby(wanted))


def _site_verdict(problems: list[str], counts: Counter[tuple[Disposition, bool]], logs: int) -> tuple[Verdict, str]:
    failing, known = counts["new", True], counts["known", True]
    reasons = [_plural(failing, "new finding")] if failing else []
    reasons += [f"{_plural(known, 'known finding')}, which the policy counts"] if known else []
    if reasons:
        return "fail", "; ".join([*reasons, *problems])
    if problems:
        return "error", "; ".join(problems)
    if total := counts.total():
        return "pass", f"{_why_no_failure(counts)} {'finding' if total == 1 else 'findings'}"
    return "pass", f"no finding in {_plural(logs, 'log')}"


def _why_no_failure(counts: Counter[tuple[Disposition, bool]]) -> str:
    named = ((("new", False), "reported only"), (("known", False), "known"), (("waived", False), "waived"))
    return ", ".join(f"{counts[key]} {word}" for key, word in named if counts[key])  # type: ignore[index]


def _testcase_verdict(
    testcase: Testcase, sites: tuple[SiteReport, ...], tallies: list[_Tally], unmet: list[str]
) -> tuple[Verdict, str]:
    if testcase.skipped:
        return "skipped", testcase.skipped
    if testcase.problem and not any(site.logs for site in sites):
        return "error", testcase.problem
    failures = _failures(testcase, unmet)
    bad = [f"{site.name}: {site.reason}" for site in sites if site.verdict != "pass"]
    reason = "; ".join(part for part in (testcase.problem, *failures, *bad) if part)
    if failures or any(site.verdict == "fail" for site in sites):
        return "fail", reason
    if reason or not sites:
        return "error", reason or "no log of any site"
    return "pass", _why_pass(sites, tallies)


def _why_pass(sites: tuple[SiteReport, ...], tallies: list[_Tally]) -> str:
    if tallies and all(tally.expected for tally in tallies):
        return "the expected failures, and nothing else"
    said = [f"{site.name}: {site.reason}" for site in sites if not site.reason.startswith("no finding")]
    return "; ".join(said) or f"no finding on {_plural(len(sites), 'site')}"


def _failures(testcase: Testcase, unmet: list[str]) -> list[str]:
    """How a job that did run differs from what was expected of it; one that was cut off owes nothing."""
    if testcase.problem:
        return []
    wanted = testcase.expect.status
    ended = (
        [f"job ended as {testcase.status or 'unknown'}, expected {wanted}"]
        if wanted not in ("", testcase.status)
        else []
    )
    return ended + unmet


def _overall(
    testcases: tuple[TestcaseReport, ...], shared: SharedReport, failures: tuple[str, ...]
) -> tuple[Verdict, str]:
    verdicts = [testcase.verdict for testcase in testcases]
    judged = [verdict for verdict in verdicts if verdict != "skipped"]
    if not judged:
        return "error", "no testcase was judged"
    verdict = _worst([*judged, *([shared.verdict] if shared.verdict != "skipped" else [])])
    parts = [f"{verdicts.count(word)} {word}" for word in ("fail", "error", "pass", "skipped") if word in verdicts]
    reason = f"{_plural(len(verdicts), 'testcase')}: {', '.join(parts)}"
    if shared.verdict in ("fail", "error"):
        reason += f"; shared logs: {shared.reason}"
    return "fail" if failures else verdict, "; ".join([reason, *failures])


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    order: tuple[Verdict, ...] = ("fail", "error", "pass", "skipped")
    return min(verdicts, key=order.index)


# ---- counting --------------------------------------------------------------------------------------------------------


def _total(counts: Iterable[DispositionCounts]) -> DispositionCounts:
    each = list(counts)
    return DispositionCounts(*(sum(getattr(one, name) for one in each) for name in ("new", "known", "waived")))


def _count_verdicts(testcases: tuple[TestcaseReport, ...]) -> TestcaseCounts:
    verdicts = [testcase.verdict for testcase in testcases]
    return TestcaseCounts(
        passed=verdicts.count("pass"),
        fail=verdicts.count("fail"),
        error=verdicts.count("error"),
        skipped=verdicts.count("skipped"),
    )


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
