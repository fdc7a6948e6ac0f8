"""Whatever the number of processes and parts: what is read is what one process reads at one go."""

from __future__ import annotations

import gzip
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate import cause, config, kept, readlog, watch, workers
from gate.compressed import zstd
from gate.errors import InfrastructureError
from gate.group import Read
from gate.kept import Kept
from gate.match import Matcher
from gate.model import LogStats, SiteLog
from gate.readlog import Scan
from gate.watch import Watched
from tests.gate.test_completeness import FRAGMENTS

RULES = config.load_rules(config.DEFAULT_PACKS)
WANTED = "good 7"
SCAN = Scan(Matcher(RULES, (*watch.MARKERS, *cause.MARKS, WANTED), config.trace_signs()), (WANTED,), cause.MARKS)
TRACES = [path.read_bytes() for path in sorted(Path("tests/corpora/traces").rglob("*.txt"))]
Everything = tuple[list[Read], tuple[LogStats, ...], Watched]


def site_log(path: Path) -> SiteLog:
    return SiteLog("t", "s", str(path), path.name, str(path))


def in_parts(paths: list[Path]) -> list[Everything]:
    store, found = Kept(), []
    for chain, read in workers.read_all([(site_log(path),) for path in paths], SCAN):
        try:
            log, stats = store.keep(chain, read)
        except workers.NotAlone:
            log, stats = store.keep(chain, read)
        found.append((list(store.reads(log)), stats, log.watched))
    return found


def at_one_go(path: Path) -> Everything:
    store, chain = Kept(), (site_log(path),)
    log, stats = store.keep(chain, lambda keep: [readlog.read_part(readlog.Part(chain), SCAN, keep)])
    return list(store.reads(log)), stats, log.watched


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Parts that are hardly larger than what is read before each; one process."""
    monkeypatch.setattr(workers, "PART", 300_000)
    monkeypatch.setattr(workers, "PARALLEL", 1 << 60)
    return iter(())


def text(seed: int, size: int, share: float, ends: bytes = b"\n") -> bytes:
    """Entries, traces of all languages, and odd lines, in stretches that have failures at this share."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    lines: list[bytes] = []
    while size > 0:
        if dice.random() < share:
            line = dice.choice((dice.choice(TRACES), b"".join(dice.choices(FRAGMENTS, k=3))))
        else:
            level = dice.choice((b"INFO", b"INFO", b"WARNING", b"ERROR")) if dice.random() < share else b"INFO"
            line = b"2026-11-22 15:46:%02d,%03d - R - %s - good %d" % (
                size % 60,
                size % 1000,
                level,
                dice.randrange(999),
            )
        lines.append(line)
        size -= len(line) + 1
    return ends.join(lines) + ends * dice.randrange(2)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.001, 0.02, 0.3]))
def test_parts_are_as_the_whole(many_parts: Any, tmp_path: Path, seed: int, share: float) -> None:
    """Events with their lines, contexts, phases and distances, statistics and what is watched for: all are the same."""
    path = tmp_path / "a.log"
    path.write_bytes(text(seed, 1_500_000, share))
    assert in_parts([path]) == [at_one_go(path)]


@pytest.mark.parametrize(
    "odd",
    [
        "größer\n".encode("utf-16"),
        b"\0" * 5_000 + b"\n",
        b"x" * 1_700_000 + b" ERROR\n",
        b"\xef\xbb\xbfERROR\n",
        b"caf\xe9 ERROR\n" * 3,
        "ERROR – größer\n".encode() * 3,
        b"2026-11-22 15:46:00,000 - R - ERROR - a\nTraceback (most recent call last):\n"
        + b'  File "a.py", line 1, in f\n    f()\n' * 30_000
        + b"ValueError: x\n",
    ],
    ids=["utf-16", "hole", "long line", "mark", "latin-1", "utf-8", "long trace"],
)
def test_what_cannot_be_read_in_parts_is_read_whole(many_parts: Any, tmp_path: Path, odd: bytes) -> None:
    """Text that is not all narrow, lines and events that are longer than a part: nothing is lost at a part's edge."""
    path = tmp_path / "a.log"
    start = text(1, 700_000, 0.01, b"\n")
    path.write_bytes(start[: start.rfind(b"\n") + 1] + odd + text(2, 700_000, 0.01))
    assert in_parts([path]) == [at_one_go(path)]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_packed_logs_are_read_in_parts(
    many_parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """One packed log is unpacked on the way, and read as it would be as it stands; nothing of it stays behind."""
    pack = {"gz": gzip.compress, "zst": zstd.compress}[suffix]
    plain, packed = tmp_path / "a.log", tmp_path / f"a.log.{suffix}"
    plain.write_bytes(
        b"".join(b"2026-11-22 15:46:00,%03d - R - ERROR - %a\n" % (n, os.urandom(40)) for n in range(9_000))
    )
    packed.write_bytes(pack(plain.read_bytes()))
    spool = tmp_path / "tmp"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    ((reads, stats, _),) = in_parts([packed])
    ((expected, expected_stats, _),) = in_parts([plain])
    assert [read.event for read in reads] == [read.event for read in expected]
    assert stats == expected_stats
    assert not list(spool.iterdir())


def test_packed_logs_that_are_damaged_or_too_large(
    many_parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be unpacked is read as it stands: up to its damage, or all of it."""
    path = tmp_path / "a.log.gz"
    packed = gzip.compress(
        b"".join(b"2026-11-22 15:46:00,000 - R - ERROR - %a\n" % os.urandom(40) for _ in range(9_000))
    )
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    path.write_bytes(packed[:-1000])
    ((_, (stats,), _),) = in_parts([path])
    assert stats.problem == "is cut short: its compressed data ends too early"
    assert in_parts([path]) == [at_one_go(path)]
    path.write_bytes(packed)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    assert in_parts([path]) == [at_one_go(path)]


def test_a_log_that_is_cut_within_a_part(many_parts: Any, tmp_path: Path) -> None:
    """The last part tells that the log ends in the middle of an entry."""
    path = tmp_path / "a.log"
    path.write_bytes(text(1, 900_000, 0.01) + b"\n2026-11-22 15:46:00,000 - R - INFO - a\n2026-11-22 15:4")
    ((_, (stats,), _),) = in_parts([path])
    assert stats.problem == "ends in the middle of an entry"
    assert in_parts([path]) == [at_one_go(path)]


def test_processes_read_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Several processes, large and small logs, some of them missing: as one process reads them, in the same order."""
    paths = [tmp_path / f"{number}.log" for number in range(40)]
    for number, path in enumerate(paths[:-1]):
        path.write_bytes(text(number, 3_000_000 if number == 5 else 20_000, 0.02))
    monkeypatch.setattr(workers, "PARALLEL", 0)
    monkeypatch.setattr(workers, "PART", 500_000)
    monkeypatch.setattr(workers, "_cores", lambda: 3)
    found = in_parts(paths)
    assert found == [at_one_go(path) for path in paths]
    assert found[-1][1][0].problem == "is missing"


def test_processes_that_are_not_forked(tmp_path: Path) -> None:
    """What a process is given where it starts anew, as on macOS and Windows, makes it read the same."""
    path = tmp_path / "a.log"
    path.write_bytes(text(1, 50_000, 0.3))
    asked = (readlog.Part((site_log(path),)), SCAN)
    here: list[bytes] = []
    there: list[bytes] = []
    readlog.read_part(*asked, here.append)
    readlog.read_part(*pickle.loads(pickle.dumps(asked)), there.append)  # noqa: S301 - our own
    assert here == there != []


def test_a_process_that_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it read is not there: that is said, and neither waited for nor passed over."""
    paths = [tmp_path / f"{number}.log" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_bytes(text(number, 200_000, 0.02))
    monkeypatch.setattr(workers, "PARALLEL", 0)
    monkeypatch.setattr(workers, "PART", 100_000)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "read_part", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(InfrastructureError, match="ended"):
        in_parts(paths)


def test_who_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    """When a scan is killed, its processes end, and the folder between them is gone."""
    (tmp_path / "a.log").write_bytes(b"2026-11-22 15:46:00,000 - R - ERROR - bad\n" * 1_000_000)
    spool = tmp_path / "tmp"
    spool.mkdir()
    command = [sys.executable, "-m", "gate", "scan", "a.log", "-o", "report"]
    environment = {**os.environ, "TMPDIR": str(spool)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
        while len(processes := descendants(process.pid)) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert processes
    ends = time.monotonic() + 30
    while (any(map(is_running, processes)) or list(spool.iterdir())) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not any(map(is_running, processes))
    assert not list(spool.iterdir())


def descendants(pid: int) -> list[int]:
    """The children of a process, by the kernel's word."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_no_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the processes can leave nothing, that is said, and what to do."""
    paths = [tmp_path / f"{number}.log" for number in range(4)]
    for path in paths:
        path.write_bytes(b"ERROR\n" * 20_000)
    monkeypatch.setattr(workers, "PARALLEL", 0)
    monkeypatch.setattr(workers, "PART", 50_000)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(InfrastructureError, match="no temporary folder") as caught:
        in_parts(paths)
    assert "TMPDIR" in caught.value.hint


def test_nothing_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events are kept in a file without a name."""
    path = tmp_path / "a.log"
    path.write_bytes(text(1, 50_000, 0.3))
    spool = tmp_path / "tmp"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    assert kept.read_log((site_log(path),), SCAN)[0]
    assert not list(spool.iterdir())
