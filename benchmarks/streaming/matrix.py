"""Runs the streaming matrix on real POCs and writes docs/design/streaming.md: releases, ways of streaming, faults.

Each release gets a virtual environment below the output folder, unless one is named. What was measured is kept in
docs/design/streaming.json: a run of some cells replaces these and leaves the others.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml
from tables import MODES, Cell, Measured, Session, cells_of, render, replace_tables, unnamed

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "docs" / "design" / "streaming.md"
RAW = ROOT / "docs" / "design" / "streaming.json"
RELEASES = ("2.8.0rc1", "2.8.3", "2.9.0", "2.9.1rc5")
ALONE = ("cpu-starved", "not-allowed")
"""Cells with a POC of their own: they disturb the others, or need another one than these."""

NO_RECEIVER = "no-receiver"

STOCK = "nvflare.app_common.logging.job_log_streamer.JobLogStreamer"
OURS = "fixlib.flare.JobLogStreamer"
RECEIVER = "fixlib.flare.JobLogReceiver"


@dataclass(frozen=True)
class Poc:
    """One `loggate run`: the cells that share a POC."""

    release: str
    mode: str
    kind: str
    testcases: tuple[dict[str, Any], ...]

    @property
    def streaming(self) -> str:
        """With what the suite is run: a job that names fixlib's components, or lacks a receiver, brings its own."""
        return "off" if self.mode == "job" or self.kind == NO_RECEIVER else self.mode


# ---- what to run -----------------------------------------------------------------------------------------------------


def pocs(suite: dict[str, Any], release: str, mode: str, names: Iterable[str]) -> list[Poc]:
    """The POCs of one release and mode: one for all cells that may share it, one for each other."""
    wanted = [testcase for testcase in suite["testcases"] if testcase["name"] in names]
    if mode == "fixlib":  # for the whole site it has no switch that leaves the receiver out
        wanted = [testcase for testcase in wanted if testcase["name"] != NO_RECEIVER]
    alone = (*ALONE, NO_RECEIVER) if mode == "stock" else ALONE
    kinds = {"together": [t for t in wanted if t["name"] not in alone]}
    kinds |= {name: [t for t in wanted if t["name"] == name] for name in alone}
    return [
        Poc(release, mode, kind, tuple(prepared(testcase, mode) for testcase in testcases))
        for kind, testcases in kinds.items()
        if testcases
    ]


def prepared(testcase: dict[str, Any], mode: str) -> dict[str, Any]:
    """The testcase with the components that `--streaming` does not add; the streaming comes last."""
    received = testcase["name"] != NO_RECEIVER
    if mode != "job" and received:
        return testcase
    changed = copy.deepcopy(testcase)
    components = changed.setdefault("components", {})
    if received:
        components.setdefault("server", []).append({"id": "log_receiver", "path": RECEIVER})
    components.setdefault("client", []).extend(
        {"id": f"log_streamer_{n}", "path": OURS if mode == "job" else STOCK, "args": {"log_file_name": name}}
        for n, name in enumerate(files_of(testcase), 1)
    )
    return changed


def files_of(testcase: dict[str, Any]) -> tuple[str, ...]:
    return tuple(testcase.get("stream", ["log.txt"]))


# ---- run it ----------------------------------------------------------------------------------------------------------


def run(poc: Poc, suite: dict[str, Any], python: Path, out: Path) -> Measured:
    """Run one POC and read its report."""
    folder = out / poc.release / poc.mode / poc.kind
    shutil.rmtree(folder, ignore_errors=True)
    file = write_suite(poc, suite, folder / "suite")
    program = [str(HERE / "not_allowed.py")] if poc.kind == "not-allowed" else ["-m", "gate"]
    command = [sys.executable, *program, "run", str(file), "--streaming", poc.streaming, "--nvflare", str(python)]
    began = time.monotonic()
    with (out / "log.txt").open("a", encoding="utf-8") as log:
        done = subprocess.run(  # noqa: S603 - this checkout's own loggate
            [*command, "-o", str(folder / "report"), "--format", "terminal"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    report = folder / "report" / "report.json"
    if not report.is_file():
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode} and no report; see {out / 'log.txt'}")
    return measured(poc, json.loads(report.read_text(encoding="utf-8")), time.monotonic() - began)


def write_suite(poc: Poc, suite: dict[str, Any], folder: Path) -> Path:
    """The POC's own suite beside a copy of the jobs; a job that names fixlib's components has them in its own code."""
    shutil.copytree(HERE / "jobs", folder / "jobs", ignore=shutil.ignore_patterns("__pycache__"))
    if poc.mode == "job":
        for custom in (folder / "jobs").glob("*/app/custom"):
            shutil.copytree(ROOT / "fixlib", custom / "fixlib", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "suite.yaml"
    file.write_text(yaml.safe_dump({**suite, "testcases": list(poc.testcases)}, sort_keys=False), encoding="utf-8")
    return file


def measured(poc: Poc, report: dict[str, Any], seconds: float) -> Measured:
    """What a POC's report says of its cells."""
    files = {testcase["name"]: files_of(testcase) for testcase in poc.testcases}
    session = Session(
        release=poc.release,
        mode=poc.mode,
        kind=poc.kind,
        date=date.today().isoformat(),
        machine=f"{platform.system()}, {os.cpu_count()} cores, Python {report['environment'].get('python', '?')}",
        fixlib=fixlib_digest(),
        seconds=round(seconds),
        said=unnamed(report),
    )
    return Measured(cells_of(report, poc.release, poc.mode, files), (session,))


def fixlib_digest() -> str:
    """Which fixlib was measured: changes with any byte of its source."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "fixlib").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def environment(release: str, given: dict[str, Path], out: Path) -> Path:
    """The virtual environment of a release: the given one, or one of ours, made when it is needed first."""
    if release in given:
        return given[release]
    folder = out / "venv" / release
    if not (folder / "made").is_file():
        print(f"making an environment for NVFlare {release}", flush=True)  # noqa: T201
        venv.create(folder, with_pip=True, clear=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", f"nvflare=={release}", "numpy"]
        subprocess.run(install, check=True)  # noqa: S603 - pip of the environment just made
        (folder / "made").touch()
    return folder


# ---- write it down ---------------------------------------------------------------------------------------------------


def remember(new: Measured, names: list[str]) -> None:
    """Merge into docs/design/streaming.json and write the tables of docs/design/streaming.md anew."""
    old = msgspec.json.decode(RAW.read_bytes(), type=Measured) if RAW.is_file() else Measured()
    both = old.merged(new)
    rows = [msgspec.json.encode(value).decode() for value in (*both.cells, *both.sessions)]
    cells, sessions = ",\n".join(rows[: len(both.cells)]), ",\n".join(rows[len(both.cells) :])
    RAW.write_text(f'{{"cells": [\n{cells}\n],\n"sessions": [\n{sessions}\n]}}\n', encoding="utf-8")
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(replace_tables(document, render(both, names)), encoding="utf-8")


def arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", nargs="+", default=RELEASES, metavar="R", help=f"default: {' '.join(RELEASES)}")
    parser.add_argument("--streaming", nargs="+", default=list(MODES), choices=list(MODES), metavar="MODE")
    parser.add_argument("--testcase", nargs="+", default=names, choices=names, metavar="NAME")
    parser.add_argument("--python", nargs="+", default=[], metavar="R=PATH", help="a release's Python or environment")
    parser.add_argument(
        "--render", action="store_true", help="run nothing: write the tables from docs/design/streaming.json"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("out/matrix"), metavar="DIR")
    return parser.parse_args()


def main() -> None:
    suite = yaml.safe_load((HERE / "suite.yaml").read_text(encoding="utf-8"))
    names = [str(testcase["name"]) for testcase in suite["testcases"]]
    given = arguments(names)
    if given.render:
        remember(Measured(), names)
        return
    out = given.output.absolute()
    out.mkdir(parents=True, exist_ok=True)
    pythons = {release: Path(path) for release, _, path in (text.partition("=") for text in given.python)}
    for release in given.release:
        python = environment(release, pythons, out)
        for mode in given.streaming:
            for poc in pocs(suite, release, mode, given.testcase):
                found = run(poc, suite, python, out)
                remember(found, names)
                for cell in found.cells:
                    print(line(cell), flush=True)  # noqa: T201


def line(cell: Cell) -> str:
    logs = ", ".join(
        f"{log.site} {log.name} {log.stored:,}/{log.written:,} {log.problem}".rstrip() for log in cell.logs
    )
    errors = f"{cell.clients} / {cell.server} / {cell.parent} ERRORs"
    return f"{cell.release} {cell.mode} {cell.cell}: {cell.status} {cell.reason} {errors}; {logs}"


if __name__ == "__main__":
    main()
