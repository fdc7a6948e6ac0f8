"""What the scan is measured with: corpora, what it is compared with, and what it must reach."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.scan.corpus import GREP
from benchmarks.scan.measure import Program

KB, MB, GB = 10**3, 10**6, 10**9
MEMORY_MB = 150


class Rival(NamedTuple):
    """Another way to do it; `{path}` and `{grep}` stand for the corpus and the pattern. `at_most`: the aim's ratio."""

    name: str
    command: str
    at_most: float | None = None

    @property
    def missing(self) -> str:
        """The first of its tools that is not installed ("" when all are)."""
        tools = [part.split()[0] for part in self.command.split(" | ")]
        return next((tool for tool in tools if not tool.startswith("{") and not shutil.which(tool)), "")

    def program(self, path: Path) -> Program:
        names = {"path": shlex.quote(str(path)), "grep": shlex.quote(GREP), "python": shlex.quote(sys.executable)}
        return Program(self.name, self.command.format(**names))


class Case(NamedTuple):
    """A corpus and the aims: ratios to the rivals, seconds, MB of all processes together.

    `size` is in bytes (for `findings` their number); a case without a corpus measures the start of the command.
    """

    name: str
    corpus: str
    size: int
    share: float
    rivals: tuple[Rival, ...]
    command: str = "{loggate} scan {path} -o {out}"
    seconds: float | None = None
    memory: float | None = None
    loops: int = 1
    big: bool = False

    def program(self, loggate: Path, path: Path, out: Path) -> Program:
        names = {"loggate": loggate, "path": path, "out": out}
        return Program("loggate", self.command.format(**{key: shlex.quote(str(name)) for key, name in names.items()}))


def _grep(options: str, at_most: float | None = None) -> Rival:
    return Rival(f"grep {options}", f"grep {options} {{grep}} {{path}}", at_most)


def _rg(options: str, at_most: float | None = None) -> Rival:
    return Rival(f"rg {options}", f"rg {options} {{grep}} {{path}}", at_most)


def _unpacked(unpack: str, at_most: float) -> Rival:
    return Rival(f"{unpack} | rg -n", f"{unpack} {{path}} | rg -n {{grep}}", at_most)


_SPARSE = 0.007
_DENSE = 0.08

CASES = (
    Case("large", "large", GB, _SPARSE, (_grep("-nE", 1.0), _rg("-n", 2.0)), memory=MEMORY_MB),
    Case("large-10gb", "large", 10 * GB, _SPARSE, (_grep("-nE", 1.0), _rg("-n", 2.0)), memory=MEMORY_MB, big=True),
    Case("many", "many", GB, _SPARSE, (_grep("-rnE", 1.0), _rg("-n", 2.0)), memory=MEMORY_MB),
    Case(
        "suite",
        "suite",
        MB,
        0.05,
        (_grep("-rnE"), _rg("-n")),
        command="{loggate} scan {path} -o {out} --layout '{{testcase}}/{{site}}/**'",
        seconds=0.25,
        loops=5,
    ),
    Case(
        "version",
        "",
        0,
        0.0,
        (Rival("python -c pass", "{python} -c pass", 4.0),),
        command="{loggate} --version",
        loops=10,
    ),
    Case("dense", "large", GB, _DENSE, (_rg("-n", 6.0), _grep("-nE"))),
    Case("findings", "findings", 1_000_000, 1.0, (_rg("-n"), _grep("-nE")), memory=MEMORY_MB),
    Case("gzip", "gzip", GB, _SPARSE, (_unpacked("zcat", 1.0),)),
    Case("zstd", "zstd", GB, _SPARSE, (_unpacked("zstd -dc", 1.0),)),
    Case("long", "long", GB, _SPARSE, (_rg("-n"), _grep("-nE"))),
    Case("binary", "binary", GB, _SPARSE, (_rg("-na"), _grep("-naE"))),
    Case("repeated", "repeated", GB, _DENSE, (_rg("-n"), _grep("-nE"))),
)
