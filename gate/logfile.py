"""How a site log's bytes are opened: plain, compressed, inside archives, rotated: always read as UTF-8."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import select
import shutil
import stat
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import msgspec

from gate import archives
from gate.compressed import MAGICS, READ_ERRORS, SNIFFED, BadEvidence, peeled, problem
from gate.encoding import as_utf8, is_narrow, is_single_byte
from gate.model import GREW, LogStats, SiteLog
from gate.window import Stream, count_lines

__all__ = ["READ_ERRORS", "STDIN", "Chain", "binary_reason", "chain", "cut_reason", "opened", "problem", "sniff"]

STDIN = "\0stdin"
"""Stands where a file's path would, for standard input: no path can be equal to it."""

PACKED = 4
"""Times that a packed log is at least as large when it is unpacked, as a rule."""

PIPE_PATIENCE_S = 5.0
"""How long a named pipe may wait for somebody to write into it."""

_MAGICS = (
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"\x80\x04\x95", "a pickle"),
)
_NOT_READ = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet"),
    (b"\x04\x22\x4d\x18", "compressed by lz4"),
    (b"\x1f\x9d", "compressed by compress"),
    (b"LZIP\x01", "compressed by lzip"),
    (b"\x89LZO\0\r\n", "compressed by lzop"),
)
"""What may well hold logs, but is not opened."""

_CONTROL = bytes(byte for byte in range(1, 32) if byte not in b"\t\n\r\f\v\b\a\x1b")

_PACKED_NAME = re.compile(
    r".*?\.(gz|bz2|xz|zst|(?P<archive>zip|tar(\.\w+)?|t[gx]z|tbz2?|tzst))", re.IGNORECASE | re.DOTALL
)
_SAYS_LOG = re.compile(
    r"(?:.*[._-])?(?:log|txt|out|err|jsonl?|stdout|stderr)"
    r"(?:[._-][\dT._:-]+)*"  # rotations: app.log.1, app.log-20260101
    r"(?:\.(?:gz|bz2|xz|zst|old|bak))*",
    re.IGNORECASE | re.DOTALL,
)
_PROGRAM = "binary: a program"


@contextmanager
def opened(log: SiteLog) -> Iterator[Stream]:
    """A log's bytes, decompressed, as UTF-8 where a Unicode encoding can be told. Raises one of READ_ERRORS.

    What is damaged gives what can be read of it; its error is raised when the context is left.
    """
    with ExitStack() as stack:
        damaged: list[Exception] = []
        stream, start, layers = peeled(_raw(log, stack, damaged), stack, damaged)
        if reason := _unreadable(start, log, layers):
            raise BadEvidence(reason)
        yield as_utf8(stream, start)
        if damaged:
            raise damaged[0]


def sniff(log: SiteLog) -> bytes:
    """The first bytes of a log as `opened` gives them. Raises one of READ_ERRORS."""
    with opened(log) as stream:
        return stream.read1(SNIFFED)


def binary_reason(start: bytes, name: str) -> str:
    """Why bytes are no log text ("" when they may be), by magic numbers and by their share of control characters.

    A file whose name says log is judged though binary bytes stand in it, for text may follow; a program is none.
    """
    reason = _binary_reason(start)
    return "" if reason != _PROGRAM and _SAYS_LOG.fullmatch(name) else reason


def _binary_reason(start: bytes) -> str:
    for magic, kind in _MAGICS:
        if start.startswith(magic):
            return f"binary: {kind}"
    if kind := _not_read(start):
        return kind
    if not (text := start.replace(b"\0", b"")):
        return ""
    control = len(text) - len(text.translate(None, _CONTROL))
    if control / len(text) > 0.05 or ((len(start) - len(text)) / len(start) > 0.3 and start[:1] != b"\0"):
        return "binary: mostly bytes that are no text"
    return ""


def _not_read(start: bytes) -> str:
    return next((f"{kind}, which is not read" for magic, kind in _NOT_READ if start.startswith(magic)), "")


def _unreadable(start: bytes, log: SiteLog, layers: int) -> str:
    """Why a log's content cannot be reached, though its bytes can be read ("" when it can).

    A named file is never skipped as binary, but neither is what it packs in an unknown way a log without a finding.
    """
    if log.required and (kind := _not_read(start)):
        return f"is {kind}"
    if log.required and archives.kind(start):
        return "is an archive, which can be read from a file only"
    if layers or not start or not (named := _PACKED_NAME.fullmatch(log.name)):
        return ""
    cut = named["archive"] or any(magic.startswith(start) for magic in MAGICS)
    return "is damaged: it is not packed as its name says" if cut or _binary_reason(start) else ""


# ---- files -----------------------------------------------------------------------------------------------------------


def _raw(log: SiteLog, stack: ExitStack, damaged: list[Exception]) -> IO[bytes]:
    if log.file == STDIN:
        if sys.stdin is None:  # closed by who started us
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return sys.stdin.buffer
    if log.members:
        return stack.enter_context(archives.opened(log.file, log.members, damaged))
    path = Path(log.file)
    kind = stat.S_IFMT((status := path.stat()).st_mode)
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        raise BadEvidence("is a device, which is not read")
    if kind == stat.S_IFIFO:
        return stack.enter_context(_pipe(log.file))
    return cast(IO[bytes], _AsItWas(stack.enter_context(path.open("rb", buffering=0)), (path, status), damaged))


def _pipe(path: str) -> io.FileIO:
    """A named pipe, once somebody writes into it: without, opening it would wait for ever."""
    pipe = io.FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if not poll.poll(PIPE_PATIENCE_S * 1000) and pipe.read(1) is not None:  # None: a writer that has not written yet
        pipe.close()
        raise BadEvidence(f"is a pipe that nobody writes into (waited {PIPE_PATIENCE_S:g} s)")
    os.set_blocking(pipe.fileno(), True)
    return pipe


class _AsItWas(io.RawIOBase):
    """A regular file as long as it was when it was opened: one that grows is not followed for ever.

    Files of the kernel's say that they have no bytes, and have some; those that it has not got yet are not waited for.
    """

    def __init__(self, file: io.FileIO, found: tuple[Path, os.stat_result], damaged: list[Exception]) -> None:
        self._file, self._found, self._damaged = file, found, damaged
        self._before = os.fstat(file.fileno())
        self._read = 0
        self._ended = False
        if not self._before.st_size and os.name == "posix":
            os.set_blocking(file.fileno(), False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._before.st_size
        count = self._file.readinto(memoryview(buffer)[: size - self._read] if size else buffer) or 0
        if not size and count and os.fstat(self._file.fileno()).st_size:
            count = 0  # it was empty, and grew
        if not count and not self._ended:
            self._ended = True
            self._damaged += [BadEvidence(change) for change in (self.change(self._read),) if change]
        self._read += count
        return count

    def change(self, read: int) -> str:
        """What became of the file while so many bytes of it were read ("" if nothing)."""
        was, now = self._before, os.fstat(self._file.fileno())
        if read < was.st_size:
            return "shrank while it was read" if now.st_size < was.st_size else "ends before its size says"
        if now.st_size > was.st_size:
            return f"{GREW}: {now.st_size - was.st_size:,} bytes more are not judged"
        return self._gone()

    def line_start(self, place: int, reach: int) -> int | None:
        """The beginning of the first line behind a place; None where that is farther away."""
        found = os.pread(self._file.fileno(), reach, place - 1).find(b"\n") + 1
        return place - 1 + found if found else None

    def _gone(self) -> str:
        path, found = self._found
        try:
            there = path.stat()
        except OSError as error:
            return "was deleted while it was read" if error.errno == errno.ENOENT else ""
        changed = (there.st_size, there.st_mtime_ns) != (found.st_size, found.st_mtime_ns)
        return "was replaced while it was read" if changed and not os.path.samestat(there, found) else ""


# ---- parts of a large file -------------------------------------------------------------------------------------------


class Large:
    """A large file of text as it stands, which is read in parts, by several readers; it is held until all have read."""

    def __init__(self, path: str, stack: ExitStack) -> None:
        found = Path(path).stat()
        file = stack.enter_context(io.FileIO(path))
        self._file = _AsItWas(file, (Path(path), found), [])
        self.path, self.size, self.identity = path, found.st_size, (found.st_dev, found.st_ino)

    def problem(self) -> str:
        """What became of the file while it was read ("" if nothing)."""
        return self._file.change(self.size)

    def line_start(self, place: int, reach: int) -> int | None:
        """The beginning of the first line behind a place; None where that is farther away."""
        return self._file.line_start(place, reach)


def large(log: SiteLog, least: int, stack: ExitStack, *, unpack: bool) -> Large | None:
    """A log's file if it may be read in parts: of some size, and nothing but narrow text so far.

    Of a packed one it is a temporary file with what was in it, if there is room for it.
    """
    if not hasattr(os, "pread"):
        return None  # Windows cannot read at a place, nor open a temporary file twice
    if log.members or log.file == STDIN or not stat.S_ISREG((status := os.stat(log.file)).st_mode):  # noqa: PTH116
        return None
    if status.st_size < (least // PACKED if unpack else least):
        return None
    damaged: list[Exception] = []
    with ExitStack() as opened_here:
        stream, start, layers = peeled(_raw(log, opened_here, damaged), opened_here, damaged)
        if _unreadable(start, log, layers) or not is_narrow(start) or is_single_byte(start):
            return None
        if not layers:
            return Large(log.file, stack) if status.st_size >= least else None
        path = _unpacked(stream, stack) if unpack else ""
    return Large(path, stack) if path and not damaged and Path(path).stat().st_size >= least else None


def _unpacked(stream: io.BufferedReader, stack: ExitStack) -> str:
    """The path of a temporary file with a stream's bytes; "" where it would take more than half of the room."""
    try:
        made = tempfile.NamedTemporaryFile(prefix="loggate-", buffering=0)  # noqa: SIM115 - the stack closes it
        file = stack.enter_context(made)
        room = shutil.disk_usage(file.name).free // 2
        while (block := stream.read1(1 << 20)) and (room := room - len(block)) >= 0:
            file.write(block)
        if not block:
            return file.name
        file.truncate(0)
    except OSError:
        pass  # it is read as it stands: that says what is wrong
    return ""


class Cut:
    """The bytes of a large file from before `begin` on, with a stop at `end`: what is behind it comes when asked for.

    `base` is where they begin, at a line's beginning, `above` how many lines begin before `begin`; `start` has the
    first lines of the file. `line_ends` counts the lines that end before `end`, once that is reached. `problem` says
    why it cannot be read alone.
    """

    def __init__(self, file: io.FileIO, part: tuple[int, int], warm_up: int, sniffed: int) -> None:
        self._file = file
        self._at, self._end = part
        self.size = os.fstat(file.fileno()).st_size
        start = os.pread(file.fileno(), sniffed, 0)
        self.start = start[: start.rfind(b"\n") + 1]
        head = os.pread(file.fileno(), min(warm_up, self._at), max(0, self._at - warm_up))
        cut = head.find(b"\n") + 1 if self._at > warm_up else 0
        self._head = head[cut:]
        self.base, self.above = self._at - len(self._head), count_lines(self._head)
        self.line_ends = 0
        self.problem = "" if not self._at or self._head else "has a very long line"

    def read1(self, size: int, /) -> bytes:
        block, self._head = self._head, b""
        if not block:
            size = min(size, self._end - self._at) if self._at < self._end else size
            block = os.pread(self._file.fileno(), min(size, self.size - self._at), self._at)
            self.line_ends += count_lines(block) if self._at < self._end else 0
            self._at += len(block)
        if not self.problem and not is_narrow(block):
            self.problem = "is not all narrow text"
        return block

    @property
    def is_last(self) -> bool:
        return self._end >= self.size


@contextmanager
def cut(log: SiteLog, identity: tuple[int, int], part: tuple[int, int], warm_up: int, sniffed: int) -> Iterator[Cut]:
    """A part of a large file. Raises one of READ_ERRORS."""
    with Path(log.file).open("rb", buffering=0) as file:
        stream = Cut(file, part, warm_up, sniffed)
        status = os.fstat(file.fileno())
        if (status.st_dev, status.st_ino) != identity:
            stream.problem = "was replaced"
        yield stream
        if stream.size < part[1]:
            stream.problem = "shrank"


# ---- rotated logs ----------------------------------------------------------------------------------------------------


class _Start(NamedTuple):
    """A line of the whole stream, and the file and its line that it is; so are those below it, to the next start."""

    line: int
    file: int
    own: int


class Chain:
    """The files of one rotated log as one stream, the oldest first, each opened when its turn comes.

    A file that ends without a line end goes on in the next one, as its bytes do; but nothing goes on behind damage,
    nor in a line that begins as an entry does, like the last one.
    """

    def __init__(self, logs: Sequence[SiteLog]) -> None:
        self._logs, self._size = logs, 0
        self._stats = [LogStats() for _ in logs]
        self._line_ends, self._tail, self._broken = 0, b"", False
        self._starts = [_Start(1, 0, 1)]
        self._holes: list[int] = []
        self._blocks = self._read()

    def read1(self, size: int, /) -> bytes:
        self._size = size
        return next(self._blocks, b"")

    def place(self, line: int) -> tuple[int, int]:
        """The file, by its index, and the line within it, of a line of the stream that was read already."""
        start = self._starts[bisect_right(self._starts, line, key=lambda start: start.line) - 1]
        return start.file, start.own + line - start.line

    def places(self, line: int) -> list[tuple[int, int]]:
        """As `place`, and where the line goes on: in the first line of the next file, where a file ends within it."""
        cut = [(start.file, 1) for start in self._starts if start.line == line + 1 and start.own > 1]
        return [self.place(line), *cut]

    def stats(self) -> tuple[LogStats, ...]:
        """What was read of each file; the lines of a single one are not counted."""
        return tuple(self._stats)

    def holes(self) -> tuple[int, ...]:
        """The lines of the stream before which something is missing."""
        return tuple(self._holes)

    def close(self) -> None:
        self._blocks.close()

    def _read(self) -> Generator[bytes, None, None]:
        for index, log in enumerate(self._logs):
            try:
                with opened(log) as stream:
                    yield from self._alone(stream) if len(self._logs) == 1 else self._one_of_many(index, stream)
            except READ_ERRORS as error:
                self._stats[index] = msgspec.structs.replace(self._stats[index], problem=problem(error))
                self._broken = True

    def _alone(self, stream: Stream) -> Iterator[bytes]:
        size = 0
        while block := stream.read1(self._size):
            size += len(block)
            self._stats[0] = LogStats(size)
            yield block

    def _one_of_many(self, index: int, stream: Stream) -> Iterator[bytes]:
        self._stats[index] = LogStats(0, 0)
        block = _at_least(_HEAD, stream, self._size)
        yield from self._seam(index, block)
        size = lines = 0
        while block:
            ends = block.count(b"\n")
            self._line_ends += ends
            self._tail = (self._tail + block)[-_TAIL:]
            size, lines = size + len(block), lines + ends
            self._stats[index] = LogStats(size, lines + (not block.endswith(b"\n")))
            yield block
            block = stream.read1(self._size)

    def _seam(self, index: int, block: bytes) -> Iterator[bytes]:
        """The line end that is missing between the last file and this one, if one is."""
        open_line = bool(self._tail) and not self._tail.endswith(b"\n")
        if open_line and block and (self._broken or _both_begin(self._tail, block)):
            open_line, self._tail = False, b""
            self._line_ends += 1
            yield b"\n"
        if block:
            self._starts.append(_Start(self._line_ends + 1 + open_line, index, 1 + open_line))
            self._holes += [self._line_ends + 1] * self._broken
            self._broken = False


@contextmanager
def chain(logs: Sequence[SiteLog]) -> Iterator[Chain]:
    """The files of one rotated log, or a single one, as one stream. What is wrong with one is in its `stats`."""
    stream = Chain(logs)
    try:
        yield stream
    finally:
        stream.close()


def _at_least(wanted: int, stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < wanted and (block := stream.read1(size)):
        data += block
    return data


# ---- where entries are cut -------------------------------------------------------------------------------------------

_HEAD = 16
_TAIL = 4 << 10
_SHAPE = bytes.maketrans(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0" * 10 + b"a" * 52)
CUT = "ends in the middle of an entry"


def _both_begin(tail: bytes, block: bytes) -> bool:
    """Whether the last line and the next file's first one begin alike, with a time or as JSON."""
    last = tail.rpartition(b"\n")[2]
    if len(last) >= _TAIL:
        return False  # who knows how it begins
    first, second = last[:_HEAD].translate(_SHAPE), block[:_HEAD].translate(_SHAPE)
    size = min(len(first), len(second))
    if last.startswith(b'{"'):
        return size >= 6 and last[:6] == block[:6]
    return size >= 10 and first.count(b"0", 0, size) >= 4 and first[:size] == second[:size]


def cut_reason(end: bytes, earlier_line: bytes) -> str:
    """Why a log's last bytes show that it was cut in the middle of an entry ("" when nothing does).

    `end` begins anywhere; `earlier_line` is a line that begins an entry. A last line may lack its line end, and no
    more: it is cut where it ends inside a character, a JSON object or a number of an entry's time.
    """
    *before, last = end.split(b"\n")
    if not last:
        return ""
    whole = bool(before)
    in_head = whole and _in_time(last, earlier_line.rstrip(b"\r\n"))
    return CUT if _in_character(end) or (whole and _in_object(last, earlier_line)) or in_head else ""


def _in_character(end: bytes) -> bool:
    """Whether it ends inside a UTF-8 character, of a text that has others or with more than one byte of it."""
    text = end.lstrip(bytes(range(0x80, 0xC0)))  # the view may begin inside one
    try:
        text.decode()
    except UnicodeDecodeError as error:
        rest = len(text) - error.start
        return error.reason == "unexpected end of data" and (rest > 1 or not text[: error.start].isascii())
    return False


def _in_object(last: bytes, earlier_line: bytes) -> bool:
    """Whether it ends inside a JSON object, in a log with one on each line."""
    if not last.lstrip().startswith(b"{") or not _is_object(earlier_line):
        return False
    if any(found[1] != b'"' for found in _STRING.finditer(last)):
        return True
    plain = _STRING.sub(b"", last)
    return plain.count(b"{") > plain.count(b"}")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _in_time(last: bytes, earlier_line: bytes) -> bool:
    """Whether it is the beginning of a time like the earlier line's, up to inside a number or behind a sign."""
    if not (time := _TIME.match(earlier_line)) or not 4 <= len(last) < time.end():
        return False
    inside = last[-1:].isdigit() and earlier_line[len(last) : len(last) + 1].isdigit()
    alike = last.translate(_SHAPE) == earlier_line[: len(last)].translate(_SHAPE)
    return alike and (inside or last[-1:] in b"-:T.,/")


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*("|\\?\Z)', re.DOTALL)
_TIME = re.compile(rb"[\[(<]?(?:\d{2,4}[-/.]\d\d[-/.]\d{2,4}[T ]|[A-Z][a-z]{2} [ \d]\d )\d\d:\d\d:\d\d(?:[.,]\d+)?")
"""The time with which an entry begins: ISO 8601 and its like, and syslog's."""
