"""Streamed logs: the server's copy against the site's own file, byte for byte."""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from gate import clean
from gate.model import LogEvent, Rule, SiteLog, Stream, StreamReport, Struct, cut_mark

INCOMPLETE = Rule(
    id="stream-incomplete",
    pattern="",
    title="Streamed log is incomplete on the server",
    help="The server's copy of a site's log ends before the last line that had to arrive. What is missing can be read "
    "on the site's own disk only.",
)
DIFFERS = Rule(
    id="stream-differs",
    pattern="",
    title="Streamed log differs on the server",
    help="The server's copy of a site's log is no prefix of the site's file: bytes were lost, repeated or changed.",
)
RULES = (INCOMPLETE, DIFFERS)
_VERBS = {INCOMPLETE: "ends early", DIFFERS: "differs"}

_BLOCK = 1 << 20
_ALIGNED = 4 << 10
_EXCERPT_HEAD, _EXCERPT_TAIL = 12, 3
_LINE_BYTES = 1 << 10


class Compared(Struct, frozen=True):
    """What a comparison found; `event` is the part of the site's log that is missing or different, for a finding."""

    report: StreamReport
    event: tuple[SiteLog, LogEvent] | None = None


def compare(stream: Stream) -> Compared:
    """Compare the server's copy with the site's file. OSError where one of them cannot be read."""
    size, stored = sum(map(_size, stream.written)), _size(stream.stored)
    gone = _rotated_away(stream)
    same = gone + _common_bytes(stream, gone)
    required = None if stream.required is None else gone + stream.required
    if same < stored:
        rule, how, end = DIFFERS, "different", same + 1
    elif required is not None and stored < required:
        rule, how, end = INCOMPLETE, "missing", required
    else:
        return Compared(_report(stream, gone + size, stored, required))
    problem = f"{gone + size:,} written, {stored:,} stored, {how} from byte {same:,}"
    report = _report(stream, gone + size, stored, required, problem)
    return Compared(report, _event(stream, (same - gone, end - gone), rule, problem))


def _report(stream: Stream, written: int, stored: int, required: int | None, problem: str = "") -> StreamReport:
    path = stream.stored.path if stream.stored else ""
    return StreamReport(stream.name, path, written, stored, required, problem)


def _size(log: SiteLog | None) -> int:
    return Path(log.file).stat().st_size if log else 0


# ---- bytes -----------------------------------------------------------------------------------------------------------


def _rotated_away(stream: Stream) -> int:
    """How many bytes of the copy were written before the oldest file that the site still has."""
    if not stream.cut or not _size(stream.stored) or stream.stored is None:
        return 0
    with Path(stream.written[0].file).open("rb") as file:
        oldest = file.read(_ALIGNED)
    with Path(stream.stored.file).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as copy:
        return max(0, copy.find(oldest))


def _common_bytes(stream: Stream, start: int) -> int:
    """How many bytes of the copy, from `start` on, are those of the site's file."""
    if stream.stored is None:
        return 0
    same = 0
    with Path(stream.stored.file).open("rb") as copy:
        copy.seek(start)
        for block in _blocks(stream.written):
            received = copy.read(len(block))
            if received != block:
                unlike = (at for at, (a, b) in enumerate(zip(received, block, strict=False)) if a != b)
                return same + next(unlike, len(received))
            same += len(block)
    return same


def _blocks(logs: tuple[SiteLog, ...]) -> Iterator[bytes]:
    for log in logs:
        with Path(log.file).open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


# ---- the finding -----------------------------------------------------------------------------------------------------


def _event(stream: Stream, span: tuple[int, int], rule: Rule, problem: str) -> tuple[SiteLog, LogEvent]:
    """The lines of the site's file that hold the span's bytes, as far as they stand in one file."""
    log, start, end = _file_of(stream.written, *span)
    line, end_line, text = _lines(Path(log.file), start, end)
    title = (
        f"the server's copy of {stream.name} {_VERBS[rule]}" if stream.stored else f"the server has no {stream.name}"
    )
    return log, LogEvent(
        line=line,
        end_line=end_line,
        text=text,
        message=title,
        matched=title,
        rules=(rule.id,),
        note=f"{stream.site} {stream.name}: {problem}",
    )


def _file_of(logs: tuple[SiteLog, ...], start: int, end: int) -> tuple[SiteLog, int, int]:
    """The file in which the span begins; what lies behind the last one's end counts to its last line."""
    for log in logs[:-1]:
        if start < (size := _size(log)):
            return log, start, min(end, size)
        start, end = start - size, end - size
    last = max(0, _size(logs[-1]) - 1)
    return logs[-1], min(start, last), min(end, last + 1)


def _lines(path: Path, start: int, end: int) -> tuple[int, int, str]:
    """First and last line of `path` that hold the span, and their text: whole, or its beginning and end."""
    if not path.stat().st_size:
        return 1, 1, ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        first = _count_lines(data, 0, start) + 1
        head, tail, count = list[bytes](), deque[bytes](maxlen=_EXCERPT_TAIL), 0
        at = data.rfind(b"\n", 0, start) + 1
        while at < end:
            stop = data.find(b"\n", at)
            stop = len(data) if stop < 0 else stop
            (head if count < _EXCERPT_HEAD else tail).append(data[at : min(stop, at + _LINE_BYTES)])
            count, at = count + 1, stop + 1
    left_out = count - len(head) - len(tail)
    shown = [_text(line) for line in head] + [cut_mark(left_out)] * bool(left_out) + [_text(line) for line in tail]
    return first, first + max(0, count - 1), clean.mask("\n".join(shown))


def _count_lines(data: mmap.mmap, start: int, end: int) -> int:
    return sum(data[at : min(end, at + _BLOCK)].count(b"\n") for at in range(start, end, _BLOCK))


def _text(line: bytes) -> str:
    return clean.strip_control(clean.decode(line)).rstrip("\r")
