"""Checks a report against grep, line by line: nothing that grep prints may be missing, and nothing uncounted."""

from __future__ import annotations

import mmap
import os
import shlex
import subprocess
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from benchmarks.scan.corpus import GREP

HTML_BYTES = 5_000_000
SHOWN = 5
"""Missing lines that a problem names."""

UNPACK = {".gz": "gzip -dc", ".zst": "zstd -dcq"}

Lines = dict[str, "array[int]"]
"""The numbers of the lines that grep prints, by file."""


class Check(msgspec.Struct, frozen=True):
    """What was compared; `problems` is empty where all is as it must be. Sizes in bytes."""

    printed: int
    findings: int
    html: int
    json: int
    problems: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True, gc=False):
    path: str
    line: int
    end_line: int


class Finding(msgspec.Struct, frozen=True):
    path: str
    line: int
    end_line: int
    also: tuple[Place, ...] = ()
    parts: tuple[Place, ...] = ()

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Its runs of lines: those of its parts, where it is not of one piece."""
        for place in (*(self.parts or (self,)), *self.also):
            yield place.path, place.line, place.end_line


class Issue(msgspec.Struct, frozen=True):
    fingerprint: str
    count: int
    findings: tuple[Finding, ...]


class Counts(msgspec.Struct, frozen=True):
    findings: dict[str, int]


class Skipped(msgspec.Struct, frozen=True):
    path: str
    reason: str


class Report(msgspec.Struct, frozen=True):
    """Of report.json what is checked."""

    counts: Counts
    issues: tuple[Issue, ...]
    skipped: tuple[Skipped, ...] = ()


def check(folder: Path, printed: Lines) -> Check:
    """Compare the reports in the folder with what grep printed."""
    report = read(folder / "report.json")
    html = (folder / "report.html").stat().st_size
    problems = [*_missing(report, printed), *_uncounted(report)]
    if html >= HTML_BYTES:
        problems.append(f"report.html has {html:,} bytes; it must be under {HTML_BYTES:,}")
    return Check(
        printed=sum(map(len, printed.values())),
        findings=sum(len(issue.findings) for issue in report.issues),
        html=html,
        json=(folder / "report.json").stat().st_size,
        problems=tuple(problems),
    )


def read(path: Path) -> Report:
    """What is checked of a report; it may be larger than what one likes to hold."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return msgspec.json.decode(data, type=Report)


def printed_lines(path: Path) -> Lines:
    """The lines that `grep -nE` prints of a file, of what is packed in it, or of all files of a folder."""
    search = f"grep -naoE --null -e {shlex.quote(GREP)}"
    name = shlex.quote(str(path))
    unpack = UNPACK.get(path.suffix)
    command = f"{unpack} {name} | {search} -H --label={name}" if unpack else f"{search} -rH {name}"
    found: Lines = defaultdict(lambda: array("Q"))
    with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}) as grep:  # noqa: S603, S607
        for row in grep.stdout or ():
            file, _, rest = row.partition(b"\0")
            number, lines = int(rest.partition(b":")[0]), found[os.fsdecode(file)]
            if not lines or lines[-1] != number:  # with -o each match has a row
                lines.append(number)
    if grep.returncode > 1:
        raise ValueError(f"{command}: exit code {grep.returncode}")
    return dict(found)


def _missing(report: Report, printed: Lines) -> Iterator[str]:
    spans = _spans(report.issues)
    missing = [(path, line) for path, lines in printed.items() for line in _outside(lines, spans.get(path, []))]
    if missing:
        reasons = {skipped.path: f" (skipped: {skipped.reason})" for skipped in report.skipped}
        named = ", ".join(f"{path}:{line}{reasons.get(path, '')}" for path, line in missing[:SHOWN])
        yield f"{len(missing):,} lines that grep prints are in no finding: {named}"


def _spans(issues: Iterable[Issue]) -> Mapping[str, list[tuple[int, int]]]:
    """By file, in order, the runs of lines of all findings."""
    found = defaultdict(list)
    for issue in issues:
        for finding in issue.findings:
            for path, line, end_line in finding.places():
                found[path].append((line, end_line))
    return {path: sorted(spans) for path, spans in found.items()}


def _outside(lines: Iterable[int], spans: list[tuple[int, int]]) -> Iterator[int]:
    """The lines that are in none of the spans, which are in order and may overlap."""
    starts, ends, last = [], [], 0
    for start, end in spans:
        last = max(last, end)
        starts.append(start)
        ends.append(last)
    for line in lines:
        before = bisect_right(starts, line) - 1
        if before < 0 or ends[before] < line:
            yield line


def _uncounted(report: Report) -> Iterator[str]:
    told, listed = sum(report.counts.findings.values()), sum(len(issue.findings) for issue in report.issues)
    if told != listed:
        yield f"counts tell of {told:,} findings, listed are {listed:,}"
    wrong = [issue.fingerprint for issue in report.issues if issue.count != len(issue.findings)]
    if wrong:
        yield f"{len(wrong):,} issues have another count than findings: {', '.join(wrong[:SHOWN])}"
