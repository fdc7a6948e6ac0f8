"""A log's lines as its writers wrote them: a carrier's records opened, parts of a line joined, writers told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import msgspec

from gate import clean
from gate.carriers import Carried, Carrier
from gate.stacks import Line
from gate.window import Window

SHOWN_BYTES = 32 << 10
"""Bytes of one line that are decoded; the rest of a longer one is searched, but neither read nor shown."""

MOST_BYTES = 1 << 20
"""Bytes of one record of several lines."""

FOREIGN = 300
"""Records of other writers, one after the other, behind which a writer's next line is still looked for."""

REMEMBERED = 1_000
"""Lines whose text is remembered: those near one hit are near the next one, too."""

PARTS = 64
"""Parts of one line that are joined."""

Span = tuple[int, int]


class Unit(NamedTuple):
    """What one writer wrote at one go: a line of the log, or a record of its carrier.

    `spans` are its places in `window.data`: several where a line came in parts. `text` is what the writer wrote,
    decoded, without line end; `carried` is None in a log without a carrier, and for lines between its records.
    """

    spans: tuple[Span, ...]
    text: str
    carried: Carried | None = None

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]

    @property
    def lane(self) -> str:
        return self.carried.lane if self.carried else ""


class LogLines(Protocol):
    """The units of a log, found from any place that is in view."""

    def first(self, size: int) -> Iterator[str]:
        """The lines of the first `size` bytes, of all writers; what is cut at their end is left out."""

    def holding(self, start: int, end: int, at: int) -> Unit:
        """The unit that the line `data[start:end]` belongs to, which is asked for because of what is at `data[at]`."""

    def after(self, unit: Unit) -> Unit | None:
        """The same writer's next unit; None at the log's end, and where others wrote for too long."""

    def before(self, unit: Unit, floor: int) -> Unit | None:
        """The same writer's unit before this one; None where none begins at `floor` or behind it."""

    def opened(self, line: bytes) -> Carried | None:
        """What a line carries, where it is a whole record of the log's carrier."""


Begins = Callable[[str], bool]
"""Whether an entry begins in a text."""


def plain(window: Window, start: int, end: int, begins: Begins | None = None) -> Unit:
    """A line by itself, whatever it carries; or a piece of a very long one."""
    text = clean.decode(window.data[start : min(end, start + SHOWN_BYTES)])
    return Unit(((start, end),), clean.visible(text, begins=begins))


class PlainLines:
    """A log that its writers write themselves: each line is a unit."""

    def __init__(self, window: Window, begins: Begins | None = None) -> None:
        self._window, self._begins = window, begins
        self._texts: dict[int, str] = {}

    def first(self, size: int) -> Iterator[str]:
        start = 0
        while start < size and start < (end := self._window.line_end(start)) <= size:
            yield self._unit(start, end).text
            start = end

    def holding(self, start: int, end: int, at: int) -> Unit:
        """The line; if it was overwritten again and again, as progress bars are, what was seen when it held `at`."""
        if self._window.data.find(b"\r", start, end - 2) < 0:
            return self._unit(start, end)
        low = max(start, at - SHOWN_BYTES // 2)
        part = self._window.data[low : min(end, at + SHOWN_BYTES // 2)]
        before = len(clean.decode(part[: at - low]))
        return Unit(((start, end),), clean.visible(clean.decode(part), before, self._begins))

    def after(self, unit: Unit) -> Unit | None:
        end = self._window.line_end(unit.end)
        return self._unit(unit.end, end) if end > unit.end and self._window.complete(end) else None

    def before(self, unit: Unit, floor: int) -> Unit | None:
        previous = max(floor, self._window.line_start(unit.start - 1))
        return self._unit(previous, unit.start) if unit.start - previous <= SHOWN_BYTES else None

    def opened(self, line: bytes) -> Carried | None:
        return None

    def _unit(self, start: int, end: int) -> Unit:
        at = self._window.base + start
        text = self._texts.get(at)
        if text is None:
            if len(self._texts) >= REMEMBERED:
                self._texts.clear()
            text = self._texts[at] = plain(self._window, start, end, self._begins).text
        return Unit(((start, end),), text)


class CarriedLines:
    """A log in records of a carrier: a unit is a record, or several that hold one line; the writers are its lanes."""

    def __init__(self, window: Window, carrier: Carrier, begins: Begins | None = None) -> None:
        self._window, self._begins = window, begins
        self._carrier = carrier
        self._records: dict[int, tuple[int, str, Carried | None]] = {}

    def first(self, size: int) -> Iterator[str]:
        start = 0
        while start < size and self._window.line_end(start) > start:
            unit = self._record(start)
            if unit.end <= size:
                yield from unit.text.split("\n")
            start = unit.end

    def holding(self, start: int, end: int, at: int) -> Unit:
        return self._with_later_parts(self._with_earlier_parts(self._record(self._record_start(start)), 0))

    def after(self, unit: Unit) -> Unit | None:
        found = self._next_record(unit.end, unit.lane)
        return self._with_later_parts(found) if found else None

    def before(self, unit: Unit, floor: int) -> Unit | None:
        found = self._earlier(unit.start, unit.lane, floor)
        return self._with_earlier_parts(found, floor) if found else None

    def opened(self, line: bytes) -> Carried | None:
        return self._carrier.open(line)

    def _record(self, start: int) -> Unit:
        """The record that begins in the line at `start`, or the line alone where none does."""
        at = self._window.base + start
        known = self._records.get(at)
        if known is None:
            if len(self._records) >= REMEMBERED:
                self._records.clear()
            (_, end), text, carried = self._read(start)
            known = end - start, text, carried
            if self._window.complete(end):
                self._records[at] = known
        size, text, carried = known
        return Unit(((start, start + size),), text, carried)

    def _read(self, start: int) -> tuple[Span, str, Carried | None]:
        window, end = self._window, self._window.line_end(start)
        if not self._carrier.begins(window.data[start:end]):
            return (start, end), plain(window, start, end, self._begins).text, None
        line_end = end
        while self._carrier.spans_lines and end - start < MOST_BYTES:
            more = window.line_end(end)
            if more <= end or self._carrier.begins(window.data[end:more]):
                break
            end = more
        carried = self._carrier.open(window.data[start:end])
        if carried is None:
            return (start, line_end), plain(window, start, line_end, self._begins).text, None
        return (start, end), _cleaned(carried.text, self._begins), carried

    def _record_start(self, start: int) -> int:
        """Where the record begins that the line at `start` belongs to; the line itself where none is in view."""
        window, at, end = self._window, start, self._window.line_end(start)
        while not self._carrier.begins(window.data[at:end]):
            if at == 0 or start - at > SHOWN_BYTES:
                return start
            at, end = window.line_start(at - 1), at
        return at if self._record(at).end > start else start

    def _next_record(self, start: int, lane: str) -> Unit | None:
        for _ in range(FOREIGN):
            if self._window.line_end(start) <= start:
                return None
            found = self._record(start)
            if found.lane == lane:
                return found
            start = found.end
        return None

    def _earlier(self, before: int, lane: str, floor: int) -> Unit | None:
        for _ in range(FOREIGN):
            if before <= floor:
                return None
            start = self._record_start(self._window.line_start(before - 1))
            if start < floor:
                return None
            found = self._record(start)
            if found.lane == lane:
                return found
            before = start
        return None

    def _with_later_parts(self, unit: Unit) -> Unit:
        while unit.carried and len(unit.spans) < PARTS:
            following = self._next_record(unit.end, unit.lane)
            if following is None or not _go_on(unit, following):
                break
            unit = _one(unit, following)
        return unit

    def _with_earlier_parts(self, unit: Unit, floor: int) -> Unit:
        while unit.carried and len(unit.spans) < PARTS:
            before = self._earlier(unit.start, unit.lane, floor)
            if before is None or not _go_on(before, unit):
                break
            unit = _one(before, unit)
        return unit


def _go_on(first: Unit, second: Unit) -> bool:
    """Whether the second of two records of one writer goes on with the line of the first."""
    return bool((first.carried and first.carried.unfinished) or (second.carried and second.carried.resumes))


def _one(first: Unit, second: Unit) -> Unit:
    """Two parts of a line as one, which resumes what the first one does."""
    carried = second.carried
    if first.carried and carried and first.carried.resumes != carried.resumes:
        carried = msgspec.structs.replace(carried, resumes=first.carried.resumes)
    return Unit((*first.spans, *second.spans), first.text + second.text, carried)


class Lines:
    """One writer's lines from a unit on, without their ends: called with a number, it gives a line's text or None."""

    def __init__(self, log: LogLines, first: Unit, most: int) -> None:
        self._log = log
        self._most = most
        self._units = [first]
        self._texts: list[str] = []
        self._places: list[int] = []
        self._add(first)

    def __call__(self, number: int) -> str | None:
        while len(self._texts) <= number:
            following = self._log.after(self._units[-1]) if len(self._texts) < self._most else None
            if following is None:
                return None
            self._units.append(following)
            self._add(following)
        return self._texts[number]

    def units(self, first: int, end: int) -> list[Unit]:
        """The units that hold the lines `first` to `end - 1`."""
        self(end - 1)
        return self._units[self._places[first] : self._places[end - 1] + 1]

    def number(self, unit: Unit) -> int:
        """The number of the first line of a unit that stands among these lines."""
        number = 0
        while self(number) is not None and self._units[self._places[number]].start < unit.start:
            number += 1
        return number

    def shifted(self, first: int) -> Line:
        """The same lines, counted from a later one on."""
        return lambda number: self(first + number)

    def _add(self, unit: Unit) -> None:
        texts = unit.text.split("\n")
        self._texts += texts
        self._places += [len(self._units) - 1] * len(texts)


def _cleaned(text: str, begins: Begins | None) -> str:
    """A carrier's text may be several lines."""
    lines = text[:SHOWN_BYTES].rstrip("\r\n").split("\n")
    return "\n".join(clean.visible(line, begins=begins) for line in lines)
