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

from gate.config import Suite, SuiteTestcase
from gate.model import Evidence, Testcase
from gate.runners import Progress, RunOptions
from gate.runners.flare import interpreter, jobs, provision, streaming, workspace
from gate.runners.flare.collect import Collected, Collector, Settling
from gate.runners.flare.schedule import Run, Schedule
from gate.runners.flare.streams import COMPLETED, Sites
from gate.runners.flare.system import System

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class NvflarePoc:
    """The runner `nvflare-poc`."""

    def run(self, suite: Suite, options: RunOptions, progress: Progress) -> Iterator[Evidence]:
        """Prepare, start, run, collect, stop; the shared logs and the environment come last."""
        python = interpreter.probe(options.python)
        provision.refuse_unusable(options.output.absolute(), python.python)
        with _Signals().handled() as signals, workspace.claim(options.output, keep=options.keep_workspace) as place:
            logs = workspace.fresh_logs(options.output)
            progress.note(f"preparing a POC of NVFlare {python.nvflare} with {', '.join(suite.clients)}")
            place.make_folders(python)
            runs = [_prepare(suite, testcase, place.jobs, progress) for testcase in suite.testcases]
            layout = provision.provision(suite, place, python, provision.free_ports())
            streaming.deploy(suite, layout)
            collector = Collector(layout, logs)
            system = PocSystem(place, python, layout)
            with _stopped_at_the_end(system, signals, progress):
                progress.note("starting the POC")
                system.start(tuple({testcase.study for testcase in suite.testcases if testcase.study}))
                capacity = provision.max_jobs(layout)
                for run in Schedule(runs, system, progress, capacity=capacity).ended():
                    evidence = _evidence(suite, run, collector)
                    progress.testcase(run.name, "collected", run.problem or run.status)
                    yield evidence
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


def _prepare(suite: Suite, testcase: SuiteTestcase, folder: Path, progress: Progress) -> Run:
    progress.testcase(testcase.name, "queued")
    timeout_s = suite.timeout if testcase.timeout is None else testcase.timeout
    return Run(testcase, jobs.prepare(suite, testcase, folder), timeout_s)


def _evidence(suite: Suite, run: Run, collector: Collector) -> Evidence:
    sites = jobs.sites_of(suite, run.testcase)
    streamed = [] if suite.streaming == "off" else [(s, f) for s in sites if s != "server" for f in run.testcase.stream]
    collected = collector.testcase(run.name, run.job_id, sites, streamed) if run.job_id else Collected()
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
    streams = Sites(run.name, collected.logs, run.status).streams(streamed, collected.stored)
    return Evidence((testcase,), collected.logs, streams=streams)


def _environment(suite: Suite, python: interpreter.Interpreter) -> dict[str, str]:
    return {
        "nvflare": python.nvflare,
        "python": python.python_version,
        "streaming": suite.streaming,
        "clients": ", ".join(suite.clients),
    }


# ---- whatever happens, everything is stopped -------------------------------------------------------------------------


class _Signals:
    """The first signal unwinds the stack; those that follow, or come while stopping, make the stop faster.

    SIGTERM and SIGHUP would otherwise end us at once and leave every process behind.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.hurry = threading.Event()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            self.hurry.set()
        else:
            self.stopping = True
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def handled(self) -> Iterator[_Signals]:
        """Handle signals; only a program's main thread can, and what it ignores (nohup) stays ignored."""
        before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            wanted = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            before = {number: signal.signal(number, self) for number in wanted}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _stopped_at_the_end(system: System, signals: _Signals, progress: Progress) -> Iterator[None]:
    completed = False
    try:
        yield
        completed = True
    finally:
        signals.stopping = True
        progress.note("stopping the POC")
        if left := system.stop(signals.hurry, ask=completed):
            progress.note(f"could not be stopped: processes {', '.join(map(str, sorted(left)))}")
        if completed and signals.hurry.is_set():
            raise KeyboardInterrupt


RUNNER = NvflarePoc()
