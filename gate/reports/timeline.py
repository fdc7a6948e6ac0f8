"""When the findings came: a picture of testcases and sites over time, drawn without a script."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from math import inf, log10
from typing import NamedTuple

import msgspec

from gate.model import SHARED, Disposition, DispositionCounts, Finding, Report, SiteKey, Struct, TestcaseReport, Verdict
from gate.reports import words
from gate.reports.axis import Tick, axis
from gate.reports.escape import one_line
from gate.times import seconds, zone, zone_seconds

LANES = 54
"""As many as 17 testcases on three sites take, and their shared logs."""

ROW, HEAD = 20, 60
"""Pixels of a lane, which its words need, too; and of what stands above the lanes: all findings, and the clock."""

STACK = 38
"""Pixels of the highest column of all findings."""

COLUMNS = 160
MARKS = 2_000
"""The most marks: where the columns make more, every two become one."""

NAMED = 3
"""Issues that a mark names."""

DISPOSITIONS: tuple[Disposition, ...] = ("new", "known", "waived")


class Mark(Struct, frozen=True):
    """The findings of a lane that lie in one column: `at` and `y` are its middle, in percent and in pixels.

    `href` leads to the first one of the worst disposition, which is of the issue `number`.
    """

    at: float
    y: int
    size: float
    disposition: Disposition
    number: int
    href: str
    title: str


class Bar(Struct, frozen=True):
    """When a testcase's job ran, in percent of the width and in words."""

    at: float
    width: float
    words: str


class Block(Struct, frozen=True):
    """All findings of one disposition in one column, over all lanes; in percent and in pixels."""

    at: float
    width: float
    y: float
    height: float
    disposition: Disposition
    title: str


class Lane(Struct, frozen=True):
    """One site of one testcase; `site` is "" where only the testcase's job is drawn.

    `opens` tells whether it is the first lane of its testcase, `y` is its upper edge. `counts`, `first` and `last` (in
    words) are of all its findings with a time; `href` leads to the first, which is of the issue `number`.
    """

    testcase: str
    site: str
    verdict: Verdict
    opens: bool
    y: int
    bar: Bar | None
    marks: list[Mark]
    counts: DispositionCounts
    first: str
    last: str
    number: int
    href: str


class TimelineView(Struct, frozen=True):
    """What the template draws. `said` is what the picture leaves out, a sentence each."""

    blocks: list[Block]
    lanes: list[Lane]
    ticks: list[Tick]
    height: int
    span: str
    zone: str
    summary: str
    dispositions: list[Disposition]
    said: list[str]


class _Target(NamedTuple):
    """What a mark may stand for, and where it leads."""

    disposition: Disposition
    number: int
    href: str


class Timeline:
    """Takes findings one by one, in any order, and gives the picture of them all; it keeps 16 bytes of each."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._at, self._of_site, self._of_target = array("d"), array("I"), array("I")
        self._sites: dict[SiteKey, int] = {}
        self._targets: dict[_Target, int] = {}
        self._zone = zone(report.started)
        self._untimed = self._by_clock = 0

    def add(self, number: int, finding: Finding, href: str) -> None:
        """A finding of the issue of this number, and the link to where the page shows it, or its issue."""
        at = seconds(finding.time or finding.clock, self._zone)
        self._by_clock += at is not None and not finding.time
        if at is None:
            self._untimed += 1
        else:
            target = _Target(finding.disposition, number, href)
            self._at.append(at)
            self._of_site.append(self._sites.setdefault((finding.testcase, finding.site), len(self._sites)))
            self._of_target.append(self._targets.setdefault(target, len(self._targets)))

    def view(self) -> TimelineView | None:
        """The picture; None where no finding has a time."""
        if not self._at:
            return None
        points = _Points(self._at, self._of_site, self._of_target, list(self._sites), list(self._targets))
        return _Picture(self._report, points, _Told(self._untimed, self._by_clock)).view()


class _Points(NamedTuple):
    """All findings with a time, column by column, and what the numbers in the columns stand for."""

    at: array[float]
    of_site: array[int]
    of_target: array[int]
    sites: list[SiteKey]
    targets: list[_Target]

    def each(self) -> Iterator[tuple[float, SiteKey, _Target]]:
        sites, targets = map(self.sites.__getitem__, self.of_site), map(self.targets.__getitem__, self.of_target)
        return zip(self.at, sites, targets, strict=True)

    def counts(self) -> dict[SiteKey, Counter[str]]:
        counted: dict[SiteKey, Counter[str]] = {site: Counter() for site in self.sites}
        for (site, target), count in Counter(zip(self.of_site, self.of_target, strict=True)).items():
            counted[self.sites[site]][self.targets[target].disposition] += count
        return counted


class _Told(NamedTuple):
    """How many findings have no time at all, and how many one of which nobody knows the zone."""

    untimed: int
    by_clock: int


# ---- what is drawn ---------------------------------------------------------------------------------------------------


class _Bin(msgspec.Struct):
    """The findings of a lane in one column; `target` is the first one of the worst disposition."""

    target: _Target
    first: float = inf
    last: float = -inf
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    numbers: dict[int, None] = {}

    def add(self, at: float, target: _Target) -> None:
        self.counts[target.disposition] += 1
        self.numbers[target.number] = None
        self.first, self.last = min(self.first, at), max(self.last, at)
        if DISPOSITIONS.index(target.disposition) < DISPOSITIONS.index(self.target.disposition):
            self.target = target


class _Drawn(msgspec.Struct):
    """A lane's first and last moment, its first finding, and its findings by column."""

    first: float = inf
    last: float = -inf
    target: _Target | None = None
    bins: dict[int, _Bin] = {}

    def add(self, at: float, target: _Target) -> None:
        if at < self.first:
            self.first, self.target = at, target
        self.last = max(self.last, at)


class _Picture:
    """The findings laid out: which stretch of time, which lanes, which marks."""

    def __init__(self, report: Report, points: _Points, told: _Told) -> None:
        self._points, self._told, self._total = points, told, report.counts.findings.total
        self._verdicts = {each.name: each.verdict for each in report.testcases} | {SHARED: report.shared.verdict}
        self._jobs = dict(_jobs(report.testcases))
        ends = [end for job in self._jobs.values() for end in job]
        self._axis = axis(points.at, ends, zone_seconds(zone(report.started)))
        self._counts = points.counts()
        self._ranked = self._rank(_places(report))
        self._shown = self._choose()
        self._columns = self._fitting_columns()
        self._all: Counter[tuple[int, Disposition]] = Counter()
        self._drawn = self._draw()

    def view(self) -> TimelineView:
        lanes = [self._lane(place, key) for place, key in enumerate(self._shown)]
        drawn = {mark.disposition for lane in lanes for mark in lane.marks}
        return TimelineView(
            blocks=list(self._blocks()),
            lanes=lanes,
            ticks=self._axis.ticks(),
            height=HEAD + len(lanes) * ROW,
            span=self._axis.span(self._axis.start, self._axis.end),
            zone=self._axis.zone_words,
            summary=self._summary(),
            dispositions=[each for each in DISPOSITIONS if each in drawn],
            said=list(self._said()),
        )

    # ---- which lanes ----

    def _rank(self, places: dict[SiteKey, int]) -> list[SiteKey]:
        """The sites with findings: by testcase, the worst first, and there in the report's order."""
        new: Counter[str] = Counter()
        for (testcase, _), counts in self._counts.items():
            new[testcase] += counts["new"]
        end = len(places)

        def rank(key: SiteKey) -> tuple[int, int, int, str, int, str]:
            testcase, site = key
            worst = words.VERDICT_RANKS[self._verdicts.get(testcase, "skipped")]
            return worst, -new[testcase], places.get((testcase, ""), end), testcase, places.get(key, end), site

        return sorted(self._counts, key=rank)

    def _choose(self) -> list[SiteKey]:
        """As many lanes as there is room for; what is left of it shows when the other testcases' jobs ran."""
        if len(self._ranked) > LANES:
            chosen = set(sorted(self._ranked, key=lambda key: -self._counts[key]["new"])[:LANES])
            return [key for key in self._ranked if key in chosen]
        told = {testcase for testcase, _ in self._ranked}
        quiet = [(name, "") for name, job in self._jobs.items() if name not in told and self._axis.meets(*job)]
        return (self._ranked + quiet)[:LANES]

    # ---- which marks ----

    def _fitting_columns(self) -> int:
        """As many columns as make no more than MARKS marks."""
        shown, columns = set(self._shown), COLUMNS
        cells = {
            (key, self._axis.column(at, columns))
            for at, key, _ in self._points.each()
            if key in shown and self._axis.holds(at)
        }
        while len(cells) > MARKS:
            columns //= 2
            cells = {(key, column // 2) for key, column in cells}
        return columns

    def _draw(self) -> dict[SiteKey, _Drawn]:
        drawn = {key: _Drawn() for key in self._shown}
        for at, key, target in self._points.each():
            lane = drawn.get(key)
            if lane:
                lane.add(at, target)
            if self._axis.holds(at):
                column = self._axis.column(at, self._columns)
                self._all[column, target.disposition] += 1
                if lane:
                    lane.bins.setdefault(column, _Bin(target)).add(at, target)
        return drawn

    # ---- as it is shown ----

    def _blocks(self) -> Iterator[Block]:
        """All findings, column by column, stacked; what is few beside the others is still seen."""
        totals = Counter[int]()
        for (column, _), count in self._all.items():
            totals[column] += count
        unit, top = STACK / max(totals.values()), dict.fromkeys(totals, STACK + 2.0)
        for disposition in reversed(DISPOSITIONS):
            for column in sorted(totals):
                if count := self._all[column, disposition]:
                    height = max(round(count * unit, 1), 1.5)
                    top[column] = round(top[column] - height, 1)
                    yield self._block(column, top[column], height, disposition, count)

    def _block(self, column: int, y: float, height: float, disposition: Disposition, count: int) -> Block:
        width = 1 / self._columns
        return Block(
            at=_percent(column * width),
            width=_percent(width),
            y=y,
            height=height,
            disposition=disposition,
            title=f"{count:,} {disposition}, all sites, {self._axis.moment(self._axis.at(column * width))[:19]}",
        )

    def _lane(self, place: int, key: SiteKey) -> Lane:
        (testcase, site), drawn = key, self._drawn[key]
        counts = self._counts.get(key, Counter())
        return Lane(
            testcase=words.label(testcase),
            site=site,
            verdict=self._verdicts.get(testcase, "skipped"),
            opens=place == 0 or self._shown[place - 1][0] != testcase,
            y=HEAD + place * ROW,
            bar=self._bar(testcase),
            marks=[self._mark(place, key, column, found) for column, found in sorted(drawn.bins.items())],
            counts=DispositionCounts(**counts),
            first=self._axis.moment(drawn.first) if counts else "",
            last=self._axis.moment(drawn.last) if counts else "",
            number=drawn.target.number if drawn.target else 0,
            href=drawn.target.href if drawn.target else "",
        )

    def _bar(self, testcase: str) -> Bar | None:
        start, end = self._jobs.get(testcase, (inf, -inf))
        if not self._axis.meets(start, end):
            return None
        at, until = self._axis.place(start), self._axis.place(end)
        said = f"the job ran {self._axis.span(start, end)} ({words.duration(end - start)})"
        return Bar(_percent(at), _percent(until - at), said)

    def _mark(self, place: int, key: SiteKey, column: int, found: _Bin) -> Mark:
        return Mark(
            at=_percent((column + 0.5) / self._columns),
            y=HEAD + place * ROW + ROW // 2,
            size=round(min(3.2 + 1.4 * log10(found.counts.total()), ROW / 2 - 1), 1),
            disposition=found.target.disposition,
            number=found.target.number,
            href=found.target.href,
            title=self._title(key, found),
        )

    def _title(self, key: SiteKey, found: _Bin) -> str:
        rest = len(found.numbers) - NAMED
        named = [f"#{number}" for number in islice(found.numbers, NAMED)] + [f"{rest:,} more"] * (rest > 0)
        return (
            f"{words.dispositions(DispositionCounts(**found.counts))}, {self._axis.span(found.first, found.last)}\n"
            f"{_name(key)}\n{'issue' if len(found.numbers) == 1 else 'issues'} {', '.join(named)}"
        )

    # ---- in words ----

    def _summary(self) -> str:
        """The picture for those who do not see it."""
        totals = {key: self._counts[key].total() for key in self._ranked}
        most = max(self._ranked, key=totals.__getitem__)
        count = words.number(len(self._points.at), "finding")
        lanes = words.number(len(self._ranked), "site of a testcase", "sites of testcases")
        span = self._axis.span(self._axis.start, self._axis.end)
        return f"{count} over time, on {lanes}, {span}. Most: {_name(most)}, {totals[most]:,}."

    def _said(self) -> Iterator[str]:
        if cut := set(self._ranked).difference(self._shown):
            hidden = words.number(sum(self._counts[key].total() for key in cut), "finding")
            yield f"{words.number(len(cut), 'more lane')} with {hidden} not drawn, the worst come first."
        if far := [at for at in self._points.at if not self._axis.holds(at)]:
            span = self._axis.span(min(far), max(far))
            yield f"{words.number(len(far), 'finding')} not drawn, far from the others: {span}."
        if self._told.by_clock:
            known = words.number(self._told.by_clock, "finding")
            yield f"{known} by clocks whose zone nobody knows, drawn as if it were {self._axis.zone_words}."
        if self._told.untimed:
            yield f"{words.number(self._told.untimed, 'finding')} not drawn, without a time."
        if (beyond := self._total - len(self._points.at) - self._told.untimed) > 0:
            yield f"{words.number(beyond, 'finding')} not drawn, the worst come first."


def _jobs(testcases: Iterable[TestcaseReport]) -> Iterator[tuple[str, tuple[float, float]]]:
    """When each testcase's job began and ended, where that is known."""
    for testcase in testcases:
        start = seconds(testcase.started)
        if start is not None and testcase.duration_s is not None:
            yield testcase.name, (start, start + testcase.duration_s)


def _places(report: Report) -> dict[SiteKey, int]:
    """The testcases (with "" for a site) and sites in the report's order."""
    named = [(testcase.name, testcase.sites) for testcase in report.testcases] + [(SHARED, report.shared.sites)]
    keys = (key for name, sites in named for key in ((name, ""), *((name, site.name) for site in sites)))
    return {key: place for place, key in enumerate(keys)}


def _percent(share: float) -> float:
    return round(100 * share, 2)


def _name(key: SiteKey) -> str:
    testcase, site = key
    return f"{one_line(words.label(testcase), 40)} › {one_line(site, 30)}"
