"""How fast NVFlare's own log streaming and fixlib's are, side by side on a real POC: throughput, latency, idle CPU.

    python benchmarks/streaming_speed.py --nvflare VENV [-o DIR] [--repeat N]

Each repeat runs the same job (benchmarks/speed) without streaming, with stock and with fixlib, one after the other. The
job writes to its sites' log.txt what this script orders, and the script watches the server's copies. It measures

- idle CPU: the CPU time of the server's and the sites' processes (parents and jobs) while nothing is logged; what
  streaming costs is the difference to the runs without streaming;
- latency: from the moment at which a line is logged to the one at which it is seen in the server's copy. The lines come
  at random gaps of 0.02 to 2 s, from both sites;
- throughput: from the first byte of a flood that is stored to the last one, of one site and of both at once.

In the end each copy is compared with the site's file. Linux only.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from gate.runners.flare import processes

SUITE = Path(__file__).resolve().parent / "speed" / "suite.yaml"
SITES = ("site-1", "site-2")
MODES = ("off", "stock", "fixlib")
MIB = 1 << 20
START_LIMIT_S = 120.0
STALL_LIMIT_S = 60.0
SETTLE_S = 5.0
LOOK_S = 0.001
_STAMP = re.compile(rb"stamp (\d+\.\d+)[^\n]*\n")


class Unmeasurable(click.ClickException):
    """A run did not get as far as its figures."""


# ---- figures: pure ---------------------------------------------------------------------------------------------------


class Span(NamedTuple):
    """What was stored between two moments (seconds)."""

    began: float
    ended: float
    size: int


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least so many percent of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def stored_span(samples: Sequence[tuple[float, int]], begin: int, end: int) -> Span:
    """From the first look at which a byte behind `begin` was stored to the first at which all before `end` were.

    What the first of them saw took its time before it, so that it does not count.
    """
    first = next((when, size) for when, size in samples if size > begin)
    last = next((when, size) for when, size in samples if size >= end)
    return Span(first[0], last[0], min(last[1], end) - min(first[1], end))


def rate(spans: Sequence[Span]) -> float:
    """MiB/s of all of them together, from the first one's begin to the last one's end."""
    seconds = max(span.ended for span in spans) - min(span.began for span in spans)
    return sum(span.size for span in spans) / MIB / seconds if seconds else float("inf")


class Row(NamedTuple):
    """A line of the table; `met` says whether stock's and fixlib's medians meet the aim."""

    key: str
    title: str
    form: str
    aim: str
    met: Callable[[float, float], bool]


ROWS = (
    Row("one_mib_s", "throughput, one client (MiB/s)", ".1f", "4 x stock", lambda s, f: f >= 4 * s),
    Row("two_mib_s", "throughput, two clients together (MiB/s)", ".1f", "4 x stock", lambda s, f: f >= 4 * s),
    Row("p50_ms", "latency p50 (ms)", ".0f", "a fifth of stock", lambda s, f: f <= s / 5),
    Row("p95_ms", "latency p95 (ms)", ".0f", "a fifth of stock", lambda s, f: f <= s / 5),
    Row("idle_site", "idle CPU, a client (% of a core)", ".2f", "under 0.5", lambda s, f: f < 0.5),
    Row("idle_server", "idle CPU, the server with two clients (% of a core)", ".2f", "under 0.5", lambda s, f: f < 0.5),
)


def with_idle_costs(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The streaming runs, each with what streaming costs an idle site (the mean of both) and the server.

    That is the difference to the run without streaming of the same repeat: the machine's own pace drifts.
    """
    without = {run["repeat"]: run["cpu"] for run in runs if run["mode"] == "off"}
    found = []
    for run in (run for run in runs if run["mode"] != "off"):
        more = {name: used - without[run["repeat"]][name] for name, used in run["cpu"].items()}
        sites = statistics.mean(more[site] for site in more if site != "server")
        found.append(run | {"idle_site": sites, "idle_server": more["server"]})
    return found


def table(runs: Sequence[dict[str, Any]]) -> str:
    """Medians (least to greatest) of the runs as Markdown."""
    lines = ["| | stock | fixlib | fixlib / stock | aim | met |", "|---|---|---|---|---|---|"]
    measured = with_idle_costs(runs)
    for row in ROWS:
        values = {mode: [run[row.key] for run in measured if run["mode"] == mode] for mode in MODES[1:]}
        stock, fixlib = (statistics.median(values[mode]) for mode in MODES[1:])
        cells = [_spread(values[mode], row.form) for mode in MODES[1:]]
        ratio = f"{fixlib / stock:.2f}" if stock > 0 and not row.key.startswith("idle") else ""
        met = "yes" if row.met(stock, fixlib) else "**no**"
        lines.append(f"| {' | '.join([row.title, *cells, ratio, row.aim, met])} |")
    return "\n".join(lines) + "\n"


def _spread(values: Sequence[float], form: str) -> str:
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


# ---- a running job ---------------------------------------------------------------------------------------------------


class Job:
    """The running job: gives orders to its sites and looks at the server's copies of their logs."""

    def __init__(self, output: Path, run: subprocess.Popen[bytes]) -> None:
        self.poc, self._run = output / "poc", run
        self.folders = self._wait_for_sites()
        self.id = next(iter(self.folders.values())).name
        self.prod = next(iter(self.folders.values())).parents[1]
        self._orders = dict.fromkeys(self.folders, 0)

    def _wait_for_sites(self) -> dict[str, Path]:
        """Each site's run folder, once its task has begun."""
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end and self._run.poll() is None:
            found = {path.parents[1].name: path.parent for path in self.poc.glob("workspace/*/prod_00/site-*/*/orders")}
            if set(found) == set(SITES):
                return found
            time.sleep(0.1)
        raise Unmeasurable("the job did not begin")

    def order(self, site: str, do: str, **what: Any) -> Path:
        """Give an order; the path will hold the answer."""
        self._orders[site] += 1
        path = self.folders[site] / "orders" / f"{self._orders[site]}.json"
        new = path.with_suffix(".order")
        new.write_text(json.dumps({"do": do, **what}))
        new.rename(path)
        return path.with_suffix(".done")

    def answers(self, expected: dict[str, Path]) -> dict[str, dict[str, Any]]:
        """The answers that are there."""
        if self._run.poll() is not None:
            raise Unmeasurable("the job has ended early")
        return {site: json.loads(path.read_text()) for site, path in expected.items() if path.is_file()}

    def copy(self, site: str) -> Path:
        """The server's copy: fixlib's in the job's run folder, stock's staged in the temporary folder until the end."""
        place = self.prod / "server" / self.id / site / "log.txt"
        return place if place.is_file() else self.poc / "tmp" / self.id / site / "log.txt"

    def stored(self, site: str) -> int:
        try:
            return self.copy(site).stat().st_size
        except OSError:
            return 0

    def is_whole(self, site: str) -> bool:
        """Whether the copy holds all that the site has written, and nothing else; new lines get some time."""
        log, end = self.folders[site] / "log.txt", time.monotonic() + STALL_LIMIT_S
        while self.stored(site) < log.stat().st_size and time.monotonic() < end:
            time.sleep(0.1)
        with log.open("rb") as written, self.copy(site).open("rb") as copy:
            while (block := written.read(MIB)) == copy.read(MIB):
                if not block:
                    return True
        return False

    def cpu_s(self) -> dict[str, float]:
        """The CPU time so far of the server and of each site: its parent process and its job's."""
        run_id = json.loads((self.poc / ".loggate.json").read_text())["run_id"]
        used: dict[str, float] = {}
        for pid in processes.find(run_id):
            words = processes.command_line(pid).split()
            folder = Path(words[words.index("-m", 3) + 1]) if words.count("-m") > 1 else Path()
            if folder.parent == self.prod:
                used[folder.name] = used.get(folder.name, 0.0) + _cpu_s(pid)
        return used


def _cpu_s(pid: int) -> float:
    """CPU time of a process, with all its threads and those that have ended, in nanoseconds where /proc has ticks."""
    return time.clock_gettime(~pid << 3 | 2)  # the clock that clock_getcpuclockid(3) gives


@contextlib.contextmanager
def running(mode: str, output: Path, nvflare: str | None) -> Iterator[Job]:
    """The job of a POC with this streaming; told to end, and ended, afterwards."""
    command = [sys.executable, "-m", "gate", "run", str(SUITE), "-o", str(output), "--streaming", mode, "--exit-zero"]
    said = output / "loggate.txt"
    with said.open("wb") as file:
        chosen = ["--nvflare", nvflare] if nvflare else []
        run = subprocess.Popen([*command, *chosen], stdout=file, stderr=subprocess.STDOUT)  # noqa: S603 - ourselves
    try:
        job = Job(output, run)
        yield job
        for site in SITES:
            job.order(site, "end")
        run.wait()
    except Unmeasurable as error:
        raise Unmeasurable(f"{error.message}: see {said}") from error
    finally:
        run.terminate()
        run.wait()


# ---- measurements ----------------------------------------------------------------------------------------------------


def idle_cpu(job: Job, seconds: float) -> dict[str, float]:
    """Percent of a core that the server and each site use while nothing is logged."""
    expected = {site: job.order(site, "idle", seconds=SETTLE_S + seconds + 1) for site in SITES}
    time.sleep(SETTLE_S)
    began, before = time.monotonic(), job.cpu_s()
    time.sleep(seconds)
    after, passed = job.cpu_s(), time.monotonic() - began
    while len(job.answers(expected)) < len(expected):
        time.sleep(0.1)
    if before.keys() != after.keys() or set(after) != {"server", *SITES}:
        raise Unmeasurable(f"the CPU time of {', '.join(before)} was found")
    return {name: 100 * (after[name] - before[name]) / passed for name in sorted(after)}


def latencies(job: Job, seconds: float) -> list[float]:
    """Seconds from logging to being stored, of each stamp of both sites."""
    read = {site: job.stored(site) for site in SITES}
    expected = {site: job.order(site, "stamps", seconds=seconds) for site in SITES}
    found: list[float] = []
    answers: dict[str, dict[str, Any]] = {}
    quiet = time.monotonic()
    while time.monotonic() - quiet < STALL_LIMIT_S:
        for site in SITES:
            if job.stored(site) > read[site]:
                now = time.time()
                with job.copy(site).open("rb") as copy:
                    copy.seek(read[site])
                    data = copy.read()
                data = data[: data.rfind(b"\n") + 1]
                read[site] += len(data)
                found += [now - float(stamp[1]) for stamp in _STAMP.finditer(data)]
                quiet = time.monotonic()
        if time.monotonic() - quiet > 1:
            answers = job.answers(expected)
            if len(answers) == len(SITES) and len(found) >= sum(answer["count"] for answer in answers.values()):
                return found
        time.sleep(LOOK_S)
    raise Unmeasurable(f"only {len(found)} stamps were stored ({answers})")


def flood(job: Job, sites: Sequence[str], mib: int) -> list[Span]:
    """Let the sites write at once, and watch until all of it is stored."""
    at = time.time() + 3
    expected = {site: job.order(site, "flood", mib=mib, at=at) for site in sites}
    samples: dict[str, list[tuple[float, int]]] = {site: [(time.monotonic(), job.stored(site))] for site in sites}
    answers: dict[str, dict[str, Any]] = {}
    while True:
        for site, seen in samples.items():
            size = job.stored(site)
            if size != seen[-1][1]:
                seen.append((time.monotonic(), size))
        if len(answers) < len(expected):
            answers = job.answers(expected) if time.time() > at else {}
        elif all(samples[site][-1][1] >= answers[site]["end"] for site in sites):
            return [stored_span(samples[site], answers[site]["begin"], answers[site]["end"]) for site in sites]
        elif time.monotonic() - max(seen[-1][0] for seen in samples.values()) > STALL_LIMIT_S:
            raise Unmeasurable(f"a flood came to a halt: {[seen[-1][1] for seen in samples.values()]} of {answers}")
        time.sleep(LOOK_S)


def measure(mode: str, output: Path, nvflare: str | None, *, seconds: float, mib: int) -> dict[str, Any]:
    """All figures of one run."""
    result: dict[str, Any] = {"mode": mode, "load_before": os.getloadavg()[0]}
    with running(mode, output, nvflare) as job:
        result["cpu"] = idle_cpu(job, seconds)
        if mode == "off":
            return result
        times = [1e3 * value for value in latencies(job, seconds)]
        result["stamps"] = len(times)
        result["p50_ms"], result["p95_ms"] = percentile(times, 50), percentile(times, 95)
        result["max_ms"] = max(times)
        result["one_mib_s"] = rate(flood(job, SITES[:1], mib))
        both = flood(job, SITES, mib)
        result["two_mib_s"] = rate(both)
        result["two_each_mib_s"] = [rate([span]) for span in both]
        result["whole"] = all(job.is_whole(site) for site in SITES)
    return result


# ---- the command -----------------------------------------------------------------------------------------------------


@click.command(help=(__doc__ or "").split("\n", 1)[0])
@click.option("--nvflare", metavar="VENV", help="Python or virtual environment whose NVFlare is under test.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default="streaming-speed", show_default=True)
@click.option("--repeat", default=3, show_default=True, help="Runs of each kind.")
@click.option("--seconds", default=60.0, show_default=True, help="Length of the idle and the latency measurement.")
@click.option("--mib", default=64, show_default=True, help="Size of a flood.")
def main(nvflare: str | None, output: Path, repeat: int, seconds: float, mib: int) -> None:
    output = output.absolute()  # as the processes name their folders
    output.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {"settings": {"repeat": repeat, "seconds": seconds, "mib": mib}, "runs": []}
    runs: list[dict[str, Any]] = content["runs"]
    for number, mode in itertools.product(range(1, repeat + 1), MODES):
        folder = Path(tempfile.mkdtemp(prefix=f"{mode}-{number}-", dir=output))
        run = measure(mode, folder, nvflare, seconds=seconds, mib=mib)
        runs.append({"repeat": number, **_rounded(run)})
        click.echo(f"{mode} {number}: {json.dumps(runs[-1])}")
        environment = json.loads((folder / "report.json").read_text())["environment"]
        content["machine"] = {"system": platform.system(), "cores": os.cpu_count()} | {
            name: environment[name] for name in ("python", "nvflare")
        }
        shutil.rmtree(folder)  # the floods' logs, several times over; after a failure they stay
        (output / "streaming-speed.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (output / "streaming-speed.md").write_text(table(runs), encoding="utf-8")
    click.echo("\n" + table(runs))
    if not all(each.get("whole", True) for each in runs):
        raise click.ClickException("a copy on the server is not the site's log: see `whole` in streaming-speed.json")


def _rounded(value: Any) -> Any:
    """Three decimals for all numbers."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
