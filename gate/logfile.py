"""How a site log's bytes are opened: plain, compressed, inside an archive, in UTF-16: always read as UTF-8."""

from __future__ import annotations

import bz2
import codecs
import errno
import gzip
import io
import lzma
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from gate.model import SiteLog
from gate.window import Stream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, zipfile.BadZipFile, RuntimeError)
"""What reading damaged evidence raises (RuntimeError: an encrypted zip member)."""

STDIN = "\0stdin"
"""Stands where a file's path would, for standard input: no path can be equal to it."""

SNIFFED = 8 << 10
ZIP = b"PK\x03\x04"

_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"\x28\xb5\x2f\xfd": zstd.open,
}
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
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x80\x04\x95", "a pickle"),
    (b"PK\x05\x06", "an empty zip archive"),
)
_SAYS_LOG = re.compile(
    r"(?:.*[._-])?(?:log|txt|out|err|jsonl?|stdout|stderr)"
    r"(?:[._-][\dT._:-]+)*"  # rotations: app.log.1, app.log-20260101
    r"(?:\.(?:gz|bz2|xz|zst|old|bak))*",
    re.IGNORECASE | re.DOTALL,
)
_PROGRAM = "binary: a program"
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def opened(log: SiteLog) -> Iterator[Stream]:
    """A log's bytes, decompressed, as UTF-8 where a Unicode encoding can be told. Raises one of READ_ERRORS.

    A damaged archive gives what can be read of it; its error is raised when the context is left.
    """
    with ExitStack() as stack:
        damaged: list[Exception] = []
        yield _through_layers(_raw(log, stack, damaged), stack, damaged)
        if damaged:
            raise damaged[0]


def sniff(log: SiteLog) -> bytes:
    """The first bytes of a log as `opened` gives them. Raises one of READ_ERRORS."""
    with opened(log) as stream:
        return stream.read1(SNIFFED)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(len(ZIP)) == ZIP


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
    if start[257:262] == b"ustar":
        return "a tar archive, which is not read"
    if not (text := start.replace(b"\0", b"")):
        return ""
    control = sum(start.count(byte) for byte in range(1, 32) if byte not in b"\t\n\r\f\v\b\a\x1b")
    if control / len(text) > 0.05 or ((len(start) - len(text)) / len(start) > 0.3 and start[:1] != b"\0"):
        return "binary: mostly bytes that are no text"
    return ""


def problem(error: BaseException) -> str:
    """What is wrong with a log, in words that follow its name."""
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, _Shrunk):
        return "shrank while it was read"
    if isinstance(error, EOFError):
        return "is cut short: its compressed data ends too early"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"is damaged: {error}"


def _raw(log: SiteLog, stack: ExitStack, damaged: list[Exception]) -> IO[bytes]:
    if log.file == STDIN:
        if sys.stdin is None:  # closed by who started us
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return sys.stdin.buffer
    if log.members:
        archive = stack.enter_context(zipfile.ZipFile(log.file))
        return stack.enter_context(archive.open(log.members[0]))
    return _as_it_was(stack.enter_context(Path(log.file).open("rb", buffering=0)), damaged)


def _as_it_was(file: io.FileIO, damaged: list[Exception]) -> IO[bytes]:
    status = os.fstat(file.fileno())
    return cast(IO[bytes], _AsItWas(file, status.st_size, damaged) if stat.S_ISREG(status.st_mode) else file)


class _Shrunk(OSError):
    """A file gave fewer bytes than it had when it was opened."""


class _AsItWas(io.RawIOBase):
    """A regular file as long as it was when it was opened: one that grows is not followed for ever."""

    def __init__(self, file: io.FileIO, size: int, damaged: list[Exception]) -> None:
        self._file = file
        self._left = size
        self._damaged = damaged

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        if self._left and not count:
            self._damaged.append(_Shrunk())
            self._left = 0
        self._left -= count
        return count


def _through_layers(stream: IO[bytes], stack: ExitStack, damaged: list[Exception]) -> Stream:
    while True:
        buffered: Any = stream if hasattr(stream, "peek") else io.BufferedReader(cast(io.RawIOBase, stream))
        start = buffered.peek(SNIFFED)[:SNIFFED]
        opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
        if opener is None:
            return _as_utf8(buffered, start)
        stream = cast(IO[bytes], _ToTheDamage(stack.enter_context(opener(buffered, "rb")), damaged))


class _ToTheDamage(io.RawIOBase):
    """Decompressed bytes up to where an archive is damaged, which is then its end."""

    def __init__(self, stream: Any, damaged: list[Exception]) -> None:
        self._stream = stream
        self._damaged = damaged

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._damaged:
            return 0
        try:
            part = self._stream.read1(len(buffer))
        except READ_ERRORS as error:
            self._damaged.append(error)
            return 0
        buffer[: len(part)] = part
        return len(part)


def _as_utf8(stream: io.BufferedReader, start: bytes) -> Stream:
    if encoding := _unicode_encoding(start):
        return _Utf8(stream, encoding)
    if start.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))  # else the first line would not look like an entry's
    return cast(Stream, stream)


def _unicode_encoding(start: bytes) -> str:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    even, odd = start[::2], start[1::2]
    if len(start) >= 16:
        if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le"
        if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be"
    return ""


class _Utf8:
    """A stream of another Unicode encoding, read as UTF-8."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="backslashreplace")

    def read1(self, size: int) -> bytes:
        while block := self._stream.read1(size):
            if text := self._decoder.decode(block):
                return text.encode("utf-8", "backslashreplace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "backslashreplace")
