"""LogTail follows a growing log through every kind of rotation and yields one stream of bytes, in order and once."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat as modes
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

from .errors import CheckpointError
from .events import EventSink, Gap, Missing, ignore
from .logfile import LogFile, Loss, Position

MAX_OPEN = 32
"""Files that are held open while they wait to be read; further ones are found again by name."""

MAX_SEEN = 256
"""Finished files that are remembered."""

MAX_LATE = 2
"""Finished files that are watched for late writes."""

LOOKS = 10
"""Looks at a folder that is just being changed, before it is left for later or something missing is believed to be."""

GONE = "the followed file is gone from its folder: what was written to others between two looks is unknown"
MISSING_NUMBER = "a rotated file is missing between those that are there"
REWRITTEN = "the file was truncated or rewritten in place, and no copy of its unread part was found"
SHORT_COPY = "the file was written between its copy and its truncation"
LATE = "written to a file that had been rotated away and whose successor was already being written"
NOT_RESUMED = "the file that the checkpoint names is gone"


class Seen(NamedTuple):
    """A file that was read to its end."""

    device: int
    inode: int
    head_size: int
    head_sha256: str


@dataclass(frozen=True)
class Checkpoint:
    """Where a LogTail stood: `offset` bytes of the stream are before it. Plain data, without content of the log."""

    offset: int
    gaps: int
    position: Position | None
    seen: tuple[Seen, ...]

    def to_dict(self) -> dict[str, object]:
        """As a dict that JSON can hold."""
        seen = [list(each) for each in self.seen]
        position = None if self.position is None else asdict(self.position)
        return {"version": 1, "offset": self.offset, "gaps": self.gaps, "position": position, "seen": seen}

    @staticmethod
    def from_dict(saved: object) -> Checkpoint:
        """The reverse; raises CheckpointError."""
        match saved:
            case {"version": 1, "offset": int(offset), "gaps": int(gaps), "position": position, "seen": list(seen)}:
                return Checkpoint(offset, gaps, _position(position), tuple(_seen(each) for each in seen))
        raise CheckpointError("not a checkpoint of this version", hint="delete it to start anew")


def _position(saved: object) -> Position | None:
    if saved is None:
        return None
    known = {field.name: int if field.type == "int" else str for field in fields(Position)}
    if not isinstance(saved, dict) or {key: type(value) for key, value in saved.items()} != known:
        raise CheckpointError("position: not as it was saved")
    return Position(**saved)


def _seen(saved: object) -> Seen:
    match saved:
        case [int(device), int(inode), int(size), str(digest)]:
            return Seen(device, inode, size, digest)
    raise CheckpointError("seen: not as it was saved")


class _Entry(NamedTuple):
    """A file of the log in its folder; `number` is that of `log.txt.3`, 0 for the log itself, None for other names."""

    path: Path
    id: tuple[int, int]
    number: int | None


class LogTail:
    """Reads a log that others write, rotate, truncate or delete. Waits for nothing but the disk. POSIX.

    `path` need not exist yet. Rotated files are found beside it (`log.txt.1`, `log.txt.2026-11-22`, `log.txt.old`), but
    not compressed ones. `with_rotated` starts with those that are there already, the oldest first. `checkpoint` resumes
    where that was taken. What is lost is told to `emit` as Gap, in the order of reading. Not thread-safe.

    All raise OSError where a file that is there cannot be read; `read` and `stop` may be called again. `stat` is how
    the log's own place is looked at: a seam for tests that let something happen at that moment.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        emit: EventSink = ignore,
        checkpoint: Checkpoint | None = None,
        with_rotated: bool = False,
        stat: Callable[[Path], os.stat_result] = os.stat,
    ) -> None:
        self.path = Path(path)
        self._emit = emit
        self._stat = stat
        self._rotated = re.compile(re.escape(self.path.name) + r"[.-](?:(\d{1,3})|\d[\dT_.:-]*|old|prev)", re.ASCII)
        self._files: deque[LogFile] = deque()
        self._late: deque[LogFile] = deque()
        self._seen: deque[Seen] = deque(maxlen=MAX_SEEN)
        self._loss: Loss | None = None
        self._offset = self._gaps = self._doubts = 0
        self._stopped = False
        self._resume_at: Position | None = None
        if checkpoint:
            self._offset, self._gaps, self._resume_at = checkpoint.offset, checkpoint.gaps, checkpoint.position
            self._seen.extend(checkpoint.seen)
            with contextlib.suppress(BlockingIOError):
                self._resume()
        elif not with_rotated:
            self._skip_what_is_there()

    @property
    def offset(self) -> int:
        """Bytes of the stream that were read so far (with a checkpoint: including those before it)."""
        return self._offset

    @property
    def gaps(self) -> int:
        """How many Gap events this stream has had."""
        return self._gaps

    @property
    def finished(self) -> bool:
        """Whether everything written before `stop` has been read."""
        if not self._stopped or self._loss or len(self._files) > 1:
            return False
        return not self._files or (self._files[0].at_end and not self._files[0].loss)

    def read(self, size: int) -> bytes:
        """The next bytes of the stream, at most `size`; b"" when there are none now."""
        with contextlib.suppress(BlockingIOError):
            return self._read(size)
        return b""

    def _read(self, size: int) -> bytes:
        if not self._files:
            self._look()
        while self._files:
            first, data = self._files[0], self._read_first(size)
            if data is None:
                continue
            self._look(patient=bool(data))
            if not data:
                if self._files[0] is not first:
                    continue
                if not self._successor_has_begun():
                    self._report_at_end()
                    break
                # What was written between the read above and the look: the old file is finished before the new one.
                data = self._read_first(size, finishing=True)
            if data:
                self._offset += len(data)
                return data
            if data is not None:
                self._finish_first()
        return b""

    def stop(self) -> None:
        """From now on only what is already written will be read, in the rotated files too. Again is harmless."""
        if self._stopped:
            return
        for _ in range(2 * LOOKS):
            with contextlib.suppress(BlockingIOError):
                if self._look(everything=True) and all(map(self._is_intact, [*self._files])):
                    break
        else:
            raise BlockingIOError(errno.EAGAIN, "the log's folder changes all the time")
        for file in self._files:
            if file.is_untouched:
                file.go_to(0)
            file.end = file.size()
        self._stopped = True
        if not self._files and not self._loss:
            self._emit(Missing(str(self.path)))
        if not self._files:
            self._report_at_end()

    def checkpoint(self) -> Checkpoint:
        """Where the next `read` goes on."""
        position = self._files[0].position() if self._files else self._resume_at
        return Checkpoint(self._offset, self._gaps, position, tuple(self._seen))

    def close(self) -> None:
        """Close all files. Again is harmless."""
        _close_all((*self._files, *self._late))

    def _read_first(self, size: int, *, finishing: bool = False) -> bytes | None:
        """Bytes of the file that is followed; None if they are no longer there and something else took its place."""
        file = self._files[0]
        loss, file.loss = file.loss, None
        if loss:
            self._report(loss)
        if not self._is_known(file, even_empty=finishing):
            return None
        if file.is_untouched and not self._stopped:
            return b""  # what has come since cannot be told from what may have been copied and truncated before it
        data = file.read(size)
        if data is None:
            self._replace(file)
        return data

    def _successor_has_begun(self) -> bool:
        """A writer may go on in the renamed file until it opens the new one: an empty successor ends nothing."""
        waiting = list(self._files)[1:]
        return bool(waiting) and (self._stopped or any(file.size() for file in waiting))

    def _finish_first(self) -> None:
        file = self._files.popleft()
        self._remember(file)
        self._late.append(file)
        if len(self._late) > MAX_LATE:
            if not self._stopped:
                self._report_late_writes()
            self._late.popleft().close()

    def _report(self, loss: Loss) -> None:
        self._gaps += 1
        self._emit(Gap(str(self.path), self._offset, loss.size, loss.reason))

    def _report_at_end(self) -> None:
        """Nothing follows the loss, which would say it otherwise."""
        if self._stopped and self._loss:
            self._report(self._loss)
            self._loss = None

    def _report_late_writes(self) -> None:
        for file in self._late:
            late = file.size() - file.offset
            if late > 0:
                file.offset += late
                self._report(Loss(late, LATE))

    # What is there, and what of it is new

    def _look(self, *, everything: bool = False, patient: bool = False) -> bool:
        """Queue the files that came behind the last known one; False if the folder is just being changed.

        `everything`: however many they are. `patient`: what seems to be missing may wait for another look.
        """
        if self._stopped:
            return True
        self._report_late_writes()
        if len(self._files) >= MAX_OPEN and not everything:
            return True
        with contextlib.suppress(BlockingIOError):
            self._resume()
            for waiting in [*self._files][1:]:
                self._is_known(waiting, even_empty=True)
            if self._files and self._own_id() == self._files[-1].id:
                return True
            return self._queue_newer(self._list_settled(), patient)
        return False

    def _queue_newer(self, found: list[_Entry], patient: bool) -> bool:
        newer = found[_behind(found, {file.id for file in self._files}) :]
        if not self._files:
            return self._queue(self._unseen(newer, None), self._loss, patient)
        last = self._files[-1]
        own = [index for index, entry in enumerate(found) if entry.id == last.id]
        if not own:
            return self._queue_unproven(last, found, newer, patient)
        missing = _missing_number(found[own[-1] :])
        if missing and self._is_doubtful(patient):
            return False
        return self._queue(newer, self._loss or missing, patient)

    def _queue_unproven(self, last: LogFile, found: list[_Entry], newer: list[_Entry], patient: bool) -> bool:
        """The last known file is in its folder no more: nothing proves what followed it, unless a copy goes on."""
        copy = self._find(last.position(), found) if last is self._files[0] and last.head else None
        if copy:
            self._files[0] = copy
            last.close()
            return False
        if not last.is_deleted and self._is_doubtful(patient):
            return False
        return self._queue(self._unseen(newer, last), self._loss or Loss(None, GONE), patient)

    def _is_doubtful(self, patient: bool) -> bool:
        """A rotation is not done at once: for a moment a file seems to be missing, or to be there twice."""
        self._doubts += not patient
        return patient or self._doubts <= LOOKS

    def _queue(self, entries: list[_Entry], loss: Loss | None, patient: bool) -> bool:
        copied = _being_copied(entries)
        if copied:
            entries = [*entries[:-2], entries[-1]]
        elif copied is None and self._is_doubtful(patient):
            return False
        self._doubts = 0
        for entry in entries:
            file = _open(entry)
            file.loss, loss, self._loss = loss, None, None
            self._files.append(file)
        return True

    def _own_id(self) -> tuple[int, int] | None:
        try:
            status = self._stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return (status.st_dev, status.st_ino) if modes.S_ISREG(status.st_mode) else None

    def _list_settled(self) -> list[_Entry]:
        """The log's files, oldest first, twice alike: a rotation may rename one in the midst of a listing.

        Raises BlockingIOError if they never are.
        """
        found = self._list()
        for _ in range(LOOKS):
            before, found = found, self._list()
            if found == before:
                return found
        raise BlockingIOError(errno.EAGAIN, "the log's folder changes all the time")

    def _list(self) -> list[_Entry]:
        entries = sorted(self._list_rotated(), key=_age)
        own = self._own_id()
        return [*entries, _Entry(self.path, own, 0)] if own else entries

    def _list_rotated(self) -> Iterator[_Entry]:
        try:
            names = os.listdir(self.path.parent)  # noqa: PTH208 - iterdir is the same with a Path for every name
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            match = self._rotated.fullmatch(name)
            if match is None:
                continue
            try:
                status = (self.path.parent / name).stat()
            except FileNotFoundError:
                continue
            if modes.S_ISREG(status.st_mode):
                number = int(match[1]) if match[1] else None
                yield _Entry(self.path.parent / name, (status.st_dev, status.st_ino), number)

    def _skip_what_is_there(self) -> None:
        """What was rotated away before the start belongs to the past."""
        for entry in self._list_rotated():
            file = LogFile.open(entry.path)
            if file:
                self._remember(file)
                file.close()

    def _remember(self, file: LogFile) -> None:
        self._seen.append(Seen(*file.id, len(file.head), file.digest(len(file.head), 0)))

    def _unseen(self, entries: list[_Entry], last: LogFile | None) -> list[_Entry]:
        queued = {file.id for file in self._files}
        new = [entry for entry in entries if entry.id not in queued]
        return [entry for entry in new if entry.number == 0 or not self._was_read(entry, last)]

    def _was_read(self, entry: _Entry, last: LogFile | None) -> bool:
        """Whether a rotated file is one that was finished, or holds nothing but a copy of what was read of the last."""
        file = _open(entry)
        try:
            return self._is_seen(file) or (last is not None and (not file.head or _same_head(file.head, last.head)))
        finally:
            file.close()

    def _is_seen(self, file: LogFile) -> bool:
        """An inode number alone tells nothing: those of deleted files are given to new ones."""
        return any(
            (seen.device, seen.inode) == file.id
            and bool(seen.head_size) == bool(file.head)
            and file.digest(seen.head_size, 0) == seen.head_sha256
            for seen in self._seen
        )

    # When the bytes that were read are no longer there

    def _is_intact(self, file: LogFile) -> bool:
        """Whether reading the file can go on; if not, the queue is changed so that it can."""
        if not self._is_known(file, even_empty=True):
            return False
        intact = file.read(0) is not None
        if not intact:
            self._replace(file)
        return intact

    def _is_known(self, file: LogFile, *, even_empty: bool = False) -> bool:
        """A file that was empty may have been filled, copied and truncated since: then the copies come before it.

        What the file still begins with is a copy in the making: the file is read first, and the copy's rest later on.
        """
        if self._stopped or not file.is_untouched or not (file.size() or even_empty):
            return True
        file.go_to(0)  # before the look at the folder: what changes after that, the next read notices
        try:
            copies = self._copies_before(file)
        except BlockingIOError:
            file.forget()
            raise
        if copies:
            file.forget()  # what was seen in it may have been of one of the copies
            at = self._files.index(file)
            for copy in reversed(copies):
                self._files.insert(at, copy)
        return not copies

    def _copies_before(self, file: LogFile) -> list[LogFile]:
        copies: list[LogFile] = []
        try:
            for entry in self._unseen(self._between(file), None):
                copies.append(_open(entry))
        except BlockingIOError:
            _close_all(copies)
            raise
        new = [copy for copy in copies if copy.head and not copy.is_begin_of(file)]
        _close_all(copy for copy in copies if copy not in new)
        return new

    def _between(self, file: LogFile) -> list[_Entry]:
        """What stands in the folder between a queued file and those that go or went before it."""
        found = self._list_settled()
        own = next((index for index, entry in enumerate(found) if entry.id == file.id), 0)
        earlier = itertools.takewhile(lambda each: each is not file, self._files)
        return found[_behind(found, {each.id for each in (*self._late, *earlier)}) : own]

    def _replace(self, file: LogFile) -> None:
        """The file was truncated or rewritten in place: go on in a copy of it, or say what is lost."""
        found = self._list_settled()
        copy = self._find(file.position(), found) if file.head else None
        if copy:
            self._continue_in(copy, file)
        elif file.end is not None:
            file.loss = Loss(file.end - file.offset, REWRITTEN) if file.offset < file.end else None
            file.go_to(file.size())
            file.end = file.offset
        else:
            self._start_over(file, found)

    def _continue_in(self, copy: LogFile, file: LogFile) -> None:
        """Finish the copy first; the file then begins anew, or is done if it is new since the stop."""
        size, written = copy.size(), file.largest if file.end is None else file.end
        file.loss = Loss(written - size, SHORT_COPY) if size < written else None
        if file.end is not None:
            copy.end, file.end = min(file.end, size), 0
        file.forget()
        for queued in [each for each in self._files if each.id == copy.id]:
            self._files.remove(queued)
            queued.close()
        self._files.insert(self._files.index(file), copy)

    def _start_over(self, file: LogFile, found: list[_Entry]) -> None:
        """Copies of what was read, if any, are older than the place where reading stood: they are of no use."""
        loss = Loss(file.largest - file.offset if file.largest > file.offset else None, REWRITTEN)
        kept = file.kept()
        if kept:
            file.go_to(kept)
        else:
            self._remember_copies(file, found)
            file.forget()
        file.loss, file.largest = loss, kept

    def _remember_copies(self, file: LogFile, found: list[_Entry]) -> None:
        for entry in self._unseen(found, None):
            if entry.id == file.id:
                continue
            copy = _open(entry)
            if _same_head(copy.head, file.head):
                self._remember(copy)
            copy.close()

    def _find(self, position: Position, entries: list[_Entry]) -> LogFile | None:
        """The file that the position is of, or the newest other one that holds the same up to there, opened there."""
        own = [entry for entry in entries if entry.id == (position.device, position.inode)]
        others = [entry for entry in reversed(entries) if entry not in own] if position.head_size else []
        for entry in (*own, *others):
            file = _open(entry)
            if file.holds(position) and (entry in own or not self._is_seen(file)):
                if position.head_size:
                    file.go_to(position.offset)
                else:
                    file.forget()
                return file
            file.close()
        return None

    def _resume(self) -> None:
        """Find the checkpoint's place, once; a folder that is just being changed is looked at again later."""
        if self._resume_at is None:
            return
        file = self._find(self._resume_at, self._list_settled())
        self._resume_at = None
        if file:
            self._files.append(file)
        else:
            self._loss = Loss(None, NOT_RESUMED)


def _open(entry: _Entry) -> LogFile:
    """Raises BlockingIOError if another file has its name by now, or none: the folder is just being changed."""
    file = LogFile.open(entry.path)
    if file and file.id == entry.id:
        return file
    if file:
        file.close()
    raise BlockingIOError(errno.EAGAIN, "a file of the log was renamed just now")


def _being_copied(entries: list[_Entry]) -> bool | None:
    """Whether the log was copied, to be truncated the next moment; None: or else it was rotated, and began alike again.

    What is newer than the log's last line is no rotated file. Such a copy is found again when the log is truncated.
    """
    if len(entries) < 2 or entries[-1].number != 0:
        return False
    copy, file = _open(entries[-2]), _open(entries[-1])
    try:
        if not copy.is_begin_of(file):
            return False
        return True if copy.written_at() > file.written_at() else None
    finally:
        _close_all((copy, file))


def _close_all(files: Iterable[LogFile]) -> None:
    for file in files:
        file.close()


def _age(entry: _Entry) -> tuple[int, int, str]:
    """Oldest first: `log.txt.2` before `log.txt.1`; names with a date before those, in the order of their dates."""
    return (0, 0, entry.path.name) if entry.number is None else (1, -entry.number, "")


def _behind(entries: list[_Entry], ids: set[tuple[int, int]]) -> int:
    """The index behind the last entry that is one of these."""
    return max((index + 1 for index, entry in enumerate(entries) if entry.id in ids), default=0)


def _missing_number(entries: list[_Entry]) -> Loss | None:
    numbers = [entry.number for entry in entries if entry.number is not None]
    complete = all(older - newer == 1 for older, newer in itertools.pairwise(numbers))
    return None if complete else Loss(None, MISSING_NUMBER)


def _same_head(one: bytes, other: bytes) -> bool:
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
