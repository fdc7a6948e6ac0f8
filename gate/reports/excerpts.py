"""Log lines as HTML: numbered, with their context dimmed, bounded in size, and unable to be anything but text."""

from __future__ import annotations

import re

import msgspec
from markupsafe import Markup

from gate.model import Finding, Place, cut_lines
from gate.reports.escape import lines
from gate.reports.links import Links
from gate.reports.markup import escaped, path

MAX_BYTES = 12_000
MAX_LINE = 1_000
ALSO = 20
"""Sibling files that are named."""


_TELLING = re.compile(r"\b(ERROR|FATAL|CRITICAL|Traceback|[A-Za-z_][\w.]{0,80}(?:Error|Exception))\b")


def evidence(finding: Finding, links: Links) -> Markup:
    """What a finding unfolds to: its excerpt, where it stands, and where the same entry does."""
    lines, wide = excerpt(finding), ' class="wide"' if finding.end_line > 99_990 else ""
    places = path(links.to(finding.path, finding.line, finding.end_line))
    if finding.also:
        shown = [path(links.to(*msgspec.structs.astuple(each))) for each in finding.also[:ALSO]]
        more = f" and {len(finding.also) - ALSO} more" if len(finding.also) > ALSO else ""
        places = Markup(f"{places}, the same entry in {', '.join(shown)}{more}")  # noqa: S704 - of escaped paths
    drawn = f"<pre{wide}>{lines}</pre>\n" if lines else ""
    return Markup(f'{drawn}<p class="also">in {places}</p>')  # noqa: S704 - of escaped parts


def excerpt(finding: Finding) -> Markup:
    """The entry between its context lines, each line in a <span> with its number; about MAX_BYTES at most."""
    before, after = lines(finding.before), lines(finding.after)
    event = lines(finding.excerpt)
    shown = [_context(line, finding.line - len(before) + i) for i, line in enumerate(before)]
    numbers = _numbers(event, finding.parts or (Place(finding.path, finding.line, finding.end_line),))
    shown += [_line(line, number) for line, number in zip(event, numbers, strict=True)]
    shown += [_context(line, finding.end_line + 1 + i) for i, line in enumerate(after)]
    return Markup("".join(_fitting(shown)))  # noqa: S704 - of escaped lines


def _numbers(event: list[str], parts: tuple[Place, ...]) -> list[str]:
    """A number for each line of an entry's text; "" for a cut, and for all but the first line if they do not add up."""
    standing = sum(max(0, part.end_line - part.line + 1) for part in parts)
    numbers: list[str] = []
    at = 0
    for line in event:
        cut = cut_lines(line) if line.startswith("…") else 0
        numbers.append("" if cut else _number(parts, at))
        at += cut or 1
    if at == standing:
        return numbers
    if len(event) == standing:  # a log that merely quotes such a cut
        return [_number(parts, i) for i in range(standing)]
    return [_number(parts, 0) if i == 0 else "" for i in range(len(event))]


def _number(parts: tuple[Place, ...], at: int) -> str:
    """The number in its file of an entry's line, which counts from 0; "" behind the last."""
    for part in parts:
        if part.line + at <= part.end_line:
            return str(part.line + at)
        at -= max(0, part.end_line - part.line + 1)
    return ""


def _line(line: str, number: str) -> str:
    return f'<span data-n="{number}">{_telling(line[:MAX_LINE])}{_line_end(line)}\n</span>'


def _context(line: str, number: int) -> str:
    return f'<span class="context" data-n="{number}">{escaped(line[:MAX_LINE])}{_line_end(line)}\n</span>'


def _telling(line: str) -> str:
    if not _may_tell(line):
        return escaped(line)
    if line.isascii() and line.isprintable():  # as it is but for escapes, which end no word and begin none
        return _TELLING.sub(_bold, escaped(line))
    parts = _TELLING.split(line)  # odd ones are the words that tell
    return "".join(f"<b>{escaped(part)}</b>" if i % 2 else escaped(part) for i, part in enumerate(parts))


def _bold(found: re.Match[str]) -> str:
    return f"<b>{found[1]}</b>"  # a template such as `<b>\1</b>` takes twice as long


def _may_tell(line: str) -> bool:
    """Whether the expression need be tried, which is slow; a loop over the words takes twice as long as this."""
    named = "Error" in line or "Exception" in line or "Traceback" in line
    return named or "ERROR" in line or "CRITICAL" in line or "FATAL" in line


def _line_end(line: str) -> str:
    rest = len(line) - MAX_LINE
    return f'<span class="unseen">… {rest:,} more characters</span>' if rest > 0 else ""


def _fitting(shown: list[str]) -> list[str]:
    """All lines, or as many first and (for what a traceback ends with) last ones as fit."""
    if sum(map(len, shown)) <= MAX_BYTES:
        return shown
    head = _prefix(shown, MAX_BYTES // 3)
    tail = _prefix(shown[: head - 1 : -1], MAX_BYTES - MAX_BYTES // 3)
    left_out = len(shown) - head - tail
    said = f"{left_out:,} lines" if left_out > 1 else "1 line"
    omitted = f'<span class="omitted">… {said} left out here; report.json has the whole entry …\n</span>'
    return [*shown[:head], *([omitted] if left_out > 0 else []), *shown[len(shown) - tail :]]


def _prefix(shown: list[str], room: int) -> int:
    """How many of the first lines fit into `room`, at least one if there is any."""
    for count, line in enumerate(shown):
        room -= len(line)
        if room < 0:
            return max(count, 1)
    return len(shown)
