"""Where reports are written: files whole or not at all, links that stay, devices and pipes as they are."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from gate import output, walk
from gate.errors import GateError, UsageError
from gate.model import Report


@pytest.fixture
def report() -> Report:
    return walk.Walk((), "test").report()


def write(report: Report, *formats: str, folder: Path) -> None:
    output.write(report, output.targets(formats, folder))


def test_json_and_html_are_always_written(report: Report, tmp_path: Path) -> None:
    """The report's folder is made, with report.json and report.html in it and nothing half written beside them."""
    write(report, f"github={tmp_path / 'deep' / 'notes.txt'}", folder=tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.json", "report.html"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("formats", "where"),
    [
        (("json=-", "csv=-"), "json and csv cannot both go to standard output"),
        (("json=-", "json=-"), "json and json cannot both go to standard output"),
        (("terminal", "json=-"), "terminal and json cannot both go to standard output"),
        (("junit=x.xml", "sarif=x.xml"), "junit and sarif cannot both go to x.xml"),
        (("junit=out/report.json",), "json and junit cannot both go to out/report.json"),
        ((f"junit={Path.cwd()}/out/report.json",), "json and junit cannot both go to"),
        (("junit=x/../out/report.json",), "json and junit cannot both go to"),
    ],
)
def test_two_reports_in_one_place(formats: tuple[str, ...], where: str) -> None:
    """Two reports that would overwrite or interrupt each other are wrong usage."""
    with pytest.raises(UsageError, match=where):
        output.targets(formats, Path("out"))


def test_one_report_twice_in_one_place() -> None:
    """A report that is always written may be asked for by its place."""
    assert output.targets(["json=./out/../out/report.json", f"html={Path.cwd()}/out/report.html"], Path("out"))


def test_lines_may_follow_lines() -> None:
    """Twin: annotations and the table are lines for one log, and a device takes all."""
    output.targets(["terminal", "github", "json=/dev/null", "csv=/dev/null"], Path("out"))


def test_a_folder_that_is_in_the_way(report: Report, tmp_path: Path) -> None:
    """A path below something that is no folder is a clear error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(GateError, match=r"file/x.xml: cannot be written: (Not a directory|File exists)$"):
        write(report, f"junit={tmp_path / 'file' / 'x.xml'}", folder=tmp_path / "out")


def test_an_older_report_is_replaced(report: Report, tmp_path: Path) -> None:
    """A file that exists is replaced as a whole: who has the old one open keeps it."""
    target = tmp_path / "x.json"
    target.write_text("old")
    with target.open() as old:
        write(report, f"json={target}", folder=tmp_path)
        assert old.read() == "old"
    assert target.read_text().startswith('{\n"version": 1')


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(exists: bool, report: Report, tmp_path: Path) -> None:
    """A link is followed, also one to a file that does not exist yet: the link stays, and its file is written."""
    target = tmp_path / "there" / "real.json"
    if exists:
        target.parent.mkdir()
        target.write_text("old")
    (tmp_path / "link.json").symlink_to("there/real.json")
    write(report, f"json={tmp_path / 'link.json'}", folder=tmp_path)
    assert (tmp_path / "link.json").is_symlink()
    assert target.read_text().startswith('{\n"version": 1')


def test_a_device_stays_a_device(report: Report, tmp_path: Path) -> None:
    """/dev/null and links to it are written to, not replaced."""
    (tmp_path / "null").symlink_to("/dev/null")
    write(report, "json=/dev/null", f"html={tmp_path / 'null'}", folder=tmp_path)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116
    assert (tmp_path / "null").is_symlink()


def test_a_pipe_gets_the_report(report: Report, tmp_path: Path) -> None:
    """A named pipe is written to, not replaced."""
    os.mkfifo(tmp_path / "pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text()))
    reader.start()
    write(report, f"json={tmp_path / 'pipe'}", folder=tmp_path)
    reader.join(10)
    assert got[0].startswith('{\n"version": 1')
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_an_open_stream_is_not_replaced(report: Report, tmp_path: Path) -> None:
    """/dev/fd/N, which a shell's `>(...)` or `> file` gives, is written to even where it is a file."""
    with (tmp_path / "log").open("a") as file:
        file.write("before\n")
        file.flush()
        write(report, f"json=/dev/fd/{file.fileno()}", folder=tmp_path)
        assert os.fstat(file.fileno()).st_ino == (tmp_path / "log").stat().st_ino
    assert (tmp_path / "log").read_text().startswith('before\n{\n"version": 1')


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_is_a_clear_error(report: Report, tmp_path: Path) -> None:
    """What cannot be written is a GateError with the file and the reason."""
    with pytest.raises(GateError, match=r"^/dev/full: cannot be written: No space left on device$") as raised:
        write(report, "json=/dev/full", folder=tmp_path)
    assert raised.value.exit_code == 3


def test_a_folder_is_no_file(report: Report, tmp_path: Path) -> None:
    """A format's path that is a folder is a clear error, and the folder stays."""
    with pytest.raises(GateError, match=r": cannot be written: Is a directory$"):
        write(report, f"json={tmp_path}", folder=tmp_path / "out")
    assert tmp_path.is_dir()


def test_a_failed_write_leaves_the_old_report(report: Report, tmp_path: Path) -> None:
    """When writing stops midway the file is what it was, and no part lies beside it."""
    (tmp_path / "x.json").write_text("old")

    class Stop(Report, frozen=True):
        @property
        def issues(self) -> None:  # type: ignore[override]
            raise KeyboardInterrupt

    broken = Stop(**{name: getattr(report, name) for name in report.__struct_fields__ if name != "issues"}, issues=())
    with pytest.raises(KeyboardInterrupt):
        output.write(broken, [output.Target("json", tmp_path / "x.json")])
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.json", "old")]


def test_closed_standard_output(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard output that was closed before the start is a clear error."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(GateError, match="standard output: cannot be written: it is closed"):
        output.write(report, [output.Target("json", None)])


def test_the_output_folder_is_a_file(tmp_path: Path) -> None:
    """-o that names a file is wrong usage."""
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        output.targets([], tmp_path / "x")
