"""Two reports → what differs: issues, verdicts, streams, and the environment that may be why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gate.findings import tallies
from gate.model import (
    CI_RUN,
    SHARED,
    DispositionCounts,
    Issue,
    Report,
    Severity,
    Struct,
    Verdict,
)

_RANK: dict[Verdict | None, int] = {"pass": 0, "skipped": 1, None: 1, "fail": 2, "error": 2}
"""None is a testcase that is not in the report: like a skipped one, no evidence, and so less than a pass."""


class Run(Struct, frozen=True):
    """What the one report says of itself."""

    started: str
    verdict: Verdict
    reason: str
    command: str


class EnvironmentChange(Struct, frozen=True):
    """Something that both runs stood on, and that may explain the rest; None where a run does not name it."""

    name: str
    old: str | None
    new: str | None


class CountChange(Struct, frozen=True):
    """The findings of an issue in one testcase."""

    testcase: str
    old: DispositionCounts
    new: DispositionCounts

    @property
    def moved(self) -> bool:
        """Whether new findings came or went; another number of them is mostly a race's own business."""
        return (self.old.new == 0) != (self.new.new == 0)

    @property
    def worse(self) -> bool:
        return self.old.new == 0 < self.new.new


class IssueChange(Struct, frozen=True):
    """An issue in every testcase where either run has it; `path` and `line` are its first finding's."""

    fingerprint: str
    rule: str
    severity: Severity
    title: str
    path: str
    line: int
    counts: tuple[CountChange, ...]

    @property
    def accepted(self) -> bool:
        """Whether every finding of both runs is known or waived."""
        return not any(count.old.new or count.new.new for count in self.counts)

    @property
    def came(self) -> bool:
        return not any(count.old.total for count in self.counts)

    @property
    def went(self) -> bool:
        return not any(count.new.total for count in self.counts)

    @property
    def moved(self) -> bool:
        return any(count.moved for count in self.counts)

    @property
    def worse(self) -> bool:
        """Whether a testcase has new findings of it that had none before."""
        return any(count.worse for count in self.counts)


class VerdictChange(Struct, frozen=True):
    """None stands for a testcase that is not in that report: it appeared, or vanished."""

    testcase: str
    old: Verdict | None
    new: Verdict | None
    reason: str

    @property
    def worse(self) -> bool:
        return _RANK[self.new] > _RANK[self.old]


class StreamChange(Struct, frozen=True):
    """A streamed log that was whole (problem "") in only one of the runs."""

    testcase: str
    site: str
    name: str
    old: str
    new: str

    @property
    def worse(self) -> bool:
        return bool(self.new)


class Difference(Struct, frozen=True):
    """What differs between two runs. Each issue of either run stands in exactly one of the tuples.

    `unproven_issues` are gone, but so is the evidence: a testcase that had them did not run, or could not be judged.
    `remaining_issues` stand in both runs, in equal or other numbers.
    `accepted_issues` are known or waived wherever they stand: what was declared may come and go, and is no difference.
    """

    old: Run
    new: Run
    environment: tuple[EnvironmentChange, ...]
    verdicts: tuple[VerdictChange, ...]
    new_issues: tuple[IssueChange, ...]
    fixed_issues: tuple[IssueChange, ...]
    unproven_issues: tuple[IssueChange, ...]
    remaining_issues: tuple[IssueChange, ...]
    accepted_issues: tuple[IssueChange, ...]
    streams: tuple[StreamChange, ...]

    @property
    def moved_issues(self) -> tuple[IssueChange, ...]:
        """The remaining issues whose new findings came to a testcase, or left one."""
        return tuple(issue for issue in self.remaining_issues if issue.moved)

    @property
    def empty(self) -> bool:
        """Whether the runs gave the same but for the numbers of findings, on whatever environment."""
        issues = (*self.new_issues, *self.fixed_issues, *self.unproven_issues, *self.moved_issues)
        return not (issues or self.verdicts or self.streams) and self.old.verdict == self.new.verdict

    @property
    def worse(self) -> bool:
        """Whether the new run shows something that the old one did not: an issue, a worse verdict, a lost stream."""
        return (
            any(issue.worse for issue in (*self.new_issues, *self.remaining_issues))
            or any(change.worse for change in self.verdicts)
            or any(change.worse for change in self.streams)
            or _RANK[self.new.verdict] > _RANK[self.old.verdict]
        )


def diff(old: Report, new: Report) -> Difference:
    """What differs from the old report to the new one; issues are compared by fingerprint, testcases by name."""
    issues = _issues(old, new)
    open_issues = [issue for issue in issues if not issue.accepted]
    gone = [issue for issue in open_issues if issue.went]
    judged = _judged(new)
    proven = {issue.fingerprint for issue in gone if {count.testcase for count in issue.counts} <= judged}
    return Difference(
        old=_run(old),
        new=_run(new),
        environment=tuple(_environment(old, new)),
        verdicts=tuple(_verdicts(old, new)),
        new_issues=tuple(issue for issue in open_issues if issue.came),
        fixed_issues=tuple(issue for issue in gone if issue.fingerprint in proven),
        unproven_issues=tuple(issue for issue in gone if issue.fingerprint not in proven),
        remaining_issues=tuple(issue for issue in open_issues if not issue.came and not issue.went),
        accepted_issues=tuple(issue for issue in issues if issue.accepted),
        streams=tuple(_streams(old, new)),
    )


def _run(report: Report) -> Run:
    return Run(report.started, report.verdict, report.reason, report.command)


def _environment(old: Report, new: Report) -> Iterable[EnvironmentChange]:
    before, after = _stood_on(old), _stood_on(new)
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield EnvironmentChange(name, before.get(name), after.get(name))


def _stood_on(report: Report) -> dict[str, str]:
    rules = {f"rule {rule.id}": rule.pattern or "a comparison" for rule in report.rules}
    told = {name: value for name, value in report.environment.items() if name != CI_RUN}
    return told | {"loggate": report.tool.version} | rules


# ---- issues ----------------------------------------------------------------------------------------------------------


def _issues(old: Report, new: Report) -> list[IssueChange]:
    """Every issue of either report: the new report's first, in the reports' order."""
    before, after = _counted(old), _counted(new)
    issues = {issue.fingerprint: issue for issue in (*new.issues, *old.issues)}
    issues |= {issue.fingerprint: issue for issue in new.issues}  # its title and place are today's
    return [_issue(issue, before.get(name, {}), after.get(name, {})) for name, issue in issues.items()]


Counted = dict[str, DispositionCounts]
"""The findings of an issue by testcase."""


def _issue(issue: Issue, old: Counted, new: Counted) -> IssueChange:
    none = DispositionCounts()
    first = next(iter(issue.findings), None)
    testcases = dict.fromkeys([*new, *old])
    return IssueChange(
        fingerprint=issue.fingerprint,
        rule=issue.rule,
        severity=issue.severity,
        title=issue.title,
        path=first.path if first else "",
        line=first.line if first else 0,
        counts=tuple(CountChange(name, old.get(name, none), new.get(name, none)) for name in testcases),
    )


def _counted(report: Report) -> dict[str, Counted]:
    counted: defaultdict[str, Counted] = defaultdict(dict)
    for issue in report.issues:
        of_issue = counted[issue.fingerprint]
        for (testcase, _), found in tallies(issue).items():
            of_issue[testcase] = _sum(of_issue[testcase], found) if testcase in of_issue else found
    return counted


def _sum(one: DispositionCounts, other: DispositionCounts) -> DispositionCounts:
    return DispositionCounts(one.new + other.new, one.known + other.known, one.waived + other.waived)


def _judged(report: Report) -> set[str]:
    """The testcases whose evidence was whole: where an issue does not stand, it is gone."""
    places = [(each.name, each.verdict, each.sites) for each in report.testcases]
    return {
        name
        for name, verdict, sites in [*places, (SHARED, report.shared.verdict, report.shared.sites)]
        if all(word in ("pass", "fail") for word in (verdict, *(site.verdict for site in sites)))
    }


# ---- verdicts and streams --------------------------------------------------------------------------------------------


def _verdicts(old: Report, new: Report) -> Iterable[VerdictChange]:
    before, after = _told(old), _told(new)
    for name in dict.fromkeys([*after, *before]):
        was, _ = before.get(name, (None, ""))
        now, reason = after.get(name, (None, "not in the new report"))
        if was != now:
            yield VerdictChange(name, was, now, reason)


def _told(report: Report) -> dict[str, tuple[Verdict, str]]:
    """Verdict and reason by testcase."""
    told = {testcase.name: (testcase.verdict, testcase.reason) for testcase in report.testcases}
    return told | {SHARED: (report.shared.verdict, report.shared.reason)}


def _streams(old: Report, new: Report) -> Iterable[StreamChange]:
    before, after = _problems(old), _problems(new)
    for key in after:
        if key in before and bool(before[key]) != bool(after[key]):
            yield StreamChange(*key, before[key], after[key])


def _problems(report: Report) -> dict[tuple[str, str, str], str]:
    """What is wrong with each streamed log ("" for nothing), by testcase, site and name."""
    return {
        (testcase.name, site.name, stream.name): stream.problem
        for testcase in report.testcases
        for site in testcase.sites
        for stream in site.streams
    }
