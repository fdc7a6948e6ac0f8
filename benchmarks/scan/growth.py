"""How the cost of a scan grows: over bytes, from 1 MB to 10 GB, and over findings, from none to a million.

    python benchmarks/scan/growth.py [bytes] [findings] [--scale 0.01] [--repeat 3] [--folder DIR] [--write]

Over bytes the corpus is `large` with 0.7 % of its lines for a grep, and each size is the beginning of the next one (10
GB on the disk). Over findings it is always a million lines, more and more of which are ERROR entries. Each point is
the median of `--repeat` runs, after one that does not count; memory is that of a further one, whose report is compared
with grep. What `linear` is worth is a number: the slope of the cost over the size, both by their logarithms, over the
last points, after the cost of the smallest corpus (the start of the command; over findings, the search) is taken off.

`--write` remembers the figures in docs/design/scan-growth.json, draws docs/design/scan-growth.svg and writes the
section of docs/design/benchmarks.md; `--render` only draws and writes.
"""

from __future__ import annotations

import math
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from benchmarks import document
from benchmarks.scan import compare, corpus, measure
from benchmarks.scan.cases import CASES
from benchmarks.scan.check import check, printed_lines
from benchmarks.scan.measure import MB, Program

RAW = document.DOCS / "scan-growth.json"
PLOT = document.DOCS / "scan-growth.svg"
SECTION = "growth"
SIZES = (*(lead * 10**digits for digits in (6, 7, 8, 9) for lead in (1, 3)), 10**10)
LINES = 1_000_000
COUNTS = (0, *(lead * 10**digits for digits in (2, 3, 4, 5) for lead in (1, 3)), LINES)
LAST = 4
"""Points of the upper part, through which the slope goes."""

SHARE = 0.007
KINDS = ("bytes", "findings")
_BLUE, _RED, _GREY, _LIGHT = "#1b6ca8", "#c8553d", "#777777", "#dddddd"


class Point(msgspec.Struct, frozen=True):
    """What a scan took: seconds, and MB of the largest process and of all together."""

    kind: str
    bytes: int
    findings: int
    wall_s: float
    cpu_s: float
    largest_mb: float
    together_mb: float

    @property
    def size(self) -> int:
        return self.bytes if self.kind == "bytes" else self.findings


class Growth(msgspec.Struct, frozen=True):
    """What docs/design/scan-growth.json holds."""

    date: str = ""
    machine: str = ""
    loggate: str = ""
    points: tuple[Point, ...] = ()

    def of(self, kind: str) -> list[Point]:
        return sorted((point for point in self.points if point.kind == kind), key=lambda point: point.size)


class Slope(msgspec.Struct, frozen=True):
    """Exponents of wall and CPU time over the upper part, whose sizes go from `first` to `last`."""

    wall: float
    cpu: float
    first: int
    last: int


# ---- figures: pure ---------------------------------------------------------------------------------------------------


def slope(points: Sequence[Point]) -> Slope | None:
    """How the cost grows at the end; None where there are too few points, or one costs no more than the smallest."""
    upper = points[1:][-LAST:]
    walls = [point.wall_s - points[0].wall_s for point in upper]
    cpus = [point.cpu_s - points[0].cpu_s for point in upper]
    if len(upper) < 2 or min(*walls, *cpus) <= 0:
        return None
    sizes = [point.size for point in upper]
    return Slope(exponent(sizes, walls), exponent(sizes, cpus), sizes[0], sizes[-1])


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of the line that fits both logarithms best: 1 is linear, 2 quadratic."""
    fit = statistics.linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs])
    return fit.slope


def section(growth: Growth) -> str:
    """The section: the plot, in a sentence what it shows, and the figures."""
    parts = ["![The cost of a scan over bytes and over findings](scan-growth.svg)"]
    for kind in KINDS:
        points = growth.of(kind)
        if points:
            parts += [_in_words(kind, slope(points)), _table(points)]
    return "\n\n".join([*parts, f"Measured on {growth.date} (loggate's source {growth.loggate}). {growth.machine}."])


def _in_words(kind: str, found: Slope | None) -> str:
    if found is None:
        return f"Over {kind}: too few points, or too small a cost, for a slope."
    return (
        f"Over {kind}, from {found.first:,} to {found.last:,}, wall time grows with the power {found.wall:.2f} "
        f"and CPU time with the power {found.cpu:.2f} (1 is linear)."
    )


def _table(points: Sequence[Point]) -> str:
    head = ["MB", "findings", "wall (s)", "CPU (s)", "largest process (MB)", "all processes (MB)"]
    rows = [
        [
            f"{point.bytes / MB:,.0f}",
            f"{point.findings:,}",
            f"{point.wall_s:.2f}",
            f"{point.cpu_s:.2f}",
            f"{point.largest_mb:.0f}",
            f"{point.together_mb:.0f}",
        ]
        for point in points
    ]
    return document.table(head, rows, right=range(6))


# ---- measure ---------------------------------------------------------------------------------------------------------


def over_bytes(folder: Path, scale: float) -> Iterator[Path]:
    """The corpora, the largest first: it is written once and then cut, at a line's end."""
    path = folder / "bytes.log"
    sizes = [round(size * scale) for size in SIZES]
    corpus.large(path, sizes[-1], SHARE, compare.SEED)
    for size in reversed(sizes):
        cut(path, size)
        yield path
    path.unlink()


def cut(path: Path, size: int) -> None:
    """Leave of a file the whole lines within so many bytes."""
    with path.open("r+b") as file:
        file.seek(max(0, size - MB))
        file.truncate(file.tell() + file.read(min(size, MB)).rfind(b"\n") + 1)


def over_findings(folder: Path, scale: float) -> Iterator[Path]:
    path, lines = folder / "findings.log", round(LINES * scale)
    for count in dict.fromkeys(round(count * scale) for count in COUNTS):
        corpus.entries(path, lines, count, compare.SEED)
        yield path
    path.unlink()


CORPORA = {"bytes": over_bytes, "findings": over_findings}


def point(kind: str, path: Path, loggate: Path, work: Path, repeat: int) -> Point:
    """Scan a corpus, several times."""
    out = work / "report"
    case = next(case for case in CASES if case.name == "large")
    program = case.program(loggate, path, out)
    memory = measure.sample(program, work, every=measure.LOOK_S)
    found = check(out, printed_lines(path))
    if found.problems:
        raise click.ClickException("\n  ".join(["a report is not as it must be", *found.problems]))
    runs = list(_runs(program, work, repeat, out))
    return Point(
        kind=kind,
        bytes=path.stat().st_size,
        findings=found.findings,
        wall_s=round(statistics.median(run.wall_s for run in runs), 4),
        cpu_s=round(statistics.median(run.cpu_s for run in runs), 4),
        largest_mb=round(max(run.largest for run in (memory, *runs)) / MB, 1),
        together_mb=round(memory.together / MB, 1),
    )


def _runs(program: Program, work: Path, repeat: int, out: Path) -> Iterator[measure.Sample]:
    for _ in range(repeat):
        shutil.rmtree(out)
        yield measure.sample(program, work)


# ---- draw ------------------------------------------------------------------------------------------------------------


def draw(growth: Growth, path: Path) -> None:
    """Cost above, memory below; over bytes on the left, over findings on the right."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "loggate", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6), sharex="col", layout="constrained")
    for kind, cost, memory in zip(KINDS, *axes, strict=True):
        points = [point for point in growth.of(kind) if point.size]
        if points:
            _draw_cost(cost, points)
            _draw_memory(memory, points)
        memory.set_xlabel({"bytes": "bytes, 0.7 % of the lines match", "findings": "findings in a million lines"}[kind])
    axes[0][0].set_ylabel("seconds")
    axes[1][0].set_ylabel("MB")
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def _draw_cost(axes: Any, points: Sequence[Point]) -> None:
    sizes = [point.size for point in points]
    axes.loglog(sizes, [point.wall_s for point in points], "o-", color=_BLUE, label="wall time")
    axes.loglog(sizes, [point.cpu_s for point in points], "s--", color=_RED, label="CPU time")
    axes.loglog(sizes, [points[-1].wall_s * size / sizes[-1] for size in sizes], ":", color=_GREY, label="linear")
    axes.set_ylim(bottom=min(min(point.cpu_s, point.wall_s) for point in points) / 3)
    _finish(axes)


def _draw_memory(axes: Any, points: Sequence[Point]) -> None:
    sizes = [point.size for point in points]
    axes.semilogx(sizes, [point.largest_mb for point in points], "o-", color=_BLUE, label="largest process")
    axes.semilogx(sizes, [point.together_mb for point in points], "s--", color=_RED, label="all processes")
    axes.set_ylim(bottom=0)
    _finish(axes)


def _finish(axes: Any) -> None:
    axes.grid(visible=True, color=_LIGHT)
    axes.legend()


# ---- the command -----------------------------------------------------------------------------------------------------


def remembered() -> Growth:
    return msgspec.json.decode(RAW.read_bytes(), type=Growth) if RAW.is_file() else Growth()


def merged(old: Growth, new: Growth) -> Growth:
    """Kinds that are measured anew take the place of their predecessors."""
    kinds = {point.kind for point in new.points}
    kept = tuple(point for point in old.points if point.kind not in kinds)
    return msgspec.structs.replace(new, points=(*kept, *new.points))


def _write_down(growth: Growth) -> None:
    draw(growth, PLOT)
    document.rewrite(SECTION, section(growth))


@click.command()
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS), metavar="[bytes] [findings]")
@click.option("--repeat", default=3, show_default=True, help="Runs of each point.")
@click.option("--scale", default=1.0, show_default=True, help="Times all sizes, to try it out.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the corpora stand while they are measured.")
@click.option("--loggate", type=click.Path(path_type=Path), default=Path(sys.executable).with_name("loggate"))
@click.option("--plot", type=click.Path(path_type=Path), help="Also draw the plot into this file.")
@click.option("--write", is_flag=True, help="Remember the figures, draw the plot and write the document's section.")
@click.option("--render", is_flag=True, help="Run nothing: draw and write from docs/design/scan-growth.json.")
def main(
    kinds: tuple[str, ...],
    *,
    repeat: int,
    scale: float,
    folder: Path | None,
    loggate: Path,
    plot: Path | None,
    write: bool,
    render: bool,
) -> None:
    """Measure how the cost grows over bytes, over findings, or over both."""
    if render:
        _write_down(remembered())
        return
    if write and scale != 1:
        raise click.UsageError("--write: figures of other sizes are not kept")
    points = []
    with tempfile.TemporaryDirectory(prefix="loggate-growth-", dir=folder) as name:
        for kind in kinds or KINDS:
            for path in CORPORA[kind](Path(name), scale):
                points.append(point(kind, path, loggate.absolute(), Path(name), repeat))
                click.echo(f"{kind}: {points[-1].bytes:,} bytes, {points[-1].findings:,} findings", err=True)
    growth = Growth(date.today().isoformat(), measure.machine({}), compare.source_digest(), tuple(points))
    click.echo(section(growth))
    if plot:
        draw(growth, plot)
    if write:
        growth = merged(remembered(), growth)
        RAW.write_bytes(msgspec.json.format(msgspec.json.encode(growth)) + b"\n")
        _write_down(growth)


if __name__ == "__main__":
    main()
