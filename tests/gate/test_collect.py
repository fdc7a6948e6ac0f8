"""Which files are judged, as which testcase and site; what is left out is said."""

from __future__ import annotations

import base64
import bz2
import ctypes
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import config, logfile, walk
from gate.collect import Selection, collect
from gate.compressed import zstd
from gate.errors import UsageError
from gate.model import SHARED, Evidence, Report
from tests import cost

TEXT = b"fine\nERROR here\n"
RULES = config.load_rules(config.DEFAULT_PACKS)


def scan(*paths: Path | str, **selection: object) -> Evidence:
    return collect([str(path) for path in paths], Selection(**selection))  # type: ignore[arg-type]


def report(*paths: Path | str, **selection: object) -> Report:
    judged = walk.Walk(RULES, "test")
    judged.take(scan(*paths, **selection))
    return judged.report()


def names(evidence: Evidence) -> set[tuple[str, str, str]]:
    return {(log.testcase, log.site, log.name) for log in evidence.logs}


def write(path: Path, data: bytes = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_without_a_layout(tmp_path: Path) -> None:
    """The testcase is the first folder below PATH, or the file; the site is `local`."""
    write(tmp_path / "a" / "deep" / "x.log")
    write(tmp_path / "b.log")
    assert names(scan(tmp_path)) == {("a", "local", "x.log"), ("b.log", "local", "b.log")}


def test_with_a_layout(tmp_path: Path) -> None:
    """A layout names testcase and site; a file that does not fit is listed as skipped."""
    write(tmp_path / "t1" / "site-1" / "deep" / "x.log")
    write(tmp_path / "stray.log")
    evidence = scan(tmp_path, layout="{testcase}/{site}/**")
    assert names(evidence) == {("t1", "site-1", "x.log")}
    assert [(Path(skip.path).name, skip.reason) for skip in evidence.skipped] == [
        ("stray.log", "does not fit the layout")
    ]


def test_a_layout_may_omit_the_site(tmp_path: Path) -> None:
    """Without {site} the site is `local`."""
    write(tmp_path / "run-7" / "x.log")
    assert names(scan(tmp_path, layout="run-{testcase}/*.log")) == {("7", "local", "x.log")}


@pytest.mark.parametrize("layout", ["{site}/**", "{testcase}/{testcase}", "{nope}/{testcase}"])
def test_layouts_that_cannot_work(layout: str, tmp_path: Path) -> None:
    """A layout without {testcase}, with a doubled or an unknown field is refused."""
    with pytest.raises(UsageError, match="layout"):
        scan(tmp_path, layout=layout)


def test_include_and_exclude(tmp_path: Path) -> None:
    """Globs choose by file name, or by path when they hold a slash; what they leave out is listed."""
    for name in ("a.log", "b.txt", "sub/c.log", "sub/d.log"):
        write(tmp_path / name)
    evidence = scan(tmp_path, include=("*.log",), exclude=("sub/d*",))
    assert {log.name for log in evidence.logs} == {"a.log", "c.log"}
    assert {Path(skip.path).name for skip in evidence.skipped} == {"b.txt", "d.log"}


@pytest.mark.parametrize(
    ("glob", "fits"),
    [
        ("*.{log,txt}", {"a.log", "b.txt", "c.log"}),
        ("[ab].*", {"a.log", "b.txt"}),
        ("[!ab].*", {"c.log"}),
        ("odd{1}.x", {"odd{1}.x"}),
        ("{a}{a}", set()),
        ("sub", {"c.log"}),
        ("sub/", {"c.log"}),
        ("./sub/*", {"c.log"}),
        ("/a.log", {"a.log"}),
        ("?.log", {"a.log", "c.log"}),
        ("**", {"a.log", "b.txt", "c.log", "odd{1}.x", "new\nline"}),
        ("[", set()),
    ],
)
def test_globs(glob: str, fits: set[str], tmp_path: Path) -> None:
    """Globs know `*`, `?`, `**`, `[ab]` and `{a,b}`; a folder stands for all that is in it; braces are no field."""
    for name in ("a.log", "b.txt", "sub/c.log", "odd{1}.x", "new\nline"):
        write(tmp_path / name)
    everything = {log.name for log in scan(tmp_path).logs}
    assert {log.name for log in scan(tmp_path, include=(glob,)).logs} == fits
    assert {log.name for log in scan(tmp_path, exclude=(glob,)).logs} == everything - fits


def test_a_glob_that_cannot_work(tmp_path: Path) -> None:
    """A glob that is none is wrong usage, not a bug."""
    with pytest.raises(UsageError, match=r"glob: '\[z-a\]': bad character range"):
        scan(tmp_path, include=("[z-a]",))


def test_an_excluded_folder_is_not_entered(tmp_path: Path) -> None:
    """`--exclude node_modules` lists the folder once, wherever it lies, and not its files."""
    write(tmp_path / "t" / "node_modules" / "deep" / "x.log")
    write(tmp_path / "t" / "y.log")
    evidence = scan(tmp_path, exclude=("node_modules/",))
    assert {log.name for log in evidence.logs} == {"y.log"}
    assert [Path(skip.path).name for skip in evidence.skipped] == ["node_modules"]


def test_zip_members_are_chosen(tmp_path: Path) -> None:
    """Globs choose among the members of a zip archive as among the files of a folder."""
    write(tmp_path / "all.zip", workspace_zip({"a.log": TEXT, "b.txt": TEXT}))
    assert {log.name for log in scan(tmp_path, include=("*.log",)).logs} == {"a.log"}
    assert {log.name for log in scan(tmp_path, exclude=("*.log",)).logs} == {"b.txt"}
    assert {log.name for log in scan(tmp_path, include=("*.zip",)).logs} == {"a.log", "b.txt"}
    assert scan(tmp_path, exclude=("all.zip",)).logs == ()


@pytest.mark.parametrize("layout", ["/{testcase}/**", "./{testcase}/**", "{testcase}/*.{log,txt}"])
def test_layouts_that_say_the_same(layout: str, tmp_path: Path) -> None:
    """A leading slash says nothing; alternatives are no fields; a line feed is a character of a name as any other."""
    write(tmp_path / "t\n1" / "x\ny.log")
    assert names(scan(tmp_path, layout=layout)) == {("t\n1", "local", "x\ny.log")}


def test_a_layout_that_fits_nothing_says_so(tmp_path: Path) -> None:
    """A layout that fits no file at all is `error`, and the reason names the layout and a file."""
    path = write(tmp_path / "x.log", b"fine\n")
    for given in (tmp_path, path):
        (testcase,) = report(given, layout="{testcase}/{site}/**").testcases
        assert (
            testcase.reason
            == f"no log found: the layout '{{testcase}}/{{site}}/**' fits none of 1 file, such as {path}"
        )


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstd.compress], ids=["gzip", "bzip2", "xz", "zstd"]
)
def test_compressed_logs(pack: object, tmp_path: Path) -> None:
    """A compressed log is read whatever its name; lines count in what it holds."""
    write(tmp_path / "odd-name", pack(TEXT))  # type: ignore[operator]
    (issue,) = report(tmp_path).issues
    assert [(finding.line, finding.end_line) for finding in issue.findings] == [(2, 2)]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstd.compress], ids=["gzip", "xz", "zstd"])
def test_truncated_archives_are_no_pass(pack: object, tmp_path: Path) -> None:
    """A compressed log that was cut short is `error` with a reason, though what was left of it looks fine."""
    lines = b"".join(b"fine %d\n" % number for number in range(20_000))
    data: bytes = pack(lines)  # type: ignore[operator]
    write(tmp_path / "t" / "x.gz", data[: len(data) // 2])
    found = report(tmp_path)
    assert (found.verdict, found.exit_code) == ("error", 3)
    assert "cut short" in found.testcases[0].reason or "damaged" in found.testcases[0].reason


def test_a_truncated_archive_keeps_its_findings(tmp_path: Path) -> None:
    """What could be read of a damaged log is judged too: a finding in it fails the gate."""
    data = gzip.compress(b"ERROR early\n" + base64.encodebytes(os.urandom(200_000)))
    write(tmp_path / "t" / "x.gz", data[:-50_000])
    assert report(tmp_path).verdict == "fail"


def test_zip_members(tmp_path: Path) -> None:
    """A zip archive is a folder of logs; a member's path shows both."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("site-1/log.txt", TEXT)
        archive.writestr("picture", b"\x89PNG\r\n\x1a\n")
    path = write(tmp_path / "all.zip", buffer.getvalue())
    evidence = scan(path)
    assert [log.path for log in evidence.logs] == [f"{path}!/site-1/log.txt"]
    assert [skip.reason for skip in evidence.skipped] == ["binary: a picture"]
    assert report(path).verdict == "fail"


def test_a_damaged_zip_is_no_pass(tmp_path: Path) -> None:
    """A zip archive that cannot be opened is `error`."""
    write(tmp_path / "x.zip", b"PK\x03\x04 and nothing else")
    found = report(tmp_path)
    assert (found.verdict, found.exit_code) == ("error", 3)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    """An entry is found with its line in other encodings too, with and without a byte order mark."""
    text = "fine line of a log\nERROR größer\nfine again\n" * 3
    write(tmp_path / "x.log", text.encode(encoding))
    (issue,) = report(tmp_path).issues
    assert [finding.line for finding in issue.findings] == [2, 5, 8]
    assert "gr" in issue.findings[0].excerpt


def test_binary_files_are_listed_as_skipped(tmp_path: Path) -> None:
    """Binary files are not judged, and said not to be; a log with a few NUL bytes is judged."""
    write(tmp_path / "prog", b"\x7fELF" + b"ERROR" * 10)
    write(tmp_path / "a.out", b"\x7fELF" + b"ERROR" * 10)
    write(tmp_path / "noise", bytes(range(256)) * 40)
    write(tmp_path / "model.pt", bytes(range(256)) * 40)
    write(tmp_path / "holes.log", b"\0" * 5000 + b"\nERROR after a hole\n")
    write(tmp_path / "nul.log", b"ok\0 fine\nERROR\0 x\n")
    evidence = scan(tmp_path)
    assert {log.name for log in evidence.logs} == {"holes.log", "nul.log"}
    assert {Path(skip.path).name for skip in evidence.skipped} == {"prog", "a.out", "noise", "model.pt"}
    assert all(skip.reason.startswith("binary") for skip in evidence.skipped)


@pytest.mark.parametrize("name", ["x.log", "X.LOG", "x.log.1", "x-2026.txt", "x.err", "stdout", "x.jsonl", "x.log.gz"])
@pytest.mark.parametrize(
    "data", [b"\x01\x02\x03ERROR a\n" * 50, bytes(range(128, 256)) * 80 + b"\nERROR\n", b"\x89PNG ERROR"]
)
def test_a_log_with_binary_bytes_is_judged(data: bytes, name: str, tmp_path: Path) -> None:
    """A file whose name says log is judged though binary bytes stand in it: a finding fails beside a clean sibling."""
    write(tmp_path / "clean.log", b"fine\n")
    write(tmp_path / name, gzip.compress(data) if name.endswith("gz") else data)
    assert report(tmp_path).verdict == "fail"


def test_a_named_file_is_always_judged(tmp_path: Path) -> None:
    """A file that the user names is judged though it looks binary."""
    assert report(write(tmp_path / "noise", bytes(range(256)) * 40 + b"\nERROR\n")).verdict == "fail"


def test_nothing_to_judge_is_exit_3(tmp_path: Path) -> None:
    """No log at all is never a pass, and the report says what was found instead."""
    found = report(tmp_path)
    assert (found.verdict, found.exit_code) == ("error", 3)
    write(tmp_path / "prog", b"\x7fELF")
    (testcase,) = report(tmp_path).testcases
    assert testcase.reason == f"no log found: 1 file not judged, first {tmp_path / 'prog'}: binary: a program"


def test_one_path_without_a_log_is_no_pass(tmp_path: Path) -> None:
    """Of two folders that are named, one without a log is `error` though the other passes."""
    write(tmp_path / "a" / "x.log", b"fine\n")
    (tmp_path / "b").mkdir()
    found = report(tmp_path / "a", tmp_path / "b")
    assert [(testcase.name, testcase.verdict) for testcase in found.testcases] == [
        (str(tmp_path / "b"), "error"),
        ("x.log", "pass"),
    ]


def test_a_named_file_may_be_left_out(tmp_path: Path) -> None:
    """A named file that --exclude leaves out is no missing evidence: file lists come from globs and hooks."""
    paths = [write(tmp_path / "a.log", b"fine\n"), write(tmp_path / "b.log")]
    assert report(*paths, exclude=("b*",)).verdict == "pass"
    assert report(*paths, exclude=("*",)).exit_code == 3


def test_an_empty_log_is_no_pass(tmp_path: Path) -> None:
    """A named log without a byte is `error`, and so is a testcase's folder that holds only empty files."""
    empty = write(tmp_path / "t" / "stderr.log", b"")
    assert report(empty).exit_code == 3
    assert "all of its logs are empty" in report(tmp_path).testcases[0].reason
    write(tmp_path / "t" / "stdout.log", b"fine\n")
    assert report(tmp_path).exit_code == 0


def test_an_empty_file_is_no_testcase(tmp_path: Path) -> None:
    """An empty file that lies in the scanned folder itself is listed as skipped; nothing else there is exit 3."""
    for name in ("stderr.log", ".gitkeep", "__init__.py"):
        write(tmp_path / name, b"")
    found = report(tmp_path)
    assert (found.exit_code, len(found.skipped)) == (3, 3)
    assert found.testcases[0].reason.endswith(": empty")
    write(tmp_path / "app.log", b"fine\n")
    found = report(tmp_path)
    assert (found.exit_code, {skip.reason for skip in found.skipped}) == (0, {"empty"})


def test_an_empty_file_that_a_layout_names_is_no_pass(tmp_path: Path) -> None:
    """Where a layout says that a file is a testcase's log, it is `error` when it is empty."""
    write(tmp_path / "a.log", b"fine\n")
    write(tmp_path / "b.log", b"")
    assert report(tmp_path, layout="{testcase}.log").exit_code == 3


def test_links(tmp_path: Path) -> None:
    """A link to a file is followed, one to a folder or to nothing is listed as skipped: no loop can hold the scan."""
    write(tmp_path / "real" / "x.log")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "same.log").symlink_to(tmp_path / "real" / "x.log")
    evidence = scan(tmp_path)
    assert {log.name for log in evidence.logs} == {"x.log", "same.log"}
    assert {Path(skip.path).name for skip in evidence.skipped} == {"loop", "gone"}


def test_a_pipe_in_a_folder_does_not_hang(tmp_path: Path) -> None:
    """What is no regular file is skipped and said so."""
    os.mkfifo(tmp_path / "pipe")
    assert [skip.reason for skip in scan(tmp_path).skipped] == ["no regular file"]


OUR_REPORT = b'{\n"version": 1,\n"tool": {"name":"loggate","version":"0"}}'


def test_own_reports_are_skipped(tmp_path: Path) -> None:
    """Reports of loggate's own, those that this run will write, and what a run collected are listed, not judged."""
    write(tmp_path / "x.log", b"fine\n")
    write(tmp_path / "old" / "report.json", OUR_REPORT)
    write(tmp_path / "old" / "report.html")
    write(tmp_path / "old" / "logs" / ".loggate.json", b"")
    write(tmp_path / "old" / "logs" / "t" / "site-1" / "log.txt")
    write(tmp_path / "notes.txt")
    evidence = scan(tmp_path, outputs=(str(tmp_path / "notes.txt"), str(tmp_path / "none")))
    assert {log.name for log in evidence.logs} == {"x.log"}
    assert {(Path(skip.path).name, skip.reason) for skip in evidence.skipped} == {
        (name, "loggate's own output") for name in ("report.json", "report.html", "logs", "notes.txt")
    }


def test_logs_beside_an_own_report_are_judged(tmp_path: Path) -> None:
    """With `-o .` a second scan skips the first one's report and judges the user's logs beside it, in `logs/` too."""
    write(tmp_path / "report.json", OUR_REPORT)
    write(tmp_path / "report.html")
    write(tmp_path / "logs" / "x.log")
    write(tmp_path / "app.log")
    assert names(scan(tmp_path)) == {("logs", "local", "x.log"), ("app.log", "local", "app.log")}


def test_a_report_of_somebody_else_is_judged(tmp_path: Path) -> None:
    """A report.json that loggate did not write is a file like any other, and what lies beside it too."""
    write(tmp_path / "t" / "report.json", b'{"tool": {"name": "other"}}')
    write(tmp_path / "t" / "report.html")
    assert {log.name for log in scan(tmp_path).logs} == {"report.json", "report.html"}


def test_a_pipe_named_as_our_report_does_not_hang(tmp_path: Path) -> None:
    """A pipe called report.json or meta.json is not opened."""
    write(tmp_path / "workspace" / "log.txt", b"fine\n")
    os.mkfifo(tmp_path / "report.json")
    os.mkfifo(tmp_path / "meta.json")
    assert {log.name for log in scan(tmp_path).logs} == {"log.txt"}


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """A path that does not exist is wrong usage."""
    with pytest.raises(UsageError, match="no such file"):
        scan(tmp_path / "nope")


def test_an_empty_path_is_wrong_usage() -> None:
    """`loggate scan "$UNSET"` is refused: it would judge the whole current folder."""
    with pytest.raises(UsageError, match="a PATH is empty"):
        scan("")


def test_a_file_named_as_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file called `-` is read as the file that it is, when it is named as a path and when it lies in a folder."""
    monkeypatch.chdir(tmp_path)
    write(Path("-"))
    for path in ("./-", "."):
        assert [log.path for log in scan(path).logs] == ["./-"]
        assert report(path).verdict == "fail"


def test_a_very_deep_folder(tmp_path: Path) -> None:
    """Folders may nest as deep as the file system lets them."""
    here = os.getcwd()  # noqa: PTH109
    os.chdir(tmp_path)
    try:
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("x.log").write_bytes(TEXT)
        assert names(scan(tmp_path)) == {("d", "local", "x.log")}
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # deeper than pytest could remove it


def test_equal_names_below_several_paths(tmp_path: Path) -> None:
    """Testcases of one name below two PATHs stay two: a finding of one does not fail the other."""
    write(tmp_path / "a1" / "logs" / "t" / "x.log")
    write(tmp_path / "a2" / "logs" / "t" / "x.log", b"fine\n")
    write(tmp_path / "a2" / "logs" / "u" / "x.log", b"fine\n")
    one, two = tmp_path / "a1" / "logs", tmp_path / "a2" / "logs"
    verdicts = {testcase.name: testcase.verdict for testcase in report(one, two).testcases}
    assert verdicts == {f"{one}/t": "fail", f"{two}/t": "pass", "u": "pass"}
    files = [one / "t" / "x.log", two / "t" / "x.log"]
    assert {testcase.name for testcase in report(*files).testcases} == {str(file) for file in files}


def test_sites_of_one_testcase_in_several_paths(tmp_path: Path) -> None:
    """With a layout, folders that hold different sites of a testcase are one testcase."""
    write(tmp_path / "one" / "t" / "site-1" / "x.log")
    write(tmp_path / "two" / "t" / "site-2" / "x.log")
    evidence = scan(tmp_path / "one", tmp_path / "two", layout="{testcase}/{site}/**")
    assert names(evidence) == {("t", "site-1", "x.log"), ("t", "site-2", "x.log")}


def test_a_file_that_two_paths_hold_counts_once(tmp_path: Path) -> None:
    """A file that is named and found below a folder is one log, and a required one."""
    path = write(tmp_path / "t" / "x.log", b"")
    write(tmp_path / "t" / "y.log", b"fine\n")
    evidence = scan(tmp_path, path, tmp_path / "t")
    assert [(log.testcase, log.name, log.required) for log in evidence.logs] == [
        ("t", "x.log", True),
        ("t", "y.log", False),
    ]


def test_a_folder_named_as_the_shared_logs(tmp_path: Path) -> None:
    """A plain folder or file called `_shared` is a testcase as any other."""
    write(tmp_path / "_shared" / "x.log")
    found = report(tmp_path)
    assert [(testcase.name, testcase.verdict) for testcase in found.testcases] == [("./_shared", "fail")]
    assert found.shared.verdict == "skipped"


def read(path: Path) -> bytes:
    """A log's bytes."""
    (log,) = scan(path).logs
    data = b""
    with logfile.opened(log) as stream:
        while piece := stream.read1(100_000):
            data += piece
    return data


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    """UTF-8's byte order mark does not hide that the first line is an entry: its traceback belongs to it."""
    entry = b"2026-01-01 10:00:00,000 - a - INFO - fine\n" + b"2026-01-01 10:00:01,000 - a - ERROR - x\n"
    write(tmp_path / "x.log", b"\xef\xbb\xbf" + entry)
    assert read(tmp_path / "x.log") == entry


def test_many_files_take_linear_time(tmp_path: Path) -> None:
    """Four times the files take some four times the calls to collect, not sixteen times."""

    def calls(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        for i in range(number):
            (folder / f"{i}.log").write_bytes(b"fine\n")
        evidence, calls = cost.counted(lambda: scan(folder, folder / "0.log", exclude=("*.gz",)))
        assert len(evidence.logs) == number
        return calls

    assert calls(4_000) < 6 * calls(1_000)


def test_problems_in_words() -> None:
    """What makes a log unreadable is told in words that follow its name."""
    assert logfile.problem(FileNotFoundError(2, "x")) == "is missing"
    assert logfile.problem(PermissionError(13, "Permission denied")) == "cannot be read: Permission denied"


# ---- NVIDIA FLARE's folders ------------------------------------------------------------------------------------------

JOB = "0f758870-f157-4288-970f-12bf672211ec"
ENTRY = b"2026-11-22 15:45:33,708 - worker_process - %s - %s\n"


def workspace_zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def poc(tmp_path: Path) -> Path:
    """A POC workspace as NVFlare 2.9 leaves it: two sites, one job, the server's archive, a streamed copy."""
    prod = tmp_path / "poc" / "example_project" / "prod_00"
    fine = ENTRY % (b"INFO", b"Worker_process started.")
    for site in ("server", "site-1", "site-2"):
        write(prod / site / "startup" / "start.sh", b"echo ERROR\n")
        write(prod / site / "log.txt", fine)
        write(prod / site / "error_log.txt", b"")
    for site in ("site-1", "site-2"):
        write(prod / site / JOB / "log.txt", fine)
        write(prod / site / JOB / "error_log.txt", b"")
        write(prod / site / JOB / "meta.json", json.dumps({"name": "fedavg", "job_id": JOB}).encode())
        write(prod / site / JOB / "app_site-1" / "custom" / "train.py", b"raise Exception\n")
    write(prod / "admin@nvidia.com" / "startup" / "x", b"")
    storage = tmp_path / "poc" / "jobs-storage" / JOB
    write(storage / "meta", json.dumps({"name": "fedavg", "job_id": JOB}).encode())
    write(storage / "workspace", workspace_zip({"log.txt": fine, "error_log.txt": b"", "app/x.py": b"Exception"}))
    write(storage / "LOG_log.txt_site-1", fine)
    return tmp_path / "poc"


def test_a_poc_workspace_is_recognised(poc: Path) -> None:
    """Jobs are testcases by their names, sites are sites, the parents' logs are shared, code is no log."""
    evidence = scan(poc)
    logs = {(log.testcase, log.site, log.name, log.streamed) for log in evidence.logs}
    assert ("fedavg", "server", "log.txt", False) in logs
    assert ("fedavg", "site-2", "log.txt", False) in logs
    assert ("fedavg", "site-1", "log.txt", True) in logs
    assert (SHARED, "site-1", "log.txt", False) in logs
    assert [testcase.name for testcase in evidence.testcases] == ["fedavg"]
    found = report(poc)
    assert (found.verdict, found.shared.verdict) == ("pass", "pass")


def test_an_entry_in_sibling_files_counts_once(poc: Path) -> None:
    """The same entry in log.txt, error_log.txt, log.json and the streamed copy is one finding; a repeat is another."""
    folder = poc / "example_project" / "prod_00" / "site-1" / JOB
    entry = ENTRY % (b"ERROR", b"boom")
    record = json.dumps(
        {"asctime": "2026-11-22 15:45:33,708", "name": "worker_process", "levelname": "ERROR", "message": "boom"}
    )
    write(folder / "log.txt", ENTRY % (b"INFO", b"x") + entry + entry)
    write(folder / "error_log.txt", entry + entry)
    write(folder / "log.json", record.encode() + b"\n" + record.encode() + b"\n")
    write(poc / "jobs-storage" / JOB / "LOG_log.txt_site-1", entry)
    (issue,) = report(poc).issues
    assert issue.count == 2
    first, second = issue.findings
    assert (first.line, second.line) == (2, 3)
    assert [(Path(place.path).name, place.line) for place in first.also] == [
        ("error_log.txt", 1),
        ("log.json", 1),
        ("LOG_log.txt_site-1", 1),
    ]
    assert [(Path(place.path).name, place.line) for place in second.also] == [("error_log.txt", 2), ("log.json", 2)]


def test_an_entry_that_only_a_sibling_holds_counts(poc: Path) -> None:
    """Folding never hides what the fullest file does not hold."""
    write(poc / "example_project" / "prod_00" / "site-1" / JOB / "error_log.txt", ENTRY % (b"ERROR", b"only here"))
    (issue,) = report(poc).issues
    assert Path(issue.findings[0].path).name == "error_log.txt"


@pytest.mark.parametrize("below", ["", "example_project", "example_project/prod_00", ".."])
def test_a_workspace_is_recognised_from_each_of_its_folders(below: str, poc: Path) -> None:
    """The POC, its project, one `prod_NN` and the folder around the POC give the same logs."""
    assert names(scan(poc / below)) == names(scan(poc))
    assert report(poc / below).verdict == "pass"


def test_one_sites_folder_is_recognised(poc: Path) -> None:
    """A site's folder gives the site's jobs and its parent's logs; a healthy site's empty error_log.txt is no error."""
    prod = poc / "example_project" / "prod_00"
    evidence = scan(prod / "site-1")
    assert names(evidence) == {
        ("fedavg", "site-1", "log.txt"),
        ("fedavg", "site-1", "error_log.txt"),
        (SHARED, "site-1", "log.txt"),
        (SHARED, "site-1", "error_log.txt"),
    }
    assert report(prod / "site-1").verdict == "pass"
    assert report(prod / "server").verdict == "pass"
    write(prod / "site-1" / JOB / "log.txt", ENTRY % (b"ERROR", b"boom"))
    assert report(prod / "site-1").testcases[0].verdict == "fail"


def test_sites_that_are_named_one_by_one_are_one_job(poc: Path) -> None:
    """Several sites' folders named on the command line give one testcase for each job."""
    prod = poc / "example_project" / "prod_00"
    evidence = scan(prod / "site-1", prod / "site-2")
    assert [(case.name, case.job_id, case.sites) for case in evidence.testcases] == [
        ("fedavg", JOB, ("site-1", "site-2"))
    ]


def test_equal_jobs_of_two_workspaces_stay_two(poc: Path, tmp_path: Path) -> None:
    """Jobs of one name in two POCs are told apart by their ids."""
    other = JOB.replace("0f758870", "11111111")
    write(tmp_path / "b" / JOB / "meta.json", json.dumps({"name": "fedavg", "job_id": other}).encode())
    write(tmp_path / "b" / JOB / "workspace" / "log.txt")
    verdicts = {testcase.name: testcase.verdict for testcase in report(poc, tmp_path / "b").testcases}
    assert verdicts == {"fedavg (0f758870)": "pass", "fedavg (11111111)": "fail"}


def test_no_file_of_a_workspace_vanishes(poc: Path) -> None:
    """Each file of a workspace is judged or listed as skipped, alone or with its folder."""
    evidence = scan(poc)
    told = {log.file for log in evidence.logs} | {skip.path for skip in evidence.skipped}
    for path in poc.rglob("*"):
        assert not path.is_file() or {str(path), *map(str, path.parents)} & told, path


STRAY = {
    "example_project/prod_00/site-1/mylogs/train.log": (SHARED, "site-1"),
    f"example_project/prod_00/site-1/{JOB}/train.log": ("fedavg", "site-1"),
    f"example_project/prod_00/site-1/{JOB}/app_site-1/out/stdout": ("fedavg", "site-1"),
    f"jobs-storage/{JOB}/extra.txt.1": ("fedavg", "server"),
    "extra.log": (SHARED, "local"),
}


@pytest.mark.parametrize("path", STRAY)
def test_other_logs_of_a_workspace_are_judged(path: str, poc: Path) -> None:
    """A log that NVFlare does not know is judged, for the job and the site in whose folder it lies."""
    write(poc / path)
    (stray,) = {(log.testcase, log.site) for log in scan(poc).logs if log.file == str(poc / path)}
    assert stray == STRAY[path]
    found = report(poc)
    assert (found.verdict, found.shared.verdict == "fail") == ("fail", stray[0] == SHARED)


@pytest.mark.parametrize(
    "path",
    [
        "example_project/prod_00/site-1/readme.txt",
        "example_project/prod_00/site-1/audit.log",
        "example_project/prod_00/site-1/startup/x.log",
        "example_project/prod_00/site-1/local/log_config.json",
        f"example_project/prod_00/site-1/{JOB}/fl_app.txt",
        f"example_project/prod_00/site-1/{JOB}/stats_pool_summary.json",
        f"example_project/prod_00/site-1/{JOB}/app_site-1/custom/requirements.txt",
        f"example_project/prod_00/site-1/{JOB}/app_site-1/config/x.txt",
        f"jobs-storage/{JOB}/data",
        "project.yml",
    ],
)
def test_what_is_no_log_of_a_workspace_is_listed(path: str, poc: Path) -> None:
    """Startup kits, configuration, code, statistics and audit logs are not judged, and listed as skipped."""
    write(poc / path)
    found = report(poc)
    assert found.verdict == "pass"
    told = {skip.path for skip in found.skipped if skip.reason == "not a log of NVFlare"}
    assert {str(poc / path), *map(str, (poc / path).parents)} & told


def test_an_empty_stray_file_is_no_problem(poc: Path) -> None:
    """An empty file that only looks like a log is skipped as empty."""
    write(poc / "extra.log", b"")
    found = report(poc)
    assert (found.verdict, [skip.reason for skip in found.skipped if skip.path.endswith("extra.log")]) == (
        "pass",
        ["empty"],
    )


def test_globs_choose_in_a_workspace(poc: Path) -> None:
    """--include and --exclude choose among a workspace's logs; a site that was left out is not missed."""
    write(poc / "example_project" / "prod_00" / "site-2" / JOB / "log.txt")
    assert report(poc).verdict == "fail"
    found = report(poc, exclude=("site-2",))
    assert found.verdict == "pass"
    assert "left out by --include or --exclude" in {skip.reason for skip in found.skipped}
    assert {log.name for log in scan(poc, include=("error_log.txt",)).logs} == {"error_log.txt"}
    only = scan(poc, include=("jobs-storage",))
    assert {log.site for log in only.logs} == {"server", "site-1"}
    assert [testcase.sites for testcase in only.testcases] == [("server", "site-1")]


def test_an_archived_workspace_is_read_whole(poc: Path) -> None:
    """The server's archive gives its logs, the copies in the clients' folders and other logs; code is listed."""
    members = {"log.txt": b"fine\n", "site-1/log.txt": b"fine\n", "out/train.log": TEXT, "app/custom/x.log": TEXT}
    write(poc / "jobs-storage" / JOB / "workspace", workspace_zip({**members, "models/m.npy": b"x"}))
    evidence = scan(poc / "jobs-storage")
    logs = {(log.members[0], log.site, log.streamed) for log in evidence.logs if log.members}
    assert logs == {
        ("log.txt", "server", False),
        ("site-1/log.txt", "site-1", True),
        ("out/train.log", "server", False),
    }
    skipped = {skip.path.partition("!/")[2] for skip in evidence.skipped} - {""}
    assert skipped == {"models/m.npy", "app/custom/x.log"}


def test_shared_entries_go_where_they_belong(poc: Path) -> None:
    """A parent's entry that names a job goes to its testcase; another stays shared and blames no testcase."""
    prod = poc / "example_project" / "prod_00"
    write(prod / "server" / "log.txt", ENTRY % (b"ERROR", b"job " + JOB.encode() + b" is gone"))
    found = report(poc)
    assert found.testcases[0].verdict == "fail"
    assert found.shared.verdict == "pass"
    write(prod / "server" / "log.txt", ENTRY % (b"ERROR", b"no path"))
    found = report(poc)
    assert found.testcases[0].verdict == "pass"
    assert (found.shared.verdict, found.verdict) == ("fail", "fail")


@pytest.mark.parametrize("damage", ["missing", "empty", "archive", "member"])
def test_missing_evidence_of_a_site_is_no_pass(damage: str, poc: Path) -> None:
    """A missing or empty log.txt, or a damaged archive of the server, is `error` though all else is fine."""
    log = poc / "example_project" / "prod_00" / "site-2" / JOB / "log.txt"
    if damage == "missing":
        log.unlink()
    elif damage == "empty":
        log.write_bytes(b"")
    elif damage == "archive":
        write(poc / "jobs-storage" / JOB / "workspace", b"PK\x03\x04 no more")
    else:
        write(poc / "jobs-storage" / JOB / "workspace", workspace_zip({"error_log.txt": b""}))
    found = report(poc)
    assert (found.verdict, found.exit_code) == ("error", 3)
    reasons = {"missing": "is missing", "empty": "is empty", "archive": "damaged", "member": "log.txt is missing"}
    assert reasons[damage] in found.testcases[0].reason


def test_a_jobs_storage_folder_is_recognised(poc: Path) -> None:
    """The server's jobs-storage alone is judged: archived workspaces and received copies."""
    assert names(scan(poc / "jobs-storage")) == {
        ("fedavg", "server", "log.txt"),
        ("fedavg", "server", "error_log.txt"),
        ("fedavg", "site-1", "log.txt"),
    }


def test_a_downloaded_result_is_recognised(tmp_path: Path) -> None:
    """A downloaded job is judged by the logs in its workspace, not by the code beside them."""
    write(tmp_path / JOB / "meta.json", b'{"name": "fedavg"}')
    write(tmp_path / JOB / "workspace" / "log.txt", ENTRY % (b"INFO", b"fine"))
    write(tmp_path / JOB / "workspace" / "app_server" / "custom" / "x.py", b"raise Exception\n")
    write(tmp_path / JOB / "job" / "fedavg" / "meta.json", b"{}")
    for root in (tmp_path / JOB, tmp_path):
        assert names(scan(root)) == {("fedavg", "server", "log.txt")}
        assert report(root).verdict == "pass"


def test_the_workspace_of_a_downloaded_job_is_recognised(tmp_path: Path) -> None:
    """The `workspace` of a downloaded job, and a site's run folder, are judged as that job at that site."""
    meta = json.dumps({"name": "fedavg", "job_id": JOB, "status": "SUBMITTED"}).encode()
    for root, site in ((tmp_path / JOB / "workspace", "server"), (tmp_path / "copy" / JOB, "site-1")):
        write(root / "meta.json", meta)
        write(root / "log.txt", ENTRY % (b"INFO", b"fine"))
        write(root / "error_log.txt", b"")
        write(root / f"app_{site}" / "custom" / "x.py", b"raise Exception\n")
        assert names(scan(root)) == {("fedavg", site, "log.txt"), ("fedavg", site, "error_log.txt")}
        (testcase,) = report(root).testcases
        assert (testcase.verdict, testcase.job_id, testcase.status) == ("pass", JOB, None)


@pytest.mark.parametrize("below", ["", "logs"])
def test_a_run_of_our_own_can_be_scanned_again(below: str, tmp_path: Path) -> None:
    """The folder that `loggate run` wrote, and its `logs`, are judged by all the logs that it collected."""
    write(tmp_path / "report.json", OUR_REPORT)
    write(tmp_path / "report.html")
    fine = ENTRY % (b"INFO", b"fine")
    write(tmp_path / "logs" / ".loggate.json", b"")
    write(tmp_path / "logs" / "fedavg" / "site-1" / "log.txt", fine)
    write(tmp_path / "logs" / "fedavg" / "site-1" / "train.log", fine)
    write(tmp_path / "logs" / "fedavg" / "server" / "log.txt", fine)
    write(tmp_path / "logs" / "fedavg" / "server" / "streamed" / "site-1" / "log.txt", fine)
    write(tmp_path / "logs" / "_shared" / "server" / "log.txt", fine)
    evidence = scan(tmp_path / below)
    assert {(log.testcase, log.site, log.name, log.streamed) for log in evidence.logs} == {
        ("fedavg", "site-1", "log.txt", False),
        ("fedavg", "site-1", "train.log", False),
        ("fedavg", "site-1", "log.txt", True),
        ("fedavg", "server", "log.txt", False),
        (SHARED, "server", "log.txt", False),
    }
    assert report(tmp_path / below).verdict == "pass"
    (tmp_path / "logs" / "fedavg" / "site-1" / "log.txt").unlink()
    assert report(tmp_path / below).exit_code == 3


# ---- what may not be read --------------------------------------------------------------------------------------------


def bound_by_permissions() -> None:
    """Take from root the right to read what the permissions forbid (a process that it starts never gets it back)."""
    if os.geteuid() == 0:
        prctl_capbset_drop, dac_override, dac_read_search = 24, 1, 2
        for capability in (dac_override, dac_read_search):
            ctypes.CDLL(None).prctl(prctl_capbset_drop, capability, 0, 0, 0)


def loggate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, run in a folder by somebody for whom permissions count."""
    return subprocess.run(
        [sys.executable, "-m", "gate", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=bound_by_permissions,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Path]:
    """A folder where permissions count, and can be set back afterwards."""
    write(tmp_path / "probe").chmod(0)
    probe = [sys.executable, "-c", "open('probe')"]
    if not subprocess.run(probe, cwd=tmp_path, preexec_fn=bound_by_permissions, check=False).returncode:
        pytest.skip("root may read everything here")
    yield tmp_path
    subprocess.run(["chmod", "-R", "u+rwx", tmp_path], check=True)


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
@pytest.mark.parametrize("path", ["logs", "logs/t", "logs/t/x.log"])
@pytest.mark.parametrize("options", [[], ["--layout", "{testcase}**"], ["--include", "*.log"]])
def test_a_folder_that_cannot_be_read_is_no_pass(options: list[str], path: str, mode: int, guarded: Path) -> None:
    """A folder, or a file in one, that may not be read is `error` and says why, beside logs that pass, in any way."""
    write(guarded / "logs" / "good" / "y.log", b"fine\n")
    write(guarded / "logs" / "t" / "x.log", b"fine\n")
    (guarded / "logs" / "t").chmod(mode)
    done = loggate(guarded, "scan", path, "-o", "out", *options)
    assert "Traceback" not in done.stderr
    if path.endswith("x.log") and mode == 0o111:
        assert done.returncode == 0  # who knows its name may read it
    else:
        assert (done.returncode, "cannot be read: Permission denied" in done.stdout) == (3, True), done.stdout


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_site_of_a_workspace_that_cannot_be_read_is_no_pass(mode: int, guarded: Path) -> None:
    """A job's folder that may not be read is `error` in an NVFlare workspace too."""
    prod = guarded / "poc" / "example_project" / "prod_00"
    for site in ("site-1", "site-2"):
        write(prod / site / "startup" / "start.sh", b"")
        write(prod / site / "log.txt", b"fine\n")
        write(prod / site / JOB / "log.txt", b"fine\n")
    assert loggate(guarded, "scan", "poc", "-o", "out").returncode == 0
    (prod / "site-2" / JOB).chmod(mode)
    done = loggate(guarded, "scan", "poc", "-o", "out")
    assert (done.returncode, "cannot be read: Permission denied" in done.stdout) == (3, True), done.stdout + done.stderr


def test_an_output_folder_that_cannot_be_used(guarded: Path) -> None:
    """-o inside a folder that may not be entered is one clear line, before anything is read."""
    write(guarded / "x.log", b"fine\n")
    (guarded / "closed").mkdir(mode=0o700)
    (guarded / "closed").chmod(0)
    done = loggate(guarded, "scan", "x.log", "-o", "closed/out")
    assert (done.returncode, done.stderr) == (3, "loggate: -o closed/out: cannot be used: Permission denied\n")


def test_sibling_files_below_any_layout(tmp_path: Path) -> None:
    """Where NVFlare's files stand side by side an entry counts once, whatever made the folder."""
    entry = "2026-01-01 10:00:00,000 - trainer - ERROR - bad\n"
    record = '{"asctime": "2026-01-01 10:00:00,000", "name": "trainer", "levelname": "ERROR", "message": "bad"}\n'
    for place, name, text in (
        ("a/site-1", "log.txt", entry),
        ("a/site-1", "log.json", record),
        ("b/site-1", "log.txt", entry),
    ):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / name).write_text(text)
    (tmp_path / "b/site-1/app.txt").write_text(entry)
    found = collect([str(tmp_path)], Selection(layout="{testcase}/{site}/*"))
    assert {(log.testcase, log.name, log.family) for log in found.logs} == {
        ("a", "log.txt", "nvflare"),
        ("a", "log.json", "nvflare"),
        ("b", "log.txt", ""),
        ("b", "app.txt", ""),
    }
