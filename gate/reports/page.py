"""What the HTML report shows of a Report, what it leaves out, and where each link leads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from gate.findings import Tallies, kinds, tallies
from gate.model import (
    SHARED,
    Disposition,
    DispositionCounts,
    Finding,
    Issue,
    Report,
    SiteKey,
    SiteReport,
    Struct,
    TestcaseReport,
    Verdict,
)
from gate.reports import words
from gate.reports.bounded import worst
from gate.reports.embedded import FINDINGS, Block, Embedded
from gate.reports.excerpts import evidence
from gate.reports.links import Links
from gate.reports.timeline import Timeline

PLACES = 20
"""Places shown of an issue; where there are few issues also the first of each testcase and site, up to MANY_PLACES."""

MANY_PLACES = 100
FEW_ISSUES = 50
ISSUES = 500
EXCERPTS_BYTES = 500_000
"""Shared evenly by all issues, so that the first do not eat the others' room."""

ISSUE_EXCERPTS = (5_000, 48_000)
"""The least and the most that one issue may take for its excerpts."""

ISSUES_BYTES = 900_000
ROWS_BYTES = 400_000
COLUMNS = 40
CHIPS = 4
MANY_CHIPS = 12


class Chip(Struct, frozen=True):
    """A link from a cell to its findings of one issue."""

    number: int
    href: str
    count: int
    disposition: Disposition
    title: str


class Cell(Struct, frozen=True):
    """One site in one testcase; `verdict` is None where the site took no part or has no verdict of its own."""

    site: str
    verdict: Verdict | None
    reason: str
    counts: DispositionCounts
    chips: list[Chip]
    more: int
    href: str


class Row(Struct, frozen=True):
    anchor: str
    testcase: TestcaseReport | None
    name: str
    verdict: Verdict
    reason: str
    cells: list[Cell]


class PlaceView(Struct, frozen=True):
    """One finding as it is shown; `of` is how many findings its cell holds if it stands for them, else 0."""

    anchor: str
    finding: Finding
    evidence: Markup
    of: int
    open: bool


class IssueView(Struct, frozen=True):
    """`places` holds the first finding of each testcase and site, `others` what else there is room for.

    `mixed` tells its dispositions where they are not all the same.
    """

    number: int
    issue: Issue
    mixed: str
    places: list[PlaceView]
    others: list[PlaceView]
    more: int


class Group(msgspec.Struct):
    """The issues of one disposition: those that found room, and how many there are."""

    disposition: Disposition
    total: int = 0
    views: list[IssueView] = []
    html: list[Markup] = []

    @property
    def more(self) -> int:
        return self.total - len(self.html)


class Renderers(NamedTuple):
    """What draws the parts whose size is bounded."""

    issue: Callable[[Page, IssueView], Markup]
    testcase: Callable[[Page, Row], Markup]
    matrix_row: Callable[[Page, Row], Markup]


class Page:
    """The view of one report."""

    def __init__(self, report: Report, folder: Path | None, render: Renderers) -> None:
        self.report = report
        self.links = Links(report, folder)
        self._render = render
        self._issues = words.ordered(report.issues)
        self._tallied: dict[int, Tallies] = {}
        self._cells = _cells(map(tallies, self._issues))
        self._cell_numbers = {key: i for i, key in enumerate(self._cells, 1)}
        self._anchors: set[str] = set()
        self.sites = _all_sites(report, self._cells)
        self.columns = self.sites[:COLUMNS]
        self.groups = self._fill_groups()
        self.timeline = Timeline(report)
        self.blocks = self._fill_blocks()
        self._rows_by_name = {testcase.name: f"t{i}" for i, testcase in enumerate(report.testcases, 1)}
        self._rows_by_name[SHARED] = "shared"
        self.testcases = self._fill_rows(render.testcase)
        self.matrix = self._fill_rows(render.matrix_row)
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
        for number, issue in enumerate(self._issues, 1):
            group = groups[issue.disposition]
            group.total += 1
            if room <= 0 or shown >= ISSUES:
                continue
            view = self._issue(number, issue, first=shown < 10)
            html = self._render.issue(self, view)
            room -= len(html.encode("utf-8", "replace"))
            if room <= 0 and shown:
                continue
            shown += 1
            group.views.append(view)
            group.html.append(html)
            self._anchors |= {f"i{number}", *(place.anchor for place in view.places)}
        return list(groups.values())

    def _issue(self, number: int, issue: Issue, *, first: bool) -> IssueView:
        found = self._tallies(number)
        firsts, others = _places(issue, found, MANY_PLACES if len(self._issues) <= FEW_ISSUES else PLACES)
        views: list[PlaceView] = []
        least, most = ISSUE_EXCERPTS
        room = max(least, min(most, EXCERPTS_BYTES // len(self._issues)))
        for index in firsts + others:
            finding = issue.findings[index]
            text = evidence(finding, self.links) if room > 0 and len(views) < PLACES else Markup()
            room -= len(text)
            opened = first and not views and issue.disposition == "new"
            key = (finding.testcase, finding.site)
            if len(views) < len(firsts):
                views.append(PlaceView(self._place_anchor(number, key), finding, text, found[key].total, opened))
            else:
                views.append(PlaceView("", finding, text, 0, opened))
        cut = len(issue.findings) - len(views)
        return IssueView(number, issue, words.mixed(issue), views[: len(firsts)], views[len(firsts) :], cut)

    def _fill_blocks(self) -> list[Block]:
        """The findings as data, in the one walk that reads them, up to FINDINGS of them."""
        numbers = {issue.fingerprint: number for number, issue in enumerate(self._issues, 1)}
        embedded = Embedded(self._issues, self._cell_numbers, self.links, lambda finding: evidence(finding, self.links))
        for issue, finding, _ in islice(worst(self.report), FINDINGS):
            number, key = numbers[issue.fingerprint], (finding.testcase, finding.site)
            embedded.add(number, finding)
            self.timeline.add(number, finding, self.href(number, key))
        return embedded.blocks()

    def _tallies(self, number: int) -> Tallies:
        """Those of an issue that is shown, or to which a link leads."""
        if number not in self._tallied:
            self._tallied[number] = tallies(self._issues[number - 1])
        return self._tallied[number]

    def _place_anchor(self, number: int, key: SiteKey) -> str:
        return f"i{number}-c{self._cell_numbers[key]}"

    # ---- testcases and sites ----

    def _fill_rows(self, render: Callable[[Page, Row], Markup]) -> list[Markup]:
        """A row for each testcase (the worst first when not all can be shown) and one for the shared logs."""
        html: list[Markup] = []
        room = ROWS_BYTES
        for row in self._rows():
            piece = render(self, row)
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
        found = self._cells.get((testcase, name), _NOTHING)
        chips = [self._chip(number, (testcase, name)) for number in found.numbers[:CHIPS]]
        row = self._rows_by_name.get(testcase, "")
        return Cell(
            site=name,
            verdict=site.verdict if site else None,
            reason=site.reason if site else "",
            counts=DispositionCounts(found.new, found.known, found.waived),
            chips=chips,
            more=found.issues - len(chips),
            href=f"#{row if row in self._anchors else 'testcases'}",
        )

    def chips(self, testcase: str, site: str) -> tuple[list[Chip], int]:
        """Links to a site's findings in one testcase, the worst issue first, and how many there are no links to."""
        key = (testcase, site)
        found = self._cells.get(key, _NOTHING)
        return [self._chip(number, key) for number in found.numbers], found.issues - len(found.numbers)

    def href(self, number: int, key: SiteKey) -> str:
        """A link to a site's findings of an issue, to the issue, or to where it is said that it is cut."""
        anchors = (self._place_anchor(number, key), f"i{number}")
        shown = (anchor for anchor in anchors if anchor in self._anchors)
        return f"#{next(shown, f'cut-{self._issues[number - 1].disposition}')}"

    def _chip(self, number: int, key: SiteKey) -> Chip:
        issue = self._issues[number - 1]
        counts = self._tallies(number)[key]
        worst: Disposition = "new" if counts.new else "known" if counts.known else "waived"
        return Chip(number, self.href(number, key), counts.total, worst, issue.title)


class _Found(msgspec.Struct):
    """What was found in one cell: findings by disposition, how many issues, and the numbers of the worst of them."""

    new: int = 0
    known: int = 0
    waived: int = 0
    issues: int = 0
    numbers: list[int] = []


_NOTHING = _Found()


def _cells(tallied: Iterable[Tallies]) -> dict[SiteKey, _Found]:
    cells: dict[SiteKey, _Found] = {}
    for number, tally in enumerate(tallied, 1):
        for key, counts in tally.items():
            found = cells.get(key) or cells.setdefault(key, _Found())
            found.new += counts.new
            found.known += counts.known
            found.waived += counts.waived
            found.issues += 1
            if found.issues <= MANY_CHIPS:
                found.numbers.append(number)
    return cells


def _places(issue: Issue, found: Tallies, limit: int) -> tuple[list[int], list[int]]:
    """The first finding of up to `limit` cells, and others up to PLACES in all; the worst dispositions first."""
    wanted = min(limit, len(found))
    room = max(0, PLACES - wanted)
    firsts: dict[SiteKey, int] = {}
    others: list[int] = []
    dispositions: tuple[Disposition, ...] = ("new", "known", "waived")
    for disposition in dispositions:
        if not any(getattr(counts, disposition) for counts in found.values()):
            continue
        for index, (key, kind) in enumerate(kinds(issue)):
            if len(firsts) >= wanted and len(others) >= room:
                return list(firsts.values()), others
            if kind == disposition and firsts.setdefault(key, index) != index and len(others) < room:
                others.append(index)
    return list(firsts.values()), others


def _all_sites(report: Report, cells: Iterable[SiteKey]) -> list[str]:
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
