"""LogTail against each way in which a log can be rotated or destroyed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fixlib import Checkpoint, CheckpointError, Event, Gap, LogTail, Missing
from fixlib.logfile import LogFile


class Log:
    """A log, its tail and what the tail said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.txt"
        self.events: list[Event] = []
        self.tail = self.open()

    def open(self, checkpoint: Checkpoint | None = None, *, with_rotated: bool = False) -> LogTail:
        self.tail = LogTail(self.path, emit=self.events.append, checkpoint=checkpoint, with_rotated=with_rotated)
        return self.tail

    def write(self, data: bytes, path: Path | None = None) -> None:
        with (path or self.path).open("ab") as file:
            file.write(data)

    def rotate(self) -> None:
        for number in range(20, 0, -1):
            if self.numbered(number).exists():
                self.numbered(number).rename(self.numbered(number + 1))
        self.path.rename(self.numbered(1))

    def copytruncate(self) -> None:
        self.numbered(1).write_bytes(self.path.read_bytes())
        os.truncate(self.path, 0)

    def numbered(self, number: int) -> Path:
        return self.path.with_name(f"log.txt.{number}")

    def read(self) -> bytes:
        return b"".join(iter(lambda: self.tail.read(10), b""))

    @property
    def gaps(self) -> list[int | None]:
        return [event.size for event in self.events if isinstance(event, Gap)]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_not_there_yet(log: Log) -> None:
    """A log that is not there yet, nor its folder, is waited for."""
    log.path = log.path.parent / "later" / "log.txt"
    log.open()
    assert log.read() == b""
    log.path.parent.mkdir()
    log.write(b"one")
    assert log.read() == b"one"


def test_never_there(log: Log) -> None:
    """A log that never came is said at the stop."""
    log.tail.stop()
    assert log.events == [Missing(str(log.path))]
    assert log.tail.finished


def test_begun_and_rotated_before_the_first_look(log: Log) -> None:
    """What was rotated before the first look, but after the start, is read first."""
    for data in (b"one", b"two", b"three"):
        log.write(data)
        log.rotate()
    assert log.read() == b"onetwothree"
    assert log.gaps == []


@pytest.mark.parametrize(("with_rotated", "expected"), [(False, b"new"), (True, b"older old new")])
def test_rotated_before_the_start(log: Log, with_rotated: bool, expected: bytes) -> None:
    """What was rotated before the start is the past, unless it is asked for."""
    log.numbered(2).write_bytes(b"older ")
    log.numbered(1).write_bytes(b"old ")
    log.open(with_rotated=with_rotated)
    log.write(b"new")
    assert log.read() == expected


def test_several_rotations_between_two_looks(log: Log) -> None:
    """The unread rest, each rotated file and the new one, in order."""
    log.write(b"one ")
    assert log.tail.read(2) == b"on"
    for data in (b"two ", b"three ", b"four "):
        log.rotate()
        log.write(data)
    assert log.read() == b"e two three four "
    assert log.gaps == []


def test_rotated_by_date(log: Log) -> None:
    """Names with dates are followed in the order of their dates."""
    log.write(b"one ")
    log.read()
    for day, data in ((b"21", b"two "), (b"22", b"three ")):
        log.path.rename(f"{log.path}.2026-11-{day.decode()}")
        log.write(data)
    assert log.read() == b"two three "
    assert log.gaps == []


def test_writer_goes_on_in_the_renamed_file(log: Log) -> None:
    """The old file is followed until the new one has begun."""
    log.write(b"one ")
    log.read()
    log.rotate()
    log.path.touch()
    assert log.read() == b""
    log.write(b"two ", log.numbered(1))
    assert log.read() == b"two "
    log.write(b"three ")
    assert log.read() == b"three "


def test_late_write_is_a_gap(log: Log) -> None:
    """What is written to a rotated file after its successor was begun is declared, with its size."""
    log.write(b"one ")
    log.read()
    log.rotate()
    log.write(b"two ")
    log.read()
    log.write(b"late", log.numbered(1))
    log.write(b"three ")
    assert log.read() == b"three "
    assert log.gaps == [4]


def test_copytruncate_that_regrows(log: Log) -> None:
    """A log that was copied, truncated and has regrown past the old place: the rest from the copy, then the new."""
    log.write(b"first generation, ")
    assert log.tail.read(5) == b"first"
    log.copytruncate()
    log.write(b"second generation, and this one is longer")
    assert log.read() == b" generation, second generation, and this one is longer"
    assert log.gaps == []


@pytest.mark.parametrize("looks", [1, 30])
@pytest.mark.parametrize("begun", [False, True])
def test_a_copy_in_the_making(log: Log, begun: bool, looks: int) -> None:
    """Between copying and truncating a log stands in its folder twice, and is read once, however long that lasts."""
    if begun:
        log.path.touch()
        assert log.read() == b""
    log.write(b"one two ")
    log.numbered(1).write_bytes(b"one two ")
    if looks > 1:
        os.utime(log.path, (1, 1))
    for _ in range(looks):
        assert log.tail.read(4) in (b"", b"one ", b"two ")
    os.truncate(log.path, 0)
    log.write(b"three ")
    log.read()
    log.tail.stop()
    log.read()
    assert log.tail.offset == len(b"one two three ")
    assert log.gaps == []


def test_a_log_that_begins_alike_again(log: Log) -> None:
    """A log that was rotated, and whose next one begins with the same bytes, is no copy of that: both are read."""
    log.write(b"begin ")
    os.utime(log.path, (1, 1))
    log.rotate()
    log.write(b"begin end")
    assert b"".join(log.read() for _ in range(20)) == b"begin begin end"
    assert log.gaps == []


def meanwhile(log: Log, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Let something happen once, when a rotated file is about to be opened after the look at the folder."""
    happenings = [what]
    true_open = LogFile.open

    def opened(path: Path) -> LogFile | None:
        while happenings and path == log.numbered(1):
            happenings.pop()()
        return true_open(path)

    monkeypatch.setattr(LogFile, "open", staticmethod(opened))


@pytest.mark.parametrize("more", [False, True])
def test_a_rotation_between_look_and_open(log: Log, monkeypatch: pytest.MonkeyPatch, more: bool) -> None:
    """A file that is renamed, with or without another in its place, after it was seen and before it is opened."""
    log.path.touch()
    log.read()
    log.write(b"one ")
    log.copytruncate()
    log.write(b"two ")

    def happen() -> None:
        log.numbered(1).rename(log.numbered(2))
        if more:
            log.copytruncate()
            log.write(b"three ")

    meanwhile(log, monkeypatch, happen)
    assert b"".join(log.read() for _ in range(3)) == (b"one two three " if more else b"one two ")
    assert log.gaps == []


def test_more_rotated_files_than_are_remembered(log: Log) -> None:
    """However many files were rotated away: those that were read are not read again after a truncation."""
    for number in range(300):
        log.write(b"%03d " % number)
        log.read()
        log.path.rename(f"{log.path}.2026{number:04d}")
    log.write(b"one ")
    log.read()
    os.truncate(log.path, 0)
    log.write(b"two ")
    assert log.read() == b"two "
    assert log.gaps == [None]


def test_regrown_with_the_same_bytes_at_the_place(log: Log) -> None:
    """A place in the midst of a long line of equal bytes, which a later line has as well, is not mistaken."""
    log.write(b"one " + b"=" * 1000 + b"!\n")
    assert log.tail.read(500) == b"one " + b"=" * 496
    log.copytruncate()
    log.write(b"two " + b"=" * 2000)
    rest = b"".join(log.tail.read(5000) for _ in range(5))
    assert rest == b"=" * 504 + b"!\ntwo " + b"=" * 2000
    assert log.gaps == []


def test_truncated_while_its_copy_is_opened(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just seen in a log may by now be what its copy holds: it is read once, and then what follows."""
    log.path.touch()
    log.read()
    log.write(b"one ")
    log.numbered(1).write_bytes(b"one ")

    def truncate() -> None:
        os.truncate(log.path, 0)
        log.write(b"two ")

    meanwhile(log, monkeypatch, truncate)
    assert b"".join(log.read() for _ in range(3)) == b"one two "
    assert log.gaps == []


def test_a_whole_life_between_look_and_read(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty log that is filled, copied, truncated and filled again before its first read loses nothing."""
    log.path.touch()
    log.read()
    is_known, lives = LogTail._is_known, []

    def live(tail: LogTail, file: LogFile, *, even_empty: bool = False) -> bool:
        known = is_known(tail, file, even_empty=even_empty)
        if not lives:
            lives.append(log.write(b"one "))
            log.copytruncate()
            log.write(b"two ")
        return known

    monkeypatch.setattr(LogTail, "_is_known", live)
    assert b"".join(log.read() for _ in range(3)) == b"one two "
    assert log.gaps == []


def test_truncated_in_the_midst_of_a_read(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel gives a block page by page: a truncation between two of them does not mix old and new."""
    log.write(b"one " * 100)
    assert log.tail.read(40) == b"one " * 10
    pread, torn = os.pread, []

    def tear(fd: int, size: int, at: int) -> bytes:
        block = pread(fd, size, at)
        if len(block) > 100 and not torn:
            torn.append(log.copytruncate())
            log.write(b"two " * 200)
            return block[:60] + b"two " * 10
        return block

    monkeypatch.setattr(os, "pread", tear)
    rest = b"".join(log.tail.read(5000) for _ in range(5))
    assert torn
    assert rest == b"one " * 90 + b"two " * 200
    assert log.gaps == []


def test_truncation_is_a_gap(log: Log) -> None:
    """Without a copy the loss is declared: of a known size if that is known, else as unknown."""
    log.write(b"one")
    assert log.read() == b"one"
    os.truncate(log.path, 0)
    log.write(b"another one")
    assert log.tail.read(7) == b"another"
    os.truncate(log.path, 0)
    log.write(b"last")
    assert log.read() == b"last"
    assert log.gaps == [None, 4]


def test_rewritten_to_the_same_size(log: Log) -> None:
    """Other bytes at the same size do not go unnoticed."""
    log.write(b"one")
    assert log.read() == b"one"
    log.path.write_bytes(b"two")
    assert log.read() == b"two"
    assert log.gaps == [None]


def test_deletion_and_recreation(log: Log) -> None:
    """The deleted file is finished through its handle; that others may have come and gone is said."""
    log.write(b"one")
    assert log.tail.read(1) == b"o"
    log.write(b"!")
    log.path.unlink()
    log.write(b"two")
    assert log.read() == b"ne!two"
    assert log.gaps == [None]


def test_a_missing_number_is_a_gap(log: Log) -> None:
    """A rotated file that is missing between others is declared."""
    log.write(b"one ")
    log.read()
    for data in (b"two ", b"three ", b"four "):
        log.rotate()
        log.write(data)
    log.numbered(2).unlink()
    assert b"".join(log.read() for _ in range(20)) == b"three four "
    assert log.gaps == [None]


def test_a_rotation_in_the_making_is_no_gap(log: Log) -> None:
    """A rotation renames one file after the other; what seems to be missing meanwhile is waited for."""
    log.write(b"one ")
    log.read()
    for data in (b"two ", b"three ", b"four "):
        log.rotate()
        log.write(data)
    log.numbered(3).rename(log.numbered(4))
    log.numbered(2).rename(log.numbered(3))
    assert log.read() == b""
    log.numbered(1).rename(log.numbered(2))
    log.path.rename(log.numbered(1))
    assert log.read() == b"two three four "
    assert log.gaps == []


def test_a_folder_that_never_rests(log: Log) -> None:
    """While no two looks at the folder are alike, nothing is believed and nothing is lost."""
    log.write(b"one ")
    log.read()
    log.rotate()
    log.write(b"two ")
    looks = iter(range(10, 1000))
    restless = [True]

    def stat(path: Path) -> os.stat_result:
        if restless[0]:
            log.numbered(next(looks)).touch()
        return path.stat()

    log.tail._stat = stat
    assert log.read() == b""
    with pytest.raises(BlockingIOError):
        log.tail.stop()
    restless[0] = False
    assert log.read() == b"two "
    assert log.gaps == []


def test_a_file_replaced_by_a_copy(log: Log) -> None:
    """An editor that saves a copy under the old name changes the inode, and nothing else."""
    log.write(b"one ")
    log.read()
    copy = log.path.with_name("copy")
    copy.write_bytes(b"one two ")
    copy.replace(log.path)
    assert log.read() == b"two "
    assert log.gaps == []


def test_other_files_are_left_alone(log: Log) -> None:
    """Locks, compressed logs and logs of other names are no parts of this one."""
    log.write(b"one ")
    log.read()
    for name in ("log.txt.lock", "log.txt.1.gz", "log.txt2", "xlog.txt.1", "log.txt.tmp"):
        log.path.with_name(name).write_bytes(b"other")
    log.path.with_name("log.txt.7").mkdir()
    log.rotate()
    log.write(b"two ")
    assert log.read() == b"two "


def test_stop_takes_the_sizes_at_the_stop(log: Log) -> None:
    """What is written, rotated or deleted after the stop changes nothing of what is read."""
    log.write(b"one ")
    log.read()
    log.rotate()
    log.write(b"two ")
    log.tail.stop()
    log.write(b"more", log.numbered(1))
    log.write(b"more")
    log.rotate()
    log.write(b"more")
    log.numbered(1).unlink()
    assert log.read() == b"two "
    assert log.tail.finished
    assert log.gaps == []


def test_truncation_after_the_stop(log: Log) -> None:
    """The unread rest is taken from the copy; without one its loss has a size."""
    log.write(b"one two ")
    assert log.tail.read(4) == b"one "
    log.tail.stop()
    log.copytruncate()
    assert log.read() == b"two "
    log.open()
    log.write(b"three four ")
    assert log.tail.read(6) == b"three "
    log.tail.stop()
    os.truncate(log.path, 0)
    assert log.read() == b""
    assert log.tail.finished
    assert log.gaps == [5]


@pytest.mark.parametrize("meanwhile", ["nothing", "rotate", "copytruncate"])
def test_resume(log: Log, meanwhile: str) -> None:
    """A checkpoint survives JSON, and finds its place in whatever became of the file."""
    log.write(b"one two ")
    assert log.tail.read(4) == b"one "
    saved = Checkpoint.from_dict(json.loads(json.dumps(log.tail.checkpoint().to_dict())))
    log.tail.close()
    if meanwhile != "nothing":
        getattr(log, meanwhile)()
    log.write(b"three ")
    log.open(saved)
    assert log.read() == b"two three "
    assert log.tail.offset == 14
    assert log.gaps == []


def test_resume_in_a_truncated_log(log: Log) -> None:
    """What was read and rotated before the checkpoint is not read again, when the place itself tells nothing."""
    log.write(b"one ")
    log.read()
    log.rotate()
    log.write(b"two ")
    log.read()
    os.truncate(log.path, 0)
    assert log.read() == b""
    log.open(Checkpoint.from_dict(json.loads(json.dumps(log.tail.checkpoint().to_dict()))))
    log.write(b"three ")
    assert log.read() == b"three "
    assert log.gaps == [None]


def test_resume_in_a_folder_that_never_rests(log: Log) -> None:
    """A folder that changes all the time delays the resumption, and is no error."""
    log.write(b"one two ")
    assert log.tail.read(4) == b"one "
    saved = log.tail.checkpoint()
    looks = iter(range(10, 1000))
    restless = [True]

    def stat(path: Path) -> os.stat_result:
        if restless[0]:
            log.numbered(next(looks)).touch()
        return path.stat()

    log.tail = LogTail(log.path, emit=log.events.append, checkpoint=saved, stat=stat)
    assert log.read() == b""
    assert log.tail.checkpoint() == saved
    restless[0] = False
    assert log.read() == b"two "
    assert log.gaps == []


def test_resume_without_the_file(log: Log) -> None:
    """The checkpoint's file is gone: a gap, then what is there."""
    log.write(b"one ")
    log.read()
    saved = log.tail.checkpoint()
    log.path.unlink()
    log.write(b"two ")
    log.open(saved)
    assert log.read() == b"two "
    assert log.gaps == [None]


@pytest.mark.parametrize(
    "change", [None, 7, {}, {"version": 2}, {"position": {"inode": 1}}, {"seen": [[1]]}, {"offset": "1"}]
)
def test_a_checkpoint_that_is_none(log: Log, change: object) -> None:
    """What was not made by `to_dict` is a CheckpointError."""
    log.write(b"one")
    log.read()
    saved = log.tail.checkpoint().to_dict() | change if change and isinstance(change, dict) else change
    with pytest.raises(CheckpointError):
        Checkpoint.from_dict(saved)


def test_reads_are_bounded(log: Log) -> None:
    """However much is there, a read gives no more than was asked for."""
    log.write(b"x" * 5000)
    assert max(len(log.tail.read(1000)) for _ in range(6)) == 1000


def test_no_file(log: Log) -> None:
    """A FIFO or a folder in the log's place neither blocks nor is read."""
    os.mkfifo(log.path)
    assert log.read() == b""
    log.path.unlink()
    log.path.mkdir()
    assert log.read() == b""
