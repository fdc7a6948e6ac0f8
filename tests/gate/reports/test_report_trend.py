"""Runs over time on the page: nothing is drawn that was not, what fails comes first, and the size has a bound."""

from __future__ import annotations

import re

import msgspec
import picture_samples as pictures
import pytest
import report_samples as samples
from test_report_html import Document, rendered

from gate.model import DispositionCounts, Outcome, Report, RunSummary, TestcaseTrend, Trend, Verdict
from gate.reports import trend
from gate.reports.trend import HEIGHT, TESTCASES, TrendView


def reported(made: Trend | None, started: str = "2026-05-09T07:35:02.120+02:00") -> Report:
    return msgspec.structs.replace(samples.small(), trend=made, started=started)


def view(made: Trend) -> TrendView:
    found = trend.view(reported(made))
    assert found
    return found


def runs(*counts: DispositionCounts) -> Trend:
    """Runs of these findings, six hours apart, without testcases."""
    return Trend(
        tuple(
            RunSummary(f"2026-05-{8 + n // 4:02}T{n % 4 * 6:02}:00:00.000+00:00", "pass", {}, each)
            for n, each in enumerate(counts)
        ),
        (),
    )


def line(name: str, verdicts: str, *, flaky: bool = False, drift: float | None = None) -> TestcaseTrend:
    """A testcase whose verdicts are written as their first letters, `.` for none."""
    word: dict[str, Verdict] = {"p": "pass", "f": "fail", "e": "error", "s": "skipped"}
    outcomes = tuple(Outcome(word[each], 10.0, flaky=False) if each != "." else None for each in verdicts)
    return TestcaseTrend(name, outcomes, 10.0, drift, flaky)


def of(*testcases: TestcaseTrend) -> Trend:
    return Trend(runs(*[DispositionCounts()] * len(testcases[0].outcomes)).runs, testcases)


@pytest.mark.parametrize("made", [None, runs(DispositionCounts(3))])
def test_no_past_no_picture(made: Trend | None) -> None:
    """Without a history, and in its first run, there is nothing to compare and no empty section."""
    assert trend.view(reported(made)) is None
    assert 'id="trend"' not in rendered(reported(made))


def test_bars_are_in_proportion() -> None:
    """The highest bar takes the room, others their share of it; new findings stand on known, these on waived ones."""
    parts = [
        run.parts for run in view(runs(DispositionCounts(58, 29, 29), DispositionCounts(29), DispositionCounts())).runs
    ]
    assert [(part.disposition, part.y, part.height) for part in parts[0]] == [
        ("waived", HEIGHT - 14.5, 14.5),
        ("known", HEIGHT - 29.0, 14.5),
        ("new", HEIGHT - 58.0, 29.0),
    ]
    assert [(part.disposition, part.height) for part in parts[1]] == [("new", 14.5)]
    assert parts[2] == []


def test_few_beside_many_are_seen() -> None:
    """One finding beside a million still has a bar, and the highest bar stays in its room."""
    parts = [run.parts for run in view(runs(DispositionCounts(1), DispositionCounts(10**6, 1, 1))).runs]
    assert [part.height >= 2 for part in (*parts[0], *parts[1])] == [True] * 4
    assert min(part.y for part in parts[1]) >= 0


def test_no_finding_in_any_run() -> None:
    """Runs without a finding have no bars, and the page says so."""
    made = runs(DispositionCounts(), DispositionCounts())
    assert [run.parts for run in view(made).runs] == [[], []]
    assert "No finding in any of them" in rendered(reported(made))


def test_what_fails_comes_first() -> None:
    """Those that fail now, the flaky ones of them first; then flaky ones by how often they failed; then the others."""
    made = of(
        line("steady", "pppp"),
        line("was red", "fpfp", flaky=True),
        line("once", "fppp"),
        line("red", "ppff"),
        line("late", "...e"),
        line("often", "ffep", flaky=True),
        line("flaky red", "pfpf", flaky=True),
    )
    assert [row.name for row in view(made).rows] == ["flaky red", "red", "late", "often", "was red", "once", "steady"]


def test_a_cell_tells_its_run() -> None:
    """When, what and how long; a testcase that was not in a run has an empty place, which says so."""
    first, second = view(of(line("a", ".p"))).rows[0].cells
    assert (first.verdict, first.said) == (None, "")
    assert (second.verdict, second.said) == ("pass", "2026-05-08 06:00: pass, in 10 s")
    assert "not in this run" in Document(rendered(reported(of(line("a", ".p"))))).text


def test_its_own_run_is_marked() -> None:
    """The report's run is framed wherever it stands: another may have started later and ended before."""
    made = runs(*[DispositionCounts()] * 3)
    found = trend.view(reported(made, started="2026-05-08T08:00:00.000+02:00"))
    assert found
    assert [run.now for run in found.runs] == [False, True, False]


def test_days_stand_apart() -> None:
    """A day is named once, and only where its words have room."""
    nightly = view(pictures.trend(runs=7)).runs
    assert [run.day for run in nightly] == ["05-03", "", "05-05", "", "05-07", "", "05-09"]
    assert [run.day for run in view(runs(*[DispositionCounts()] * 9)).runs] == [
        "05-08",
        *[""] * 3,
        "05-09",
        *[""] * 3,
        "05-10",
    ]


def test_durations_as_a_line() -> None:
    """The longest is at the top, zero would be at the bottom; runs without a duration leave a gap in width only."""
    outcomes = (Outcome("pass", 5.0, flaky=False), None, Outcome("pass", 10.0, flaky=False))
    made = Trend(runs(*[DispositionCounts()] * 3).runs, (TestcaseTrend("a", outcomes, 7.5, None, flaky=False),))
    assert view(made).rows[0].line == "1.0,9.0 95.0,1.0"


@pytest.mark.parametrize("took", [[None, 3.0], [0.0, 0.0], [None, None]])
def test_no_line_without_two_durations(took: list[float | None]) -> None:
    """One duration, or none that is longer than nothing, makes no line."""
    outcomes = tuple(Outcome("pass", each, flaky=False) for each in took)
    made = Trend(runs(*[DispositionCounts()] * 2).runs, (TestcaseTrend("a", outcomes, None, None, flaky=False),))
    assert view(made).rows[0].line == ""


def test_drift() -> None:
    """Slower is marked as such, faster is not, and what changes little is not said."""
    rows = view(of(line("a", "pp", drift=0.31), line("b", "pp", drift=-0.2), line("c", "pp", drift=0.04))).rows
    assert [(row.drift, row.slower) for row in rows] == [("↑ 31%", True), ("↓ 20%", False), ("", True)]


def test_testcases_have_a_bound() -> None:
    """Of many testcases the first are shown, and it is said how many more there are."""
    made = view(pictures.trend([f"t{n}" for n in range(500)]))
    assert (len(made.rows), made.more) == (TESTCASES, 500 - TESTCASES)
    html = rendered(reported(pictures.trend([f"t{n}" for n in range(500)])))
    assert "460 more" in html
    assert len(html) < 300_000


def test_a_table_tells_it_to_those_who_do_not_see_it() -> None:
    """Each run's bar has its words, each verdict too, and flaky is a word."""
    document = Document(rendered(reported(pictures.trend())))
    bars = [found["aria-label"] for tag, found in document.elements if tag == "svg" and "aria-label" in found]
    assert len(bars) == 30
    assert re.fullmatch(r"2026-05-09 05:35 UTC: \w+, .*\d waived, commit 0{12}", bars[-1])
    assert "flaky fedavg-external" in re.sub(r"\s+", " ", document.text)
    assert document.text.count("pass") > 400
