"""Which files are judged, as which testcase and site; what is left out is said."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import pytest

from gate import config, logfile, walk
from gate.collect import Selection, collect
from gate.errors import UsageError
from gate.logfile import zstd
from gate.model import SHARED, Evidence, Report

TEXT = b"fine\nERROR here\n"
RULES = config.load_rules(config.DEFAULT_PACKS)


def scan(*paths: Path | str, **selection: object) -> Evidence:
    return collect([str(path) for path in paths], Selection(**selection))  # type: ignore[arg-type]


def report(*paths: Path | str, **selection: object) -> Report:
    return walk.run([scan(*paths, **selection)], RULES, "test")


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
    write(tmp_path / "noise", bytes(range(256)) * 40)
    write(tmp_path / "holes.log", b"\0" * 5000 + b"\nERROR after a hole\n")
    write(tmp_path / "nul.log", b"ok\0 fine\nERROR\0 x\n")
    evidence = scan(tmp_path)
    assert {log.name for log in evidence.logs} == {"holes.log", "nul.log"}
    assert {Path(skip.path).name for skip in evidence.skipped} == {"prog", "noise"}
    assert all(skip.reason.startswith("binary") for skip in evidence.skipped)


def test_a_named_file_is_always_judged(tmp_path: Path) -> None:
    """A file that the user names is judged though it looks binary."""
    assert report(write(tmp_path / "noise", bytes(range(256)) * 40 + b"\nERROR\n")).verdict == "fail"


def test_nothing_to_judge_is_exit_3(tmp_path: Path) -> None:
    """No log at all is never a pass."""
    found = report(tmp_path)
    assert (found.verdict, found.exit_code) == ("error", 3)


def test_an_empty_log_is_no_pass(tmp_path: Path) -> None:
    """A named log without a byte is `error`; an empty file beside a log that tells something is not."""
    empty = write(tmp_path / "t" / "stderr.log", b"")
    assert report(empty).exit_code == 3
    assert report(tmp_path).exit_code == 3
    write(tmp_path / "t" / "stdout.log", b"fine\n")
    assert report(tmp_path).exit_code == 0


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


def test_own_output_is_skipped(tmp_path: Path) -> None:
    """A report of loggate's own below the scanned folder, and the folder that this report goes to, are not judged."""
    write(tmp_path / "x.log", b"fine\n")
    write(tmp_path / "old" / "report.json", b'{\n"version": 1,\n"tool": {"name":"loggate"}}')
    write(tmp_path / "old" / "report.html", TEXT)
    write(tmp_path / "new" / "half", TEXT)
    evidence = scan(tmp_path, output=str(tmp_path / "new"))
    assert {log.name for log in evidence.logs} == {"x.log"}
    assert {Path(skip.path).name for skip in evidence.skipped} == {"old", "new"}


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """A path that does not exist is wrong usage."""
    with pytest.raises(UsageError, match="no such file"):
        scan(tmp_path / "nope")


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


@pytest.mark.parametrize("damage", ["missing", "empty", "archive"])
def test_missing_evidence_of_a_site_is_no_pass(damage: str, poc: Path) -> None:
    """A missing or empty log.txt, or a damaged archive of the server, is `error` though all else is fine."""
    log = poc / "example_project" / "prod_00" / "site-2" / JOB / "log.txt"
    if damage == "missing":
        log.unlink()
    elif damage == "empty":
        log.write_bytes(b"")
    else:
        write(poc / "jobs-storage" / JOB / "workspace", b"PK\x03\x04 no more")
    found = report(poc)
    assert (found.verdict, found.exit_code) == ("error", 3)
    assert {"missing": "is missing", "empty": "is empty", "archive": "damaged"}[damage] in found.testcases[0].reason


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


def test_a_run_of_our_own_can_be_scanned_again(tmp_path: Path) -> None:
    """The folder that `loggate run` wrote is judged by the logs that it collected."""
    write(tmp_path / "report.json", b'{\n"version": 1,\n"tool": {"name":"loggate","version":"0"}}')
    write(tmp_path / "logs" / "fedavg" / "site-1" / "log.txt", ENTRY % (b"INFO", b"fine"))
    write(tmp_path / "logs" / "fedavg" / "server" / "log.txt", ENTRY % (b"INFO", b"fine"))
    write(tmp_path / "logs" / "fedavg" / "server" / "streamed" / "site-1" / "log.txt", ENTRY % (b"INFO", b"fine"))
    write(tmp_path / "logs" / "_shared" / "server" / "log.txt", ENTRY % (b"INFO", b"fine"))
    evidence = scan(tmp_path)
    assert {(log.testcase, log.site, log.streamed) for log in evidence.logs} == {
        ("fedavg", "site-1", False),
        ("fedavg", "site-1", True),
        ("fedavg", "server", False),
        (SHARED, "server", False),
    }
