"""Real POCs: what the runner promises holds on NVFlare itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flare_samples import RecordingProgress, make_suite, write_job

from gate.config import Abort, SuiteTestcase
from gate.errors import InfrastructureError
from gate.model import SHARED, Evidence, SiteLog
from gate.runners import RunOptions
from gate.runners.flare import interpreter, processes, provision, workspace
from gate.runners.flare.system import System
from gate.runners.nvflare_poc import RUNNER

pytestmark = pytest.mark.poc

DRIVER = """
import sys
from pathlib import Path
from flare_samples import RecordingProgress, make_suite
from gate.config import SuiteTestcase
from gate.runners import RunOptions
from gate.runners.nvflare_poc import RUNNER
folder, python = Path(sys.argv[1]), Path(sys.argv[2])
progress = RecordingProgress(lambda text: print(text, flush=True))
suite = make_suite(folder, SuiteTestcase("slow", "slow"))
for evidence in RUNNER.run(suite, RunOptions(folder / "out", python), progress):
    pass
"""


class Session:
    """What one run of one small suite gave."""

    def __init__(self, parts: list[Evidence], progress: RecordingProgress, output: Path) -> None:
        self.testcases = {testcase.name: testcase for part in parts for testcase in part.testcases}
        self.logs = [log for part in parts for log in part.logs]
        self.last, self.progress, self.output = parts[-1], progress, output

    def of(self, testcase: str, site: str, *, streamed: bool = False) -> dict[str, SiteLog]:
        return {
            log.name: log for log in self.logs if (log.testcase, log.site, log.streamed) == (testcase, site, streamed)
        }


@pytest.fixture(scope="module")
def session(nvflare_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """One run of four testcases: one that completes, one that is refused, one aborted, one that takes too long."""
    folder = tmp_path_factory.mktemp("poc")
    write_job(folder / "quick", rounds=2)
    write_job(folder / "slow", sleep_s=300)
    write_job(folder / "refused", meta={"name": "refused", "deploy_map": {"nowhere": ["@ALL"]}})
    suite = make_suite(
        folder,
        SuiteTestcase("completes", "quick", study="trial"),
        SuiteTestcase("refused", "refused"),
        SuiteTestcase("aborted", "slow", abort=Abort("site-1", r"ClientTaskWorker|ClientRunner.*started|got task")),
        SuiteTestcase("too-long", "slow", timeout=3),
        studies={"trial": ("site-1", "site-2")},
        streaming="stock",
    )
    progress = RecordingProgress()
    parts = list(RUNNER.run(suite, RunOptions(folder / "out", nvflare_python), progress))
    return Session(parts, progress, folder / "out")


def test_a_job_completes_and_all_its_logs_are_there(session: Session) -> None:
    """A healthy job ends as expected, and each site's log.txt was collected, not empty, as were its siblings."""
    testcase = session.testcases["completes"]
    assert (testcase.status, testcase.problem) == ("FINISHED:COMPLETED", "")
    assert testcase.sites == ("server", "site-1", "site-2")
    assert testcase.expect.status == "FINISHED:COMPLETED"
    assert testcase.duration_s is not None
    assert testcase.duration_s > 1
    assert testcase.started is not None
    assert testcase.started.endswith("+00:00")
    for site in testcase.sites:
        logs = session.of("completes", site)
        assert {"log.txt", "error_log.txt", "log.json"} <= set(logs)
        assert logs["log.txt"].required
        assert (testcase.job_id or "?") in Path(logs["log.txt"].file).read_text(encoding="utf-8")


def test_a_clients_log_is_whole(session: Session) -> None:
    """A client's log is collected after its process has ended: its last line is there."""
    for site in ("site-1", "site-2"):
        assert "MPM: Good Bye!" in Path(session.of("completes", site)["log.txt"].file).read_text(encoding="utf-8")


def test_what_the_server_received_is_collected_apart(session: Session) -> None:
    """The streamed copy stands below the server's folder, belongs to the client, and begins as the client's own log."""
    for site in ("site-1", "site-2"):
        copy = session.of("completes", site, streamed=True)["log.txt"]
        assert copy.path == str(session.output / f"logs/completes/server/streamed/{site}/log.txt")
        own = Path(session.of("completes", site)["log.txt"].file).read_bytes()
        assert own.startswith(Path(copy.file).read_bytes()[:500])


def test_a_refused_job_is_a_problem_of_its_own(session: Session) -> None:
    """A job that the server refuses says so, with the server's reason, and no other testcase suffers."""
    refused = session.testcases["refused"]
    assert refused.problem.startswith("the server rejected the job: ")
    assert "nowhere" in refused.problem
    assert refused.job_id is None


def test_a_job_is_aborted_on_a_line(session: Session) -> None:
    """The abort that a testcase asks for takes place, and the evidence is complete nevertheless."""
    aborted = session.testcases["aborted"]
    assert (aborted.status, aborted.problem) == ("FINISHED:ABORTED", "")
    assert all(
        Path(log.file).stat().st_size for site in aborted.sites for log in [session.of("aborted", site)["log.txt"]]
    )


def test_a_job_that_takes_too_long_is_aborted_and_says_so(session: Session) -> None:
    """A timeout ends the job and is the testcase's problem; its logs are collected."""
    late = session.testcases["too-long"]
    assert late.problem == "did not end within 3 s: aborted"
    assert late.status == "FINISHED:ABORTED"
    assert session.of("too-long", "site-1")


def test_shared_logs_and_the_environment_come_last(session: Session) -> None:
    """The last part holds the parents' logs of every site and says what was under test."""
    assert session.last.testcases == ()
    assert {log.testcase for log in session.last.logs} == {SHARED}
    for site in ("server", "site-1", "site-2"):
        assert "MPM: Good Bye!" in Path(session.of(SHARED, site)["log.txt"].file).read_text(encoding="utf-8")
    assert session.last.environment["nvflare"]
    assert session.last.environment["streaming"] == "stock"


def test_every_collected_log_is_listed_and_nothing_else_is_left(session: Session) -> None:
    """The output holds the logs that the evidence lists; the workspace is gone, and so is every process."""
    kept = {path for path in (session.output / "logs").rglob("*") if path.is_file() and path.name != workspace.MARKER}
    assert kept == {Path(log.file) for log in session.logs}
    assert [path.name for path in session.output.iterdir()] == ["logs"]
    assert processes_of(session.output) == []


def test_progress_is_told_as_it_happens(session: Session) -> None:
    """A testcase is queued, then running, then collected; the run's own steps are noted."""
    assert session.progress.states["completes"] == ["queued", "running", "collected"]
    assert session.progress.notes[-1] == "stopping the POC"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_run_leaves_nothing(nvflare_python: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM while a job runs stops server, clients and job processes, and removes the workspace."""
    with running(nvflare_python, tmp_path) as driver:
        assert len(processes_of(tmp_path)) >= 6, "server, clients and a job process of each"
        driver.send_signal(number)
        assert driver.wait(40) != 0
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "out/poc").exists()


def test_a_server_that_dies_ends_the_suite(nvflare_python: Path, tmp_path: Path) -> None:
    """When the server dies, the running testcase and those that wait get the reason; what was logged is collected."""
    write_job(tmp_path / "slow", sleep_s=300)
    slow = [SuiteTestcase(f"slow-{number}", "slow") for number in range(6)]
    suite = make_suite(tmp_path, *slow)

    def kill_server(text: str) -> None:
        if text == "slow-0 running":
            for pid in server_pids(tmp_path):
                os.kill(pid, signal.SIGKILL)

    parts = list(RUNNER.run(suite, RunOptions(tmp_path / "out", nvflare_python), RecordingProgress(kill_server)))

    problems = [testcase.problem for part in parts for testcase in part.testcases]
    assert len(problems) == 6
    assert all(problem.endswith("the process of server ended with exit code -9") for problem in problems)
    assert problems[0].startswith("the POC failed while it ran")
    assert problems[-1].startswith("the POC failed before it ran")
    assert any(log.testcase == SHARED and log.site == "server" for log in parts[-1].logs)
    assert processes_of(tmp_path) == []


def server_pids(folder: Path) -> list[int]:
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listing.splitlines() if str(folder) in line and "server_train" in line]


def test_a_second_signal_makes_the_stop_faster(nvflare_python: Path, tmp_path: Path) -> None:
    """An impatient second Ctrl-C does not cut the stop short: it takes the fast way, and nothing is left."""
    with running(nvflare_python, tmp_path) as driver:
        driver.send_signal(signal.SIGINT)
        time.sleep(0.3)
        driver.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert driver.wait(20) != 0
        assert time.monotonic() - began < 4
    assert processes_of(tmp_path) == []


def test_what_a_killed_run_left_is_stopped_by_the_next(nvflare_python: Path, tmp_path: Path) -> None:
    """After SIGKILL the processes live on; the next run in the same folder stops them before anything else."""
    with running(nvflare_python, tmp_path) as driver:
        driver.kill()
        driver.wait()
    assert processes_of(tmp_path)
    with workspace.claim(tmp_path / "out", keep=False):
        assert processes_of(tmp_path) == []


class running:
    """A run of its own process whose job has been running for a moment; killed at the end, whatever happens."""

    def __init__(self, python: Path, folder: Path) -> None:
        write_job(folder / "slow", sleep_s=300)
        path = os.pathsep.join([str(Path(__file__).parent), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-c", DRIVER, str(folder), str(python)]
        self.folder = folder
        self.driver = subprocess.Popen(
            command,
            env=dict(os.environ, PYTHONPATH=path),
            stdout=subprocess.PIPE,
            text=True,
            # a shell's background job ignores SIGINT, and what it starts would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def __enter__(self) -> subprocess.Popen[str]:
        assert self.driver.stdout is not None
        for line in self.driver.stdout:
            if line == "slow running\n":
                break
        processes.wait_for(lambda: len(processes_of(self.folder)) >= 6, 15)
        return self.driver

    def __exit__(self, *exception: object) -> None:
        self.driver.kill()
        self.driver.wait()


def processes_of(folder: Path) -> list[str]:
    """The command lines of NVFlare's processes that work in a folder."""
    listing = subprocess.run(["ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if str(folder) in line and "nvflare." in line]


@pytest.fixture
def place(nvflare_python: Path, tmp_path: Path) -> Iterator[System]:
    """A provisioned POC of one client that has not been started."""
    python = interpreter.probe(nvflare_python)
    with workspace.claim(tmp_path / "out", keep=False) as claimed:
        claimed.make_folders(python)
        suite = make_suite(tmp_path, clients=("site-1",))
        system = System(claimed, python, provision.provision(suite, claimed, python, provision.free_ports()))
        yield system
        assert system.stop(threading.Event()) == set()


def test_a_port_that_is_taken_is_said(place: System) -> None:
    """A port that somebody took meanwhile is named, before anything is started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.layout.ports[0]))
        other.listen(1)
        with pytest.raises(InfrastructureError, match=f"port {place.layout.ports[0]} is taken"):
            place.start(())


@pytest.mark.parametrize("site", ["server", "site-1"])
def test_a_site_that_does_not_start_is_said_with_its_log(place: System, site: str) -> None:
    """A POC that does not come up is given up as soon as a process ends, with the tail of the log that says why."""
    for config in (place.layout.site(site) / "startup").glob("fed_*.json"):
        config.write_text("{ not json", encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(InfrastructureError, match=f"the POC did not come up: {site} ended") as raised:
        place.start(())
    assert "Error" in raised.value.log_tail
    assert time.monotonic() - began < 20
