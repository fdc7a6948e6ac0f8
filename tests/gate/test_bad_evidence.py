"""Evidence that cannot be read, or is not whole, says so: never a crash, never a hang, never a pass."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate import logfile
from gate.collect import Selection, collect
from gate.compressed import zstd
from gate.logfile import CUT, cut_reason
from gate.model import SiteLog

LINES = b"".join(b"fine %d\n" % i for i in range(2000))


def log_of(path: Path, *, required: bool = True) -> SiteLog:
    return SiteLog("t", "s", str(path), path.name, str(path), required=required)


def read(log: SiteLog, meanwhile: Callable[[], object] = lambda: None, size: int = 4096) -> tuple[bytes, str]:
    """What could be read of a log, and what is wrong with it; `meanwhile` is called after the first bytes."""
    data = b""
    try:
        with logfile.opened(log) as stream:
            while block := stream.read1(size):
                if not data:
                    meanwhile()
                data += block
    except logfile.READ_ERRORS as error:
        return data, logfile.problem(error)
    return data, ""


# ---- files that change -----------------------------------------------------------------------------------------------


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    path = tmp_path / "x.log"
    path.write_bytes(LINES)
    return path


def test_a_log_that_stays_is_whole(growing: Path) -> None:
    """A log that nobody touches has no problem; nor has one of which only the beginning is asked for."""
    assert read(log_of(growing)) == (LINES, "")
    assert logfile.sniff(log_of(growing)) == LINES[:8192]


def test_a_log_that_grows(growing: Path) -> None:
    """A log that grows is read as it was, and says that more was written: its job is not done."""

    def grow() -> None:
        with growing.open("ab") as file:
            file.write(b"ERROR\n")

    assert read(log_of(growing), grow) == (LINES, "grew while it was read: 6 bytes more are not judged")


def test_a_log_that_is_empty_and_grows(tmp_path: Path) -> None:
    """A log that was empty when it was opened is no file of the kernel's because bytes come."""
    path = tmp_path / "x.log"
    path.write_bytes(b"")
    with logfile.opened(log_of(path)) as stream:
        path.write_bytes(b"more\n")
        assert stream.read1(100) in (b"", b"more\n")


def test_a_log_that_shrinks(growing: Path) -> None:
    """A log that shrinks is read to where it ends now, and says so."""
    data, problem = read(log_of(growing), lambda: os.truncate(growing, 9000))
    assert (data, problem) == (LINES[:9000], "shrank while it was read")


def test_a_log_that_is_replaced_or_deleted(growing: Path) -> None:
    """The file that was opened is read to its end; that its name is another's now, or nobody's, is said."""
    other = growing.with_name("other")

    def replace() -> None:
        other.write_bytes(b"ERROR\n")
        other.replace(growing)

    assert read(log_of(growing), replace) == (LINES, "was replaced while it was read")
    growing.write_bytes(LINES)
    assert read(log_of(growing), growing.unlink) == (LINES, "was deleted while it was read")


def test_a_compressed_log_that_grows(tmp_path: Path) -> None:
    """Of a compressed log that changes all is read that can be."""
    path = tmp_path / "x.log.gz"
    path.write_bytes(gzip.compress(os.urandom(500_000).hex().encode()))
    data, problem = read(log_of(path), path.unlink)
    assert (len(data), problem) == (1_000_000, "was deleted while it was read")


# ---- what is no regular file -----------------------------------------------------------------------------------------


def loggate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gate", "scan", *arguments, "-o", "out"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def looping(path: Path) -> None:
    path.symlink_to(path.name)


def bound(path: Path) -> None:
    here = os.getcwd()  # noqa: PTH109
    os.chdir(path.parent)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


MADE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "dangling": (dangling, "x.log is missing", "a link to nothing"),
    "looping": (looping, "x.log cannot be read: Too many levels of symbolic links", "a link to nothing"),
    "pipe": (os.mkfifo, "x.log is a pipe that nobody writes into", "no regular file"),
    "socket": (bound, "x.log cannot be read: No such device or address", "no regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "x.log is a device, which is not read", "no regular file"),
    "unreadable": (lambda path: path.symlink_to("/proc/self/mem"), "x.log cannot be read: Input/output error", ""),
}


@pytest.mark.skipif(sys.platform != "linux", reason="files of the Linux kernel's")
@pytest.mark.parametrize("make", MADE)
def test_what_is_no_regular_file(make: str, tmp_path: Path) -> None:
    """Named, it is `error` with the reason in words; met in a folder it is listed, or `error` where it is a file."""
    create, named, met = MADE[make]
    (tmp_path / "logs").mkdir()
    create(tmp_path / "logs" / "x.log")
    (tmp_path / "logs" / "y.log").write_bytes(b"fine\n")
    done = loggate(tmp_path, "logs/x.log")
    assert (done.returncode, named in " ".join(done.stdout.split())) == (3, True), done.stdout + done.stderr
    done = loggate(tmp_path, "logs")
    expected = (0, f"1 file not judged: logs/x.log: {met}") if met else (3, named)
    assert (done.returncode, expected[1] in " ".join(done.stdout.split())) == (expected[0], True), done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="files of the Linux kernel's")
def test_files_of_the_kernel(tmp_path: Path) -> None:
    """A file that says that it is empty and is not is read; one that keeps its reader waiting is not waited for."""
    assert b"Linux" in read(log_of(Path("/proc/version")))[0]
    assert loggate(tmp_path, "/proc/version").returncode == 0
    assert loggate(tmp_path, "/proc/kmsg").returncode in (0, 1, 3)


def test_a_pipe_with_a_writer(tmp_path: Path) -> None:
    """A named pipe is read while somebody writes into it, however slowly."""
    os.mkfifo(tmp_path / "pipe")

    def write() -> None:
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
            pipe.write(b"fine\n")
            pipe.write(b"ERROR\n")

    writer = threading.Thread(target=write)
    writer.start()
    assert read(log_of(tmp_path / "pipe")) == (b"fine\nERROR\n", "")
    writer.join()


def test_a_writer_that_takes_its_time(tmp_path: Path) -> None:
    """A pipe is not given up while somebody holds its other end."""
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m gate scan <(sleep 6; echo ERROR late) -o out'],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["new\nline.log", "bell\x07.log", "bad\udcff\udcfe.log", "esc\x1b[31m.log"])
def test_names_that_are_no_text(name: str, tmp_path: Path) -> None:
    """A log's name may be anything: its findings are reported in every format."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / name).write_bytes(b"ERROR a\n")
    formats = ("html", "json", "junit", "sarif", "csv", "markdown", "gitlab", "github", "summary")
    for given_path in ("logs", f"logs/{name}"):
        done = loggate(tmp_path, given_path, *(f"--format={kind}=o.{kind}" for kind in formats))
        assert (done.returncode, done.stderr) == (1, ""), done.stderr


def test_a_folder_called_as_a_log(tmp_path: Path) -> None:
    """A folder whose name ends in .log is a folder."""
    (tmp_path / "x.log").mkdir()
    (tmp_path / "x.log" / "y.log").write_bytes(b"ERROR\n")
    assert [log.name for log in collect([str(tmp_path)], Selection()).logs] == ["y.log"]


# ---- compressed logs that are damaged --------------------------------------------------------------------------------

PACKS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd.compress}


def judged(name: str, data: bytes) -> tuple[bytes, list[str]]:
    """What is read of a file in a folder, and what is said of it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(data)
        evidence = collect([folder], Selection())
        reads = [read(log) for log in evidence.logs]
        return b"".join(data for data, _ in reads), [
            *(skip.reason for skip in evidence.skipped),
            *(problem for _, problem in reads if problem),
        ]


@pytest.mark.parametrize("kind", PACKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_compressed_log_that_is_cut(kind: str, data: st.DataObject) -> None:
    """A compressed log that is cut anywhere gives a beginning of what it held, and a reason."""
    whole = PACKS[kind](LINES)
    text, said = judged(f"x.log{kind}", whole[: data.draw(st.integers(1, len(whole) - 1))])
    assert said
    assert LINES.startswith(text) or not text.startswith(b"fine")


@pytest.mark.parametrize("kind", [".gz", ".bz2", ".xz"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_compressed_log_with_a_wrong_byte(kind: str, data: st.DataObject) -> None:
    """A compressed log with a wrong byte is whole all the same, or says so: these have checksums."""
    whole = bytearray(PACKS[kind](LINES))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    text, said = judged(f"x.log{kind}", bytes(whole))
    assert said or text == LINES


def test_text_in_a_file_called_compressed() -> None:
    """A server that unpacks logs on the way leaves their names: text is read as it is; an archive is never text."""
    assert judged("x.log.gz", LINES) == (LINES, [])
    assert judged("x.tar.gz", LINES)[1] == ["is damaged: it is not packed as its name says"]


@pytest.mark.parametrize(
    ("name", "start"),
    [("x.7z", b"7z\xbc\xaf\x27\x1c"), ("x.rar", b"Rar!\x1a\x07\x01\0"), ("x.log.lz4", b"\x04\x22\x4d\x18")],
)
def test_archives_of_unknown_kinds(name: str, start: bytes, tmp_path: Path) -> None:
    """What may hold logs and cannot be opened is listed where it is met, and `error` where it is named."""
    (tmp_path / name).write_bytes(start + bytes(100))
    evidence = collect([str(tmp_path)], Selection())
    assert [skip.reason.endswith(", which is not read") for skip in evidence.skipped] == [True]
    assert read(collect([str(tmp_path / name)], Selection()).logs[0])[1].endswith(", which is not read")


def test_an_archive_on_standard_input(tmp_path: Path) -> None:
    """An archive that comes through a pipe cannot be opened, and is no log without a finding."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.log", b"ERROR\n")
    for given_path in ("-", "<(cat x.zip)"):
        done = subprocess.run(
            ["bash", "-c", f'"{sys.executable}" -m gate scan {given_path} -o out < x.zip'],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
        said = "is an archive, which can be read from a file only" in " ".join(done.stdout.split())
        assert (done.returncode, said) == (3, True), done.stdout + done.stderr


# ---- logs that are cut in the middle of an entry ---------------------------------------------------------------------

HEAD = b"2026-01-01 10:00:00,123 - trainer - INFO - fine\n"
RECORD = b'{"time": "2026-01-01T10:00:00", "message": "a {brace} and a \\"quote\\""}\n'


@pytest.mark.parametrize(
    ("end", "earlier"),
    [
        (RECORD + b'{"time": "2026-01-01T10:0', RECORD),
        (RECORD + b'{"time": "2026-01-01T10:00:01", "message": "b"', RECORD),
        (RECORD + b'{"time": "x", "args": {"a": 1}', RECORD),
        (RECORD + b'{"a": "\\', RECORD),
        (RECORD + b"{", RECORD),
        (HEAD + b"2026-01-01 10:0", HEAD),
        (HEAD + b"2026-01-", HEAD),
        (HEAD + b"2026-01-01 10:00:0", HEAD),
        (b"x\nJan  1 10:0", b"Jan  1 10:00:00 host app: fine\n"),
        (HEAD + "größ".encode()[:-1], HEAD),
        ("zehn €".encode()[:-1], HEAD),
        ("日志".encode()[:-1], b""),
    ],
)
def test_logs_that_are_cut(end: bytes, earlier: bytes) -> None:
    """A last line that ends inside a JSON object, a time or a character shows that the log was cut."""
    assert cut_reason(end, earlier) == CUT


@pytest.mark.parametrize(
    ("end", "earlier"),
    [
        (b"", b""),
        (HEAD, HEAD),
        (HEAD[:-1], HEAD),
        (HEAD + HEAD[:-1], HEAD),
        (RECORD + RECORD[:-1], RECORD),
        (RECORD + b'{"a": "}{"}', RECORD),
        (RECORD + b"{}", RECORD),
        (RECORD + b"done", RECORD),
        (b"{\n", b"{\n"),
        (b'text\n{"a": ', b"text\n"),
        (HEAD + b"2026-01-01", HEAD),
        (HEAD + b"2026-01-01 10:00", HEAD),
        (HEAD + b"2026-01-01 10:00:00", HEAD),
        (HEAD + b"loss 0.1", HEAD),
        (HEAD + b"12", HEAD),
        (b"epoch 1\nepoch 2", b"epoch 1\n"),
        ("caf\xe9".encode("latin-1"), b""),
        ("Größe: caf\xe9".encode("latin-1"), b""),
        ("größe".encode(), HEAD),
        (b"\x80\x80 ok", b""),
    ],
)
def test_logs_that_only_lack_a_line_end(end: bytes, earlier: bytes) -> None:
    """A last line without a line end, and what may well be whole, is no problem."""
    assert cut_reason(end, earlier) == ""


@given(st.binary(max_size=200), st.binary(max_size=100))
@example(b'{"' + b'\\"' * 50_000, RECORD)
@example(b"1" * 100_000, HEAD)
@settings(deadline=1000)
def test_any_end_of_a_log(end: bytes, earlier: bytes) -> None:
    """No bytes raise or take long; complete lines are never cut, and each cut record of a log is seen."""
    assert cut_reason(end, earlier) in ("", CUT)
    assert cut_reason(b"\n" + end.replace(b"\n", b"") + b"\n", earlier) == ""


@given(st.integers(1, len(RECORD) - 2))
def test_each_cut_of_a_record(size: int) -> None:
    """A JSON record that is cut anywhere is seen."""
    assert cut_reason(RECORD * 2 + RECORD[:size], RECORD) == CUT


def test_damage_in_a_folder_is_error(tmp_path: Path) -> None:
    """Beside logs that pass, a damaged one that nobody named is `error`, too."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"fine\n")
    (tmp_path / "logs" / "b.log.gz").write_bytes(gzip.compress(LINES)[:-20])
    done = loggate(tmp_path, "logs")
    assert (done.returncode, "b.log.gz is cut short" in done.stdout) == (3, True)
