"""Measures whole processes: wall time, CPU time and memory, by the operating system's own accounting."""

from __future__ import annotations

import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

LAUNCH = Path(__file__).with_name("launch.py")
MB = 1_000_000
LOOK_S = 0.01
"""How often the memory of all processes is added up, in a run whose time does not count."""


class Failed(Exception):
    """A command could not be run as it must."""


class Program(NamedTuple):
    """What is measured: its name in the tables and its command, a shell's when it has a pipe in it."""

    name: str
    command: str
    codes: tuple[int, ...] = (0, 1)

    @property
    def arguments(self) -> list[str]:
        return ["sh", "-c", self.command] if "|" in shlex.split(self.command) else shlex.split(self.command)


class Sample(NamedTuple):
    """One run: seconds, and bytes of the largest process and of all at once (0 unless it was looked at)."""

    wall_s: float
    cpu_s: float
    largest: int
    together: int


class Measured(msgspec.Struct, frozen=True):
    """The runs of a program, in their order: seconds and MB; `together_mb` is of a run of its own."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    largest_mb: tuple[float, ...]
    together_mb: float

    @property
    def wall(self) -> float:
        return statistics.median(self.wall_s)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_s)

    @property
    def largest(self) -> float:
        return max(self.largest_mb)


def sample(program: Program, folder: Path, *, loops: int = 1, every: float = 0.0) -> Sample:
    """Run a program in the folder, its output to a file there; seconds are those of one loop."""
    command = [sys.executable, "-I", "-S", str(LAUNCH), "output", str(loops), str(every), *program.arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - a rival's command
    if done.returncode:
        raise Failed(f"{program.command}: cannot be measured: {done.stderr.strip()[-300:]}")
    *figures, code = done.stdout.split()
    if int(code) not in program.codes:
        said = (folder / "output.err").read_text(encoding="utf-8", errors="replace").strip()
        raise Failed(f"{program.command}: exit code {code}: {said[-300:]}")
    return Sample(float(figures[0]) / loops, float(figures[1]) / loops, int(figures[2]), int(figures[3]))


def measured(runs: Sequence[Sample], memory: Sample) -> Measured:
    """The runs that count for their time, and the one that counts for the memory of all processes."""
    return Measured(
        wall_s=tuple(round(run.wall_s, 4) for run in runs),
        cpu_s=tuple(round(run.cpu_s, 4) for run in runs),
        largest_mb=tuple(round(run.largest / MB, 1) for run in runs),
        together_mb=round(memory.together / MB, 1),
    )


def ratio(one: Measured, other: Measured) -> float:
    """The median of the wall times' ratios, run by run."""
    return statistics.median(a / b for a, b in zip(one.wall_s, other.wall_s, strict=True))


def machine(tools: Mapping[str, Sequence[str]]) -> str:
    """What a reader must know of it: cores, system, Python, and the tools' versions."""
    versions = [version for command in tools.values() if (version := _first_line(command))]
    return ", ".join(
        [f"{os.cpu_count()} cores", platform.system(), f"Python {platform.python_version()}", *sorted(set(versions))]
    )


def _first_line(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - `--version`
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip("* \n")
