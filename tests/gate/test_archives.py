"""Archives are folders: each member is a log, whatever the archive's kind, name, nesting or state."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import archives, logfile
from gate.collect import Selection, collect
from gate.compressed import zstd
from gate.model import Evidence, SiteLog
from tests import cost

TEXT = b"fine\nERROR here\n"
Pack = Callable[[Sequence[tuple[str, bytes]]], bytes]


def tar(members: Sequence[tuple[str, bytes]], kind: int = tarfile.PAX_FORMAT, **options: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind, **options) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zipped(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def scan(path: Path, **selection: object) -> Evidence:
    return collect([str(path)], Selection(**selection))  # type: ignore[arg-type]


def text(log: SiteLog) -> bytes:
    data = b""
    with logfile.opened(log) as stream:
        while block := stream.read1(1000):
            data += block
    return data


def problem(log: SiteLog) -> str:
    try:
        text(log)
    except logfile.READ_ERRORS as error:
        return logfile.problem(error)
    return ""


def paths(evidence: Evidence, root: Path) -> list[str]:
    return [log.path.removeprefix(f"{root}/") for log in evidence.logs]


def reasons(evidence: Evidence) -> dict[str, str]:
    return {skip.path.rpartition("!/")[2]: skip.reason for skip in evidence.skipped}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No archive stays open behind a test."""
    yield
    archives.close_all()


PACKS: dict[str, Pack] = {
    "zip": zipped,
    "stored.zip": lambda members: zipped(members, zipfile.ZIP_STORED),
    "lzma.zip": lambda members: zipped(members, zipfile.ZIP_LZMA),
    "tar": tar,
    "tar-gnu": lambda members: tar(members, tarfile.GNU_FORMAT),
    "tar-ustar": lambda members: tar(members, tarfile.USTAR_FORMAT),
    "tar-gz": lambda members: gzip.compress(tar(members)),
    "tar-bz2": lambda members: bz2.compress(tar(members)),
    "tar-xz": lambda members: lzma.compress(tar(members)),
    "tar-zst": lambda members: zstd.compress(tar(members)),
    "zip-gz": lambda members: gzip.compress(zipped(members)),
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_each_kind_is_known_by_its_content(pack: Pack, tmp_path: Path) -> None:
    """A tar, compressed or not, and a zip are archives whatever their names, named and met in a folder."""
    (tmp_path / "odd").write_bytes(pack([("a/x.log", TEXT), ("y.log", b"")]))
    for given_path in (tmp_path, tmp_path / "odd"):
        evidence = scan(given_path)
        assert paths(evidence, tmp_path) == ["odd!/a/x.log", "odd!/y.log"]
        assert [text(log) for log in evidence.logs] == [TEXT, b""]
        assert not evidence.skipped


@pytest.mark.parametrize(
    "data",
    [b"PK is a word\n", b"BZh is no word\n", b"BZh9\n", b"x" * 257 + b"ustar is a word\n" * 20, b"BZ\n", b"\x1f\n"],
)
def test_text_is_no_archive(data: bytes, tmp_path: Path) -> None:
    """A log that looks a little like an archive is a log; so is a compressed one."""
    for content in (data, gzip.compress(data)):
        (tmp_path / "x.log").write_bytes(content)
        assert paths(scan(tmp_path), tmp_path) == ["x.log"]


def test_the_oldest_tars(tmp_path: Path) -> None:
    """A tar without a magic is known by its header's checksum; a hole of zeros is none."""
    header = bytearray(tar([("x.log", TEXT)], tarfile.USTAR_FORMAT)[:512])
    header[257:265] = bytes(8)
    header[148:156] = b" " * 8
    header[148:155] = b"%06o\0" % sum(header)
    (tmp_path / "old").write_bytes(bytes(header) + TEXT.ljust(512, b"\0") + bytes(1024))
    (tmp_path / "hole.log").write_bytes(bytes(5000))
    assert paths(scan(tmp_path), tmp_path) == ["hole.log", "old!/x.log"]


def test_archives_in_archives(tmp_path: Path) -> None:
    """A zip in a tar.gz in a tar.xz in a zip is opened; what lies deeper than that is listed with the reason."""
    data = tar([("too/deep.log", TEXT)])
    for depth, pack in enumerate((zipped, PACKS["tar-xz"], PACKS["tar-gz"], zipped)):
        data = pack([(f"n{depth}", data), (f"l{depth}", TEXT)])
    (tmp_path / "a.zip").write_bytes(data)
    evidence = scan(tmp_path)
    assert paths(evidence, tmp_path) == [
        *("a.zip!/n3!/n2!/n1!/l0", "a.zip!/n3!/n2!/l1", "a.zip!/n3!/l2", "a.zip!/l3"),
    ]
    assert all(text(log) == TEXT for log in evidence.logs)
    assert reasons(evidence) == {"n0": f"an archive in {archives.DEPTH} others, which is not opened"}


def test_layout_and_globs_see_the_way_through(tmp_path: Path) -> None:
    """Testcase and site may be folders inside an archive; globs choose among members, and leave out whole archives."""
    inner = PACKS["tar-gz"]([("site-1/x.log", TEXT), ("site-1/y.txt", TEXT)])
    (tmp_path / "all.zip").write_bytes(zipped([("t/b.tgz", inner), ("t/site-2/x.log", TEXT)]))
    evidence = scan(tmp_path, layout="*/{testcase}/**/{site}/*", include=("*.log",))
    assert {(log.testcase, log.site, log.name) for log in evidence.logs} == {
        ("t", "site-1", "x.log"),
        ("t", "site-2", "x.log"),
    }
    assert paths(scan(tmp_path, exclude=("b.tgz",)), tmp_path) == ["all.zip!/t/site-2/x.log"]
    assert reasons(scan(tmp_path, exclude=("*.txt",))) == {"site-1/y.txt": "left out by --include or --exclude"}


NAMES = {
    "plain.log": "plain.log",
    "größe.log": "größe.log",
    "日志.log": "日志.log",
    "../../up.log": "../../up.log",
    "/abs/x.log": "abs/x.log",
    "./here.log": "here.log",
    "a//b/./c.log": "a/b/c.log",
    "line\nfeed\x1b[31m.log": "line\nfeed\x1b[31m.log",
    "d/" + "n" * 300 + ".log": "d/" + "n" * 300 + ".log",
    "-rf.log": "-rf.log",
}


@pytest.mark.parametrize("pack", [PACKS["zip"], PACKS["tar-gnu"], PACKS["tar-gz"]], ids=["zip", "gnu", "pax"])
def test_names(pack: Pack, tmp_path: Path) -> None:
    """Names of all kinds are read and shown; none of them ever becomes a file."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x").write_bytes(pack([(name, name.encode()) for name in NAMES]))
    evidence = scan(tmp_path / "in" / "x")
    shown = {log.path.partition("!/")[2]: text(log) for log in evidence.logs}
    assert shown == {shown: name.encode() for name, shown in NAMES.items()}
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "x"]


def test_names_in_old_encodings(tmp_path: Path) -> None:
    """Zip names in code page 437 and in UTF-8 without its flag, tar names in Latin-1, DOS's backslashes."""
    raw = zipped([("grXXe.log", TEXT), ("grYYYYe.log", TEXT), ("site-1\\x.log", TEXT)])
    raw = raw.replace(b"XX", "öß".encode("cp437")).replace(b"YYYY", "öß".encode())
    (tmp_path / "x.zip").write_bytes(raw)
    (tmp_path / "y.tar").write_bytes(tar([("größe.log", TEXT)], tarfile.GNU_FORMAT, encoding="latin-1"))
    evidence = scan(tmp_path)
    assert [text(log) for log in evidence.logs] == [TEXT, TEXT, TEXT]
    assert paths(evidence, tmp_path) == ["x.zip!/größe.log", "x.zip!/site-1/x.log", "y.tar!/gr\udcf6\udcdfe.log"]
    assert reasons(evidence) == {"größe.log": archives.REPLACED}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [zipped, tar], ids=["zip", "tar"])
def test_entries_of_one_name(pack: Pack, tmp_path: Path) -> None:
    """The last of several entries of one name counts, as when they are unpacked; the others are listed."""
    (tmp_path / "x").write_bytes(pack([("a.log", b"old\n"), ("a.log", b"new\n")]))
    evidence = scan(tmp_path)
    assert [text(log) for log in evidence.logs] == [b"new\n"]
    assert reasons(evidence) == {"a.log": "replaced by a later entry of the same name"}


def test_what_is_no_file_in_an_archive(tmp_path: Path) -> None:
    """Links, devices and pipes are listed, folders are not; an archive without a file is listed itself."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind, name in (
            (tarfile.SYMTYPE, "s"),
            (tarfile.LNKTYPE, "h"),
            (tarfile.CHRTYPE, "c"),
            (tarfile.DIRTYPE, "d"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd" if name in "sh" else ""
            archive.addfile(info)
    (tmp_path / "x.tar").write_bytes(buffer.getvalue())
    (tmp_path / "y.tar").write_bytes(PACKS["tar-gz"]([]))
    (tmp_path / "z.zip").write_bytes(zipped([]))
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as opened:
        opened.writestr(info, "/etc/passwd")
    evidence = scan(tmp_path)
    assert not evidence.logs
    assert reasons(evidence) == {
        "s": "a link to /etc/passwd",
        "h": "a link to /etc/passwd",
        "c": "no regular file",
        "link": "a link",
        str(tmp_path / "y.tar"): "an archive without a file",
        str(tmp_path / "z.zip"): "an archive without a file",
    }


def test_zips_of_many_kinds(tmp_path: Path) -> None:
    """Zip64, data descriptors, a comment and bytes before the archive make no difference."""
    with (
        zipfile.ZipFile(tmp_path / "zip64.zip", "w") as archive,
        archive.open("x.log", "w", force_zip64=True) as member,
    ):
        member.write(TEXT)
    streamed = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, zipfile; zipfile.ZipFile(sys.stdout.buffer, 'w').writestr('x.log', {TEXT!r})",
        ],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    (tmp_path / "descriptor.zip").write_bytes(streamed)
    with zipfile.ZipFile(tmp_path / "comment.zip", "w") as archive:
        archive.writestr("x.log", TEXT)
        archive.comment = b"ERROR " * 1000
    (tmp_path / "before.zip").write_bytes(b"#!/bin/sh\nunzip $0\nexit\n" + zipped([("x.log", TEXT)]))
    evidence = scan(tmp_path)
    assert [text(log) for log in evidence.logs] == [TEXT] * 4
    (tmp_path / "setup").write_bytes(b"\x7fELF" + bytes(100) + zipped([("x.log", TEXT)]))
    assert paths(scan(tmp_path / "setup"), tmp_path) == ["setup!/x.log"]
    assert reasons(scan(tmp_path)) == {str(tmp_path / "setup"): "binary: a program"}


def test_a_member_that_is_encrypted(tmp_path: Path) -> None:
    """What cannot be decrypted is evidence that cannot be read, and says so."""
    raw = bytearray(zipped([("x.log", TEXT)]))
    for flags in (6, raw.index(b"PK\x01\x02") + 8):
        raw[flags] |= 1
    (tmp_path / "x.zip").write_bytes(raw)
    assert [problem(log) for log in scan(tmp_path).logs] == ["is encrypted"]


def test_a_compression_that_nobody_knows(tmp_path: Path) -> None:
    """A member's compression that is not known is said, and the other members are read."""
    raw = bytearray(zipped([("x.log", TEXT), ("y.log", TEXT)]))
    for at in (8, raw.index(b"PK\x01\x02") + 10):
        raw[at : at + 2] = struct.pack("<H", 9)
    (tmp_path / "x.zip").write_bytes(raw)
    problems = [problem(log) for log in scan(tmp_path).logs]
    assert problems[0].startswith("cannot be read: ") and problems[1] == ""


def test_many_members_take_linear_time(tmp_path: Path) -> None:
    """Four times the members take some four times the calls, not sixteen times, compressed and nested too."""

    def calls(number: int) -> int:
        members = [(f"{i}.log", os.urandom(500)) for i in range(number)]
        inner = PACKS["tar-gz"](members)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(zipped([("inner", inner), ("inner.zip", zipped(members))]))
        read, calls = cost.counted(lambda: [text(log) for log in scan(path).logs])
        assert len(read) == 2 * number
        return calls

    assert calls(2000) < 6 * calls(500)


def test_more_archives_than_stay_open(tmp_path: Path) -> None:
    """Archives of which only a few stay open are read all; no more than those few take disk space."""
    inner = [
        (f"{i}.tgz", PACKS["tar-gz"]([(f"{j}.zip", zipped([("x.log", TEXT)])) for j in range(12)])) for i in range(12)
    ]
    (tmp_path / "x.tgz").write_bytes(PACKS["tar-gz"](inner))
    logs = scan(tmp_path).logs
    assert len(logs) == 144 and all(text(log) == TEXT for log in logs)
    assert len(archives._open) <= 8


def test_a_bomb_fills_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to much more than its size is read to a limit, and the rest is missing evidence."""
    monkeypatch.setattr(archives, "FLOOR", 1 << 20)
    monkeypatch.setattr(archives, "RATIO", 1)
    (tmp_path / "x.tgz").write_bytes(PACKS["tar-gz"]([("a.log", TEXT), ("b.log", bytes(5 << 20)), ("c.log", TEXT)]))
    logs = scan(tmp_path).logs
    assert [log.path.partition("!/")[2] for log in logs] == ["a.log", "b.log", ""]
    assert text(logs[0]) == TEXT
    assert problem(logs[2]) == "is not read beyond 1,048,576 bytes of what it unpacks to"
    assert logs[2].required


def test_no_room_for_what_is_unpacked(tmp_path: Path) -> None:
    """Where there is no room for temporary files, the archive is evidence that cannot be read."""
    (tmp_path / "x.tgz").write_bytes(PACKS["tar-gz"]([("a.log", bytes(1 << 20))]))
    script = "import resource, sys; from gate.archives import listing; from gate.compressed import problem\n"
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    script += "try: listing(sys.argv[1])\nexcept Exception as error: print(problem(error))"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "x.tgz"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "cannot be unpacked into a temporary file: File too large\n", done.stderr


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """No temporary file has a name, even while archives are open and after the process is killed."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    (tmp_path / "x.tgz").write_bytes(PACKS["tar-gz"]([("a.log", TEXT)]))
    script = "import os,sys,signal; from gate import archives; print(archives.listing(sys.argv[1]).names, flush=True); "
    script += "print(os.listdir(os.environ['TMPDIR']), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "x.tgz"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["('a.log',)", "[]"], done.stderr
    assert list(folder.iterdir()) == []


# ---- damage ----------------------------------------------------------------------------------------------------------

LOGS = [
    ("a.log", b"".join(b"fine %d\n" % i for i in range(40))),
    ("b.log", TEXT),
    ("c.log", os.urandom(300).hex().encode()),
]


def damage_is_said(name: str, data: bytes, whole: bytes) -> None:
    """Reading never raises, and where a byte of a log is not what it was, something is said."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        evidence = scan(path.parent)
        said = [skip.reason for skip in evidence.skipped]
        texts = {}
        for log in evidence.logs:
            if found := problem(log):
                said.append(found)
            else:
                texts[log.name] = text(log)
        missing = [name for name, content in LOGS if texts.get(name) != content]
        assert data == whole or not missing or said, missing
    archives.close_all()


@pytest.mark.parametrize("kind", PACKS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_archive_that_is_cut(kind: str, data: st.DataObject) -> None:
    """An archive that is cut anywhere never raises and never seems whole."""
    whole = PACKS[kind](LOGS)
    name = f"x.{kind.replace('-gnu', '').replace('-ustar', '').replace('-', '.')}"
    damage_is_said(name, whole[: data.draw(st.integers(1, len(whole) - 1))], whole)


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_an_archive_with_wrong_bytes(pack: Pack, data: st.DataObject) -> None:
    """An archive with a wrong byte anywhere never raises and never hangs."""
    whole = bytearray(pack(LOGS))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x").write_bytes(whole)
        for log in scan(Path(folder)).logs:
            problem(log)
    archives.close_all()


def test_a_tar_with_a_damaged_header(tmp_path: Path) -> None:
    """A header with a wrong checksum in the midst is damage, not the end; what stands before it is read."""
    raw = bytearray(tar(LOGS, tarfile.USTAR_FORMAT))
    second = raw.index(b"b.log")
    raw[second] = ord("X")
    (tmp_path / "x.tar").write_bytes(raw)
    logs = scan(tmp_path).logs
    assert [problem(log) for log in logs] == ["", f"is damaged: no header at byte {second:,}"]


def test_two_tars_in_one_file(tmp_path: Path) -> None:
    """What stands behind a tar's end is said, for nobody reads it."""
    (tmp_path / "x.tar").write_bytes(tar(LOGS[:1]) + tar(LOGS[1:]))
    assert [problem(log) for log in scan(tmp_path).logs] == ["", "holds more behind its end, which is not read"]


def test_a_header_that_points_back(tmp_path: Path) -> None:
    """Sizes below zero and beyond all memory are damage."""
    for size in (b"\xff" * 12, b"\x80" + b"\x7f" * 11):
        header = bytearray(tar([("x.log", TEXT)], tarfile.GNU_FORMAT)[:512])
        header[124:136] = size
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        (tmp_path / "x.tar").write_bytes(bytes(header) + bytes(2048))
        assert any(problem(log) for log in scan(tmp_path).logs)


def test_a_file_that_unpacks_to_itself(tmp_path: Path) -> None:
    """Compression in compression ends at a limit, with a reason."""
    data = TEXT
    for _ in range(6):
        data = gzip.compress(data)
    (tmp_path / "x.log.gz").write_bytes(data)
    assert [problem(log) for log in scan(tmp_path).logs] == ["is compressed more than 4 times"]


def test_a_checksum_that_does_not_fit(tmp_path: Path) -> None:
    """A stored member of which a byte changed is damaged; an archive that is missing a file says that it is missing."""
    raw = zipped([("x.log", TEXT)], zipfile.ZIP_STORED)
    (tmp_path / "x.zip").write_bytes(raw.replace(b"ERROR", b"FINE!", 1))
    (log,) = scan(tmp_path).logs
    assert problem(log).startswith("is damaged: Bad CRC-32")
    gone = SiteLog("t", "s", "x", "y.log", str(tmp_path / "x.zip"), ("y.log",))
    assert problem(gone) == "is missing"
