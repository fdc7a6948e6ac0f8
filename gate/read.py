"""A hit → the log event around it: the entry's exact first and last line, decoded, with its traceback.

Two kinds of logs are told apart near the hit. Where entries begin with a time or a level, an entry runs to the line
before the next one. Where nothing marks an entry (bare output), the grammar of tracebacks and indentation say where
it ends, and an unmarked line is not taken.
"""

from __future__ import annotations

from gate import clean, pytraceback
from gate.logformats import Record, parse
from gate.model import Hit, LogEvent, cut_mark
from gate.window import Window

REACH = 100
"""Unindented lines without a head of their own that are looked at, each way, for the line where an entry begins."""

MAX_LINES = 20_000
"""Lines of one event; what follows is an event of its own."""

CONTEXT = 3
"""Lines of context before and after an event."""

EXCERPT_HEAD, EXCERPT_TAIL = 80, 40
"""Lines of a long event that its excerpt shows, from its beginning and from its end."""

MATCHED_BYTES = 400
EXCERPT_BYTES = 32 << 10
LINE_BYTES = 4 << 10

_LOW_LEVELS = {"TRACE", "VERBOSE", "DEBUG", "INFO", "INFORMATION", "NOTICE"}
"""A logger attaches a traceback to a warning or an error; under one of these it stands for itself."""

Span = tuple[int, int]


class _Lines:
    """Lines of a window from a first one on, decoded as they are asked for."""

    def __init__(self, window: Window, start: int) -> None:
        self._window = window
        self._starts = [start]
        self._texts: list[str] = []

    def __call__(self, number: int) -> str | None:
        while len(self._texts) <= number:
            start = self._starts[-1]
            end = self._window.line_end(start)
            if end <= start or len(self._texts) >= MAX_LINES or not self._window.complete(end):
                return None
            self._texts.append(_text(self._window.data[start : min(end, start + EXCERPT_BYTES)]))
            self._starts.append(end)
        return self._texts[number]

    def from_line(self, number: int) -> _Lines:
        """The same lines, counted from a later one on."""
        return _Lines(self._window, self.start(number))

    def start(self, number: int) -> int:
        """Where line `number` begins: the end of the line before it."""
        self(number - 1)
        return self._starts[number]


def find_span(window: Window, hit: Hit, floor: int) -> Span:
    """Where the event that holds a hit's line begins and ends in `window.data`, never before `floor`."""
    start, end = hit.start, hit.end
    if not window.complete(end):
        return start, end
    lines = _Lines(window, start)
    if (count := pytraceback.prefixed_end(lines, _logs_a_failure)) is not None:
        return start, lines.start(count)
    before = _lines_before(window, start, floor)
    entry = _entry_start(before, start, lines(0) or "")
    if entry is not None and (span := _in_entry(window, entry, start)) is not None:
        return span
    return _bare(window, before, start)


def _logs_a_failure(line: str) -> bool:
    """Whether an entry begins in this line to which a logger would attach a traceback."""
    record = parse(line)
    return record is not None and record.level is not None and record.level not in _LOW_LEVELS


def _lines_before(window: Window, start: int, floor: int) -> list[tuple[int, str]]:
    """The lines before `start`, the nearest first, back to the one that begins an entry."""
    found: list[tuple[int, str]] = []
    unmarked = 0
    while start > floor and unmarked < REACH:
        previous = max(floor, window.line_start(start - 1))
        if start - previous > EXCERPT_BYTES:
            break
        text = _text(window.data[previous:start])
        found.append((previous, text))
        if parse(text) is not None:
            break
        unmarked += not _is_marked(text)
        start = previous
    return found


def _entry_start(before: list[tuple[int, str]], start: int, line: str) -> int | None:
    if parse(line) is not None:
        return start
    if before and parse(before[-1][1]) is not None:
        return before[-1][0]
    return None


def _in_entry(window: Window, entry: int, hit: int) -> Span | None:
    """The event in an entry that has a head; None where its head does not tell how far it goes."""
    lines = _Lines(window, entry)
    head = parse(lines(0) or "") or Record()
    if head.weak:
        return None
    if head.whole:
        return (entry, lines.start(1)) if entry == hit else None
    number, unmarked, starts = 1, 0, [0]
    while (text := lines(number)) is not None and parse(text) is None:
        if _begins_own_event(lines, number, head, in_head=entry == hit):
            starts.append(number)
        unmarked += not _is_marked(text)
        if unmarked > REACH:
            return None
        number += 1
    pieces = list(zip(starts, [*starts[1:], number], strict=True))
    first, last = next(piece for piece in pieces if hit < lines.start(piece[1]) or piece == pieces[-1])
    while last > first + 1 and not (lines(last - 1) or "").strip():
        last -= 1
    return lines.start(first) if first else entry, max(lines.start(last), window.line_end(hit))


def _begins_own_event(lines: _Lines, number: int, head: Record, *, in_head: bool) -> bool:
    """A traceback printed below an entry that did not log it."""
    if in_head or head.level not in _LOW_LEVELS or not pytraceback.is_head(lines(number) or ""):
        return False
    above = next((text for n in range(number - 1, 0, -1) if (text := lines(n) or "").strip()), "")
    return not pytraceback.is_chain_mark(above)


def _bare(window: Window, before: list[tuple[int, str]], hit: int) -> Span:
    """The event around a line in output that has no entries: a traceback, or a line and what is indented below it."""
    for start, above in reversed([(hit, ""), *before]):
        if start != hit and not pytraceback.is_head(above):
            continue
        lines = _Lines(window, start)
        if pytraceback.head_number(lines) is not None and (end := lines.start(pytraceback.end(lines))) > hit:
            return start, end
    lines = _Lines(window, hit)
    if _logs_a_failure(lines(0) or "") and pytraceback.is_head(lines(1) or ""):
        below = lines.from_line(1)
        return hit, below.start(pytraceback.end(below))
    start = _stack_start(before, hit, lines(0) or "")
    indent = _indent(lines(0) or "") if start == hit else 0
    number = 1
    while (text := lines(number)) is not None and text.strip() and _indent(text) > indent and number < REACH * 10:
        number += 1
    return start, lines.start(number)


def _stack_start(before: list[tuple[int, str]], hit: int, line: str) -> int:
    """Where the event of a bare line begins that stands below its head: a frame's line, or a SyntaxError's last."""
    texts = [text for _, text in before]
    if line.startswith(("SyntaxError: ", "IndentationError: ", "TabError: ")):
        count = pytraceback.syntax_error_start(texts)
        return before[count - 1][0] if count else hit
    if line[:1].isspace() and line.lstrip().startswith(("at ", 'File "')):
        for start, text in before:
            if not text.strip():
                return hit
            if not text[:1].isspace():
                return start
    return hit


def _is_marked(text: str) -> bool:
    return not text.strip() or text[0] in " \t|+"


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _text(data: bytes) -> str:
    return clean.strip_control(clean.decode(data)).rstrip("\r\n")


# ---- the event -------------------------------------------------------------------------------------------------------


def build(window: Window, span: Span, hit: Hit, rules: tuple[str, ...]) -> LogEvent:
    """The event of a span, its text decoded, cleaned, masked, and cut in the middle when it is long."""
    start, end = span
    after = _context_after(window, end)
    head = clean.mask(_text(window.data[start : min(window.line_end(start), start + EXCERPT_BYTES)]))
    record = parse(head) or Record(message=head)
    text = clean.mask(_excerpt(window.data[start:end], hit.at - start))
    exception = pytraceback.exception_line(text) or (
        pytraceback.exception_line(record.message) if "\n" in record.message else ""
    )
    return LogEvent(
        line=window.line(start),
        end_line=window.line(max(start, end - 1)),
        text=text,
        before=clean.mask(_context_before(window, start)),
        after=clean.mask(after),
        time=record.time,
        level=record.level,
        logger=record.logger,
        message=record.message,
        matched=exception or _matched(window, span, hit, record),
        exception=exception.partition(":")[0],
        rules=rules,
    )


def _matched(window: Window, span: Span, hit: Hit, head: Record) -> str:
    """What names the event: its message, or the later line, or the part of a very long one, that a rule matched."""
    if hit.start == span[0] and hit.end - hit.start <= LINE_BYTES:
        return head.message.split("\n", 1)[0].strip()
    line = window.data[hit.start : hit.end].rstrip(b"\r\n")
    return clean.mask(_shown(line, hit.at - hit.start, MATCHED_BYTES)).strip()


def _excerpt(data: bytes, at: int) -> str:
    lines = data.removesuffix(b"\n").split(b"\n")
    matched = data.count(b"\n", 0, at)
    within = at - (data.rfind(b"\n", 0, at) + 1)
    shown = [_shown(line, within if number == matched else 0) for number, line in _kept(lines)]
    if len(lines) > len(shown):
        shown.insert(EXCERPT_HEAD, cut_mark(len(lines) - len(shown)))
    return "\n".join(shown)


def _kept(lines: list[bytes]) -> list[tuple[int, bytes]]:
    """The lines that an excerpt shows, with their numbers: all, or the first and the last."""
    numbered = list(enumerate(lines))
    if len(lines) <= EXCERPT_HEAD + EXCERPT_TAIL:
        return numbered
    return numbered[:EXCERPT_HEAD] + numbered[-EXCERPT_TAIL:]


def _shown(line: bytes, at: int = 0, room: int = LINE_BYTES) -> str:
    """A line as text; of a very long one the beginning, what is around `at`, and how much was left out."""
    if len(line) <= room:
        return _text(line)
    if at < room // 2:
        return f"{_text(line[:room])} … {len(line) - room:,} bytes cut …"
    begin = at - room // 4
    part = line[begin : begin + room // 2]
    rest = len(line) - begin - len(part)
    tail = f" … {rest:,} bytes cut …" if rest else ""
    first = line[: room // 4]
    return f"{_text(first)} … {begin - len(first):,} bytes cut … {_text(part)}{tail}"


def _context_before(window: Window, start: int) -> str:
    first = start
    for _ in range(CONTEXT):
        if first > 0:
            first = window.line_start(first - 1)
    return _context(window.data[first:start])


def _context_after(window: Window, end: int) -> str:
    last = end
    for _ in range(CONTEXT):
        last = window.line_end(last)
    return _context(window.data[end:last])


def _context(data: bytes) -> str:
    return "\n".join(_shown(line) for line in data.removesuffix(b"\n").split(b"\n")) if data else ""
