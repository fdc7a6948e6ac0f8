"""One open file of a log: reads on from where it stood, and notices when what it had read is no longer there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MARK = 256
"""Bytes at a file's begin, and before the place where reading goes on, that must stay as they were."""

BLOCK = 1 << 16
"""Bytes that are compared at once."""


@dataclass(frozen=True)
class Position:
    """A place in a file, and what tells that a file is this one: its inode, or else what stands before the place."""

    device: int
    inode: int
    offset: int
    head_size: int
    head_sha256: str
    mark_at: int
    mark_size: int
    mark_sha256: str


@dataclass(frozen=True)
class Loss:
    """Something was lost before a file; `size` is None where that is unknown and may be nothing."""

    size: int | None
    reason: str


class LogFile:
    """`offset` is where reading goes on, `end` (once known) where it ends, `loss` what was lost before this file.

    `largest` is the greatest size that the file is known to have had while it held what was read.
    """

    def __init__(self, fd: int, path: Path) -> None:
        status = os.fstat(fd)
        self.fd = fd
        self.path = path
        self.id = (status.st_dev, status.st_ino)
        self.offset = 0
        self.end: int | None = None
        self.loss: Loss | None = None
        self.largest = status.st_size
        self.head = self._mark = os.pread(fd, MARK, 0)
        self._mark_at = 0

    @staticmethod
    def open(path: Path) -> LogFile | None:
        """The regular file at `path`, or None. Raises OSError if it is there but cannot be read."""
        try:
            # A FIFO without a writer would block forever.
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return LogFile(fd, path)
        os.close(fd)
        return None

    def size(self) -> int:
        """The file's size now."""
        return os.fstat(self.fd).st_size

    def written_at(self) -> int:
        """When the file was last written, in nanoseconds of the file system's clock, which ticks less often."""
        return os.fstat(self.fd).st_mtime_ns

    @property
    def is_deleted(self) -> bool:
        """Whether the file has no name any more, in any folder."""
        return os.fstat(self.fd).st_nlink == 0

    @property
    def at_end(self) -> bool:
        """Whether the known end is reached."""
        return self.end is not None and self.offset >= self.end

    def read(self, size: int) -> bytes | None:
        """The next bytes, b"" at the end; None if the file no longer holds what was read from it."""
        if self.end is not None:
            size = max(0, min(size, self.end - self.offset))
        ahead, written = self.offset - self._mark_at, self.size()
        block = os.pread(self.fd, max(ahead + size, len(self._mark)), self._mark_at)
        if not block.startswith(self._mark) or len(block) < ahead:
            return None
        # After the block: the kernel reads page by page, and the file may be truncated and written anew between two.
        # And the begin, too: in the midst of a long line a mark alone can be like that of another.
        if os.pread(self.fd, len(self.head), 0) != self.head:
            return None
        self.largest = max(self.largest, written)
        data = block[ahead : ahead + size]
        self._move(block[: ahead + len(data)])
        return data

    def _move(self, block: bytes) -> None:
        """Stand behind `block`, which begins at the mark."""
        if self._mark_at == 0:
            self.head = block[:MARK] if len(block) > len(self.head) else self.head
        end = self._mark_at + len(block)
        if end > self.offset:
            self._mark_at, self._mark = max(self._mark_at, end - MARK), block[-MARK:]
            self.offset = end

    def go_to(self, offset: int) -> None:
        """Go on at another place; what stands before it there is what must stay."""
        self._mark_at = max(0, offset - MARK)
        self._mark = os.pread(self.fd, offset - self._mark_at or MARK, self._mark_at)
        # Where both are the same bytes, one read: between two the file may have been truncated and written anew.
        self.head = os.pread(self.fd, MARK, 0) if self._mark_at else self._mark
        self.offset = offset

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was ever seen in this file: then it cannot notice that something else stands there now."""
        return not self.head

    def forget(self) -> None:
        """Be untouched."""
        self.offset = self.largest = self._mark_at = 0
        self.head = self._mark = b""

    def kept(self) -> int:
        """After bytes before `offset` have changed: where new ones may begin, as far as that can be told.

        0 if the file begins with something else now. If it begins as before, it was cut somewhere behind its begin, and
        what is there still has been read: reading it twice would be worse than the loss, which is declared.
        """
        known = min(self.size(), self.offset)
        old = self.head[:known]
        new = os.pread(self.fd, len(old), 0)
        return known if new == old else old.rfind(b"\n", 0, _common(old, new)) + 1

    def position(self) -> Position:
        """The place where the next read goes on."""
        head, mark = sha256(self.head).hexdigest(), sha256(self._mark).hexdigest()
        return Position(*self.id, self.offset, len(self.head), head, self._mark_at, len(self._mark), mark)

    def holds(self, position: Position) -> bool:
        """Whether everything that the position knows of a file is true of this one."""
        return (
            self.size() >= position.offset
            and self.digest(position.head_size, 0) == position.head_sha256
            and self.digest(position.mark_size, position.mark_at) == position.mark_sha256
        )

    def is_begin_of(self, other: LogFile) -> bool:
        """Whether there is something in this file, and `other` begins with all of it."""
        at = 0
        while block := os.pread(self.fd, BLOCK, at):
            if os.pread(other.fd, len(block), at) != block:
                return False
            at += len(block)
        return at > 0

    def digest(self, size: int, at: int) -> str:
        """SHA-256 of some of the file's bytes, in hexadecimal."""
        return sha256(os.pread(self.fd, size, at)).hexdigest()

    def close(self) -> None:
        """Again is harmless."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)


def _common(one: bytes, other: bytes) -> int:
    """How many bytes are alike at the begin."""
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
