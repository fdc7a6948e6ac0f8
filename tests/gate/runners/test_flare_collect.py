"""From a POC's folders, as NVFlare leaves them, to the evidence: every log of every site, none twice, none lost."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from gate.model import SHARED, SiteLog
from gate.runners.flare.collect import Collector, Settling, is_log, stored_name
from gate.runners.flare.provision import Layout

JOB = "3ec6ecc8-cc36-45d2-80f3-ce790f804bb8"
ENTRY = "2026-11-22 15:45:59,737 - "


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """The folders of a POC in which one job has ended: site-1 logged, site-2 too, the server has archived."""
    poc = tmp_path / "poc"
    layout = Layout(poc / "prod_00", poc / "jobs-storage", poc / "tmp", ("site-1", "site-2"), (1, 2))
    for client in layout.clients:
        for name in ("log.txt", "log.txt.1", "error_log.txt", "log_fl.txt", "log.json", "audit.log", "meta.json"):
            write(layout.site(client) / JOB / name, f"{client} {name}\n")
        write(layout.site(client) / JOB / f"app_{client}/config/log_config.json", "{}")
        write(layout.site(client) / JOB / f"app_{client}/trainer.log", "trained\n")
        write(layout.site(client) / "log.txt", f"{ENTRY}parent of {client}\n")
    write(layout.site("server") / "log.txt", f"{ENTRY}parent of server\n")
    archive(
        layout, {"log.txt": "server log.txt\n", "log.json": "{}\n", "app_server/config/config_fed_server.json": "{}"}
    )
    return layout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def archive(layout: Layout, members: dict[str, str]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for name, text in members.items():
            zipped.writestr(name, text)
    (layout.storage / JOB).mkdir(parents=True, exist_ok=True)
    (layout.storage / JOB / "workspace").write_bytes(content.getvalue())


def collect(layout: Layout, logs: Path, sites: tuple[str, ...] = ("server", "site-1", "site-2")) -> list[SiteLog]:
    return list(Collector(layout, logs).testcase("case", JOB, sites).logs)


def test_a_poc_has_one_clock(layout: Layout, tmp_path: Path) -> None:
    """All sites run on this machine: its zone is that of every log, so that findings have times with an offset."""
    collector = Collector(layout, tmp_path / "logs")
    found = [*collector.testcase("case", JOB, ("server", "site-9")).logs, *collector.shared()]
    assert {log.zone for log in found} == {datetime.now(timezone.utc).astimezone().isoformat()[-6:]}


def names(found: list[SiteLog], site: str, *, streamed: bool = False) -> list[str]:
    return sorted(log.name for log in found if log.site == site and log.streamed == streamed)


def test_every_log_of_every_site_is_collected_flat(layout: Layout, tmp_path: Path) -> None:
    """Logs and their rotations, also a trainer's own, land in logs/<testcase>/<site>/<file>; other files do not."""
    found = collect(layout, tmp_path / "logs")
    for client in layout.clients:
        assert names(found, client) == [
            f"app_{client}_trainer.log",
            "error_log.txt",
            "log.json",
            "log.txt",
            "log.txt.1",
            "log_fl.txt",
        ]
    assert names(found, "server") == ["log.json", "log.txt"]
    assert (tmp_path / "logs/case/site-1/log.txt").read_text(encoding="utf-8") == "site-1 log.txt\n"
    assert (tmp_path / "logs/case/server/log.txt").read_text(encoding="utf-8") == "server log.txt\n"
    assert sum(1 for path in (tmp_path / "logs").rglob("*") if path.is_file()) == len(found)


def test_only_log_txt_is_required(layout: Layout, tmp_path: Path) -> None:
    """log.txt is what a site must have; the others may be empty or missing on a healthy site."""
    found = collect(layout, tmp_path / "logs")
    assert {(log.site, log.name) for log in found if log.required} == {
        (site, "log.txt") for site in ("server", "site-1", "site-2")
    }
    assert {log.family for log in found} == {"nvflare"}


def test_a_missing_required_log_is_listed(layout: Layout, tmp_path: Path) -> None:
    """A site without log.txt stands in the evidence with the file that is not there: the gate must see it."""
    (layout.site("site-2") / JOB / "log.txt").unlink()
    missing = [log for log in collect(layout, tmp_path / "logs") if log.required and not Path(log.file).exists()]
    assert [(log.site, log.name) for log in missing] == [("site-2", "log.txt")]


def test_a_site_outside_the_study_owes_no_log(layout: Layout, tmp_path: Path) -> None:
    """Only the testcase's own sites must have logs."""
    for path in (layout.site("site-2") / JOB).glob("log*"):
        path.unlink()
    found = collect(layout, tmp_path / "logs", ("server", "site-1"))
    assert all(Path(log.file).exists() for log in found)


def test_a_job_that_was_not_archived_is_collected_from_the_servers_folder(layout: Layout, tmp_path: Path) -> None:
    """When the server died before it archived, its run folder is the evidence; so it is when the archive is broken."""
    write(layout.site("server") / JOB / "log.txt", "not archived\n")
    for content in (None, b"PK\x03\x04 torn"):
        (layout.storage / JOB / "workspace").unlink()
        if content:
            (layout.storage / JOB / "workspace").write_bytes(content)
        else:
            (layout.storage / JOB / "workspace").touch()
        logs = tmp_path / f"logs{bool(content)}"
        collect(layout, logs)
        assert (logs / "case/server/log.txt").read_text(encoding="utf-8") == "not archived\n"


def test_streamed_copies_from_each_place(layout: Layout, tmp_path: Path) -> None:
    """Copies that the job received, that the server's parent stored, and that were left half done, are all found."""
    archive(layout, {"log.txt": "server\n", "site-1/log.txt": "by the job\n"})
    write(layout.storage / JOB / "ERRORLOG_site-1", "by the parent\n")
    write(layout.storage / JOB / "LOG_log.json_site-1", "{}\n")
    write(layout.tmp / JOB / "site-2/log.txt", "half\n")

    found = collect(layout, tmp_path / "logs")

    assert names(found, "site-1", streamed=True) == ["error_log.txt", "log.json", "log.txt"]
    assert names(found, "site-2", streamed=True) == ["log.txt"]
    assert names(found, "server") == ["log.txt"]
    folder = tmp_path / "logs/case/server/streamed"
    assert (folder / "site-1/log.txt").read_text(encoding="utf-8") == "by the job\n"
    assert (folder / "site-2/log.txt").read_text(encoding="utf-8") == "half\n"
    assert not any(log.required for log in found if log.streamed)


def test_which_copy_is_the_servers(layout: Layout, tmp_path: Path) -> None:
    """What came after the job was archived replaces what had come before; what was left half done is not stored."""
    archive(layout, {"log.txt": "server\n", "site-1/log.txt": "by the job\n", "site-1/log.json": "{}\n"})
    write(layout.storage / JOB / "LOG_log.txt_site-1", "by the job\nand after it\n")
    write(layout.tmp / JOB / "site-2/log.txt", "half\n")

    stored = Collector(layout, tmp_path / "logs").testcase("case", JOB, ("server",)).stored

    contents = {key: Path(log.file).read_text(encoding="utf-8") for key, log in stored.items()}
    assert contents == {("site-1", "log.txt"): "by the job\nand after it\n", ("site-1", "log.json"): "{}\n"}


def test_a_streamed_file_that_a_site_never_wrote(layout: Layout, tmp_path: Path) -> None:
    """A file that was to be streamed and is not there is missing evidence; where the job never ran, nothing is."""
    streamed = [("site-1", "log.json"), ("site-1", "log.jsn"), ("site-9", "log.json")]
    found = Collector(layout, tmp_path / "logs").testcase("case", JOB, ("server",), streamed).logs
    required = {(log.site, log.name): Path(log.file).is_file() for log in found if log.required}
    assert required[("site-1", "log.jsn")] is False
    assert not {("site-1", "log.json"), ("site-9", "log.json")} & required.keys()


def test_two_copies_of_one_name_are_both_kept(layout: Layout, tmp_path: Path) -> None:
    """A second copy of the same name gets another one: evidence is never overwritten."""
    archive(layout, {"log.txt": "server\n", "site-1/log.txt": "first\n"})
    write(layout.tmp / JOB / "site-1/log.txt", "second\n")
    collect(layout, tmp_path / "logs")
    folder = tmp_path / "logs/case/server/streamed/site-1"
    assert {path.read_text(encoding="utf-8") for path in folder.iterdir()} == {"first\n", "second\n"}


def test_a_member_that_points_out_of_the_archive_stays_inside(layout: Layout, tmp_path: Path) -> None:
    """A member's path never leads out of the logs folder."""
    archive(layout, {"../../evil.log": "x\n", "/root/evil.log": "y\n", "site-1/../../x.log": "z\n"})
    for log in collect(layout, tmp_path / "logs"):
        assert Path(log.file).resolve().is_relative_to(tmp_path / "logs")


def test_paths_stay_as_the_user_gave_them(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative output folder gives relative paths, openable from where the command ran."""
    monkeypatch.chdir(tmp_path)
    found = collect(layout, Path("out/logs"))
    assert "out/logs/case/site-1/log.txt" in [log.path for log in found]
    assert all(log.path == log.file for log in found)


def test_shared_logs_are_the_parents_own(layout: Layout, tmp_path: Path) -> None:
    """Parents' logs belong to no testcase; a parent without log.txt is listed as such."""
    (layout.site("site-2") / "log.txt").unlink()
    found = Collector(layout, tmp_path / "logs").shared()
    assert {log.testcase for log in found} == {SHARED}
    assert {(log.site, Path(log.file).exists()) for log in found} == {
        ("server", True),
        ("site-1", True),
        ("site-2", False),
    }


def test_the_console_keeps_what_stands_in_no_log(layout: Layout, tmp_path: Path) -> None:
    """Of a console only what was not logged is kept, in order, though jobs and their parent share it: a thread's
    uncaught exception whose lines also stand in a logged entry stays whole."""
    trace = "Traceback (most recent call last):\n  File 'train.py', line 3\nValueError: no\n"
    logged = f"{ENTRY}Trainer - ERROR - failed\n{trace}"
    write(layout.site("site-1") / JOB / "log.txt", f"{logged}{ENTRY}job ends\n")
    uncaught = f"Exception in thread trainer:\n{trace}"
    console = f"{ENTRY}parent of site-1\n\x1b[31m{logged}\x1b[0m{uncaught}{ENTRY}job ends\nSegmentation fault\n"
    write(layout.site("site-1") / "poc_console.log", console)
    write(layout.site("site-2") / "poc_console.log", f"{ENTRY}parent of site-2\n")

    collector = Collector(layout, tmp_path / "logs")
    collector.testcase("case", JOB, ("site-1",))
    found = [log for log in collector.shared() if log.name == "console.log"]

    assert [log.site for log in found] == ["site-1"], "a console that says nothing new is no evidence"
    assert Path(found[0].file).read_text(encoding="utf-8") == f"{uncaught}Segmentation fault\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("log.txt", True),
        ("log.txt.1", True),
        ("error_log.txt", True),
        ("error_log.txt.10", True),
        ("log_fl.txt", True),
        ("log.json.2", True),
        ("train.log", True),
        ("train.log.1", True),
        ("log_config.json", False),
        ("audit.log", False),
        ("audit.log.1", False),
        ("poc_console.log", False),
        ("fl_app.txt", False),
        ("meta.json", False),
        ("catalog.txt", False),
        ("stats_pool_summary.json", False),
    ],
)
def test_which_files_are_logs(name: str, expected: bool) -> None:
    """Logs and their rotations are judged; configuration, metadata and the audit trail are not."""
    assert is_log(name) is expected


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("ERRORLOG_site-1", "error_log.txt"),
        ("LOG_log.txt_site-1", "log.txt"),
        ("LOG_log_fl.txt_site-1", "log_fl.txt"),
        ("LOG_log.txt_other-site-1", ""),
        ("workspace", ""),
    ],
)
def test_names_in_the_jobs_storage(stored: str, name: str) -> None:
    """The server's parent stores a streamed log under a name made of the file's and the site's."""
    assert stored_name(stored, "site-1") == name


def test_a_job_is_settled_when_nothing_is_left_to_write(layout: Layout) -> None:
    """Settled means archived, no process left, the server's folder gone, and no log that grew since the last look."""
    settling = Settling(layout)
    assert not settling.settled(JOB, busy=False), "the first look has nothing to compare with"
    assert settling.settled(JOB, busy=False)
    assert not settling.settled(JOB, busy=True)
    with (layout.site("site-1") / JOB / "log.txt").open("a", encoding="utf-8") as log:
        log.write("more\n")
    assert not settling.settled(JOB, busy=False)
    assert settling.settled(JOB, busy=False)
    write(layout.site("server") / JOB / "log.txt", "being archived")
    assert not settling.settled(JOB, busy=False)
