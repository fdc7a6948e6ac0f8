"""The Receiver appends what sites stream to files of its own, in order and once, and believes nothing that they say."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import FrameError, InvalidName, StoreError
from .events import EventSink, QuotaReached, Refused, Stored, WriteFailed, ignore
from .frames import (
    Ack,
    Chunk,
    End,
    Frame,
    Heartbeat,
    Message,
    Refusal,
    RefusalKind,
    Reply,
    check_name,
    decode_frame,
    encode,
)

FOLLOW_NOTHING = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

DISHONEST = (RefusalKind.NAME, RefusalKind.UNSAFE, RefusalKind.CONFLICT, RefusalKind.CLOSED, RefusalKind.INVALID)
"""Refusals that deserve an event; the others happen on any bad day, or have their own."""


@dataclass(frozen=True)
class Quota:
    """The most that is stored: bytes of a stream, bytes of a site's files together, files of a site."""

    stream_bytes: int = 1 << 30
    site_bytes: int = 4 << 30
    site_streams: int = 64


@dataclass
class _Used:
    """What a site has stored."""

    size: int = 0
    streams: int = 0


class _No(Exception):
    """An answer on its way out."""

    def __init__(self, kind: RefusalKind, message: str = "", expected: int = 0) -> None:
        super().__init__(message)
        self.kind, self.message, self.expected = kind, message, expected


class Receiver:
    """Stores each stream as `directory/<site>/<stream>`, live: bytes are in the file before they are acknowledged.

    `site` is always what the caller has authenticated, never what a frame says. Every frame gets an answer; nothing is
    raised for what a site sends. A file's size is its memory: a new Receiver on the same directory goes on where the
    last one ended.

    `directory` is created with mode 0700 (its parent must exist); one that exists must be ours and not writable by
    everyone. Site directories are 0700, files 0600; links are never followed. Raises StoreError if `directory` cannot
    be used safely. `write` is os.pwrite: a seam for tests of full disks. Not thread-safe: hold a lock around each call.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        quota: Quota | None = None,
        emit: EventSink = ignore,
        write: Callable[[int, bytes, int], int] = os.pwrite,
    ) -> None:
        self.directory = Path(directory)
        self.quota = quota or Quota()
        self._emit = emit
        self._write = write
        self._attempts: dict[tuple[str, str], int] = {}
        self._complete: set[tuple[str, str]] = set()
        self._used: dict[str, _Used] = {}
        self._said: set[tuple[str, ...]] = set()
        self._root = _open_root(self.directory)

    def handle_message(self, site: str, message: object) -> Message:
        """`handle` for what came over the wire: decodes strictly, answers encoded."""
        try:
            frame = decode_frame(message)
        except FrameError as error:
            self._tell_refused(site, "", RefusalKind.INVALID, str(error))
            return encode(Refusal("", 0, RefusalKind.INVALID, message=str(error)))
        return encode(self.handle(site, frame))

    def handle(self, site: str, frame: Frame) -> Reply:
        """Store the frame and answer it."""
        try:
            return self._store(site, frame)
        except _No as no:
            self._tell_refused(site, frame.stream, no.kind, no.message)
            return Refusal(frame.stream, frame.attempt, no.kind, no.expected, no.message)
        except OSError as error:
            # Only the cause: the server's paths are none of the site's business.
            cause = error.strerror or type(error).__name__
            offset = getattr(frame, "offset", 0)
            self._tell_once(("write", site), WriteFailed(site, frame.stream, offset, cause))
            return Refusal(frame.stream, frame.attempt, RefusalKind.STORAGE, message=cause)

    def path(self, site: str, stream: str) -> Path:
        """Where the stream is stored, whether or not it has begun. Raises InvalidName."""
        return self.directory / check_name(site) / check_name(stream)

    def is_complete(self, site: str, stream: str) -> bool:
        """Whether its End has arrived at this Receiver."""
        return (site, stream) in self._complete

    def close(self) -> None:
        """Give the directory's handle back. Again is harmless."""
        root, self._root = self._root, -1
        if root >= 0:
            os.close(root)

    # The cases

    def _store(self, site: str, frame: Frame) -> Ack:
        try:
            check_name(site), check_name(frame.stream)
        except InvalidName as error:
            raise _No(RefusalKind.NAME, str(error)) from None
        with self._open_stream(site, frame) as file:
            self._fence(site, frame, file)
            size = os.fstat(file).st_size if file is not None else 0
            match frame:
                case Heartbeat():
                    return self._take_heartbeat(frame, size)
                case Chunk():
                    return self._take_chunk(site, frame, -1 if file is None else file, size)
                case End():
                    return self._take_end(site, frame, size)

    def _fence(self, site: str, frame: Frame, file: int | None) -> None:
        """Only the latest attempt may write: an earlier one may still have messages on their way."""
        in_force = self._attempts.get((site, frame.stream), 0)
        if frame.attempt < in_force:
            raise _No(RefusalKind.STALE, expected=in_force)
        if file is not None:
            self._attempts[site, frame.stream] = frame.attempt

    def _take_heartbeat(self, frame: Heartbeat, size: int) -> Ack:
        if frame.offset > size:
            raise _No(RefusalKind.OFFSET, expected=size)
        return Ack(frame.stream, frame.attempt, size)

    def _take_chunk(self, site: str, frame: Chunk, file: int, size: int) -> Ack:
        if frame.offset > size:
            raise _No(RefusalKind.OFFSET, expected=size)
        known, new = frame.data[: size - frame.offset], frame.data[size - frame.offset :]
        if os.pread(file, len(known), frame.offset) != known:
            raise _No(RefusalKind.CONFLICT, f"not what is stored at byte {frame.offset}")
        if new:
            self._check_open(site, frame, size + len(new), len(new))
            self._append(file, new, size)
            self._used[site].size += len(new)
            self._said.discard(("write", site))
        return Ack(frame.stream, frame.attempt, max(size, frame.end))

    def _check_open(self, site: str, frame: Chunk, size: int, more: int) -> None:
        if self.is_complete(site, frame.stream):
            raise _No(RefusalKind.CLOSED, "the stream is complete")
        if size > self.quota.stream_bytes:
            self._refuse_by_quota(site, frame.stream, "stream", self.quota.stream_bytes)
        if self._used[site].size + more > self.quota.site_bytes:
            self._refuse_by_quota(site, frame.stream, "site", self.quota.site_bytes)

    def _take_end(self, site: str, frame: End, size: int) -> Ack:
        if frame.size > size:
            raise _No(RefusalKind.OFFSET, expected=size)
        if frame.size < size:
            raise _No(RefusalKind.CONFLICT, f"{size} bytes are stored, {frame.size} were announced", size)
        if not self.is_complete(site, frame.stream):
            self._complete.add((site, frame.stream))
            self._emit(Stored(site, frame.stream, size, frame.gaps))
        return Ack(frame.stream, frame.attempt, size, complete=True)

    def _append(self, file: int, data: bytes, at: int) -> None:
        """All of it or nothing."""
        try:
            self._write_all(file, data, at)
        except OSError:
            os.ftruncate(file, at)
            raise

    def _write_all(self, file: int, data: bytes, at: int) -> None:
        while data:
            count = self._write(file, data, at)
            if count <= 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            data, at = data[count:], at + count

    # What is said

    def _refuse_by_quota(self, site: str, stream: str, which: str, quota: int) -> None:
        self._tell_once(("quota", site, stream if which != "streams" else ""), QuotaReached(site, stream, which, quota))
        raise _No(RefusalKind.QUOTA, f"{quota} for a {which}" if which != "streams" else f"{quota} streams for a site")

    def _tell_refused(self, site: str, stream: str, kind: RefusalKind, message: str) -> None:
        if kind in DISHONEST:
            self._tell_once(("refused", site, kind.value), Refused(site, stream, kind, message))

    def _tell_once(self, key: tuple[str, ...], event: QuotaReached | Refused | WriteFailed) -> None:
        if key not in self._said:
            self._said.add(key)
            self._emit(event)

    # Files, opened anew for each frame: nothing that happens to them between two frames goes unseen

    @contextlib.contextmanager
    def _open_stream(self, site: str, frame: Frame) -> Iterator[int | None]:
        """The stream's file; None if it is not there and the frame is not one to begin it with."""
        folder = self._open_site(site)
        try:
            file = self._open_or_create(folder, site, frame)
        finally:
            os.close(folder)
        try:
            yield file
        finally:
            if file is not None:
                os.close(file)

    def _open_site(self, site: str) -> int:
        with contextlib.suppress(FileExistsError):
            os.mkdir(site, 0o700, dir_fd=self._root)
        folder = _open_own(site, os.O_RDONLY | os.O_DIRECTORY, self._root)
        if stat.S_IMODE(os.fstat(folder).st_mode) != 0o700:
            os.fchmod(folder, 0o700)
        if site not in self._used:
            self._used[site] = _measure(folder)
        return folder

    def _open_or_create(self, folder: int, site: str, frame: Frame) -> int | None:
        try:
            file = _open_own(frame.stream, os.O_RDWR, folder)
        except FileNotFoundError:
            return self._create(folder, site, frame.stream) if _begins(frame) else None
        if stat.S_IMODE(os.fstat(file).st_mode) != 0o600:
            os.fchmod(file, 0o600)
        return file

    def _create(self, folder: int, site: str, stream: str) -> int:
        if self._used[site].streams >= self.quota.site_streams:
            self._refuse_by_quota(site, stream, "streams", self.quota.site_streams)
        file = os.open(stream, os.O_RDWR | os.O_CREAT | os.O_EXCL | FOLLOW_NOTHING, 0o600, dir_fd=folder)
        self._used[site].streams += 1
        return file


def _begins(frame: Frame) -> bool:
    """Whether the frame can be a stream's first, and leaves a file."""
    match frame:
        case Chunk():
            return frame.offset == 0
        case End():
            return frame.size == 0
    return False


def _open_own(name: str, flags: int, folder: int) -> int:
    """Open a file or directory that must be ours and nothing else; raises _No, or OSError."""
    try:
        opened = os.open(name, flags | FOLLOW_NOTHING, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.EMLINK):
            raise _No(RefusalKind.UNSAFE, "something else stands in its place") from None
        raise
    status = os.fstat(opened)
    is_one_file = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    if status.st_uid == os.geteuid() and (is_one_file or stat.S_ISDIR(status.st_mode)):
        return opened
    os.close(opened)
    raise _No(RefusalKind.UNSAFE, "what stands in its place is not the receiver's own file")


def _measure(folder: int) -> _Used:
    used = _Used()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                used.size += entry.stat(follow_symlinks=False).st_size
                used.streams += 1
    return used


def _open_root(directory: Path) -> int:
    try:
        with contextlib.suppress(FileExistsError):
            directory.mkdir(0o700)
        root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | FOLLOW_NOTHING)
    except OSError as error:
        raise StoreError(f"{directory}: {error.strerror}", hint="give a directory of its own, not a link") from error
    status = os.fstat(root)
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_IWOTH:
        return root
    os.close(root)
    raise StoreError(f"{directory}: not ours, or writable by everyone", hint="give a directory of its own")
