"""What the HTML report shows of a Report, what it leaves out, and where each link leads."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from gate.model import (
    SHARED,
    Disposition,
    DispositionCounts,
    Finding,
    Issue,
    Report,
    SiteReport,
    TestcaseReport,
    Verdict,
)
from gate.reports import words
from gate.reports.excerpts import excerpt

PLACES = 20
"""Places shown of an issue; where there are few issues also the first of each testcase and site, up to MANY_PLACES."""

MANY_PLACES = 100
FEW_ISSUES = 50
ISSUES = 500
EXCERPTS_BYTES = 1_500_000
"""Shared evenly by all issues, so that the first do not eat the others' room."""

ISSUE_EXCERPTS = (5_000, 48_000)
"""The least and the most that one issue may take for its excerpts."""

ISSUES_BYTES = 3_000_000
ROWS_BYTES = 500_000
COLUMNS = 40
CHIPS = 4

CellKey = tuple[str, str]
"""A testcase's and a site's name."""


@dataclass(frozen=True)
class Chip:
    """A link from a cell to its findings of one issue."""

    number: int
    href: str
    count: int
    disposition: Disposition
    title: str


@dataclass(frozen=True)
class Cell:
    """One site in one testcase; `verdict` is None where the site took no part or has no verdict of its own."""

    site: str
    verdict: Verdict | None
    reason: str
    counts: DispositionCounts
    chips: list[Chip]
    more: int
    href: str


@dataclass(frozen=True)
class Row:
    anchor: str
    testcase: TestcaseReport | None
    name: str
    verdict: Verdict
    reason: str
    cells: list[Cell]


@dataclass(frozen=True)
class PlaceView:
    """One finding as it is shown; `of` is how many findings its cell holds if it stands for them, else 0."""

    anchor: str
    finding: Finding
    excerpt: Markup
    of: int
    open: bool


@dataclass(frozen=True)
class IssueView:
    """`places` holds the first finding of each testcase and site, `others` what else there is room for."""

    number: int
    issue: Issue
    places: list[PlaceView]
    others: list[PlaceView]
    more: int


@dataclass
class Group:
    """The issues of one disposition: those that found room, and how many there are."""

    disposition: Disposition
    total: int = 0
    views: list[IssueView] = field(default_factory=list)
    html: list[Markup] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.total - len(self.html)


class Links:
    """From the report's folder to files named as they open from the working directory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def href(self, path: str) -> str:
        """A relative URL, "" where there is none (standard input, another drive, a report on standard output)."""
        if self._folder is None or path in ("", "-"):
            return ""
        file = path.partition("!/")[0]
        try:
            relative = Path(os.path.relpath(file, self._folder)).as_posix()
            return quote(os.fsencode(relative))  # a colon is quoted too, so no path can be taken for `javascript:`
        except ValueError:  # another drive, or a name that no file can have
            return ""


class Page:
    """The view of one report. `render` turns a template's name and its values into HTML."""

    def __init__(self, report: Report, folder: Path | None, render: Callable[..., Markup]) -> None:
        self.report = report
        self.href = Links(folder).href
        self._render = render
        self._numbered = list(enumerate(words.ordered(report.issues), 1))
        self._cells = _tally(self._numbered)
        self._ids = {key: f"c{i}" for i, key in enumerate(self._cells, 1)}
        self._anchors: set[str] = set()
        self.sites = _all_sites(report, self._cells)
        self.columns = self.sites[:COLUMNS]
        self.groups = self._fill_groups()
        self._rows_by_name = {testcase.name: f"t{i}" for i, testcase in enumerate(report.testcases, 1)}
        self._rows_by_name[SHARED] = "shared"
        self.testcases = self._fill_rows("testcase.html.j2")
        self.matrix = self._fill_rows("matrix-row.html.j2")
        self.problems = words.problems(report)
        self.streams = words.streams(report)
        self.rule_counts = _rule_counts(report.issues)

    @property
    def new(self) -> Group:
        return self.groups[0]

    # ---- issues ----

    def _fill_groups(self) -> list[Group]:
        """Every group's issues, the worst first, until the room or the number is used up."""
        groups = {name: Group(name) for name in ("new", "known", "waived")}
        room = ISSUES_BYTES
        shown = 0
        for number, issue in self._numbered:
            group = groups[issue.disposition]
            group.total += 1
            if room <= 0 or shown >= ISSUES:
                continue
            view = self._issue(number, issue, first=shown < 10)
            html = self._render("issue.html.j2", page=self, view=view)
            room -= len(html.encode("utf-8", "replace"))
            if room <= 0 and shown:
                continue
            shown += 1
            group.views.append(view)
            group.html.append(html)
            self._anchors |= {f"i{number}", *(place.anchor for place in view.places)}
        return list(groups.values())

    def _issue(self, number: int, issue: Issue, *, first: bool) -> IssueView:
        firsts, others = _places(issue, MANY_PLACES if len(self._numbered) <= FEW_ISSUES else PLACES)
        views: list[PlaceView] = []
        least, most = ISSUE_EXCERPTS
        room = max(least, min(most, EXCERPTS_BYTES // len(self._numbered)))
        for finding in firsts + others:
            text = excerpt(finding) if room > 0 and len(views) < PLACES else Markup("")
            room -= len(text)
            opened = first and not views and issue.disposition == "new"
            key = (finding.testcase, finding.site)
            if len(views) < len(firsts):
                of = sum(self._cells[key].issues[number])
                views.append(PlaceView(self._place_anchor(number, key), finding, text, of, opened))
            else:
                views.append(PlaceView("", finding, text, 0, opened))
        cut = len(issue.findings) - len(views)
        return IssueView(number, issue, views[: len(firsts)], views[len(firsts) :], cut)

    def _place_anchor(self, number: int, key: CellKey) -> str:
        return f"i{number}-{self._ids[key]}"

    # ---- testcases and sites ----

    def _fill_rows(self, template: str) -> list[Markup]:
        """A row for each testcase (the worst first when not all can be shown) and one for the shared logs."""
        html: list[Markup] = []
        room = ROWS_BYTES
        for row in self._rows():
            piece = self._render(template, page=self, row=row)
            room -= len(piece.encode("utf-8", "replace"))
            if room <= 0 and html:
                break
            html.append(piece)
            self._anchors.add(row.anchor)
        return html

    @property
    def shown(self) -> set[str]:
        """The anchors that links can lead to so far."""
        return self._anchors

    def telling(self, testcase: TestcaseReport) -> list[SiteReport]:
        """The sites of which there is more to say than that they passed."""
        return [site for site in testcase.sites if site.verdict != "pass" or (testcase.name, site.name) in self._cells]

    @property
    def row_count(self) -> int:
        return len(self.report.testcases) + self._has_shared

    @property
    def _has_shared(self) -> bool:
        shared = self.report.shared
        return bool(shared.logs) or shared.verdict in ("fail", "error") or any(key[0] == SHARED for key in self._cells)

    def _rows(self) -> Iterator[Row]:
        testcases = self.report.testcases
        ranked: Iterable[TestcaseReport] = words.worst_first(testcases) if len(testcases) > 200 else testcases
        shared = self.report.shared
        if self._has_shared and shared.verdict != "pass" and ranked is not testcases:
            yield self._shared_row()
        for testcase in ranked:
            sites = {site.name: site for site in testcase.sites}
            cells = [self._cell(testcase.name, name, sites.get(name)) for name in self.columns]
            anchor = self._rows_by_name[testcase.name]
            yield Row(anchor, testcase, testcase.name, testcase.verdict, testcase.reason, cells)
        if self._has_shared and (shared.verdict == "pass" or ranked is testcases):
            yield self._shared_row()

    def _shared_row(self) -> Row:
        shared = self.report.shared
        sites = {site.name: site for site in shared.sites}
        cells = [self._cell(SHARED, name, sites.get(name)) for name in self.columns]
        return Row("shared", None, words.label(SHARED), shared.verdict, shared.reason, cells)

    def _cell(self, testcase: str, name: str, site: SiteReport | None) -> Cell:
        tally = self._cells.get((testcase, name), _NOTHING)
        numbers = sorted(tally.issues)
        chips = [self._chip(number, (testcase, name)) for number in numbers[:CHIPS]]
        row = self._rows_by_name.get(testcase, "")
        return Cell(
            site=name,
            verdict=site.verdict if site else None,
            reason=site.reason if site else "",
            counts=tally.counts,
            chips=chips,
            more=len(numbers) - len(chips),
            href=f"#{row if row in self._anchors else 'testcases'}",
        )

    def chips(self, testcase: str, site: str) -> list[Chip]:
        """Links to a site's findings in one testcase, the worst issue first."""
        key = (testcase, site)
        return [self._chip(number, key) for number in sorted(self._cells.get(key, _NOTHING).issues)]

    def _chip(self, number: int, key: CellKey) -> Chip:
        issue = self._numbered[number - 1][1]
        anchors = (self._place_anchor(number, key), f"i{number}")
        target = next((anchor for anchor in anchors if anchor in self._anchors), f"cut-{issue.disposition}")
        new, known, _ = counts = self._cells[key].issues[number]
        worst: Disposition = "new" if new else "known" if known else "waived"
        return Chip(number, f"#{target}", sum(counts), worst, issue.title)


@dataclass(frozen=True)
class _Tally:
    """What one cell holds: for each issue's number how many findings are new, known and waived."""

    issues: dict[int, tuple[int, int, int]]

    @property
    def counts(self) -> DispositionCounts:
        return DispositionCounts(*(sum(column) for column in zip(*self.issues.values(), strict=True)))


_NOTHING = _Tally({})


def _tally(numbered: list[tuple[int, Issue]]) -> dict[CellKey, _Tally]:
    tallies: dict[CellKey, _Tally] = {}
    for number, issue in numbered:
        found = Counter((finding.testcase, finding.site, finding.disposition) for finding in issue.findings)
        for testcase, site in dict.fromkeys((testcase, site) for testcase, site, _ in found):
            new, known, waived = (found[testcase, site, name] for name in ("new", "known", "waived"))
            tallies.setdefault((testcase, site), _Tally({})).issues[number] = (new, known, waived)
    return tallies


def _places(issue: Issue, limit: int) -> tuple[list[Finding], list[Finding]]:
    """The first finding of up to `limit` cells, and others up to PLACES in all; the worst dispositions first."""
    rank = {"new": 0, "known": 1, "waived": 2}
    findings = sorted(issue.findings, key=lambda finding: rank[finding.disposition])
    firsts: dict[CellKey, Finding] = {}
    others: list[Finding] = []
    for finding in findings:
        if firsts.setdefault((finding.testcase, finding.site), finding) is not finding and len(others) < PLACES:
            others.append(finding)
    chosen = list(firsts.values())[:limit]
    return chosen, others[: max(0, PLACES - len(chosen))]


def _all_sites(report: Report, cells: Iterable[CellKey]) -> list[str]:
    """Every site, the server first, then by name with its numbers in order."""
    names = {site.name for testcase in report.testcases for site in testcase.sites} | {site for _, site in cells}
    return sorted(names, key=lambda name: (name != "server", _natural(name)))


def _natural(name: str) -> list[str | int]:
    """Sorts site-2 before site-10: texts and numbers take turns, so only like meets like."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"([0-9]+)", name))]


def _rule_counts(issues: Iterable[Issue]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for issue in issues:
        counts[issue.rule] += issue.count
    return counts
