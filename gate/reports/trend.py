"""The runs before this one, as a picture: findings run by run, and each testcase's verdicts and durations."""

from __future__ import annotations

from collections.abc import Iterator

from gate.model import (
    Disposition,
    DispositionCounts,
    Outcome,
    Report,
    RunSummary,
    Struct,
    TestcaseTrend,
    Trend,
    Verdict,
)
from gate.reports import words
from gate.times import seconds

TESTCASES = 40
HEIGHT = 64
"""Pixels of the highest bar."""

LINE = (96, 18)
"""Pixels of the line that a testcase's durations draw."""

DAY = 2
"""Columns that a day's words take."""

_BAD = ("fail", "error")


class Part(Struct, frozen=True):
    """The findings of one disposition in a run's bar, in pixels from above."""

    disposition: Disposition
    y: float
    height: float


class Run(Struct, frozen=True):
    """A run's bar, and what it stands for in words; `day` is "" where there is no room for it, or no new day.

    `now` tells whether it is the report's own run.
    """

    day: str
    now: bool
    verdict: Verdict
    said: str
    parts: list[Part]


class Cell(Struct, frozen=True):
    """A testcase in a run; `said` tells its verdict and duration in words, "" where it was not in it."""

    verdict: Verdict | None
    said: str


class Row(Struct, frozen=True):
    """A testcase over all runs; `line` are the points of its durations, "" where there are fewer than two."""

    name: str
    flaky: bool
    cells: list[Cell]
    line: str
    median: str
    drift: str
    slower: bool


class TrendView(Struct, frozen=True):
    """What the template draws; `more` are the testcases that found no room, `most` the findings of the highest bar."""

    runs: list[Run]
    rows: list[Row]
    more: int
    most: int
    span: str


def view(report: Report) -> TrendView | None:
    """The picture of the report's trend; None where no history is kept, or none but this run is in it."""
    trend = report.trend
    if trend is None or len(trend.runs) < 2:
        return None
    most = max(run.counts.total for run in trend.runs)
    ranked = sorted(trend.testcases, key=_rank)
    return TrendView(
        runs=list(_runs(trend, most, seconds(report.started))),
        rows=[_row(each, trend.runs) for each in ranked[:TESTCASES]],
        more=len(ranked[TESTCASES:]),
        most=most,
        span=f"{_minute(trend.runs[0])} to {_minute(trend.runs[-1])} UTC",
    )


def _rank(testcase: TestcaseTrend) -> tuple[bool, bool, int]:
    """Those first that fail now, then flaky ones, then those that failed the most; the others stay in their order."""
    bad = [outcome is not None and outcome.verdict in _BAD for outcome in testcase.outcomes]
    return not bad[-1], not testcase.flaky, -sum(bad)


def _runs(trend: Trend, most: int, now: float | None) -> Iterator[Run]:
    told, free = "", 0
    for column, run in enumerate(trend.runs):
        date = run.started[:10]
        shown = date != told and column >= free
        if shown:
            told, free = date, column + DAY
        yield Run(
            day=date[5:] if shown else "",
            now=seconds(run.started) == now,
            verdict=run.verdict,
            said=_said(run),
            parts=list(_parts(run.counts, most)),
        )


def _said(run: RunSummary) -> str:
    found = words.dispositions(run.counts) or "no finding"
    commit = run.environment.get("commit", "")[:12]
    return f"{_minute(run)} UTC: {run.verdict}, {found}" + (f", commit {commit}" if commit else "")


def _parts(counts: DispositionCounts, most: int) -> Iterator[Part]:
    """The bar from below: new findings stand on known, these on waived ones; what is few is still seen."""
    top = float(HEIGHT)
    each: tuple[tuple[Disposition, int], ...]
    each = (("waived", counts.waived), ("known", counts.known), ("new", counts.new))
    for disposition, count in each:
        if count:
            height = max(round(count / most * (HEIGHT - 6), 1), 2.0)
            top = round(top - height, 1)
            yield Part(disposition, top, height)


def _row(testcase: TestcaseTrend, runs: tuple[RunSummary, ...]) -> Row:
    return Row(
        name=words.label(testcase.name),
        flaky=testcase.flaky,
        cells=[_cell(outcome, run) for outcome, run in zip(testcase.outcomes, runs, strict=True)],
        line=_line([outcome.duration_s if outcome else None for outcome in testcase.outcomes]),
        median=words.duration(testcase.median_s),
        drift=words.drift(testcase.drift),
        slower=(testcase.drift or 0) > 0,
    )


def _cell(outcome: Outcome | None, run: RunSummary) -> Cell:
    if outcome is None:
        return Cell(None, "")
    took = words.duration(outcome.duration_s)
    told = (outcome.verdict, *([f"in {took}"] if took else ()), *(["flaky"] if outcome.flaky else ()))
    return Cell(outcome.verdict, f"{_minute(run)}: {', '.join(told)}")


def _line(durations: list[float | None]) -> str:
    """Points from left to right, the longest duration at the top and none at all at the bottom."""
    known = [(place, took) for place, took in enumerate(durations) if took is not None]
    longest = max((took for _, took in known), default=0.0)
    if len(known) < 2 or longest <= 0:
        return ""
    width, height = LINE[0] - 2, LINE[1] - 2
    last = len(durations) - 1
    return " ".join(f"{1 + width * place / last:.1f},{1 + height * (1 - took / longest):.1f}" for place, took in known)


def _minute(run: RunSummary) -> str:
    return run.started[:16].replace("T", " ")
