"""The scan beside grep and ripgrep: wall time, CPU, memory, and whether the report has all that grep prints.

    python benchmarks/scan/compare.py [CASE...] [--scale 0.1] [--repeat 5] [--folder DIR] [--write]

Without a CASE all but the big ones (`--big`). Each case is run with loggate and its rivals in turn, `--repeat` times,
forwards and backwards, after a run of each that does not count: the page cache is warm, and what disturbs the machine
disturbs all alike. Ratios are the medians of the rounds' own. A rival's output goes to a file, for grep stops at the
first match when nobody wants its output. Memory is told by the operating system: wait4's ru_maxrss of the largest
process (9 MB at least: those of the program that starts it), and the sum of all processes' proportional set
sizes, every 10 ms in a further run.

After each run of loggate its report is compared with grep, line by line. A difference ends the command with 1, and
nothing is remembered.

`--folder` keeps the corpora for the next time; without it each is made in a temporary folder and removed after its
case. `--write` remembers the figures in docs/design/scan.json and writes the tables of docs/design/benchmarks.md;
`--render` only writes these.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import msgspec

from benchmarks import document
from benchmarks.scan import corpus, measure, tables
from benchmarks.scan.cases import CASES, Case
from benchmarks.scan.check import Check, Lines, check, printed_lines
from benchmarks.scan.measure import Program, Sample

RAW = document.DOCS / "scan.json"
SECTION = "scan"
ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {"gzip": ".log.gz", "zstd": ".log.zst", "many": "", "suite": ""}
TOOLS = {"grep": ["grep", "--version"], "rg": ["rg", "--version"], "zstd": ["zstd", "--version"]}
SEED = 1


def run(case: Case, path: Path, loggate: Path, work: Path, repeat: int) -> tables.Result:
    """Measure a case with its corpus and check each of its reports."""
    out = work / "report"
    ours = case.program(loggate, path, out)
    absent = {rival.name: rival.missing for rival in case.rivals if rival.missing}
    rivals = [rival.program(path) for rival in case.rivals if rival.name not in absent]
    checker = Checker(out, printed_lines(path)) if case.corpus else None
    samples, memory = _rounds([ours, *rivals], work, repeat, case.loops, checker)
    return tables.Result(
        case=case.name,
        date=date.today().isoformat(),
        machine=measure.machine(TOOLS),
        loggate=source_digest(),
        size=size_of(path) if case.corpus else 0,
        programs={name: measure.measured(runs, memory[name]) for name, runs in samples.items()},
        absent=absent,
        check=checker.result if checker else None,
    )


class Checker:
    """Compares each report with what grep prints; the problems of all of them are kept."""

    def __init__(self, out: Path, printed: Lines) -> None:
        self._out, self._printed = out, printed
        self.result: Check | None = None

    def look(self) -> None:
        found = check(self._out, self._printed)
        before = self.result.problems if self.result else ()
        self.result = msgspec.structs.replace(found, problems=tuple(dict.fromkeys((*before, *found.problems))))
        shutil.rmtree(self._out)


def _rounds(
    programs: list[Program], work: Path, repeat: int, loops: int, checker: Checker | None
) -> tuple[dict[str, list[Sample]], dict[str, Sample]]:
    """Each program's runs; first one that does not count and one for the memory."""

    def once(program: Program, *, loops: int = 1, every: float = 0.0) -> Sample:
        sample = measure.sample(program, work, loops=loops, every=every)
        if checker and program is programs[0]:
            checker.look()
        return sample

    for program in programs:
        once(program)
    memory = {program.name: once(program, every=measure.LOOK_S) for program in programs}
    samples: dict[str, list[Sample]] = {program.name: [] for program in programs}
    for number in range(repeat):
        for program in programs if number % 2 == 0 else programs[::-1]:
            samples[program.name].append(once(program, loops=loops))
    return samples, memory


def made(case: Case, folder: Path, scale: float) -> Path:
    """The case's corpus: made now, unless the same generator has made it in this folder before."""
    maker = hashlib.sha256(Path(corpus.__file__).read_bytes()).hexdigest()[:8]
    size = round(case.size * scale) if case.corpus != "suite" else case.size
    suffix = SUFFIXES.get(case.corpus, ".log")
    path = folder / f"{case.corpus}-{size}-{case.share}-{SEED}-{maker}{suffix}"
    if not path.exists():
        unfinished = folder / f"unfinished{suffix}"
        _remove(unfinished)
        corpus.MAKERS[case.corpus](unfinished, size, case.share, SEED)
        unfinished.rename(path)
    return path


def size_of(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def source_digest() -> str:
    """Which loggate was measured: changes with any byte of its source."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "gate").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _corpora(folder: Path | None, work: Path) -> Iterator[Path]:
    """Where a case's corpus stands: in the folder that keeps them, or in one that goes with the case."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(dir=work) as name:
        yield Path(name)


# ---- the command -----------------------------------------------------------------------------------------------------


def remembered() -> tables.Results:
    return msgspec.json.decode(RAW.read_bytes(), type=tables.Results) if RAW.is_file() else tables.Results()


def remember(new: list[tables.Result]) -> None:
    """Merge into docs/design/scan.json, a case a line."""
    rows = ",\n".join(json.dumps(msgspec.to_builtins(result)) for result in remembered().merged(new).results)
    RAW.write_text(f'{{"results": [\n{rows}\n]}}\n', encoding="utf-8")


def _chosen(names: tuple[str, ...], big: bool) -> list[Case]:
    return [case for case in CASES if case.name in names or (not names and (big or not case.big))]


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([case.name for case in CASES]), metavar="[CASE]...")
@click.option("--repeat", default=5, show_default=True, help="Rounds.")
@click.option("--scale", default=1.0, show_default=True, help="Times the corpora's sizes, to try it out.")
@click.option("--big", is_flag=True, help="With the case of 10 GB.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the corpora here.")
@click.option("--loggate", type=click.Path(path_type=Path), default=Path(sys.executable).with_name("loggate"))
@click.option("--json", "raw", type=click.Path(path_type=Path), help="Also write the figures to this file.")
@click.option("--write", is_flag=True, help="Remember the figures and write the document's tables.")
@click.option("--render", is_flag=True, help="Run nothing: write the tables from docs/design/scan.json.")
def main(
    names: tuple[str, ...],
    *,
    repeat: int,
    scale: float,
    big: bool,
    folder: Path | None,
    loggate: Path,
    raw: Path | None,
    write: bool,
    render: bool,
) -> None:
    """Run cases (default: all but the big ones) and print their tables."""
    if render:
        document.rewrite(SECTION, tables.render(remembered().results))
        return
    if write and scale != 1:
        raise click.UsageError("--write: figures of other sizes are not kept")
    results = []
    with tempfile.TemporaryDirectory(prefix="loggate-scan-") as name:
        for case in _chosen(names, big):
            click.echo(f"{case.name} ...", err=True)
            with _corpora(folder, Path(name)) as corpora:
                path = made(case, corpora, scale) if case.corpus else Path()
                result = run(case, path, loggate.absolute(), Path(name), repeat)
            results.append(msgspec.structs.replace(result, scale=scale))
    click.echo(tables.render(results))
    if raw:
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    _complain(results)
    if write:
        remember(results)
        document.rewrite(SECTION, tables.render(remembered().results))


def _complain(results: list[tables.Result]) -> None:
    problems = [f"{result.case}: {each}" for result in results if result.check for each in result.check.problems]
    if problems:
        raise click.ClickException("\n  ".join(["a report is not as it must be", *problems]))


if __name__ == "__main__":
    main()
