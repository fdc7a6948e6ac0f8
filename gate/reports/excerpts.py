"""Log lines as HTML: numbered, with their context dimmed, bounded in size, and unable to be anything but text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from gate.model import Finding, Place, cut_lines
from gate.reports.escape import lines, pieces

MAX_BYTES = 12_000
MAX_LINE = 1_000

_TELLING = re.compile(r"\b(ERROR|FATAL|CRITICAL|Traceback|[A-Za-z_][\w.]{0,80}(?:Error|Exception))\b")

_UNSEEN = Markup('<span class="unseen">{}</span>')
_BOLD = Markup("<b>{}</b>")
_LINE = Markup('<span{} data-n="{}">{}\n</span>')
_CONTEXT = Markup(' class="context"')
_OMITTED = Markup('<span class="omitted">… {} left out here; report.json has the whole entry …\n</span>')
_LINE_END = Markup('<span class="unseen">… {} more characters</span>')


def text(value: str) -> Markup:
    """Text for HTML; characters that cannot be seen are named and marked."""
    return Markup("").join(_UNSEEN.format(piece) if unseen else escape(piece) for piece, unseen in pieces(value))


def excerpt(finding: Finding) -> Markup:
    """The entry between its context lines, each line in a <span> with its number; about MAX_BYTES at most."""
    before, after = lines(finding.before), lines(finding.after)
    event = lines(finding.excerpt)
    numbers = [str(finding.line - len(before) + i) for i in range(len(before))]
    shown = [_line(line, number, context=True) for line, number in zip(before, numbers, strict=True)]
    event_numbers = _numbers(event, finding.parts or (Place(finding.path, finding.line, finding.end_line),))
    shown += [_line(line, number) for line, number in zip(event, event_numbers, strict=True)]
    shown += [_line(line, str(finding.end_line + 1 + i), context=True) for i, line in enumerate(after)]
    return Markup("").join(_fitting(shown))


def _numbers(event: list[str], parts: tuple[Place, ...]) -> list[str]:
    """A number for each line of an entry's text; "" for a cut, and for all but the first line if they do not add up."""
    standing = [str(number) for part in parts for number in range(part.line, part.end_line + 1)]
    numbers: list[str] = []
    at = 0
    for line in event:
        cut = cut_lines(line)
        numbers.append("" if cut or at >= len(standing) else standing[at])
        at += cut or 1
    if at == len(standing):
        return numbers
    if len(event) == len(standing):  # a log that merely quotes such a cut
        return standing
    return [standing[0] if i == 0 else "" for i in range(len(event))]


def _line(line: str, number: str, *, context: bool = False) -> Markup:
    return _LINE.format(_CONTEXT if context else "", number, _content(line, telling=not context))


def _content(line: str, *, telling: bool) -> Markup:
    rest = len(line) - MAX_LINE
    line = line[:MAX_LINE]
    if not telling:
        shown = text(line)
    else:
        parts = _TELLING.split(line)  # odd ones are the words that tell
        shown = Markup("").join(_BOLD.format(text(part)) if i % 2 else text(part) for i, part in enumerate(parts))
    return shown + _LINE_END.format(f"{rest:,}") if rest > 0 else shown


def _fitting(shown: list[Markup]) -> Iterable[Markup]:
    """All lines, or as many first and (for what a traceback ends with) last ones as fit."""
    if sum(map(len, shown)) <= MAX_BYTES:
        return shown
    head = _prefix(shown, MAX_BYTES // 3)
    tail = _prefix(shown[: head - 1 : -1], MAX_BYTES - MAX_BYTES // 3)
    left_out = len(shown) - head - tail
    omitted = [_OMITTED.format(f"{left_out:,} lines" if left_out > 1 else "1 line")] if left_out > 0 else []
    return [*shown[:head], *omitted, *shown[len(shown) - tail :]]


def _prefix(shown: list[Markup], room: int) -> int:
    """How many of the first lines fit into `room`, at least one if there is any."""
    for count, line in enumerate(shown):
        room -= len(line)
        if room < 0:
            return max(count, 1)
    return len(shown)
