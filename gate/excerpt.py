"""An event as people see it: its text decoded, cleaned, masked, cut in the middle when it is long; its context."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gate import clean
from gate.lines import Span, Unit
from gate.logformats import Record
from gate.model import Hit, LogEvent, Place, cut_mark
from gate.read import Found
from gate.window import Window

CONTEXT = 3
"""Lines of context before and after an event."""

EXCERPT_HEAD, EXCERPT_TAIL = 80, 40
"""Lines of a long event that its excerpt shows, from its beginning and from its end."""

SHOWN_RUNS = 12
"""Runs of lines that are named."""

MATCHED_BYTES = 400
LINE_BYTES = 4 << 10


class _Raw(NamedTuple):
    """A line of an event: its bytes, and where the match is in it (None in a line that was not looked for)."""

    data: bytes
    at: int | None = None


def build(window: Window, found: Found, hit: Hit, rules: tuple[str, ...], *, inner: bool) -> LogEvent:
    """The event of what was found; `inner`: as its writer wrote it, the carrier taken away."""
    if found.plain:
        return _line(window, found, hit, rules)
    spans = found.spans()
    start, end = spans[0][0], spans[-1][1]
    behind = _lines_behind(window, end)  # which may read on: only then is the view what it shows
    after = _context(window.data[end:behind])
    lines = _inner_lines(found.units, hit) if inner else _raw_lines(window, spans, hit)
    places = tuple(_places(window, spans)) if len(spans) > 1 else ()
    exception = found.trace.exception if found.trace else ""
    return LogEvent(
        line=window.line(start),
        end_line=window.line(max(start, end - 1)),
        text=clean.mask(_excerpt(lines)),
        before=clean.mask(_context(window.data[_lines_before(window, start) : start])),
        after=clean.mask(after),
        time=found.record.time,
        level=found.record.level,
        logger=found.record.logger,
        message=found.record.message,
        matched=clean.mask(exception) or _matched(lines, hit, found.record, first=hit.start == start),
        exception=exception.partition(":")[0],
        rules=rules,
        note=found.note,
        parts=places,
        frames=found.trace.frames if found.trace else (),
    )


def _line(window: Window, found: Found, hit: Hit, rules: tuple[str, ...]) -> LogEvent:
    """The event that is the hit's line alone, of which nothing needs to be taken away."""
    start, end, record = hit.start, hit.end, found.record
    first, behind = _lines_before(window, start), _lines_behind(window, end)
    data, line = window.data, window.line(start)
    mask = clean.mask if clean.may_hold_secrets(data[first:behind]) else str
    whole = end - start <= LINE_BYTES
    lines = [] if whole else _raw_lines(window, [(start, end)], hit)
    return LogEvent(
        line=line,
        end_line=line,
        text=mask(found.units[0].text if whole else _excerpt(lines)),
        before=mask(_context(data[first:start])),
        after=mask(_context(data[end:behind])),
        time=record.time,
        level=record.level,
        logger=record.logger,
        message=record.message,
        matched=record.message.split("\n", 1)[0].strip() if whole else _matched(lines, hit, record, first=True),
        rules=rules,
    )


def _places(window: Window, spans: list[Span]) -> list[Place]:
    return [Place("", window.line(start), window.line(max(start, end - 1))) for start, end in spans]


def noted(event: LogEvent) -> LogEvent:
    """The event with a note of which lines are its own, where others stand between."""
    if not event.parts:
        return event
    return msgspec.structs.replace(event, note="; ".join(filter(None, (event.note, _said_of(event.parts)))))


def _said_of(parts: tuple[Place, ...]) -> str:
    runs = [str(part.line) if part.line == part.end_line else f"{part.line}-{part.end_line}" for part in parts]
    if len(runs) > SHOWN_RUNS:
        runs = [*runs[: SHOWN_RUNS - 1], f"... ({len(parts)} runs)"]
    return f"lines {', '.join(runs)}; those between are another writer's"


# ---- its lines -------------------------------------------------------------------------------------------------------


_ALTERED = (b"\x1b", b"\r", b"\x9b")
"""Lines without any of these are shown as they stand."""


def _raw_lines(window: Window, spans: list[Span], hit: Hit) -> list[_Raw]:
    lines: list[_Raw] = []
    for start, end in spans:
        at = start
        for line in window.data[start:end].removesuffix(b"\n").split(b"\n"):
            lines.append(_Raw(line, hit.at - at if at <= hit.at <= at + len(line) else None))
            at += len(line) + 1
    return lines


def _inner_lines(units: list[Unit], hit: Hit) -> list[_Raw]:
    lines: list[_Raw] = []
    for unit in units:
        held = any(start <= hit.at < end for start, end in unit.spans)
        texts = unit.text.split("\n")
        lines += [
            _Raw(text.encode("utf-8", "backslashreplace"), 0 if held and not n else None)
            for n, text in enumerate(texts)
        ]
    return lines


def _matched(lines: list[_Raw], hit: Hit, head: Record, *, first: bool) -> str:
    """What names the event: its message, or the later line, or the part of a very long one, that a rule matched."""
    if first and hit.end - hit.start <= LINE_BYTES:
        return head.message.split("\n", 1)[0].strip()
    line = next((line for line in lines if line.at is not None), lines[0])
    return clean.mask(_shown(line.data.rstrip(b"\r\n"), line.at or 0, MATCHED_BYTES)).strip()


def _excerpt(lines: list[_Raw]) -> str:
    kept = lines
    if len(lines) > EXCERPT_HEAD + EXCERPT_TAIL:
        kept = lines[:EXCERPT_HEAD] + lines[-EXCERPT_TAIL:]
    shown = [_shown(line.data, line.at or 0) for line in kept]
    if len(lines) > len(kept):
        shown.insert(EXCERPT_HEAD, cut_mark(len(lines) - len(kept)))
    return "\n".join(shown)


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


def _text(data: bytes) -> str:
    return clean.strip_control(clean.decode(data)).rstrip("\r\n")


# ---- its context -----------------------------------------------------------------------------------------------------


def _lines_before(window: Window, start: int) -> int:
    for _ in range(CONTEXT):
        if start > 0:
            start = window.line_start(start - 1)
    return start


def _lines_behind(window: Window, end: int) -> int:
    for _ in range(CONTEXT):
        end = window.line_end(end)
    return end


def _context(data: bytes) -> str:
    if len(data) <= LINE_BYTES and not any(mark in data for mark in _ALTERED):
        try:
            return data.decode().removesuffix("\n")
        except UnicodeDecodeError:
            pass
    return "\n".join(_shown(line) for line in data.removesuffix(b"\n").split(b"\n")) if data else ""
