"""The checker: a log that is written, rotated and destroyed, its targets, and what must be true at every moment.

A History keeps what was written in a list of bytes and compares it with what each receiver holds. It takes the package
to check as an argument, so that deliberately broken copies of fixlib can be checked as well.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import fixlib
import fixlib.testing

Lib = Any
"""A module like `fixlib` (or a broken copy of it), with `testing` in it."""

SITE = "site-1"
FAULTS = tuple(fixlib.testing.Fault)
LOSSLESS = (
    "write",
    "rotate",
    "copytruncate",
    "copytruncate_slowly",
    "rename_only",
    "write_then_rotate_unseen",
    "late_writer",
)
LOSSY = ("truncate", "cut", "delete", "rotate_out")


class Target:
    """A producer, its link and its receiver."""

    def __init__(
        self, lib: Lib, log: Path, folder: Path, choose: Callable[[], Any], during: Callable[[], None]
    ) -> None:
        self.lib, self.log, self.folder, self.during = lib, log, folder, during
        self.events: list[Any] = []
        self.link = lib.testing.LossyLink(self.handle, choose)
        self.stop_at: int | None = None
        self.start_receiver()
        self.start_producer(None)

    def start_receiver(self) -> None:
        self.receiver = self.lib.Receiver(self.folder, emit=self.events.append)

    def start_producer(self, checkpoint: Any) -> None:
        saved = None if checkpoint is None else json.loads(json.dumps(checkpoint.to_dict()))
        resumed = None if saved is None else self.lib.Checkpoint.from_dict(saved)
        self.tail = self.lib.LogTail(self.log, emit=self.events.append, checkpoint=resumed, stat=self.stat)
        self.producer = self.lib.Producer(
            "log.txt", self.tail, emit=self.events.append, chunk_size=64, jitter=lambda: 0.5
        )

    def handle(self, message: Any) -> Any:
        return self.receiver.handle_message(SITE, message)

    def stat(self, path: Path) -> os.stat_result:
        self.during()
        return path.stat()

    def stored(self) -> bytes:
        path = self.receiver.path(SITE, "log.txt")
        return path.read_bytes() if path.exists() else b""

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if type(event).__name__ == kind]


class History:
    """One log, some targets; every method is something that can happen."""

    def __init__(self, folder: Path, *, lib: Lib = fixlib, targets: int = 2, keep: int = 99) -> None:
        self.lib = lib
        self.path = folder / "log.txt"
        self.keep = keep
        self.written = bytearray()
        self.count = 0
        self.lossy = False
        self.now = 0.0
        self.next_fault: Any = lib.testing.Fault.NONE
        self.unseen: list[str] = []
        self.targets = [
            Target(lib, self.path, folder / f"target-{index}", lambda: self.next_fault, self.happen_unseen)
            for index in range(targets)
        ]

    # What happens to the log

    def line(self) -> bytes:
        self.count += 1
        return b"%06d %s\n" % (self.count, b"abcdefghij"[: self.count * 7 % 11] * (1 + self.count % 5))

    def append(self, path: Path) -> None:
        data = self.line()
        with path.open("ab") as file:
            file.write(data)
        self.written += data

    def write(self) -> None:
        self.append(self.path)

    def rename_only(self) -> None:
        """Rotate; the next write creates the new file."""
        if self.has_room() and self.path.exists():
            self.shift()

    def has_room(self) -> bool:
        """Everybody looks before a rotated file falls off the end."""
        if self.numbered(self.keep).exists():
            self.look_all()
        return True

    def shift(self) -> None:
        for number in range(self.keep, 0, -1):
            older = self.numbered(number)
            if older.exists():
                if number == self.keep:
                    older.unlink()
                    self.lossy = True
                else:
                    older.rename(self.numbered(number + 1))
        self.path.rename(self.numbered(1))

    def rotate(self) -> None:
        self.rename_only()
        self.path.touch()

    def copytruncate_slowly(self) -> None:
        """Everybody looks, or only some do, between the copy and the truncation."""
        self.happen_unseen()  # nothing else may come between
        self.copytruncate(self.targets[self.count % (len(self.targets) + 1) :])

    def copytruncate(self, looking: Iterable[Target] = ()) -> None:
        if not (self.has_room() and self.path.exists()):
            return
        data = self.path.read_bytes()
        inode = self.path.stat().st_ino
        self.shift()
        self.numbered(1).rename(self.path)
        self.numbered(1).write_bytes(data)
        for target in looking:
            self.step(target)
        os.truncate(self.path, 0)
        assert self.path.stat().st_ino == inode

    def late_writer(self) -> None:
        """logrotate with `create`: the writer goes on in the renamed file until it is told to reopen."""
        if self.has_room() and self.path.exists():
            self.shift()
            self.path.touch()
            self.append(self.numbered(1))

    def write_then_rotate_unseen(self) -> None:
        """At the moment when a tail looks at the log's place, behind its read: written, rotated and written again."""
        self.unseen = ["write", "rotate", "write"]

    def happen_unseen(self) -> None:
        names, self.unseen = self.unseen, []
        if self.numbered(self.keep).exists():
            return
        for name in names:
            getattr(self, name)()

    def truncate(self) -> None:
        """Without a trace, if nobody has read of the file: so everybody looks first."""
        if self.look_all():
            self.lossy = True
            os.truncate(self.path, 0)

    def cut(self) -> None:
        """Only some last lines are destroyed."""
        if self.look_all():
            self.lossy = True
            data = self.path.read_bytes()
            os.truncate(self.path, data.rfind(b"\n", 0, len(data) // 2) + 1)
            self.look_all()

    def delete(self) -> None:
        if self.look_all():
            self.lossy = True
            self.path.unlink()

    def rotate_out(self) -> None:
        """So many rotations between two looks that the oldest files are gone, and nobody has seen them."""
        self.write()
        self.look_all()
        self.lossy = True
        for _ in range(self.keep + 1):
            self.write()
            self.shift()

    def look_all(self) -> bool:
        for target in self.targets:
            for _ in range(100):
                self.now += 1
                if isinstance(self.step(target), (self.lib.Wait, self.lib.Done, self.lib.Failed)):
                    break  # what has ended would otherwise let the time of the others run out
        return self.path.exists()

    def numbered(self, number: int) -> Path:
        return self.path.with_name(f"log.txt.{number}")

    # What happens to the targets

    def step(self, target: Target, fault: str = "none") -> Any:
        self.next_fault = self.lib.testing.Fault(fault)
        self.now += 0.02
        given = self.lib.testing.step(target.producer, target.link, self.now)
        self.next_fault = self.lib.testing.Fault.NONE
        self.check(target)
        return given

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def restart_receiver(self, target: Target) -> None:
        target.receiver.close()
        target.start_receiver()

    def restart_producer(self, target: Target) -> None:
        """Another process goes on; messages of the old one may still be on their way."""
        if target.stop_at is None and not target.of("Failed"):
            checkpoint = target.producer.checkpoint()
            target.producer.close()
            target.start_producer(checkpoint)

    def stop(self, target: Target) -> None:
        self.happen_unseen()
        if target.stop_at is None:
            target.stop_at = len(self.written)
            target.producer.stop(self.now)

    def finish(self, target: Target) -> None:
        """With a good link and the writer still writing, the target comes to its end with everything in it."""
        self.stop(target)
        for _ in range(3000):
            if target.producer.state in ("done", "failed"):
                break
            self.step(target)
            self.now += 0.1
            if self.count % 3 == 0:
                self.append(self.path)
            self.count += 1
        assert not target.of("Failed"), target.of("Failed")
        assert target.producer.state == "done"
        assert target.of("Stored")
        self.check(target, complete=True)

    def close(self) -> None:
        for target in self.targets:
            target.producer.close()
            target.receiver.close()

    # What must be true

    def check(self, target: Target, *, complete: bool = False) -> None:
        stored, gaps = target.stored(), sorted({gap.offset for gap in target.of("Gap")})
        written = bytes(self.written if target.stop_at is None else self.written[: target.stop_at])
        if not self.lossy:
            assert not gaps, target.of("Gap")
            assert written[: len(stored)] == stored, "not a prefix of what was written"
            assert not complete or stored == written, f"{len(stored)} of {len(written)} bytes"
        else:
            check_segments(stored, gaps, written, complete)
        assert len(target.of("Failed")) <= 1


def check_segments(stored: bytes, gaps: list[int], written: bytes, complete: bool) -> None:
    """Between two declared gaps stands what was written, in order, once and whole."""
    edges = [0, *(gap for gap in gaps if gap <= len(stored)), len(stored)]
    place = 0
    for index, (start, end) in enumerate(itertools.pairwise(edges)):
        segment = stored[start:end]
        at = written.find(segment, place)
        assert at >= 0, f"bytes {start} to {end} are not what was written"
        assert at == place or index > 0, "something is missing before the first gap"
        place = at + len(segment)
    if complete and not (gaps and gaps[-1] >= len(stored)):
        assert written.endswith(stored[edges[-2] :]), "something is missing at the end"


def random_history(folder: Path, seed: int, *, lib: Lib = fixlib, lossy: bool = False, steps: int = 60) -> None:
    """A history by dice, always the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311
    history = History(folder, lib=lib, keep=4 if lossy else 99)
    rates = dice.choice((0.0, 0.2, 0.5))
    happenings = ("write", "write", "write", *(LOSSLESS + LOSSY if lossy else LOSSLESS))
    try:
        for _ in range(steps):
            target = dice.choice(history.targets)
            what = dice.random()
            if what < 0.4:
                getattr(history, dice.choice(happenings))()
            elif what < 0.9:
                fault = dice.choice(FAULTS).value if dice.random() < rates else "none"
                history.step(target, fault)
            elif what < 0.94:
                history.restart_receiver(target)
            elif what < 0.95 and not lossy:
                history.stop(target)
            elif what < 0.97 and not lossy:
                history.restart_producer(target)
            else:
                history.pass_time(dice.random() * 3)
        for target in history.targets:
            history.finish(target)
    finally:
        history.close()
