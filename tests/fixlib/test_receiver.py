"""The Receiver: its three cases, its quotas, and what it does not believe."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from fixlib import (
    Ack,
    Chunk,
    End,
    Event,
    Frame,
    Heartbeat,
    Quota,
    QuotaReached,
    Receiver,
    Refusal,
    RefusalKind,
    Refused,
    Reply,
    Stored,
    StoreError,
    WriteFailed,
    decode_reply,
    encode,
)


class Setup:
    """A receiver in a folder of its own, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "stored"
        self.events: list[Event] = []
        self.receiver = Receiver(self.folder, emit=self.events.append)

    def send(self, frame: Frame, site: str = "site-1") -> Reply:
        return decode_reply(self.receiver.handle_message(site, encode(frame)))

    def chunk(self, offset: int, data: bytes, attempt: int = 1) -> Reply:
        return self.send(Chunk("log.txt", attempt, offset, data))

    def refusal(self, frame: Frame, site: str = "site-1") -> RefusalKind:
        reply = self.send(frame, site)
        assert isinstance(reply, Refusal)
        return reply.kind

    def restart(self, quota: Quota | None = None) -> None:
        self.receiver.close()
        self.receiver = Receiver(self.folder, quota=quota, emit=self.events.append)

    @property
    def file(self) -> Path:
        return self.folder / "site-1" / "log.txt"

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_three_cases(setup: Setup) -> None:
    """At its size: appended. Below: a duplicate, acknowledged. Above: refused, with the offset expected."""
    assert setup.chunk(0, b"one ") == Ack("log.txt", 1, 4)
    assert setup.chunk(0, b"one ") == Ack("log.txt", 1, 4)
    assert setup.chunk(2, b"e two") == Ack("log.txt", 1, 7)
    assert setup.chunk(0, b"one ") == Ack("log.txt", 1, 7)
    assert setup.chunk(8, b"x") == Refusal("log.txt", 1, RefusalKind.OFFSET, 7)
    assert setup.file.read_bytes() == b"one two"


def test_bytes_that_differ(setup: Setup) -> None:
    """A duplicate that is none is refused, and changes nothing."""
    setup.chunk(0, b"one ")
    assert setup.refusal(Chunk("log.txt", 1, 0, b"two three")) is RefusalKind.CONFLICT
    assert setup.file.read_bytes() == b"one "


def test_the_size_is_the_memory(setup: Setup) -> None:
    """Another receiver goes on where the last one ended."""
    setup.chunk(0, b"one ")
    setup.restart()
    assert setup.send(Heartbeat("log.txt", 1, 4)) == Ack("log.txt", 1, 4)
    assert setup.chunk(4, b"two") == Ack("log.txt", 1, 7)


def test_earlier_attempts_are_fenced(setup: Setup) -> None:
    """What an earlier attempt still has on its way is refused."""
    setup.chunk(0, b"one ", attempt=3)
    assert setup.chunk(4, b"two", attempt=2) == Refusal("log.txt", 2, RefusalKind.STALE, 3)
    assert setup.file.read_bytes() == b"one "


def test_end(setup: Setup) -> None:
    """Complete when the sizes are equal, once; then nothing more is taken but duplicates."""
    setup.chunk(0, b"one ")
    assert setup.send(End("log.txt", 1, 9)) == Refusal("log.txt", 1, RefusalKind.OFFSET, 4)
    assert setup.refusal(End("log.txt", 1, 3)) is RefusalKind.CONFLICT
    for _ in range(2):
        assert setup.send(End("log.txt", 1, 4, 1)) == Ack("log.txt", 1, 4, complete=True)
    assert setup.of(Stored) == [Stored("site-1", "log.txt", 4, 1)]
    assert setup.receiver.is_complete("site-1", "log.txt")
    assert setup.refusal(Chunk("log.txt", 1, 4, b"x")) is RefusalKind.CLOSED
    assert setup.chunk(0, b"one ") == Ack("log.txt", 1, 4)


def test_heartbeats_leave_no_trace(setup: Setup) -> None:
    """A heartbeat makes no file; one that knows more than is stored is refused."""
    assert setup.send(Heartbeat("log.txt", 1, 0)) == Ack("log.txt", 1, 0)
    assert setup.refusal(Heartbeat("log.txt", 1, 5)) is RefusalKind.OFFSET
    assert not setup.file.exists()


@pytest.mark.parametrize(
    ("quota", "which"),
    [(Quota(stream_bytes=6), "stream"), (Quota(site_bytes=6), "site"), (Quota(site_streams=1), "streams")],
)
def test_quotas(setup: Setup, quota: Quota, which: str) -> None:
    """Reaching a quota is one event and a refusal; what is stored stays; a restart does not forget what is used."""
    setup.chunk(0, b"one ")
    setup.restart(quota)
    frame = Chunk("other" if which == "streams" else "log.txt", 1, 0 if which == "streams" else 4, b"two")
    for _ in range(3):
        assert setup.refusal(frame) is RefusalKind.QUOTA
    assert [event.which for event in setup.of(QuotaReached) if isinstance(event, QuotaReached)] == [which]
    assert setup.file.read_bytes() == b"one "
    assert setup.chunk(4, b"!!", attempt=2) == Ack("log.txt", 2, 6)


def test_the_quota_of_a_site_is_for_all_its_streams(setup: Setup) -> None:
    """What several streams store counts together, as it is stored."""
    setup.restart(Quota(site_bytes=6))
    assert setup.send(Chunk("one", 1, 0, b"abc")) == Ack("one", 1, 3)
    assert setup.send(Chunk("two", 1, 0, b"abc")) == Ack("two", 1, 3)
    assert setup.refusal(Chunk("two", 1, 3, b"d")) is RefusalKind.QUOTA
    assert setup.send(Chunk("one", 1, 0, b"abc"), "site-2") == Ack("one", 1, 3)


def test_somebody_elses_file(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that belongs to another user is not written, and a directory that does is a StoreError."""
    setup.chunk(0, b"one")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert setup.refusal(Chunk("log.txt", 1, 3, b"x")) is RefusalKind.UNSAFE
    assert setup.file.read_bytes() == b"one"
    with pytest.raises(StoreError):
        setup.restart()


@pytest.mark.parametrize("name", ["..", "../x", "/etc/passwd", "a/b", ".", "x\0y", "-x", ".x"])
def test_names(setup: Setup, name: str) -> None:
    """No name of a stream or of a site leaves the directory."""
    assert setup.refusal(Chunk(name, 1, 0, b"x")) is RefusalKind.NAME
    assert setup.refusal(Chunk("log.txt", 1, 0, b"x"), site=name) is RefusalKind.NAME
    assert list(setup.folder.iterdir()) == []
    assert len(setup.of(Refused)) == 2


def test_identity_is_the_callers(setup: Setup) -> None:
    """Two sites with streams of one name have a file each; a frame has no field to say otherwise."""
    setup.send(Chunk("log.txt", 1, 0, b"one"), "site-1")
    setup.send(Chunk("log.txt", 1, 0, b"two"), "site-2")
    assert (setup.folder / "site-1/log.txt").read_bytes() == b"one"
    assert (setup.folder / "site-2/log.txt").read_bytes() == b"two"
    reply = decode_reply(
        setup.receiver.handle_message("site-1", encode(Chunk("log.txt", 1, 3, b"x")) | {"site": "site-2"})
    )
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.INVALID


def test_tight_permissions(tmp_path: Path) -> None:
    """Directories are 0700 and files 0600, whatever the umask says, and are made so if they are not."""
    umask = os.umask(0)
    try:
        setup = Setup(tmp_path)
        setup.chunk(0, b"one")
    finally:
        os.umask(umask)
    setup.file.chmod(0o666)
    setup.file.parent.chmod(0o777)
    setup.chunk(3, b"two")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (setup.folder, setup.file.parent, setup.file)]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("kind", ["link", "dangling", "hard link", "fifo", "folder"])
def test_what_stands_in_the_place(setup: Setup, tmp_path: Path, kind: str) -> None:
    """A link, a FIFO or a folder in a stream's place is refused, and what it points to is not touched."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    setup.file.parent.mkdir(parents=True)
    makers = {
        "link": lambda: setup.file.symlink_to(victim),
        "dangling": lambda: setup.file.symlink_to(tmp_path / "new"),
        "hard link": lambda: setup.file.hardlink_to(victim),
        "fifo": lambda: os.mkfifo(setup.file),
        "folder": setup.file.mkdir,
    }
    makers[kind]()
    assert setup.refusal(Chunk("log.txt", 1, 0, b"x")) is RefusalKind.UNSAFE
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "new").exists()
    assert len(setup.of(Refused)) == 1


def test_a_site_that_is_a_link(setup: Setup, tmp_path: Path) -> None:
    """A link in a site's place is refused as well."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (setup.folder / "site-1").symlink_to(elsewhere)
    assert setup.refusal(Chunk("log.txt", 1, 0, b"x")) is RefusalKind.UNSAFE
    assert list(elsewhere.iterdir()) == []


def test_directories_that_are_refused(tmp_path: Path) -> None:
    """A directory that is a link, a file, or writable by everyone is a StoreError."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    for name in ("link", "file", "open", "not/there"):
        with pytest.raises(StoreError):
            Receiver(tmp_path / name)


@pytest.mark.parametrize("message", [None, 7, {}, {"kind": "chunk"}, encode(Ack("log.txt", 1, 0))])
def test_junk(setup: Setup, message: object) -> None:
    """Junk is answered with a refusal, and nothing is raised."""
    reply = decode_reply(setup.receiver.handle_message("site-1", message))
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.INVALID


@pytest.mark.parametrize("name", ["x\n2026-11-22 10:00:00,000 - forged - ERROR - x", "\x1b[2J", "\u2028", "\r"])
@pytest.mark.parametrize("key", ["field", "stream", "kind", "site"])
def test_nobody_writes_lines_into_the_servers_log(setup: Setup, name: str, key: str) -> None:
    """Whatever a message calls its fields, its stream or its site: an event is one line, and printable."""
    message = encode(Chunk("log.txt", 1, 0, b"x"))
    message.update({name: 1} if key == "field" else {key: name} if key != "site" else {})
    setup.receiver.handle_message(name if key == "site" else "site-1", message)
    (event,) = setup.of(Refused)
    assert str(event).isprintable()


def test_a_full_disk(tmp_path: Path) -> None:
    """Half a chunk, then no space: refused, nothing of it is kept, one event; with space again all goes on."""
    left = [6]

    def write(file: int, data: bytes, at: int) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = os.pwrite(file, data[: left[0]], at)
        left[0] -= count
        return count

    events: list[Event] = []
    receiver = Receiver(tmp_path / "stored", emit=events.append, write=write)
    receiver.handle("site-1", Chunk("log.txt", 1, 0, b"one "))
    for _ in range(3):
        reply = receiver.handle("site-1", Chunk("log.txt", 1, 4, b"two three"))
        assert isinstance(reply, Refusal)
        assert reply.kind is RefusalKind.STORAGE
        assert receiver.path("site-1", "log.txt").read_bytes() == b"one "
    assert events == [WriteFailed("site-1", "log.txt", 4, "No space left on device")]
    left[0] = 9
    assert receiver.handle("site-1", Chunk("log.txt", 1, 4, b"two three")) == Ack("log.txt", 1, 13)
    assert receiver.path("site-1", "log.txt").read_bytes() == b"one two three"
    receiver.handle("site-1", Chunk("log.txt", 1, 13, b"!"))
    assert [event.offset for event in events if isinstance(event, WriteFailed)] == [4, 13]


def test_state_is_bounded(setup: Setup) -> None:
    """A site that sends ever new names leaves no more behind than its quota of streams."""
    setup.restart(Quota(site_streams=3))
    for number in range(50):
        setup.send(Heartbeat(f"beat-{number}", 1, 0))
        setup.send(Chunk(f"log-{number}", 1, 0, b"x"))
        setup.send(Chunk(f"late-{number}", 1, 7, b"x"))
    assert len(list((setup.folder / "site-1").iterdir())) == 3
    assert len(setup.receiver._attempts) == 3
    assert len(setup.receiver._said) <= 3
