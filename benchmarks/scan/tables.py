"""From what was measured to the tables of docs/design/benchmarks.md; pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from benchmarks.document import table
from benchmarks.scan.cases import CASES, Case, Rival
from benchmarks.scan.check import HTML_BYTES, Check
from benchmarks.scan.measure import MB, Measured, ratio

OURS = "loggate"


class Result(msgspec.Struct, frozen=True):
    """A case that was run: by name what was measured of each program; `absent` says which tool a rival lacks.

    `size` is the corpus' bytes on disk, and `scale` how much of the aimed size; `loggate` says which source was
    measured.
    """

    case: str
    date: str
    machine: str
    loggate: str
    size: int
    programs: dict[str, Measured]
    scale: float = 1.0
    absent: dict[str, str] = {}
    check: Check | None = None


class Results(msgspec.Struct, frozen=True):
    """What docs/design/scan.json holds."""

    results: tuple[Result, ...] = ()

    def merged(self, newer: Iterable[Result]) -> Results:
        """What is measured anew takes the place of its predecessor; the cases' order is theirs."""
        by_name = {result.case: result for result in (*self.results, *newer)}
        return Results(tuple(by_name[case.name] for case in CASES if case.name in by_name))


def render(results: Sequence[Result]) -> str:
    """All tables, with when and where they were measured."""
    parts = [times(results), memory(results), checks(results), _about(results)]
    return "\n\n".join(part for part in parts if part)


def times(results: Sequence[Result]) -> str:
    """A row for each rival of each case: wall time and its ratio, CPU time, aim."""
    head = ["case", "size", "loggate (s)", "rival", "rival (s)", "ratio", "aim", "met", "CPU (s), loggate / rival"]
    return table(head, [row for result in results for row in _times(result, _case(result))], right=(5,))


def memory(results: Sequence[Result]) -> str:
    """A row for each case: the largest process and all at once."""
    head = ["case", "largest process (MB)", "all processes (MB)", "aim", "met", "rivals' largest process (MB)"]
    rows = []
    for result in results:
        ours, aim = result.programs[OURS], _case(result).memory
        others = ", ".join(
            f"{_code(name)} {each.largest:.0f}" for name, each in result.programs.items() if name != OURS
        )
        aimed = (f"{aim:.0f} MB", met(max(ours.largest, ours.together_mb) <= aim)) if aim else ("", "")
        rows.append([result.case, f"{ours.largest:.0f}", f"{ours.together_mb:.0f}", *aimed, others])
    return table(head, rows, right=(1, 2))


def checks(results: Sequence[Result]) -> str:
    """A row for each case whose report was compared with grep."""
    head = [
        "case",
        "lines that grep prints",
        "of these in a finding",
        "findings",
        "report.json (MB)",
        "report.html (MB)",
    ]
    rows = [
        [
            result.case,
            f"{check.printed:,}",
            "**not all**" if check.problems else "all",
            f"{check.findings:,}",
            f"{check.json / MB:.1f}",
            f"{check.html / MB:.1f} {'' if check.html < HTML_BYTES else '(**not** under 5)'}".strip(),
        ]
        for result in results
        if (check := result.check)
    ]
    return table(head, rows, right=(1, 3, 4, 5)) if rows else ""


def met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def spread(values: Sequence[float]) -> str:
    """The median, the least and the greatest, in seconds."""
    digits = 2 if statistics.median(values) >= 1 else 3
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _times(result: Result, case: Case) -> Iterator[list[str]]:
    ours = result.programs[OURS]
    start = [result.case, _size(result), spread(ours.wall_s)]
    if case.seconds:
        yield [*start, "", "", "", f"{case.seconds:g} s", met(ours.wall <= case.seconds), f"{ours.cpu:.2f}"]
    for rival in case.rivals:
        if rival.name in result.absent:
            missing = f"skipped: {result.absent[rival.name]} is not installed"
            yield [*start, _code(rival.name), missing, "", "", "", ""]
        elif rival.name in result.programs:
            yield [*start, *_against(ours, rival, result.programs[rival.name])]


def _against(ours: Measured, rival: Rival, theirs: Measured) -> list[str]:
    times = ratio(ours, theirs)
    aim = [f"{rival.at_most:g} x", met(times <= rival.at_most)] if rival.at_most else ["", ""]
    cpu = f"{ours.cpu:.2f} / {theirs.cpu:.2f}"
    return [_code(rival.name), spread(theirs.wall_s), f"{times:.2f}", *aim, cpu]


def _code(name: str) -> str:
    """As code in a table's cell, where a pipe would end the cell."""
    return "`" + name.replace("|", "\\|") + "`"


def _size(result: Result) -> str:
    if not result.size:
        return ""
    return f"{result.size / MB:,.0f} MB" if result.size < 1_000 * MB else f"{result.size / MB / 1_000:,.1f} GB"


def _about(results: Sequence[Result]) -> str:
    """When, where and with which source, once for what was measured alike."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        scale = "" if result.scale == 1 else f", **sizes times {result.scale:g}**"
        alike.setdefault((result.date, result.machine, result.loggate, scale), []).append(result.case)
    return "\n".join(
        f"Measured on {date} (loggate's source {source}{scale}): {', '.join(cases)}. {machine}."
        for (date, machine, source, scale), cases in alike.items()
    )


def _case(result: Result) -> Case:
    return next(case for case in CASES if case.name == result.case)
