"""The axis of time: every moment has its place, ticks are whole steps of the clock, and a lost clock presses nobody."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.reports.axis import TICKS, Axis, axis

CALENDAR = (-62_135_596_800, 253_402_300_799)
"""The seconds of the years 1 to 9999."""

ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: quarters * 900)
moments = st.floats(*CALENDAR, allow_nan=False)


@given(st.lists(moments, min_size=1, max_size=40), st.lists(moments, max_size=6), ZONES)
def test_any_moments(found: list[float], others: list[float], zone: int) -> None:
    """Whatever the times are: the axis has a length, most of them lie on it, and all have a column in their order."""
    made = axis(found, others, zone)
    assert made.start < made.end
    assert sum(map(made.holds, found)) >= len(found) / 2
    columns = [made.column(at, 160) for at in sorted(found)]
    assert columns == sorted(columns)
    assert 0 <= columns[0] <= columns[-1] < 160


@given(moments, st.floats(-2, 10).map(lambda power: 10**power), ZONES)
def test_ticks(start: float, length: float, zone: int) -> None:
    """A few ticks, in order, on the axis; no two of a day say the same, and each says what its place is."""
    made = Axis(start, start + length, zone)
    ticks = made.ticks()
    places = [tick.place for tick in ticks]
    assert 2 <= len(ticks) <= TICKS + 1
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] <= 1
    inner = [tick.words for tick in ticks if CALENDAR[0] < made.at(tick.place) + zone < CALENDAR[1]]
    days = accumulate(inner, lambda day, words: words if len(words) == 10 and "-" in words else day, initial="")
    told = list(zip(days, inner, strict=False))
    assert len(set(told)) == len(told)
    for tick in ticks:
        date, time = made.moment(made.at(tick.place) + 0.0005).split(" ")
        assert f"{date} {time}".startswith(tick.words) or time.startswith(tick.words[:-1])


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0.004, ["07:00:00.000", "07:00:00.001", "07:00:00.002", "07:00:00.003", "07:00:00.004"]),
        (1, ["07:00:00.0", "07:00:00.2", "07:00:00.4", "07:00:00.6", "07:00:00.8", "07:00:01.0"]),
        (20, ["07:00:00", "07:00:05", "07:00:10", "07:00:15", "07:00:20"]),
        (700, ["07:00", "07:02", "07:04", "07:06", "07:08", "07:10"]),
        (86_400, ["09:00", "12:00", "15:00", "18:00", "21:00", "1970-01-02", "03:00", "06:00"]),
        (86_400 * 5, ["1970-01-02", "1970-01-03", "1970-01-04", "1970-01-05", "1970-01-06"]),
    ],
)
def test_words_of_ticks(length: float, words: list[str]) -> None:
    """As precise as the step asks for, and midnight names its day; by the clock of the zone."""
    assert [tick.words for tick in Axis(5 * 3600, 5 * 3600 + length, 2 * 3600).ticks()][-len(words) :] == words


def test_a_clock_that_was_never_set_is_left_out() -> None:
    """One moment of 1970 does not press those of one minute into a line."""
    minute = [1_800_000_000.0 + second for second in range(0, 60, 6)]
    made = axis([0.0, *minute])
    assert not made.holds(0.0)
    assert all(map(made.holds, minute))
    assert made.end - made.start < 70


def test_two_bursts_stay() -> None:
    """What comes at the start and again hours later is one picture."""
    found = [1_800_000_000.0 + each for each in (0, 1, 2, 20_000, 20_001)]
    assert all(map(axis(found).holds, found))


def test_jobs_belong_to_it_unless_they_are_far_away() -> None:
    """The axis takes in when the jobs ran, but not the job of another month."""
    made = axis([1_800_000_010.0, 1_800_000_012.0], [1_800_000_000.0, 1_800_000_030.0, 1_790_000_000.0])
    assert made.holds(1_800_000_000.0)
    assert made.holds(1_800_000_030.0)
    assert not made.holds(1_790_000_000.0)


@pytest.mark.parametrize(
    ("zone", "words"), [(0, "UTC"), (7200, "UTC+02:00"), (-12_600, "UTC-03:30"), (20_700, "UTC+05:45")]
)
def test_zone_words(zone: int, words: str) -> None:
    """The zone is named as people write it."""
    assert Axis(0, 1, zone).zone_words == words


def test_span() -> None:
    """The day is said once where both ends are of it."""
    made = Axis(0, 200_000, 3600)
    assert made.span(0, 0.4) == "1970-01-01 01:00:00"
    assert made.span(0, 60) == "1970-01-01 01:00:00 to 01:01:00"
    assert made.span(0, 90_000) == "1970-01-01 01:00:00 to 1970-01-02 02:00:00"
