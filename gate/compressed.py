"""Compressed bytes, peeled layer by layer up to where they are damaged: logs and whole archives come so.

Formats are known by their first bytes (RFC 1952 gzip, RFC 8878 Zstandard, the xz and bzip2 file formats).
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib
from contextlib import ExitStack
from typing import IO, Any, cast

gzip: Any
GzipError: type[Exception] = zlib.error
try:
    from isal import igzip as gzip
    from isal import isal_zlib

    GzipError = cast(type[Exception], isal_zlib.error)
except ImportError:  # no wheel for this platform: the same bytes, slower
    import gzip

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class BadEvidence(Exception):
    """Why something cannot be read or is not whole, in words that follow its name."""


READ_ERRORS: tuple[type[Exception], ...] = (
    BadEvidence,
    OSError,
    EOFError,
    zlib.error,
    GzipError,
    lzma.LZMAError,
    zstd.ZstdError,
    zipfile.BadZipFile,
    RuntimeError,
)
"""What reading damaged evidence raises (RuntimeError: a zip member's compression that is not known)."""

LET_THROUGH: tuple[type[Exception], ...] = (
    *(tarfile.TarError, struct.error, ValueError, LookupError, ArithmeticError),
    *(TypeError, AttributeError, AssertionError, MemoryError),
)
"""What the libraries raise besides, or let through when bytes are not what they expect; never let out of here."""


def problem(error: BaseException) -> str:
    """What is wrong with a log or an archive, in words that follow its name."""
    if isinstance(error, BadEvidence):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, EOFError):
        return "is cut short: its compressed data ends too early"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"is damaged: {error}"


SNIFFED = 8 << 10
LAYERS = 4
"""Compressions around each other; more are made to hold the reader up."""

_ENOUGH = 512
_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"\x28\xb5\x2f\xfd": zstd.open,
}
MAGICS = tuple(_OPENERS)


def peeled(stream: IO[bytes], stack: ExitStack, damaged: list[Exception]) -> tuple[io.BufferedReader, bytes, int]:
    """What a stream holds below its compressions, its first bytes, and how many compressions there are.

    Raises one of READ_ERRORS. What is damaged gives what can be read of it; its error goes into `damaged`.
    """
    for layers in range(LAYERS + 1):
        buffered: Any = stream
        if not hasattr(stream, "peek"):
            buffered = stack.enter_context(io.BufferedReader(cast(io.RawIOBase, stream)))
        start = buffered.peek(SNIFFED)[:SNIFFED]
        opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
        if opener is None or _is_text(start):
            return buffered, start, layers
        stream = cast(IO[bytes], ToTheDamage(stack.enter_context(opener(buffered, "rb")), damaged))
    raise BadEvidence(f"is compressed more than {LAYERS} times")


def _is_text(start: bytes) -> bool:
    """Whether `BZh` is how a word begins: bzip2 goes on with a digit and a block's or the end's mark."""
    marks = (b"1AY&SY", b"\x17rE8P\x90")
    return start.startswith(b"BZh") and not any(mark.startswith(start[4:10]) for mark in marks)


class ToTheDamage(io.RawIOBase):
    """A stream's bytes up to where they are damaged, which is then its end."""

    def __init__(self, stream: Any, damaged: list[Exception]) -> None:
        self._stream = stream
        self._damaged = damaged
        self._begun = self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes; at first enough of them to know what they are."""
        count, enough = 0, 1 if self._begun else min(_ENOUGH, len(buffer))
        self._begun = True
        while count < enough and (part := self._part(len(buffer) - count)):
            buffer[count : count + len(part)] = part
            count += len(part)
        return count

    def _part(self, size: int) -> bytes:
        if self._ended:
            return b""
        try:
            return cast(bytes, self._stream.read1(size))
        except READ_ERRORS as error:
            self._damaged.append(error)
        except LET_THROUGH as error:
            self._damaged.append(BadEvidence(f"is damaged: {error}"))
        self._ended = True
        return b""
