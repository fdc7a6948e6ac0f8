"""Watch on real files of this machine."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixlib.flare import watch
from fixlib.flare.watch import Watch

LONG_S = 30.0
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs inotify")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.txt"
    path.write_bytes(b"begin\n")
    return path


@pytest.fixture
def watched(log: Path) -> Iterator[Watch]:
    found = Watch(log)
    assert found.wait(0.0)  # what stands there is new to it
    yield found
    found.close()


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def test_time_passes_when_nothing_is_written(watched: Watch) -> None:
    """Without a word the wait takes its time, and says that there was none."""
    began = time.monotonic()
    assert not watched.wait(0.05, quiet_s=0.02)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("quiet_s", [0.0, 0.01], ids=["at once", "after the quiet"])
def test_a_write_ends_the_wait(watched: Watch, log: Path, quiet_s: float) -> None:
    """What was written before the wait, or is during it, is told; once."""
    append(log)
    assert watched.wait(LONG_S, quiet_s=quiet_s)
    threading.Timer(0.02, append, [log]).start()
    assert watched.wait(LONG_S, quiet_s=quiet_s)
    assert not watched.wait(0.0)


def test_nobody_asks_during_the_quiet(watched: Watch, log: Path) -> None:
    """A write within the quiet is told after it."""
    append(log)
    began = time.monotonic()
    assert watched.wait(LONG_S, quiet_s=0.05)
    assert time.monotonic() - began >= 0.05


def test_rotation_is_told(watched: Watch, log: Path) -> None:
    """A rename, the file that takes the place, writes to it, and writes to the renamed one."""
    log.rename(log.with_name("log.txt.1"))
    assert watched.wait(LONG_S)
    append(log)
    assert watched.wait(LONG_S)
    append(log)
    assert watched.wait(LONG_S)
    append(log.with_name("log.txt.1"))
    assert watched.wait(LONG_S)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["deleted", "truncated"])
def test_deletion_and_truncation_are_told(watched: Watch, log: Path, change: object) -> None:
    """Both end the wait."""
    assert callable(change)
    change(log)
    assert watched.wait(LONG_S)


@pytest.mark.parametrize("quiet_s", [0.0, LONG_S, float("inf")])
def test_wake_ends_the_wait(watched: Watch, quiet_s: float) -> None:
    """At any part of it, and before it; nothing is said to be written."""
    threading.Timer(0.02, watched.wake).start()
    assert not watched.wait(LONG_S, quiet_s=quiet_s)
    watched.wake()
    watched.wake()
    assert not watched.wait(LONG_S, quiet_s=quiet_s)


def test_without_inotify_only_time_passes(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel gives no watch, the wait and `wake` work as ever."""
    monkeypatch.setattr(watch, "_open_inotify", lambda: -1)
    alone = Watch(log)
    append(log)
    assert not alone.wait(0.01)
    alone.wake()
    assert not alone.wait(LONG_S)
    alone.close()


def test_a_closed_watch_is_harmless(log: Path) -> None:
    """`wake` and `close` may come late."""
    closed = Watch(log)
    closed.close()
    closed.close()
    closed.wake()
