"""A hit → the log event around it: the entry's exact lines, decoded, with its stack trace.

Two kinds of logs are told apart near the hit. Where entries begin with a time or a level, an entry runs to the line
before the next one. Where nothing marks an entry (bare output), the grammar of stack traces and indentation say where
it ends, and an unmarked line is not taken. Lines of other writers are passed over where the log tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import NamedTuple

import msgspec

from gate import carriers, clean, logformats, split, stacks
from gate.lines import SHOWN_BYTES, Begins, CarriedLines, Lines, LogLines, PlainLines, Span, Unit, plain
from gate.logformats import Record, rank
from gate.model import Hit
from gate.stacks import Line, Trace
from gate.window import Window

REACH = 100
"""Unindented lines without a head of their own that are looked at, each way, for the line where an entry begins."""

MAX_LINES = 20_000
"""Lines of one event; what follows is an event of its own."""

OPENING_REACH = 10
"""Lines above one in which a trace begins that may open it."""

SPLIT_REACH = 10
"""Lines above and below one behind a prefix among which the trace's first, or its second line, is looked for."""

SPLIT_BELOW = 50
"""Lines below one that looks like a trace's first in which its second one is looked for, where others write, too."""

TRACE_REACH = 500
"""Lines of an entry among which the beginning of a stack trace is looked for."""

FORGOTTEN = 10_000
"""Lines that are known to begin no trace."""

REMEMBERED = 256
"""Lines of which it is remembered whether an entry begins in them: each is asked about again and again."""

FOREIGN = 20
"""Lines of others, one after the other, behind which the rest of a trace is looked for."""

SNIFFED = 64 << 10
"""Bytes of a log from which its carrier and its log format are told."""


APART = 16 << 10
"""Bytes below a line in which a trace begins to stand that has the line's prefix: SPLIT_BELOW lines and more."""

FIRST_WORD = 200
"""Bytes of a line in which its first word stands; longer ones are taken to be alike if these are."""

_LF = ord("\n")

_LOG_ENDS = "the log ends within this stack trace"
_BREAKS_OFF = "this stack trace breaks off: another entry begins before its end was written"
_MAY_BE_ANOTHERS = "a stack trace above breaks off at this entry: some of these lines may be its rest"

_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d")
"""How an entry begins in nearly every log of entries."""

_FRAME = re.compile(r'\s+(?:at |File "|\.\.\. \d)|Caused by: ')
"""What is no entry's own line where it stands directly below one that logs no failure."""

_HEADING = re.compile(r"([=_-])\1{3,} \S.{0,200}\S \1{4,}\s*")
"""A test runner's line between its sections."""

_Traced = tuple[list[Unit], Trace]


class Found(NamedTuple):
    """An event: its units, what its first line tells, its trace, and what its lines say when their carrier is off.

    `note` says what the lines do not say themselves; `plain` that they are one line, as it stands in the log.
    """

    units: list[Unit]
    record: Record
    trace: Trace | None
    note: str = ""
    plain: bool = False

    def spans(self) -> list[Span]:
        """Its runs of bytes in view, without others between them."""
        if self.plain:
            return list(self.units[0].spans)
        runs: list[Span] = []
        for start, end in (span for unit in self.units for span in unit.spans):
            if runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        return runs

    def said(self) -> list[bytes]:
        """What its lines say where that is not what stands in the log: a carrier's, and a JSON record's, text."""
        texts = [unit.text for unit in self.units if unit.carried]
        if self.record.whole:
            texts.append(self.record.message)
        return [text.encode("utf-8", "backslashreplace") for text in texts]


class Told(NamedTuple):
    """What a log's first bytes tell of how it is written: its carrier ("" for none) and its log format."""

    carrier: str
    format: logformats.Reading


@lru_cache(maxsize=4)
def told(start: bytes, name: str = "") -> Told:
    """How a log is written that begins with these lines; its carrier or its log format as set by `name`, if it is."""
    carrier = name if name in carriers.NAMES else "" if name else carriers.sniffed(start)
    log = _opened(Window(BytesIO(start)), carrier)
    return Told(carrier, logformats.reading("" if carrier else name, log.first(len(start))))


def _opened(window: Window, carrier: str, begins: Begins | None = None) -> LogLines:
    return CarriedLines(window, carriers.carrier(carrier), begins) if carrier else PlainLines(window, begins)


class Reader:
    """How one log is read: its carrier and log format, as set by `name` or found out from its first bytes.

    These are `start`, cut at a line's end, where the window does not begin with them.
    """

    def __init__(self, window: Window, name: str = "", start: bytes | None = None) -> None:
        self._start = window.first_lines(SNIFFED) if start is None else start
        self.carrier, self._format = told(self._start, name)
        self.window = window
        self._record = lru_cache(maxsize=REMEMBERED)(self._format.parse)
        self._log = _opened(window, self.carrier, self._is_head)
        self._taken: set[int] = set()
        self._traceless: set[int] = set()
        self._headless: dict[tuple[str, bool], int] = {}
        self._bare_lines: dict[str, int] = {}
        self._floor = 0
        self._cut = -1

    # `_headless` and `_bare_lines` have, for each writer, the last line above which no head and no trace that reaches
    # it was found: whoever looks from below need not look beyond it again.

    def entry_line(self) -> bytes:
        """One of the log's first lines in which an entry, or a carrier's record, begins; b"" where there is none."""
        lines = self._start.split(b"\n")
        return next((line for line in lines if self._log.opened(line) or self._is_head(clean.decode(line))), b"")

    @property
    def format(self) -> str:
        """How the log is written, in the names of its carriers and its log format."""
        return "/".join(filter(None, (self.carrier, self._format.name)))

    def taken(self, hit: Hit) -> bool:
        """Whether a hit's line belongs to an event that was found before."""
        return self.window.base + hit.start in self._taken

    def inner(self, line: bytes) -> bytes | None:
        """What a line says when its carrier is opened, or its JSON read; None where that is the line itself."""
        if carried := self._log.opened(line):
            return carried.text.encode("utf-8", "backslashreplace")
        if line[:1] == b"{" and (record := self._format.parse(line.decode("utf-8", "backslashreplace"))):
            return record.message.encode("utf-8", "backslashreplace")
        plain = clean.plain(line)
        return plain if plain is not line else None

    def find(self, hit: Hit) -> Found:
        """The event that holds a hit's line."""
        window, start, end = self.window, hit.start, hit.end
        if found := self._single(hit):
            return found
        if not window.complete(end):
            return self._found([plain(window, start, end)], None)
        unit = self._log.holding(start, end, hit.at)
        lines = Lines(self._log, unit, MAX_LINES)
        head = self._head(lines, 0)
        if head and head.whole:
            return self._found([unit], _trace_in_text(head.message))
        own = None if self._is_head(lines(0)) else self._trace_from(unit)
        found = None if own else self._split(unit, lines, hit)
        return found or self._in_entry(unit, lines, head, hit) or self._bare(unit, lines, hit, own)

    def take(self, found: Found) -> int:
        """No later event may have these lines. Gives the end of the first run of them."""
        base, end = self.window.base, found.units[0].end if found.plain else found.spans()[0][1]
        self._floor = base + end
        if found.plain:
            return end
        if len(self._taken) > FORGOTTEN:
            self._taken = {start for start in self._taken if start >= base}
        if len(self._traceless) > FORGOTTEN:
            self._traceless.clear()
        starts = (
            start for unit in found.units for span in unit.spans for start in _line_starts(self.window.data, *span)
        )
        self._taken.update(base + start for start in starts if self.carrier or start >= end)
        return end

    # ---- an entry of one line ----

    def _single(self, hit: Hit) -> Found | None:
        """The entry that is the hit's line alone, where that shows at a glance: most are."""
        data, start, end = self.window.data, hit.start, hit.end
        if self.carrier or hit.traced or end - start > SHOWN_BYTES or data[end - 1] != _LF:
            return None
        below = data.find(b"\n", end, end + SHOWN_BYTES)
        line, following = clean.decode(data[start : end - 1]), clean.decode(data[end:below])
        if below < 0 or not (line.isprintable() and following.isprintable() and self._is_apart(start, end)):
            return None
        head = self._format.parse(line, following)
        if head is None or head.weak or head.whole or head.lines > 1 or not self._begins_entry(following):
            return None
        if clean.may_hold_secrets(data[start:end]) and (masked := clean.mask(line)) != line:
            head = self._format.parse(masked, following) or Record(message=masked)
        return Found([Unit(((start, end),), line)], head, None, plain=True)

    def _begins_entry(self, line: str) -> bool:
        """Whether an entry surely begins in a line: with a full time it does in any log whose format was not set."""
        if not self._format.known and _TIME.match(line):
            return True
        head = self._record(line) if line else None
        return head is not None and not head.weak

    def _is_apart(self, start: int, end: int) -> bool:
        """Whether no stack trace below a line can be the line's: none is near, or each line of it begins otherwise."""
        window, base = self.window, self.window.base
        signs = window.signs.between(base + start, base + end + APART)
        if not signs:
            return signs is not None
        beginning = split.Beginning(clean.decode(window.data[start : start + FIRST_WORD]))
        begins = {window.line_start(place - base) for place in signs}
        lines = (clean.decode(window.data[begin : begin + FIRST_WORD]) for begin in begins)
        return not any(map(beginning.is_shared, lines))

    # ---- a trace behind a prefix ----

    def _split(self, unit: Unit, lines: Lines, hit: Hit) -> Found | None:
        """The trace behind a prefix that holds a unit; one that begins above it where the line looks like a trace's."""
        if unit.text[:1].isspace():
            return None  # no prefix begins so
        above = list(islice(self._above(unit), SPLIT_REACH)) if hit.traced else []
        for first in reversed([unit, *(each for each in above if split.may_share(each.text, unit.text))]):
            below = lines if first is unit else Lines(self._log, first, MAX_LINES)
            reach = SPLIT_BELOW if hit.traced and first is unit else SPLIT_REACH
            found = split.find(below, self._is_head, self._logs_a_failure, reach, likely=hit.traced)
            units = _distinct(below, found.numbers) if found else []
            if found and any(each.start == unit.start for each in units):
                return self._found(units, found.trace)
        return None

    # ---- an entry ----

    def _in_entry(self, unit: Unit, lines: Lines, head: Record | None, hit: Hit) -> Found | None:
        """The event in an entry that has a head; None where no head is in reach or it does not tell how far it goes."""
        entry = unit
        if head is None or head.weak:
            above = self._first_of_two(unit)
            if above is None and (head is None or hit.traced) and (above := self._head_above(unit, strong=bool(head))):
                above = self._first_of_two(above) or above
            if above is None:
                return None
            entry, lines = above, Lines(self._log, above, MAX_LINES)
            head = self._head(lines, 0) or Record()
        if head.weak or head.whole:
            return None
        return self._piece(lines, head, 0 if entry is unit else lines.number(unit))

    def _first_of_two(self, unit: Unit) -> Unit | None:
        """The line above, if an entry's head begins in it that goes on in this one."""
        above = next(iter(self._above(unit)), None)
        head = self._record(above.text, unit.text) if above else None
        return above if head and head.lines > 1 else None

    def _head_above(self, unit: Unit, *, strong: bool) -> Unit | None:
        base, unmarked, known = self.window.base, 0, self._headless.get((unit.lane, strong), -1)
        self._headless[unit.lane, strong] = base + unit.start
        for above in self._above(unit):
            head = self._head(Lines(self._log, above, 2), 0) if base + above.start > known else None
            if head is not None and not (strong and head.weak):
                del self._headless[unit.lane, strong]
                return above
            unmarked += not _is_marked(above.text)
            if unmarked >= REACH or base + above.start <= known:
                return None
        return None

    def _piece(self, lines: Lines, head: Record, hit: int) -> Found | None:
        """The part of an entry that holds its line `hit`: the entry, or a trace printed below one that logged none."""
        within = _Within(lines, self._begins_another)
        logs_none = rank(head.level) < rank("WARNING") and bool(hit or rank(head.level))
        number, unmarked, first, began, trace = head.lines, 0, 0, 0, _trace_in_text(head.message)
        if trace is None and (trace := stacks.read(lambda n: within(n) if n else head.message)):
            number = max(number, trace.lines)
        while (text := within(number)) is not None:
            own = stacks.read(_shifted(within, number))
            if own is None and (_HEADING.fullmatch(text) or self._head(lines, number) is not None):
                break
            another = own is not None and (logs_none or trace is not None)
            if another and hit < number:
                break
            if own and (another or trace is None):
                first, began, trace = number if another else 0, number, own
            unmarked += own is None and not _is_marked(text)
            if unmarked > REACH:
                return None
            number += own.lines if own else 1
        if first and trace and within.ends_log(number):
            number = first + trace.lines
        if number <= hit:
            return None
        while number - 1 > hit and not (lines(number - 1) or "").strip():
            number -= 1
        rest, trace = self._rest(lines, began, number, trace)
        return self._found([*lines.units(first, number), *rest], trace)

    def _begins_another(self, lines: Lines, number: int) -> bool:
        """Whether another event surely begins in this line, or has it."""
        head = self._head(lines, number)
        start = lines.units(number, number + 1)[0].start
        return (head is not None and not head.weak) or self.window.base + start in self._taken

    # ---- a trace cut by another writer's entry ----

    def _rest(self, lines: Lines, began: int, number: int, trace: Trace | None) -> tuple[list[Unit], Trace | None]:
        """The units behind others' entries with which a trace goes on that `began` in a line, and all of it.

        It was read up to the line `number`. Others' entries are those that log no trace of their own; what another
        failure's entry has below it cannot be told apart.
        """
        if trace is None or not self._is_foreign(lines, number) or not (_is_open(trace) or self._is_cut(lines, number)):
            return [], self._remembered_cut(lines, number, trace)
        past = _Past(lines, began, number, self._is_foreign)
        longer = stacks.read(past)
        if longer is None or longer.lines <= number - began:
            return [], self._remembered_cut(lines, number, trace)
        longer = msgspec.structs.replace(longer, whole=longer.whole or trace.whole)
        return _distinct(lines, past.numbers[number - began : longer.lines]), longer

    def _is_foreign(self, lines: Lines, number: int) -> bool:
        head = self._head(lines, number)
        return head is not None and not (head.weak or head.whole) and rank(head.level) < rank("WARNING")

    def _is_cut(self, lines: Lines, number: int) -> bool:
        """Whether what goes on below an entry is a trace that began above it."""
        return _FRAME.match(lines(number + 1) or "") is not None

    def _remembered_cut(self, lines: Lines, number: int, trace: Trace | None) -> Trace | None:
        if trace and _is_open(trace) and lines(number) is not None:
            self._cut = self.window.base + lines.units(number, number + 1)[0].start
        return trace

    # ---- bare output ----

    def _bare(self, unit: Unit, lines: Lines, hit: Hit, own: _Traced | None) -> Found:
        """The event around a line of output without entries: a trace, or the line and what is indented below it.

        A trace of its `own`, which begins in the line, may have been opened in one of the lines above.
        """
        if unit.carried and "\n" in unit.text:
            return self._found([unit], _trace_in_text(unit.text))
        for above in reversed(list(islice(self._bare_above(unit, hit), OPENING_REACH if own else None))):
            if (traced := self._trace_from(above)) and traced[0][-1].end > unit.start:
                return self._found(*traced)
        if own := own or self._trace_from(unit):
            return self._found(*own)
        self._bare_lines[unit.lane] = self.window.base + unit.start
        if self._logs_a_failure(lines(0) or "") and (trace := stacks.read(lines.shifted(1))):
            return self._found(lines.units(0, 1 + trace.lines), trace)
        return self._found(lines.units(0, _indented_end(lines)), None)

    def _trace_from(self, unit: Unit) -> _Traced | None:
        """The trace that begins in a unit; each one is tried once."""
        at = self.window.base + unit.start
        if at in self._traceless:
            return None
        lines = Lines(self._log, unit, MAX_LINES)
        if (trace := stacks.read(lines)) is not None:
            rest, whole = self._rest(lines, 0, trace.lines, trace)
            return [*lines.units(0, trace.lines), *rest], whole or trace
        self._traceless.add(at)
        return None

    def _bare_above(self, unit: Unit, hit: Hit) -> Iterable[Unit]:
        """The lines in which a trace may begin that holds a unit, the nearest first."""
        unmarked, sure = 0, hit.traced or _is_marked(unit.text)
        known = self._bare_lines.get(unit.lane, -1)
        for above in self._above(unit):
            if self.window.base + above.start <= known:
                return
            if not (sure := sure or _is_marked(above.text) or stacks.goes_on(above.text) or above.text.endswith(":")):
                return
            yield above
            unmarked += not _is_marked(above.text)
            if unmarked >= REACH or self._parse(above.text) is not None:
                return

    # ---- parts ----

    def _above(self, unit: Unit) -> Iterator[Unit]:
        """The same writer's lines before a unit that belong to no event yet, the nearest first."""
        base = self.window.base
        floor = 0 if self.carrier else max(0, self._floor - base)
        while unit.start > floor and (found := self._log.before(unit, floor)) is not None:
            if base + found.start in self._taken:
                return
            yield found
            unit = found

    def _head(self, lines: Lines, number: int) -> Record | None:
        """What an entry tells that begins in this line; a carrier's own level makes its record one, too."""
        text = lines(number)
        if text is None:
            return None
        record = self._record(text, lines(number + 1) or "") if text else None
        if record is None and self.carrier and (carried := lines.units(number, number + 1)[0].carried):
            return Record(message=text, weak=True) if rank(carried.level) >= rank("WARNING") else None
        return record

    # ---- parts ----

    def _found(self, units: list[Unit], trace: Trace | None) -> Found:
        texts = [clean.mask(line) for line in "\n".join(unit.text for unit in units[:2]).split("\n", 2)]
        record = self._format.parse(texts[0], texts[1] if len(texts) > 1 else "") or Record(message=texts[0])
        record = _with_carried(record, units[0])
        return Found(units, record, trace, self._note(trace, units))

    def _note(self, trace: Trace | None, units: list[Unit]) -> str:
        """What a person should know of an event's lines."""
        notes = [_MAY_BE_ANOTHERS] if self.window.base + units[0].start == self._cut and len(units) > 1 else []
        if trace and trace.note:
            notes.append(trace.note)
        elif trace and _is_open(trace):
            at_end = self.window.eof and units[-1].end == len(self.window.data)
            notes.append(_LOG_ENDS if at_end else _BREAKS_OFF)
        return "; ".join(notes)

    def _parse(self, line: str | None) -> Record | None:
        return self._record(line) if line else None

    def _is_head(self, line: str | None) -> bool:
        return self._parse(line) is not None

    def _logs_a_failure(self, line: str) -> bool:
        """Whether an entry begins in this line to which a logger would attach a trace."""
        record = self._parse(line)
        return record is not None and rank(record.level) >= rank("WARNING")


def _line_starts(data: bytes, start: int, end: int) -> Iterator[int]:
    """Where the lines of a record begin: one that spans lines may hold a match in any of them."""
    while start < end:
        yield start
        start = data.find(b"\n", start, end) + 1 or end


def _is_open(trace: Trace) -> bool:
    """Whether a trace surely has a further line: those without an end of their own have named their exception."""
    return not (trace.whole or trace.exception)


def _with_carried(record: Record, unit: Unit) -> Record:
    """What an entry tells; what it does not tell, its carrier may."""
    if unit.carried is None:
        return record
    carried = unit.carried
    return Record(
        time=record.time or carried.time,
        level=record.level or carried.level,
        logger=record.logger or carried.logger,
        message=record.message,
        writer=record.writer,
        whole=record.whole,
        weak=record.weak,
        lines=record.lines,
    )


class _Within:
    """The lines of an entry and below it, up to a line in which another one `begins`."""

    def __init__(self, lines: Lines, begins: Callable[[Lines, int], bool]) -> None:
        self._lines, self._begins = lines, begins
        self._inside: list[bool] = [True]

    def __call__(self, number: int) -> str | None:
        while len(self._inside) <= number and self._inside[-1]:
            at = len(self._inside)
            self._inside.append(self._lines(at) is not None and not self._begins(self._lines, at))
        return self._lines(number) if number < len(self._inside) and self._inside[number] else None

    def ends_log(self, number: int) -> bool:
        """Whether no entry begins at this line because there is none."""
        return self._lines(number) is None


class _Past:
    """The lines from `first` on; from `cut` on without those that are `foreign`."""

    def __init__(self, lines: Lines, first: int, cut: int, foreign: Callable[[Lines, int], bool]) -> None:
        self._lines, self._foreign = lines, foreign
        self.numbers = list(range(first, cut))

    def __call__(self, number: int) -> str | None:
        while len(self.numbers) <= number:
            at = last = self.numbers[-1] + 1
            while at - last < FOREIGN and self._lines(at) is not None and self._foreign(self._lines, at):
                at += 1
            if self._lines(at) is None:
                return None
            self.numbers.append(at)
        return self._lines(self.numbers[number])


def _trace_in_text(text: str) -> Trace | None:
    """The trace that stands in one record, as JSON loggers write it."""
    return _trace_in_lines(text.split("\n")) if "\n" in text else None


def _trace_in_lines(texts: list[str]) -> Trace | None:
    """The first trace among the lines of one event."""
    inside = range(min(len(texts), TRACE_REACH))
    return next(filter(None, (stacks.read(_behind(texts, number)) for number in inside)), None)


def _shifted(line: Line, first: int) -> Line:
    return lambda number: line(first + number)


def _behind(texts: list[str], first: int) -> Line:
    return lambda number: texts[first + number] if first + number < len(texts) else None


def _distinct(lines: Lines, numbers: list[int]) -> list[Unit]:
    units: list[Unit] = []
    for number in numbers:
        unit = lines.units(number, number + 1)[0]
        if not units or units[-1] is not unit:
            units.append(unit)
    return units


def _indented_end(lines: Lines) -> int:
    indent, number = _indent(lines(0) or ""), 1
    while (text := lines(number)) is not None and text.strip() and _indent(text) > indent and number < REACH * 10:
        number += 1
    return number


def _is_marked(text: str) -> bool:
    return not text.strip() or text[0] in " \t|+"


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
