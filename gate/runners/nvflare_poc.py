"""Runs a suite as jobs of a real NVIDIA FLARE POC on this machine: server and clients as processes of their own."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from gate.config import Suite
from gate.model import Evidence, Testcase
from gate.runners import Progress, RunOptions
from gate.runners.flare import interpreter, jobs, provision, workspace
from gate.runners.flare.collect import Collector, Settling
from gate.runners.flare.schedule import Run, Schedule
from gate.runners.flare.system import System

COMPLETED = "FINISHED:COMPLETED"
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class NvflarePoc:
    """The runner `nvflare-poc`."""

    def run(self, suite: Suite, options: RunOptions, progress: Progress) -> Iterator[Evidence]:
        """Prepare, start, run, collect, stop; the shared logs and the environment come last."""
        python = interpreter.probe(options.python)
        with _signals_raise(), workspace.claim(options.output, keep=options.keep_workspace) as place:
            logs = workspace.fresh_logs(options.output)
            progress.note(f"preparing a POC of NVFlare {python.nvflare} with {', '.join(suite.clients)}")
            place.make_folders(python)
            runs = [_prepare(suite, testcase, place.jobs) for testcase in suite.testcases]
            layout = provision.provision(suite, place, python, provision.free_ports())
            collector = Collector(layout, logs)
            system = PocSystem(place, python, layout)
            with _stopped_at_the_end(system, progress):
                progress.note("starting the POC")
                system.start(tuple({testcase.study for testcase in suite.testcases if testcase.study}))
                for run in _schedule(runs, system, progress):
                    yield _evidence(suite, run, collector)
                    progress.testcase(run.name, "collected", run.problem or run.status)
            yield Evidence((), tuple(collector.shared()), environment=_environment(suite, python))


class PocSystem(System):
    """The running POC as the schedule sees it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._settling = Settling(self.layout)

    def settled(self, job_id: str) -> bool:
        return self._settling.settled(job_id, busy=self.busy(job_id))

    def job_log(self, site: str, job_id: str) -> Path:
        return self.layout.site(site) / job_id / "log.txt"


def _prepare(suite: Suite, testcase: Any, folder: Path) -> Run:
    timeout_s = suite.timeout if testcase.timeout is None else testcase.timeout
    return Run(testcase, jobs.prepare(suite, testcase, folder), timeout_s)


def _schedule(runs: list[Run], system: PocSystem, progress: Progress) -> Iterator[Run]:
    for run in runs:
        progress.testcase(run.name, "queued")
    return Schedule(runs, system, progress, capacity=provision.max_jobs(system.layout)).ended()


def _evidence(suite: Suite, run: Run, collector: Collector) -> Evidence:
    sites = jobs.sites_of(suite, run.testcase)
    logs = collector.testcase(run.name, run.job_id, sites) if run.job_id else []
    expect = run.testcase.expect
    testcase = Testcase(
        name=run.name,
        job_id=run.job_id,
        status=run.status or None,
        started=run.started,
        duration_s=run.duration_s,
        sites=sites,
        expect=msgspec.structs.replace(expect, status=expect.status or COMPLETED),
        problem=run.problem,
    )
    return Evidence((testcase,), tuple(logs))


def _environment(suite: Suite, python: interpreter.Interpreter) -> dict[str, str]:
    return {
        "nvflare": python.nvflare,
        "python": python.python_version,
        "streaming": suite.streaming,
        "clients": ", ".join(suite.clients),
    }


# ---- whatever happens, everything is stopped -------------------------------------------------------------------------


@contextlib.contextmanager
def _stopped_at_the_end(system: System, progress: Progress) -> Iterator[None]:
    try:
        yield
    finally:
        progress.note("stopping the POC")
        with _signals_hurry() as hurry:
            left = system.stop(hurry)
        if left:
            progress.note(f"could not be stopped: processes {', '.join(map(str, sorted(left)))}")
        if hurry.is_set():
            raise KeyboardInterrupt


def _raise_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _handling(handler: Any) -> Iterator[None]:
    """Signals that end a program go to the handler; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _signals_raise() -> contextlib.AbstractContextManager[None]:
    """SIGTERM and SIGHUP unwind the stack as Ctrl-C does; by default they would leave every process behind."""
    return _handling(_raise_interrupt)


@contextlib.contextmanager
def _signals_hurry() -> Iterator[threading.Event]:
    """A signal while stopping makes it faster, not incomplete."""
    hurry = threading.Event()
    with _handling(lambda number, frame: hurry.set()):
        yield hurry


RUNNER = NvflarePoc()
