"""Whether a scan still costs what it did: counts instructions, which a busy machine does not change.

    python benchmarks/guard.py [--update] [--repeat N] [--slower 1.3]

Under valgrind's cachegrind `loggate scan` and a plain Python loop (benchmarks/reference.py) read the same corpora: a
small one, one with more matching lines, one with more files, a large one, and one with more bytes than this. Their
differences are what a megabyte, a line that grep prints, and a small file cost; what then remains of the small and of
the large corpus is the start of each. All of this is divided by the loop's own, and must not exceed what guard.json has
for this Python by more than its margin.

Instructions are those of one process, in user space: all runs on one core, where loggate starts no other. Waiting, the
kernel's work and how much goes on at the same time are not seen here: benchmarks/scan/compare.py sees them.

Exit code 1: something has become dearer. `--update` makes what is found the new bounds. `--repeat` counts several times
and tells how far apart the counts are. `--slower 1.3` shows that it fires: loggate is given that
much more of bytes, matching lines and files than is counted for it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.document import table
from benchmarks.scan import corpus

BOUNDS = Path(__file__).with_name("guard.json")
REFERENCE = Path(__file__).with_name("reference.py")
MB = 1_000_000
SMALL, LARGE, MORE = MB, 50 * MB, 50 * MB
FILES, MORE_FILES = 20, 200
SPARSE, DENSE = 0.007, 0.08
STRETCH = 100
"""Lines of one kind in a row: even the small corpus has all kinds."""

COUNT = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
SCAN = [sys.executable, "-m", "gate", "scan", "-o", "report"]
LOOP = [sys.executable, "-s", "-S", str(REFERENCE), "rows.json"]
_REFS = re.compile(r"I\s+refs:\s+([\d,]+)")


class Unmeasurable(click.ClickException):
    """There are no counts, or nothing to hold them against."""

    exit_code = 2


class Corpora(NamedTuple):
    """Folders: two corpora, and those that have more matching lines or files than the small one, or more bytes than
    the large one.
    """

    small: Path
    lines: Path
    files: Path
    large: Path
    bytes: Path


class Costs(NamedTuple):
    """Instructions for each of what a scan's cost depends on."""

    start: float
    large: float
    per_mb: float
    per_line: float
    per_file: float

    def over(self, other: Costs) -> Costs:
        return Costs(*(mine / its for mine, its in zip(self, other, strict=True)))


TITLES = ("the start", "the start with a large log", "a megabyte", "a line that grep prints", "a file of 5 KB")
"""What people call them, in the same order."""


class Bounds(NamedTuple):
    """What guard.json has for one environment."""

    ratios: Costs
    margin: float


# ---- figures: pure ---------------------------------------------------------------------------------------------------


class Amounts(NamedTuple):
    """Of what a corpus has how much."""

    bytes: float
    lines: float
    files: float


def costs(counts: Mapping[str, int], amounts: Mapping[str, Amounts]) -> Costs:
    """From the counts of the corpora to what each thing costs."""

    def per(name: str, base: str) -> float:
        more = getattr(amounts[name], name) - getattr(amounts[base], name)
        return (counts[name] - counts[base]) / float(more)

    each = Amounts(per("bytes", "large"), per("lines", "small"), per("files", "small"))
    small, large = (
        counts[name] - sum(cost * has for cost, has in zip(each, amounts[name], strict=True))
        for name in ("small", "large")
    )
    return Costs(small, large, *each)


def dearer(ratios: Costs, bounds: Bounds) -> list[str]:
    """What exceeds its bound by more than the margin."""
    each = zip(TITLES, ratios, bounds.ratios, strict=True)
    return [title for title, ratio, bound in each if ratio > bound * bounds.margin]


def render(ours: Costs, loop: Costs, bounds: Bounds | None) -> str:
    """A row for each cost, in thousands of instructions."""
    head = ["instructions (thousands) for", "loggate", "the loop", "ratio", "bound", "kept"]
    rows = []
    for number, (title, ratio) in enumerate(zip(TITLES, ours.over(loop), strict=True)):
        most = bounds.ratios[number] * bounds.margin if bounds else None
        limit = ["", ""] if most is None else [f"{most:.2f}", "yes" if ratio <= most else "**no**"]
        rows.append([title, f"{ours[number] / 1000:,.0f}", f"{loop[number] / 1000:,.0f}", f"{ratio:.2f}", *limit])
    return table(head, rows, right=range(1, 5))


def instructions(said: Sequence[str]) -> int:
    """What the process counted; a forked one goes on from its parent's count, and so makes it worthless."""
    if len(said) > 1:
        raise Unmeasurable(f"{len(said)} processes were counted where one was expected")
    found = _REFS.search(said[0]) if said else None
    if not found:
        raise Unmeasurable(f"valgrind did not count: {''.join(said).strip()[-300:]}")
    return int(found[1].replace(",", ""))


def spreads(ratios: Sequence[Costs]) -> str:
    """How far apart the least and the greatest ratio are, as a share of the least."""
    each = zip(TITLES, zip(*ratios, strict=True), strict=True)
    told = [f"{title} {(max(values) / min(values) - 1) * 100:.2f} %" for title, values in each]
    return f"\nSpread of the ratios over {len(ratios)} runs: {', '.join(told)}"


# ---- count -----------------------------------------------------------------------------------------------------------


def make(folder: Path, times: float = 1.0) -> Corpora:
    """The corpora; with `times` so many times as much of each thing more than the small or the large one has."""
    made = Corpora(*(folder / name for name in Corpora._fields))
    small = _parts(_log(SMALL, SPARSE), FILES)
    _write(made.small, small)
    _write(made.lines, _parts(_log(SMALL, SPARSE + (DENSE - SPARSE) * times), FILES))
    _write(made.files, [*small, *_parts(_log(round(SMALL * times), 0.0), round(MORE_FILES * times))])
    _write(made.large, [*small, _log(LARGE, 0.0)])
    _write(made.bytes, [*small, _log(LARGE + round(MORE * times), 0.0)])
    return made


def amounts(corpora: Corpora) -> dict[str, Amounts]:
    """What each corpus has: megabytes, lines that grep prints, files."""
    return {name: _amounts(path) for name, path in corpora._asdict().items()}


def _amounts(folder: Path) -> Amounts:
    texts = [file.read_bytes() for file in folder.iterdir()]
    lines = sum(1 for text in texts for line in text.split(b"\n") if re.search(corpus.GREP.encode(), line))
    return Amounts(sum(map(len, texts)) / MB, lines, len(texts))


def _log(size: int, share: float) -> bytes:
    return b"".join(corpus.blocks(size, share, 1, STRETCH))


def _parts(data: bytes, count: int) -> list[bytes]:
    """So many parts, of whole lines, about equal."""
    lines = data.splitlines(keepends=True)
    return [b"".join(lines[len(lines) * n // count : len(lines) * (n + 1) // count]) for n in range(count)]


def _write(folder: Path, files: Sequence[bytes]) -> None:
    folder.mkdir(parents=True)
    for number, data in enumerate(files):
        (folder / f"{number:04d}.log").write_bytes(data)


def count(command: Sequence[str], codes: Sequence[int], folder: Path) -> int:
    """The instructions of a command."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "GIT_COMMIT": "0"}  # so that no git is started and counted
    log = folder / "counted"
    log.mkdir()
    done = subprocess.run(  # noqa: S603 - this checkout's own programs
        [*COUNT, f"--log-file={log}/%p", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [file.read_text(encoding="utf-8", errors="replace") for file in log.iterdir()]
    shutil.rmtree(log)
    if done.returncode not in codes:
        raise Unmeasurable(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    return instructions(said)


def count_scan(corpora: Corpora, work: Path) -> dict[str, int]:
    """What loggate takes for each of the corpora."""
    return {name: count([*SCAN, str(path)], (0, 1), work) for name, path in corpora._asdict().items()}


def count_loop(corpora: Corpora, work: Path) -> dict[str, int]:
    """What the loop takes."""
    return {name: count([*LOOP, str(path)], (0,), work) for name, path in corpora._asdict().items()}


# ---- the command -----------------------------------------------------------------------------------------------------


def environment() -> str:
    """What counts depend on besides the source."""
    return f"cachegrind, {platform.machine()}, Python {'.'.join(platform.python_version_tuple()[:2])}"


def known() -> Bounds | None:
    """The bounds for this environment; None where nobody has set them, or not for all that is counted now."""
    held = json.loads(BOUNDS.read_bytes())
    ratios = held["ratios"].get(environment(), {})
    return Bounds(Costs(**ratios), held["margin"]) if set(ratios) == set(Costs._fields) else None


def update(ratios: Costs) -> None:
    """Make these the bounds of this environment; those of others stay."""
    held = json.loads(BOUNDS.read_bytes())
    held["ratios"][environment()] = {name: float(f"{ratio:.4g}") for name, ratio in ratios._asdict().items()}
    BOUNDS.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")


@click.command()
@click.option("--update", "updates", is_flag=True, help="Make what is found the new bounds.")
@click.option("--repeat", default=1, show_default=True, help="Count so many times and tell the spread.")
@click.option("--slower", default=1.0, show_default=True, help="Give loggate so many times what is counted for it.")
def main(*, updates: bool, repeat: int, slower: float) -> None:
    """Count, and compare with the bounds."""
    if not shutil.which(COUNT[0]):
        raise Unmeasurable(f"{COUNT[0]} is not installed")
    bounds = known()
    if not (bounds or updates):
        raise Unmeasurable(
            f"no bounds for {environment()}: set them with --update, on a state that is known to be good"
        )
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="loggate-guard-") as name:
        work = Path(name)
        given, told = make(work / "given", slower), make(work / "told")
        count([*SCAN, str(told.small)], (0, 1), work)  # compiles what is not compiled yet
        counted = [(count_scan(given, work), count_loop(told, work)) for _ in range(repeat)]
        has = amounts(told)
    each = [(costs(ours, has), costs(loop, has)) for ours, loop in counted]
    ours, loop = each[0]
    click.echo(render(ours, loop, bounds))
    if repeat > 1:
        click.echo(spreads([ours.over(loop) for ours, loop in each]))
    if updates:
        update(ours.over(loop))
    elif bounds and (names := dearer(ours.over(loop), bounds)):
        raise click.ClickException(f"dearer than guard.json allows: {', '.join(names)}")


if __name__ == "__main__":
    main()
