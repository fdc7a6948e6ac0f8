"""What several formats say alike: the order of issues, who is affected, and a few phrases."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from gate.findings import kinds, tallies
from gate.model import (
    SHARED,
    DispositionCounts,
    Finding,
    Issue,
    Report,
    SiteKey,
    SiteReport,
    StreamReport,
    Struct,
    TestcaseReport,
    Verdict,
)

SYMBOLS: dict[Verdict, str] = {"pass": "✓", "fail": "✗", "error": "!", "skipped": "–"}
_WORST_DISPOSITION = {"new": 0, "known": 1, "waived": 2}
_WORST_SEVERITY = {"error": 0, "warning": 1, "note": 2}
DRIFT = 0.1
"""From which change of its duration on a testcase has become slower or faster."""

_BAD = ("fail", "error")
VERDICT_RANKS: dict[Verdict, int] = {"fail": 0, "error": 1, "skipped": 2, "pass": 3}


class Problem(Struct, frozen=True):
    """A verdict `fail` or `error` that no new finding explains: missing evidence, a wrong status, an absent failure."""

    testcase: str
    site: str
    verdict: Verdict
    reason: str
    path: str = ""

    @property
    def where(self) -> str:
        return f"{self.testcase} › {self.site}" if self.site else self.testcase


class Streamed(Struct, frozen=True):
    """A streamed log and whose it is."""

    testcase: str
    site: str
    stream: StreamReport


def ordered(issues: Iterable[Issue]) -> list[Issue]:
    """New before known before waived; in each the most severe, then the most frequent, first."""
    return sorted(issues, key=lambda i: (_WORST_DISPOSITION[i.disposition], _WORST_SEVERITY[i.severity], -i.count))


def worst_first(testcases: Iterable[TestcaseReport]) -> list[TestcaseReport]:
    return sorted(testcases, key=lambda testcase: VERDICT_RANKS[testcase.verdict])


def first_finding(issue: Issue) -> Finding | None:
    """The finding that stands for the issue: its first of the worst disposition."""
    worst = (index for index, (_, disposition) in enumerate(kinds(issue)) if disposition == issue.disposition)
    return issue.findings[next(worst, 0)] if issue.findings else None


def sites(issue: Issue) -> list[str]:
    """Each site's name, in the order of their appearance."""
    return list(dict.fromkeys(site for _, site in tallies(issue)))


def testcases(issue: Issue) -> list[str]:
    """Each testcase's name as people read it, in the order of their appearance."""
    return list(dict.fromkeys(label(testcase) for testcase, _ in tallies(issue)))


def label(testcase: str) -> str:
    """A testcase's name as people read it."""
    return "shared logs" if testcase == SHARED else testcase


def listing(names: list[str], limit: int) -> str:
    """`a, b, c and 4 more`."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def number(count: int, noun: str, plural: str = "") -> str:
    """`1 issue`, `12,000 issues`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: `0.4 s`, `14 s`, `2 min 05 s`, `1 h 02 min`; "" for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02} min"


def drift(change: float | None) -> str:
    """`↑ 31%`: how much longer a testcase takes than it took, where that is as much as a person wants to know."""
    if change is None or abs(change) < DRIFT:
        return ""
    return f"{'↑' if change > 0 else '↓'} {abs(change):.0%}"


def dispositions(counts: DispositionCounts) -> str:
    """`2 new, 1 known`, without what is none; "" for no finding."""
    named = ((counts.new, "new"), (counts.known, "known"), (counts.waived, "waived"))
    return ", ".join(f"{count:,} {name}" for count, name in named if count)


def mixed(issue: Issue) -> str:
    """`1 new, 1 known` where the findings of an issue have not all its disposition, otherwise ""."""
    return dispositions(issue.counts) if issue.count != getattr(issue.counts, issue.disposition) else ""


def exit_words(report: Report) -> str:
    """What the command's exit code means: `exit code 1: the gate failed`."""
    outcome = {
        "pass": "the gate passed",
        "fail": "the gate failed",
        "error": "something could not be run or judged",
    }.get(report.verdict, report.verdict)
    if report.exit_code == 0 and report.verdict in ("fail", "error"):
        outcome += f" (--exit-zero; it would be {1 if report.verdict == 'fail' else 3})"
    return f"exit code {report.exit_code}: {outcome}"


def problems(report: Report) -> list[Problem]:
    """Every testcase, site and shared log whose bad verdict no new finding explains, in the report's order."""
    explained = _explained(report)
    blamed = {testcase for testcase, _ in explained}
    found = [problem for testcase in report.testcases for problem in _problems_of(testcase, explained, blamed)]
    shared = report.shared
    if shared.verdict in _BAD and SHARED not in blamed:
        path = next((log.path for log in shared.logs if log.problem), "")
        found.append(Problem(label(SHARED), "", shared.verdict, shared.reason, path))
    return found


def _explained(report: Report) -> set[SiteKey]:
    """The sites with new findings, or as many of them as there are bad verdicts to explain."""
    bad = [each for each in report.testcases if each.verdict not in ("pass", "skipped")]
    wanted: set[SiteKey | str] = {each.name for each in bad}
    if report.shared.verdict in _BAD:
        wanted.add(SHARED)
    wanted |= {(each.name, site.name) for each in report.testcases for site in each.sites if site.verdict in _BAD}
    explained: set[SiteKey] = set()
    for issue in report.issues:
        new = [site for site, counts in tallies(issue).items() if counts.new]
        explained.update(new)
        wanted.difference_update(new, (testcase for testcase, _ in new))
        if not wanted:
            break
    return explained


def _problems_of(testcase: TestcaseReport, explained: set[SiteKey], blamed: set[str]) -> list[Problem]:
    found = [
        Problem(testcase.name, site.name, site.verdict, site.reason, _bad_log(site))
        for site in testcase.sites
        if site.verdict in _BAD and (testcase.name, site.name) not in explained
    ]
    if found or testcase.verdict in ("pass", "skipped") or testcase.name in blamed:
        return found
    return [Problem(testcase.name, "", testcase.verdict, testcase.reason)]


def _bad_log(site: SiteReport) -> str:
    return next((log.path for log in site.logs if log.problem), "")


def streams(report: Report) -> list[Streamed]:
    """Every streamed log, those first that are not as they should be."""
    found = (
        Streamed(testcase.name, site.name, stream)
        for testcase in report.testcases
        for site in testcase.sites
        for stream in site.streams
    )
    return sorted(found, key=lambda streamed: not streamed.stream.problem)


def stream_words(streamed: list[Streamed]) -> str:
    """`34 streamed logs: 33 arrived as required, 1 did not`; "" where there are none."""
    bad = sum(bool(each.stream.problem) for each in streamed)
    if not streamed:
        return ""
    logs, whole = number(len(streamed), "streamed log"), len(streamed) - bad
    return f"{logs}: {whole:,} arrived as required" + (f", {bad:,} did not" if bad else "")


def relative(path: str) -> str:
    """The path from the working directory where it lies inside it, with `/`; otherwise as it is."""
    inside = Path(os.path.normpath(path))
    if inside.is_absolute() and inside.is_relative_to(Path.cwd()):
        inside = inside.relative_to(Path.cwd())
    return inside.as_posix()
