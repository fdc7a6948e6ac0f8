"""An axis of time: the stretch that is worth showing, where its ticks stand, and what they say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from math import ceil, floor
from typing import NamedTuple

TICKS = 8
"""At most so many, so that their words stand apart on a narrow picture."""

REACH = (10, 86_400.0)
"""How far from the middle half of the moments the axis goes: so many times its width, or so many seconds."""

_PAD = 0.015
_LEAST = 0.5
_DAY = 86_400
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_HOURS = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
_DAYS = tuple(
    days * _DAY
    for days in (
        1,
        2,
        7,
        14,
        30,
        90,
        182,
        365,
        730,
        1_825,
        3_650,
        7_300,
        18_250,
        36_500,
        73_000,
        182_500,
        365_000,
        730_000,
    )
)
_STEPS: tuple[float, ...] = (*_SECONDS, *_HOURS, *_DAYS)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0  # what a calendar of four digits has


class Tick(NamedTuple):
    """A place on the axis, from 0 to 1, and what stands there."""

    place: float
    words: str


class Axis(NamedTuple):
    """From `start` to `end`, in seconds since 1970; `zone` are the seconds by which its words are ahead of UTC."""

    start: float
    end: float
    zone: int = 0

    def place(self, at: float) -> float:
        """Where a moment stands, from 0 to 1; what lies beyond an end stands at that end."""
        return min(max((at - self.start) / (self.end - self.start), 0.0), 1.0)

    def at(self, place: float) -> float:
        """The moment that stands at a place."""
        return self.start + place * (self.end - self.start)

    def column(self, at: float, columns: int) -> int:
        """In which of so many equal parts a moment lies."""
        return min(int(self.place(at) * columns), columns - 1)

    def holds(self, at: float) -> bool:
        return self.start <= at <= self.end

    def meets(self, start: float, end: float) -> bool:
        """Whether any of this stretch lies on the axis."""
        return start <= self.end and end >= self.start

    def ticks(self) -> list[Tick]:
        """At whole steps of the clock that people read."""
        step = next((step for step in _STEPS if self.end - self.start <= TICKS * step), _STEPS[-1])
        first, last = ceil((self.start + self.zone) / step), floor((self.end + self.zone) / step)
        moments = (number * step - self.zone for number in range(first, last + 1))
        return [Tick(self.place(at), self._words(at, step)) for at in moments]

    def _words(self, at: float, step: float) -> str:
        date, time = self.moment(at).split(" ")
        if step >= _DAY or time == "00:00:00.000":
            return date
        if step >= 60:
            return time[:5]
        return time[: 8 if step >= 1 else 10 if step >= 0.1 else 11 if step >= 0.01 else 12]

    def moment(self, at: float) -> str:
        """`2026-05-09 07:35:26.870` in the axis' zone."""
        local = min(max(at + self.zone, _EARLIEST), _LATEST)
        return (_EPOCH + timedelta(milliseconds=round(local * 1000))).isoformat(" ", "milliseconds")[:23]

    def span(self, start: float, end: float) -> str:
        """`2026-05-09 07:35:26 to 07:35:58`: from moment to moment, with the day of the second where it is another."""
        first, last = self.moment(start)[:19], self.moment(end)[:19]
        if first == last:
            return first
        return f"{first} to {last[11:] if first[:10] == last[:10] else last}"

    @property
    def zone_words(self) -> str:
        """`UTC`, `UTC+02:00`."""
        hours, minutes = divmod(abs(self.zone) // 60, 60)
        return f"UTC{'-' if self.zone < 0 else '+'}{hours:02}:{minutes:02}" if self.zone else "UTC"


def axis(moments: Sequence[float], others: Iterable[float] = (), zone: int = 0) -> Axis:
    """The axis for these moments, of which there is one at least, and for what lies among them of the others.

    A few moments far away from the others, such as those of a clock that was never set, are left out: they would press
    all others into a line.
    """
    ordered = sorted(moments)
    quarter = len(ordered) // 4
    low, high = ordered[quarter], ordered[-1 - quarter]
    reach = max(REACH[0] * (high - low), REACH[1])
    if quarter:
        ordered = ordered[bisect_left(ordered, low - reach) : bisect_right(ordered, high + reach)]
    ends = [ordered[0], ordered[-1], *(at for at in others if low - reach <= at <= high + reach)]
    start, end = min(ends), max(ends)
    pad = max(_PAD * (end - start), _LEAST * (start == end), 0.002)
    return Axis(start - pad, end + pad, zone)
