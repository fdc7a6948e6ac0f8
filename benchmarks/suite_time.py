"""Where a suite's wall time goes: runs it for real, and draws each testcase's way through the server.

    python benchmarks/suite_time.py [SUITE.yaml] [-o DIR] [--repeat N] [--docs DIR]

Each repeat runs `loggate run SUITE.yaml` as a user does. What loggate did when is read off the lines that it prints as
it goes; when a job was submitted, picked, started and ended is what the server itself wrote down. Given are

- the bound: no order of the jobs can take less than max(the sum of their durations / max_jobs, the longest of them)
  from the first submission to the last job's end. A job's duration is the server's own figure, from RUNNING to
  FINISHED, as it was in this run: on few cores jobs that run together make each other slower;
- what there is on top of it, in the same seconds: places at the server that are empty before their first job, between
  two jobs and after their last one;
- what the command needs before the first submission and after the last job's end.

With --docs, the picture and the raw figures of the median run are written there.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import click

from gate.runners.flare.schedule import seconds

SUITE = Path(__file__).resolve().parents[1] / "config" / "poc.yaml"
STORAGE = Path("poc/workspace/jobs-storage")
SERVER = Path("poc/workspace/loggate/prod_00/server/local")
AIM = 1.15
_LINE = re.compile(r"\[ *[\d.]+ s\] ([^:\n]+)(?:: (\w+))?")


class Unmeasurable(click.ClickException):
    """A run did not get as far as its figures."""


# ---- figures: pure ---------------------------------------------------------------------------------------------------


class Job(NamedTuple):
    """A testcase's moments, in seconds since the command began, in the order of time.

    `submitted` to the server, `picked` by its scheduler, `running` and `ended` as the server says, `collected` with
    all its logs, `judged`.
    """

    name: str
    submitted: float
    picked: float
    running: float
    ended: float
    collected: float
    judged: float

    @property
    def duration(self) -> float:
        return self.ended - self.running


class Session(NamedTuple):
    """A run of the command: its jobs, and when it began to prepare, to start and to stop the POC, and to report."""

    jobs: tuple[Job, ...]
    capacity: int
    preparing: float
    starting: float
    stopping: float
    reporting: float
    ended: float
    load: tuple[float, float] = (0.0, 0.0)

    @property
    def first(self) -> float:
        """When the first job was submitted."""
        return min(job.submitted for job in self.jobs)

    @property
    def last(self) -> float:
        """When the last job ended."""
        return max(job.ended for job in self.jobs)

    @property
    def ratio(self) -> float:
        """How long the jobs took together, by their bound."""
        return (self.last - self.first) / bound(self)

    @property
    def command_ratio(self) -> float:
        """How long the command took, by the bound and what it takes to prepare, start and stop a POC."""
        poc = (self.first - self.preparing) + (self.reporting - self.stopping)
        return self.ended / (bound(self) + poc)


def bound(session: Session) -> float:
    """What the jobs must take at least, whatever their order: the server runs `capacity` of them at once."""
    durations = [job.duration for job in session.jobs]
    return max(sum(durations) / session.capacity, *durations)


def places(session: Session) -> list[list[Job]]:
    """The jobs by the place at the server that they took: each the one that was empty for longest."""
    taken: list[list[Job]] = [[] for _ in range(session.capacity)]
    for job in sorted(session.jobs, key=lambda job: job.running):
        min(taken, key=lambda jobs: jobs[-1].ended if jobs else 0.0).append(job)
    return taken


def empty(session: Session) -> dict[str, float]:
    """The seconds for which places were empty, by their number: before their first job, between jobs, after the last.

    Together with the sum of the durations they make up the whole time from the first submission to the last end.
    """
    used = [jobs for jobs in places(session) if jobs]
    unused = (session.capacity - len(used)) * (session.last - session.first)
    before = sum(jobs[0].running - session.first for jobs in used)
    after = sum(session.last - jobs[-1].ended for jobs in used)
    between = sum(later.running - job.ended for jobs in used for job, later in pairwise(jobs))
    found = {"before": before + unused, "between": between, "after": after}
    return {name: value / session.capacity for name, value in found.items()}


def steps(session: Session) -> list[tuple[str, float]]:
    """What the command did, one step after the other, each with its seconds."""
    idle = empty(session)
    return [
        ("loggate starts, reads the suite", session.preparing),
        ("prepare the POC", session.starting - session.preparing),
        ("start the POC, log in", session.first - session.starting),
        ("the jobs: the sum of their durations / places", sum(job.duration for job in session.jobs) / session.capacity),
        ("the jobs: places empty before their first job", idle["before"]),
        ("the jobs: places empty between two jobs", idle["between"]),
        ("the jobs: places empty after their last job", idle["after"]),
        ("the last job's logs settle, are collected, judged", session.stopping - session.last),
        ("stop the POC, collect the shared logs", session.reporting - session.stopping),
        ("report", session.ended - session.reporting),
    ]


def table(sessions: Sequence[Session]) -> str:
    """The medians of all runs, with their spans where there are several."""

    def row(name: str, values: Sequence[float], form: str = ".1f") -> str:
        span = f" ({min(values):{form}} to {max(values):{form}})" if len(values) > 1 else ""
        return f"| {name} | {statistics.median(values):{form}}{span} |"

    each = [steps(session) for session in sessions]
    lines = [row(name, [run[number][1] for run in each]) for number, (name, _) in enumerate(each[0])]
    lines += [
        row("**first submission to last job's end**", [session.last - session.first for session in sessions]),
        row("**its bound**", [bound(session) for session in sessions]),
        row(f"**by its bound** (aim: {AIM})", [session.ratio for session in sessions], ".3f"),
        row("**the whole command**", [session.ended for session in sessions]),
        row("by bound and prepare, start, stop", [session.command_ratio for session in sessions], ".3f"),
        row("load average before", [session.load[0] for session in sessions], ".2f"),
        row("load average after", [session.load[1] for session in sessions], ".2f"),
    ]
    return "\n".join(["| | seconds |", "|---|---|", *lines])


def median(sessions: Sequence[Session]) -> Session:
    """The run in the middle, by its ratio."""
    return sorted(sessions, key=lambda session: session.ratio)[len(sessions) // 2]


# ---- a run -----------------------------------------------------------------------------------------------------------


def measure(suite: Path, folder: Path) -> Session:
    """Run the suite with the command and read off what was when."""
    command = [sys.executable, "-m", "gate", "run", str(suite), "-o", str(folder), "--keep-workspace"]
    load, began, said = os.getloadavg()[0], time.time(), list[tuple[float, str]]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            said.append((time.time() - began, line))
            click.echo(line, nl=False, err=True)
    ended = time.time() - began
    if not (folder / "report.json").is_file():
        raise Unmeasurable(f"`loggate run` ended with exit code {process.returncode} and no report")
    moments = moments_of(said)
    jobs = tuple(jobs_of(folder, moments, began))
    phases = [moments[phase, ""] for phase in ("preparing", "starting", "stopping", "reporting")]
    return Session(jobs, max_jobs(folder), *phases, ended, (load, os.getloadavg()[0]))


def moments_of(said: Iterable[tuple[float, str]]) -> dict[tuple[str, str], float]:
    """When each testcase came into each state, and (without a state) each phase of the run began.

    The report is what is printed first after the POC's end that is no step.
    """
    found: dict[tuple[str, str], float] = {}
    for when, line in said:
        if step := _LINE.match(line):
            name, state = step[1], step[2] or ""
            found.setdefault((name if state else name.split()[0], state), when)
        elif ("stopping", "") in found:
            found.setdefault(("reporting", ""), when)
    return found


def jobs_of(folder: Path, moments: dict[tuple[str, str], float], began: float) -> Iterable[Job]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    for name, job_id in ((testcase["name"], testcase["job_id"]) for testcase in report["testcases"]):
        meta = read_meta(folder, job_id)
        running = datetime.fromisoformat(meta["start_time"]).timestamp() - began
        yield Job(
            name,
            meta["submit_time"] - began,
            meta["last_schedule_time"] - began,
            running,
            running + (seconds(meta["duration"]) or 0.0),
            moments[name, "collected"],
            moments[name, "judged"],
        )


def read_meta(folder: Path, job_id: str | None) -> dict[str, Any]:
    """What the server wrote down of a job."""
    try:
        meta: dict[str, Any] = json.loads((folder / STORAGE / str(job_id) / "meta").read_text(encoding="utf-8"))
    except OSError as error:
        raise Unmeasurable(f"a testcase has no job that ran: {error}") from error
    return meta


def max_jobs(folder: Path) -> int:
    """How many jobs the server of a run's workspace runs at once."""
    paths = [folder / SERVER / name for name in ("resources.json", "resources.json.default")]
    path = next(path for path in paths if path.is_file())
    components = json.loads(path.read_text(encoding="utf-8"))["components"]
    return int(next(each["args"]["max_jobs"] for each in components if each["id"] == "job_scheduler"))


# ---- the picture -----------------------------------------------------------------------------------------------------

COLOURS = {
    "prepare": "#b8c4d0",
    "start": "#7d93a8",
    "stop": "#7d93a8",
    "report": "#b8c4d0",
    "waits at the server": "#e3e3e3",
    "dispatched": "#f2a33a",
    "runs": "#3a7bbf",
    "settles, is collected": "#58a55c",
}


def bars(job: Job) -> list[tuple[str, float, float]]:
    """A job's states as (name, from, to)."""
    return [
        ("waits at the server", job.submitted, job.picked),
        ("dispatched", job.picked, job.running),
        ("runs", job.running, job.ended),
        ("settles, is collected", job.ended, job.collected),
    ]


def draw(session: Session, path: Path) -> None:
    """The picture: the POC's phases, below them a row for each testcase, and the bound."""
    import matplotlib as mpl

    mpl.use("svg")
    # text as text, and nothing random or of today: the same figures give the same file
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "loggate", "font.family": "sans-serif"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10, 0.28 * len(session.jobs) + 1.6), layout="constrained")
    jobs = sorted(session.jobs, key=lambda job: job.running)
    for number, (_, rows) in enumerate([("POC", _phases(session)), *((job.name, bars(job)) for job in jobs)]):
        for name, start, end in rows:
            axes.barh(number, end - start, left=start, height=0.7, color=COLOURS[name], label=name)
    for job in jobs:
        axes.text(job.running + 0.3, jobs.index(job) + 1, f"{job.duration:.1f} s", va="center", color="w", fontsize=7)
    _mark(axes, session)
    axes.set_yticks(range(len(jobs) + 1), ["POC", *(job.name for job in jobs)], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, session.ended)
    axes.set_xlabel("seconds since the command began")
    axes.spines[["top", "right"]].set_visible(False)
    shown = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(
        [shown[name] for name in list(COLOURS)[4:]], list(COLOURS)[4:], loc="outside upper center", ncols=4, fontsize=8
    )
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def _phases(session: Session) -> list[tuple[str, float, float]]:
    return [
        ("prepare", session.preparing, session.starting),
        ("start", session.starting, session.first),
        ("stop", session.stopping, session.reporting),
        ("report", session.reporting, session.ended),
    ]


def _mark(axes: Any, session: Session) -> None:
    """The POC's phases by name, and lines at the first submission, the bound and the last job's end."""
    axes.text(session.first + 0.4, 0, "prepare, start", va="center", fontsize=7)
    axes.text((session.stopping + session.reporting) / 2, 0, "stop", va="center", ha="center", color="w", fontsize=7)
    limit = session.first + bound(session)
    for when, style in ((session.first, ":"), (limit, "--"), (session.last, ":")):
        axes.axvline(when, color="#b02a2a", linestyle=style, linewidth=1)
    text = f"bound {bound(session):.1f} s, reached {session.last - session.first:.1f} s: {session.ratio:.2f} "
    axes.text(limit - 0.3, 0, text, ha="right", va="center", color="#b02a2a", fontsize=8)


# ---- the command -----------------------------------------------------------------------------------------------------


def raw(sessions: Sequence[Session]) -> dict[str, Any]:
    """All figures, rounded to milliseconds."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        if hasattr(value, "_asdict"):
            return {name: rounded(each) for name, each in value._asdict().items()}
        return [rounded(each) for each in value] if isinstance(value, (tuple, list)) else value

    machine = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    return {"machine": machine, "sessions": [rounded(session) for session in sessions]}


def sessions_of(figures: dict[str, Any]) -> list[Session]:
    """The runs, from their raw figures."""
    jobs = [tuple(Job(**job) for job in each["jobs"]) for each in figures["sessions"]]
    return [Session(**each | {"jobs": own}) for each, own in zip(figures["sessions"], jobs, strict=True)]


@click.command()
@click.argument("suite", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=SUITE)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for the runs.")
@click.option("--repeat", default=3, show_default=True, help="How often the suite runs.")
@click.option("--docs", type=click.Path(file_okay=False, path_type=Path), help="Folder for picture and raw figures.")
def main(suite: Path, output: Path | None, repeat: int, docs: Path | None) -> None:
    """Run the suite and print where its wall time goes."""
    output = output or Path(tempfile.mkdtemp(prefix="suite-time-"))
    figures = raw([measure(suite, output / f"run-{number}") for number in range(1, repeat + 1)])
    sessions = sessions_of(figures)
    click.echo(table(sessions))
    if docs:
        (docs / "suite-time.json").write_text(json.dumps(figures) + "\n", encoding="utf-8")
        draw(median(sessions), docs / "suite-time.svg")


if __name__ == "__main__":
    main()
