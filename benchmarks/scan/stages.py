"""Where the time of a scan goes, by the rooms of gate/.

    python benchmarks/scan/stages.py PATH [--write TITLE] [OPTIONS OF SCAN]

Some hundred times in a second of CPU time (user and system) a signal asks which function of loggate is at work. What it
calls elsewhere (`re`, msgspec, the search, the kernel) counts for it; imports are a room of their own. The CPU time is
then divided among the answers. So little is asked that the scan is hardly slowed down, as it would be by a profiler
that hooks each call. Worker processes that are forked are asked, too; what others take is told as theirs. A thread's
work counts for what the main thread does meanwhile.

`--write` remembers the profile under this title in docs/design/scan-stages.json and writes the section of
docs/design/benchmarks.md; `--render`, without a PATH, only writes it. For the start of the command alone: `python -X
importtime -m gate --version`. For the number of calls: `python -m cProfile -s tottime -m gate scan PATH`.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import gate
from benchmarks.document import DOCS, rewrite, table

HOUSE = Path(gate.__file__).parent
EVERY_S = 0.001
"""As often as the kernel's clock goes, if that is less often."""

IMPORTS, OUTSIDE = "imports", "outside loggate"
UNASKED = "workers that could not be asked"
MAIN, WORKERS = "main process", "workers"
FUNCTIONS = 12
RAW = DOCS / "scan-stages.json"
SECTION = "stages"


class Tick(NamedTuple):
    """What was at work at a moment."""

    process: str
    room: str
    function: str


class Asking:
    """Asks this process, and those that it forks, what they do; all of them append the answers to one file."""

    def __init__(self, file: Path) -> None:
        self._out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._process = MAIN
        signal.signal(signal.SIGPROF, self._ask)
        os.register_at_fork(after_in_child=self._go_on)
        atexit.register(self.stop)  # Python gives up its handlers before it ends, and a signal would then kill it
        self._start()

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _start(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def _go_on(self) -> None:
        """A timer does not outlive a fork."""
        self._process = WORKERS
        self._start()

    def _ask(self, _number: int, frame: FrameType | None) -> None:
        os.write(self._out, "\t".join((self._process, *at_work(frame))).encode() + b"\n")


def at_work(frame: FrameType | None) -> tuple[str, str]:
    """The room and the function of the innermost frame of loggate."""
    while frame:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib"):
            return IMPORTS, ""
        path = Path(code.co_filename)
        if HOUSE in path.parents:
            if code.co_name == "<module>":
                return IMPORTS, ""
            inside = path.relative_to(HOUSE).with_suffix("")
            return inside.parts[0], f"{'.'.join(inside.parts)}.{code.co_name}"
        frame = frame.f_back
    return OUTSIDE, ""


# ---- figures: pure ---------------------------------------------------------------------------------------------------


class Profile(NamedTuple):
    """Seconds of CPU time by process, by room and process, and by function, the dearest first."""

    wall: float
    cpu: dict[str, float]
    rooms: list[tuple[str, float, float]]
    functions: list[tuple[str, float]]
    answers: int


def profile(ticks: Sequence[Tick], cpu: dict[str, float], wall: float) -> Profile:
    """The CPU times, divided among the answers."""
    answers = Counter(tick.process for tick in ticks)
    rooms: dict[str, dict[str, float]] = defaultdict(lambda: {MAIN: 0.0, WORKERS: 0.0})
    functions: dict[str, float] = defaultdict(float)
    for tick in ticks:
        seconds = cpu[tick.process] / answers[tick.process]
        rooms[tick.room][tick.process] += seconds
        functions[tick.function] += seconds
    functions.pop("", None)
    if not answers[WORKERS]:
        rooms[UNASKED][WORKERS] = cpu[WORKERS]
    by_room = [(room, round(spent[MAIN], 3), round(spent[WORKERS], 3)) for room, spent in rooms.items()]
    by_function = [(name, round(spent, 3)) for name, spent in functions.items()]
    return Profile(
        wall=round(wall, 3),
        cpu={process: round(seconds, 3) for process, seconds in cpu.items()},
        rooms=sorted((row for row in by_room if row[1] + row[2] > 0), key=lambda row: -row[1] - row[2]),
        functions=sorted(by_function, key=lambda row: -row[1])[:FUNCTIONS],
        answers=len(ticks),
    )


def render(found: Profile) -> str:
    """Rooms, then functions with what they call outside of loggate; rooms below a hundredth are added up."""
    both = sum(found.cpu.values())
    shown = [row for row in found.rooms if row[1] + row[2] >= both / 100]
    rest = [row for row in found.rooms if row not in shown]
    if rest:
        shown.append((f"{len(rest)} more", sum(row[1] for row in rest), sum(row[2] for row in rest)))
    rows = [
        [room, f"{main:.2f}", f"{workers:.2f}", f"{(main + workers) / both * 100:.0f} %"]
        for room, main, workers in shown
    ]
    spent = ", ".join(f"{process} {seconds:.2f} s" for process, seconds in found.cpu.items())
    return "\n\n".join(
        [
            table(["room", f"{MAIN} (s)", f"{WORKERS} (s)", "share"], rows, right=(1, 2, 3)),
            table(["function", "s"], [[f"`{name}`", f"{each:.2f}"] for name, each in found.functions], right=(1,)),
            f"Wall time {found.wall:.2f} s; CPU time: {spent}; {found.answers:,} answers.",
        ]
    )


def read(file: Path) -> list[Tick]:
    return [Tick(*line.split("\t")) for line in file.read_text(encoding="utf-8").splitlines()]


# ---- the command -----------------------------------------------------------------------------------------------------


def scan(options: Sequence[str], folder: Path) -> Profile:
    """Run a scan as the command would, from its first import on."""
    sys.argv = ["loggate", "scan", *options, "-o", str(folder / "report")]
    began, before, asking = time.perf_counter(), _cpu(resource.RUSAGE_SELF), Asking(folder / "ticks")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            from gate.cli import main as loggate

            loggate()
        except SystemExit as ended:
            code = ended.code
    asking.stop()
    if code not in (0, 1):
        raise SystemExit(f"exit code {code}")
    cpu = {MAIN: _cpu(resource.RUSAGE_SELF) - before, WORKERS: _cpu(resource.RUSAGE_CHILDREN)}
    return profile(read(folder / "ticks"), cpu, time.perf_counter() - began)


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def remember(title: str, found: Profile) -> None:
    """Keep it in docs/design/scan-stages.json, in the place of what had this title."""
    from benchmarks.scan.compare import source_digest  # late: the scan's own imports are measured
    from benchmarks.scan.measure import machine

    about = f"Measured on {date.today().isoformat()} (loggate's source {source_digest()}). {machine({})}."
    held = remembered() | {title: {"about": about, **found._asdict()}}
    RAW.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def remembered() -> dict[str, dict[str, Any]]:
    return dict(json.loads(RAW.read_bytes())) if RAW.is_file() else {}


def section() -> str:
    """All profiles, each with its title."""
    parts = []
    for title, values in remembered().items():
        about = values.pop("about")
        parts.append(f"**{title}**\n\n{render(Profile(**values))} {about}")
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?")
    parser.add_argument("--write", metavar="TITLE", help="remember it, and write the document's section")
    parser.add_argument("--render", action="store_true", help="scan nothing: write the document's section")
    given, options = parser.parse_known_args()
    if not (given.path or given.render):
        parser.error("a PATH to scan, or --render")
    if given.path:
        with tempfile.TemporaryDirectory(prefix="loggate-stages-") as name:
            found = scan([given.path, *options], Path(name))
        sys.stdout.write(f"{render(found)}\n")
    if given.path and given.write:
        remember(given.write, found)
    if given.write or given.render:
        rewrite(SECTION, section())


if __name__ == "__main__":
    main()
