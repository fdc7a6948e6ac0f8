"""Which files are one log, in which order, and what lies where in the stream that they are."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import logfile
from gate.model import SiteLog
from gate.rotation import base_name, chains, oldest_first
from gate.window import Window
from tests import cost


def log(name: str, folder: str = "t/", **others: object) -> SiteLog:
    return SiteLog("t", "s", f"{folder}{name}", name, f"{folder}{name}", **others)  # type: ignore[arg-type]


def chained(*names: str, times: dict[str, str] | None = None) -> list[str]:
    """The chains of logs of these names; `times` are their first ones."""
    logs = [log(name) for name in sorted(names)]
    found = chains(logs, lambda log: (times or {}).get(log.name))
    return sorted(" ".join(log.name for log in chain) for chain in found)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("log.txt", "log.txt"),
        ("log.txt.1", "log.txt"),
        ("log.txt.2.gz", "log.txt"),
        ("log.txt.1.zst", "log.txt"),
        ("log.txt.gz", "log.txt"),
        ("syslog.7.bz2", "syslog"),
        ("app.log-20260101", "app.log"),
        ("app.log-20260101.gz", "app.log"),
        ("app.log-2026010113", "app.log"),
        ("app.log.2026-01-01", "app.log"),
        ("app.log.2026-01-01_10", "app.log"),
        ("app.log.2026-01-01_10-30-59", "app.log"),
        ("app.log.2026-01", "app.log"),
        ("app.log.2026-01-01.3", "app.log"),
        ("app-2026-01-01.log", "app.log"),
        ("app-2026-01-01.0.log.gz", "app.log"),
        ("app-01.log", "app-01.log"),
        ("app-2026-01-01T10-00-00.123.log", "app.log"),
        ("catalina.2026-01-01.log", "catalina.log"),
        ("app.1.log", "app.log"),
        ("app.log.old", "app.log"),
        ("app.log.bak", "app.log"),
        ("site-1.log", "site-1.log"),
        ("rank0.log", "rank0.log"),
        ("v1.2.3.log", "v1.2.3.log"),
        ("20260101.log", "20260101.log"),
        ("1.log", "1.log"),
        ("app.log.2026-13-01", "app.log.2026-13-01"),
        ("app.log.1234", "app.log.1234"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_base_names(name: str, base: str) -> None:
    """A rotation's name tells the log's; numbers that are part of a name are left alone."""
    assert base_name(name) == base


@pytest.mark.parametrize(
    "names",
    [
        "log.txt.2.gz log.txt.1 log.txt",
        "syslog.3.gz syslog.2.gz syslog.1 syslog",
        "log.txt.10 log.txt.9 log.txt.8 log.txt.7 log.txt.6 log.txt.5 log.txt.4 log.txt.3 log.txt.2 log.txt.1 log.txt",
        "app.log-20260101.gz app.log-20260102.gz app.log-20260103 app.log",
        "messages-20260101 messages-20260108 messages",
        "app.log.2026-01-01_09 app.log.2026-01-01_10 app.log.2026-01-01_23 app.log.2026-01-02_00 app.log",
        "app-2026-01-01.0.log.gz app-2026-01-01.1.log.gz app-2026-01-02.0.log app.log",
        "app-2026-01-01T10-00-00.123.log app-2026-01-03T01-00-00.000.log app.log",
        "app.2.log app.1.log app.log",
        "app.log.1 app.log.0",
        "app.log.old app.log",
        "x.out.1 x.out",
        "app-2026-01-01.log.1 app-2026-01-01.log",
    ],
)
def test_one_log(names: str) -> None:
    """A log and its rotations are one, the oldest first."""
    times = {"app.log.1": "2026-01-01T10:00:00", "app.log.0": "2026-01-01T11:00:00"}
    assert chained(*names.split(), times=times if "log.0" in names else {}) == [names]


@pytest.mark.parametrize(
    "names",
    [
        "site-1.log site-2.log",
        "rank0.log rank1.log rank.log",
        "epoch.1.log epoch.2.log",
        "worker.1 worker.2",
        "job.out.1 job.out.2",
        "train.log.1 train.log.2",
        "run-20260101.log run-20260102.log",
        "catalina.2026-01-01.log catalina.2026-01-02.log",
        "log.txt log.txt.2",
        "log.txt log.txt.1.old",
        "log.txt log.txt.gz",
        "log.txt log_fl.txt error_log.txt.1",
        "v1.2.1.log v1.2.log",
        "app.log app.txt.1",
    ],
)
def test_different_logs(names: str) -> None:
    """Logs that may be different ones are never joined, nor those between which a file is missing."""
    assert chained(*names.split()) == sorted(names.split())


def test_a_gap() -> None:
    """A number or a day that is missing cuts the chain there."""
    assert chained("log.txt", "log.txt.1", "log.txt.3", "log.txt.4") == ["log.txt.1 log.txt", "log.txt.4 log.txt.3"]
    days = ["a.log-20260101", "a.log-20260102", "a.log-20260104", "a.log"]
    assert chained(*days) == ["a.log-20260101 a.log-20260102", "a.log-20260104 a.log"]


def test_without_the_log_itself() -> None:
    """Rotations whose log is missing are one log when the times in them prove it."""
    times = {"train.log.2": "2026-01-01T10:00:00", "train.log.1": "2026-01-01T11:00:00"}
    assert chained(*times, times=times) == ["train.log.2 train.log.1"]
    dates = {"a.log-20260101": "2026-01-01T00:00:01", "a.log-20260102": "2026-01-02T00:00:01"}
    assert chained(*dates, times=dates) == ["a.log-20260101 a.log-20260102"]


def test_numbers_that_count_up() -> None:
    """Where the first times gainsay the names, the times win: log4j2 may count up."""
    names = ["app.1.log", "app.2.log", "app.3.log", "app.log"]
    times = {name: f"2026-01-0{day}T00:00:00" for day, name in enumerate(names, 1)}
    assert chained(*names, times=times) == [" ".join(names)]
    del times["app.2.log"]
    assert chained(*names, times=times) == [" ".join(names)]
    odd = {"x.log.1": "2026-01-02T", "x.log.2": "2026-01-03T", "x.log.3": "2026-01-01T", "x.log": "2026-01-04T"}
    assert chained(*odd, times=odd) == ["x.log.1 x.log.2 x.log", "x.log.3"]


def test_names_twice() -> None:
    """Of a rotation that stands there compressed and not, only one is part of the chain."""
    assert chained("log.txt", "log.txt.1", "log.txt.1.gz") == ["log.txt.1 log.txt", "log.txt.1.gz"]


def test_only_one_folder_site_and_testcase() -> None:
    """Files of different folders, sites, testcases, archives or copies are different logs."""
    logs = [
        log("log.txt"),
        log("log.txt.1", "u/"),
        log("log.txt.1", "t/a.zip!/"),
        log("log.txt.1", streamed=True),
        SiteLog("other", "s", "t/log.txt.1", "log.txt.1", "t/log.txt.1"),
    ]
    assert chains(logs, lambda _: None) == [(log,) for log in logs]
    inside = [log("log.txt", "a.zip!/"), log("log.txt.1", "a.zip!/")]
    assert chains(inside, lambda _: None) == [(inside[1], inside[0])]


NAMES = st.sampled_from(
    ["log.txt", "a.log", "a", "a.1.log", "a-2026-01-01.log", "a.log-20260101", "b.log.1", "b.log", "log.txt.gz"]
)


@given(st.lists(st.tuples(NAMES, st.sampled_from(["", ".1", ".2", ".3", ".2026-01-01", ".1.gz", ".old"])), max_size=12))
@settings(deadline=None)
def test_each_log_in_one_chain(names: list[tuple[str, str]]) -> None:
    """Whatever the names, each log is in exactly one chain, and chains come in the order of their first log."""
    logs = [log(name) for name in dict.fromkeys(name + suffix for name, suffix in names)]
    found = chains(logs, lambda log: f"2026-01-0{len(log.name) % 9 + 1}T" if len(log.name) % 2 else None)
    assert sorted(log.path for chain in found for log in chain) == sorted(log.path for log in logs)
    firsts = [min(logs.index(log) for log in chain) for chain in found]
    assert firsts == sorted(firsts)


@given(st.text(max_size=30))
def test_any_name(name: str) -> None:
    """Any text is a name, and its base is a part of it or the same."""
    assert len(base_name(name)) <= len(name)


@pytest.mark.parametrize("part", ["1", ".", ".1", "-2026", "9.2026-01-01", ".log", "a.log-20260101", "/", "20260101"])
def test_long_names(part: str) -> None:
    """A name in an archive may be very long; reading it takes linear time."""
    with cost.linear():
        assert chains([log(part * 10_000), log(part * 10_000 + ".1")], lambda _: None)


def test_oldest_first() -> None:
    """The order of names alone, for who knows that they are one log."""
    logs = [log(name) for name in ("log.txt", "log.txt.10", "log.txt.2")]
    assert [log.name for log in oldest_first(logs, "log.txt")] == ["log.txt.10", "log.txt.2", "log.txt"]


# ---- one stream ------------------------------------------------------------------------------------------------------


def written(folder: Path, *files: bytes) -> list[SiteLog]:
    """Rotations with these contents, the oldest first."""
    logs = []
    for number, data in enumerate(files):
        path = folder / f"log.txt.{len(files) - number}"
        path.write_bytes(data)
        logs.append(SiteLog("t", "s", str(path), path.name, str(path)))
    return logs


def streamed(logs: Sequence[SiteLog], size: int = 1 << 20) -> tuple[bytes, logfile.Chain]:
    data = b""
    with logfile.chain(logs) as stream:
        while block := stream.read1(size):
            data += block
    return data, stream


def places(logs: Sequence[SiteLog]) -> list[tuple[int, int]]:
    data, stream = streamed(logs)
    return [stream.place(line) for line in range(1, len(data.splitlines()) + 1)]


def test_files_one_after_the_other(tmp_path: Path) -> None:
    """The files' bytes are one stream; each line's file and number are known, each file's size and lines."""
    logs = written(tmp_path, b"a\nb\n", b"", b"c\n", b"d\ne")
    data, stream = streamed(logs)
    assert data == b"a\nb\nc\nd\ne"
    assert places(logs) == [(0, 1), (0, 2), (2, 1), (3, 1), (3, 2)]
    assert [(stats.bytes, stats.lines, stats.problem) for stats in stream.stats()] == [
        *((4, 2, ""), (0, 0, ""), (2, 1, ""), (3, 2, "")),
    ]
    assert stream.holes() == ()


def test_a_line_across_the_seam(tmp_path: Path) -> None:
    """A line that goes on in the next file is one line, of the file in which it begins."""
    logs = written(tmp_path, b"a\nb1", b"b2", b"b3\nc\n")
    assert streamed(logs)[0] == b"a\nb1b2b3\nc\n"
    assert places(logs) == [(0, 1), (0, 2), (2, 2)]
    assert [stats.lines for stats in streamed(logs)[1].stats()] == [2, 1, 2]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (b"2026-01-01 10:00:00 the last one of a process that was killed", b"2026-01-02 11:00:00 a new one\n"),
        (b'{"time": "x", "a": 1}', b'{"time": "y", "a": 2}\n'),
    ],
)
def test_an_entry_that_begins_at_the_seam(last: bytes, first: bytes, tmp_path: Path) -> None:
    """An entry does not go on where the next file begins with an entry, though a line end is missing."""
    logs = written(tmp_path, b"x\n" + last, first + b"z\n")
    assert streamed(logs)[0] == b"x\n" + last + b"\n" + first + b"z\n"
    assert places(logs) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert streamed(logs, 1)[0] == streamed(logs)[0]
    one_each = written(tmp_path, last, first[:-1], first)
    assert places(one_each) == [(0, 1), (1, 1), (2, 1)]


def test_damage_in_the_midst(tmp_path: Path) -> None:
    """What is wrong with a file is in its stats; reading goes on with the next one, on a line of its own."""
    whole = b"".join(b"line %d\n" % i for i in range(5000))
    logs = written(tmp_path, whole, gzip.compress(whole, 0)[:20_000], whole)
    missing = SiteLog("t", "s", "gone", "gone", str(tmp_path / "gone"))
    data, stream = streamed([logs[0], logs[1], missing, logs[2]])
    problems = [stats.problem for stats in stream.stats()]
    assert problems == ["", "is cut short: its compressed data ends too early", "is missing", ""]
    rest = data[len(whole) : -len(whole)]
    assert data.startswith(whole) and data.endswith(b"\n" + whole) and whole.startswith(rest[:-1])
    (hole,) = stream.holes()
    assert stream.place(hole) == (3, 1)
    assert stream.place(hole - 1) == (1, stream.stats()[1].lines)


def test_a_single_log(tmp_path: Path) -> None:
    """A single file is a chain, too: its lines are not counted, its problem is said."""
    (log,) = written(tmp_path, b"a\nb")
    data, stream = streamed([log])
    assert (data, stream.stats()[0].bytes, stream.stats()[0].lines, stream.place(2)) == (b"a\nb", 3, None, (0, 2))
    Path(log.file).unlink()
    data, stream = streamed([log])
    assert (data, stream.stats()[0].problem) == (b"", "is missing")


def test_who_stops_early(tmp_path: Path) -> None:
    """A chain that is not read to its end closes its files."""
    with logfile.chain(written(tmp_path, b"a\n" * 100, b"b\n")) as stream:
        assert stream.read1(20) == b"a\n" * 10
    assert stream.read1(10) == b""


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("ab \n1:", max_size=30).map(str.encode), min_size=1, max_size=5),
    st.integers(1, 40),
)
def test_places_hold_for_any_files(files: list[bytes], size: int) -> None:
    """Each line that begins in a file is where it is said to be, in blocks of any size; no byte is lost."""
    with tempfile.TemporaryDirectory() as folder:
        logs = written(Path(folder), *files)
        data, stream = streamed(logs, size)
        assert data.replace(b"\n", b"") == b"".join(files).replace(b"\n", b"")
        own = [file.split(b"\n") for file in files]
        for number, line in enumerate(data.split(b"\n")[:-1], 1):
            file, at = stream.place(number)
            assert line.startswith(own[file][at - 1]), (number, file, at)
        if len(files) > 1:
            assert [stats.bytes for stats in stream.stats()] == [len(file) for file in files]


def test_a_window_over_a_chain(tmp_path: Path) -> None:
    """The search's window takes a chain as any other stream; its lines are the chain's."""
    with logfile.chain(written(tmp_path, b"a\nb\n", b"c\n")) as stream:
        window = Window(stream)
        while window.more():
            pass
        assert (window.lines, window.size, stream.place(3)) == (3, 6, (1, 1))
