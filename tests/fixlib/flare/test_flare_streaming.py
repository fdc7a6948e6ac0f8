"""Real POCs: every byte arrives, nobody's log says ERROR, and the job never suffers."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixlib.flare import deploy
from gate.config import Abort, Component, Components, Suite, SuiteTestcase
from gate.model import SHARED, SiteLog
from gate.runners import RunOptions
from gate.runners.flare import interpreter, jobs, provision, workspace
from gate.runners.flare.system import System
from gate.runners.nvflare_poc import RUNNER

pytestmark = pytest.mark.poc

ROOT = Path(__file__).parents[3]
JOB = str(ROOT / "config" / "jobs" / "fedavg")
CLIENTS = ("site-1", "site-2")
NOISE = re.compile(rb"ERROR|Traceback|Exception")
# NVFlare itself, with no streaming at all: the server's parent acknowledges an abort to a job process just gone.
ABORT_RACE = re.compile(
    rb"[^\n]*(?:cannot send to 'server\.[0-9a-f-]{36}'|failed to ack seq \d+ to server\.[0-9a-f-]{36})"
    rb": target_unreachable[^\n]*\n"
)
LAST_LINE = re.compile(rb"(?<!ABOUT_TO_)END_RUN fired\n")


class Silent:
    """A progress that nobody listens to."""

    def note(self, text: str) -> None: ...

    def testcase(self, name: str, state: str, detail: str = "") -> None: ...


def fault(name: str, **args: Any) -> tuple[Component, ...]:
    return (Component(name, f"faults.{name}", args),)


def suite_of(folder: Path, *testcases: SuiteTestcase) -> Suite:
    return Suite(
        version=1,
        runner="nvflare-poc",
        testcases=testcases,
        clients=CLIENTS,
        streaming="fixlib",
        timeout=240,  # what hangs runs into it; a busy machine must not
        file=str(folder / "suite.yaml"),
    )


@pytest.fixture(scope="module")
def logs(shadowed_python: Path, tmp_path_factory: pytest.TempPathFactory) -> list[SiteLog]:
    """The logs of one run: a late receiver, a late site with a thread that never stops logging, an aborted job.

    All that beside another installed fixlib, which breaks whatever process imports it.
    """
    folder = tmp_path_factory.mktemp("poc")
    suite = suite_of(
        folder,
        SuiteTestcase("late-start", JOB, components=Components(server=fault("StartDelay", seconds=3))),
        SuiteTestcase(
            "late-end",
            JOB,
            stream=("log.txt", "log.json"),
            components=Components(
                client=fault("LateEnd", seconds=5, only="site-1") + fault("LogPastEnd", interval=0.1)
            ),
        ),
        SuiteTestcase(
            "aborted",
            JOB,
            components=Components(client=fault("SlowRound", number=1, seconds=60)),
            abort=Abort("site-1", "round 1 is held since 1 s"),
        ),
    )
    parts = list(RUNNER.run(suite, RunOptions(folder / "out", shadowed_python), Silent()))
    statuses = {testcase.name: testcase.status for part in parts for testcase in part.testcases}
    assert statuses == {
        "late-start": "FINISHED:COMPLETED",
        "late-end": "FINISHED:COMPLETED",
        "aborted": "FINISHED:ABORTED",
    }
    return [log for part in parts for log in part.logs]


def content(logs: list[SiteLog], testcase: str, site: str, name: str, *, streamed: bool) -> bytes:
    found = [
        log for log in logs if (log.testcase, log.site, log.name, log.streamed) == (testcase, site, name, streamed)
    ]
    assert len(found) == 1, f"{len(found)} logs {name} of {site} in {testcase}"
    return Path(found[0].file).read_bytes()


@pytest.mark.parametrize("site", CLIENTS)
@pytest.mark.parametrize(
    ("testcase", "name"),
    [("late-start", "log.txt"), ("late-end", "log.txt"), ("late-end", "log.json"), ("aborted", "log.txt")],
)
def test_every_byte_arrives(logs: list[SiteLog], testcase: str, name: str, site: str) -> None:
    """The server's copy is the site's file, byte for byte, beyond its very last line of the run."""
    written = content(logs, testcase, site, name, streamed=False)
    assert content(logs, testcase, site, name, streamed=True) == written
    assert name == "log.json" or LAST_LINE.search(written)


def test_nobody_says_error(logs: list[SiteLog]) -> None:
    """Not one ERROR, Traceback or Exception on any site or in any parent's log (but for what an abort itself says)."""
    noisy = [
        (log.testcase, log.site, log.name)
        for log in logs
        if log.testcase != "aborted" and log.name != "console.log" and NOISE.search(said(log))
    ]
    assert {log.testcase for log in logs} == {"late-start", "late-end", "aborted", SHARED}
    assert noisy == []


def said(log: SiteLog) -> bytes:
    """What a log holds, without what an abort now and then makes the server's parent say of itself."""
    text = Path(log.file).read_bytes()
    return ABORT_RACE.sub(b"", text) if (log.testcase, log.site) == (SHARED, "server") else text


def until(condition: Callable[[], bool], within: float = 240) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


class Poc:
    """A running POC whose sites were prepared one by one."""

    def __init__(self, system: System, suite: Suite, folder: Path) -> None:
        self.system, self.suite, self.folder = system, suite, folder

    def run(self, testcase: SuiteTestcase) -> tuple[str, str]:
        """Run a job to its end; its id and status."""
        job_id = self.system.submit("", jobs.prepare(self.suite, testcase, self.folder))
        until(lambda: self.status(job_id).startswith("FINISHED"))
        return job_id, self.status(job_id)

    def status(self, job_id: str) -> str:
        return str(self.system.meta("", job_id).get("status"))

    def parent_log(self, site: str) -> str:
        return (self.system.layout.site(site) / "log.txt").read_text(encoding="utf-8")


@contextmanager
def poc(python: Path, folder: Path, testcase: SuiteTestcase, prepare: Any) -> Iterator[Poc]:
    suite = suite_of(folder, testcase)
    found = interpreter.probe(python)
    with workspace.claim(folder / "out", keep=False) as place:
        place.make_folders(found)
        layout = provision.provision(suite, place, found, provision.free_ports())
        prepare(layout)
        system = System(place, found, layout)
        try:
            system.start(())
            yield Poc(system, suite, place.jobs)
        finally:
            system.stop(threading.Event())


def set_json(path: Path, **values: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | values), encoding="utf-8")


def test_no_receiver_and_no_permission(nvflare_python: Path, tmp_path: Path) -> None:
    """A receiver that never comes: the job ends as usual, and its site says so in one line, within the limit.

    A site that does not allow its logs to leave it says nothing and streams nothing, whatever the job asks for.
    """

    def prepare(layout: provision.Layout) -> None:
        for site in CLIENTS:
            deploy.install(layout.site(site))
        drop_in = layout.site("site-1") / "local" / deploy.DROP_IN
        (component,) = json.loads(drop_in.read_text(encoding="utf-8"))["components"]
        set_json(drop_in, components=[component | {"args": component["args"] | {"startup_limit": 4.0}}])
        set_json(layout.site("site-2") / "local" / "resources.json", allow_log_streaming=False)

    testcase = SuiteTestcase("one-sided", JOB)
    with poc(nvflare_python, tmp_path, testcase, prepare) as running:
        _, status = running.run(testcase)
        assert status == "FINISHED:COMPLETED"
        until(lambda: "no receiver acknowledged" in running.parent_log("site-1"))
        said = [line for line in running.parent_log("site-1").splitlines() if "ERROR" in line]
        assert len(said) == 1, said
        assert "no receiver acknowledged anything" in said[0]
        for site in ("site-2", "server"):
            assert not NOISE.search(running.parent_log(site).encode())
        assert "does not allow log streaming" in running.parent_log("site-2")
