"""What a person reads in five seconds after the command ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from gate.model import SHARED, Issue, Report, TestcaseReport
from gate.reports import words
from gate.reports.escape import fitting, inert, one_line, path_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_MANY_TESTCASES = 40
_ISSUES = {"new": 20, "known": 5, "waived": 5}
_PROBLEMS = 20
_CAUSES = 5
_LEFTOVERS = 3
_STYLES = {
    "pass": "green",
    "fail": "bold red",
    "error": "bold yellow",
    "skipped": "dim",
    "new": "bold red",
    "known": "yellow",
    "waived": "dim",
}


_WIDTH = 10_000
"""Columns of a pipe: enough that nothing is wrapped."""

_NARROW_SCREEN = 60
"""Columns below which the table would be a column of syllables."""

_NARROW = str.maketrans("", "", "".join(words.SYMBOLS.values()) + "…›×")
"""Our own signs: one column wide, as ASCII is."""


class Line(NamedTuple):
    """A line of text in the style of a verdict or a disposition, and what goes on in none."""

    text: str
    style: str = ""
    rest: str = ""


Row = tuple[str, Line, str, str]
_HEAD: Row = ("testcase", Line("verdict"), "time", "why")


class TerminalFormat:
    """A table of testcases, the issues, and the verdict with its exit code as the last lines."""

    filename = ""

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        parts = list(_parts(report))
        coloured = _is_coloured(out, printed=folder is None)
        simple = not out.isatty() and not coloured and all(map(_is_simple, parts))
        text = "".join(map(_plain, parts)) if simple else drawn(parts, out, coloured=coloured)
        written = "\n".join(line.rstrip(" ") for line in text.split("\n"))
        out.write(fitting(written, out.encoding or "utf-8"))


# ---- drawing ---------------------------------------------------------------------------------------------------------


def _is_simple(part: Line | list[Row]) -> bool:
    """Whether how wide a part is can be told without rich, which is slow to import."""
    return isinstance(part, Line) or all(
        name.translate(_NARROW).isascii() and len(name) + len(why) < _WIDTH // 2 for name, _, _, why in part
    )


def _plain(part: Line | list[Row]) -> str:
    """The part as rich draws it where there is neither colour nor a border to wrap at."""
    if isinstance(part, Line):
        return f"{part.text}{part.rest}\n"
    rows = [(name, verdict.text, time, why) for name, verdict, time, why in (_HEAD, *part)]
    wide, middle, last = (max(len(row[i]) for row in rows) for i in range(3))
    return "".join(f"{name:{wide}}  {verdict:{middle}}  {time:>{last}}  {why}\n" for name, verdict, time, why in rows)


def drawn(parts: list[Line | list[Row]], out: TextIO, *, coloured: bool = False) -> str:
    """Drawn by rich as it would draw it to `out`: a pipe gets no wrapped lines."""
    from rich.console import Console

    text = StringIO()
    console = Console(
        file=text,
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        width=None if out.isatty() else _WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        safe_box=True,
    )
    for part in parts:
        if isinstance(part, Line):
            console.print(_text(part), soft_wrap=True)  # a path that we wrap cannot be copied
        elif console.width < _NARROW_SCREEN:
            console.print(*map(_listed, part), sep="\n")
        else:
            console.print(_table(part))
    return text.getvalue()


def _is_coloured(out: TextIO, *, printed: bool) -> bool:
    """As https://no-color.org and https://force-color.org have it: each counts if it is not empty, NO_COLOR first."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = printed and os.environ.get("FORCE_COLOR", "0") not in ("", "0")
    return forced or (out.isatty() and os.environ.get("TERM") != "dumb")


def _listed(row: Row) -> Text:
    """A row for a screen on which no table has room; what passed needs no reason."""
    name, verdict, time, why = row
    text = _text(verdict).append(f"  {name}  {time}", style="not bold default")
    return text if verdict.style == "pass" else text.append(f"\n    {why}", style="not bold default")


def _text(line: Line) -> Text:
    from rich.text import Text

    text = Text(line.text, style=_STYLES.get(line.style, ""))
    return text.append(line.rest, style="not bold default") if line.rest else text


def _table(rows: list[Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("testcase", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for name, verdict, time, why in rows:
        table.add_row(Text(name), _text(verdict), time, Text(why))
    return table


# ---- what is told ----------------------------------------------------------------------------------------------------


def _parts(report: Report) -> Iterator[Line | list[Row]]:
    yield Line("")
    yield from _causes(report)
    yield from _testcases(report)
    yield from _issues(report)
    yield from _other_problems(report)
    notes = list(_notes(report))
    yield from [*notes, Line("")] if notes else []
    yield from _verdict(report)


def _causes(report: Report) -> Iterator[Line]:
    for cause in report.causes[:_CAUSES]:
        yield _line(f"{words.SYMBOLS['fail']} {_clean(cause.text, 300)}", "fail")
    if (rest := len(report.causes) - _CAUSES) > 0:
        yield _line(f"  and {words.number(rest, 'more cause')}: see the report", "skipped")
    if report.causes:
        yield Line("")


def _testcases(report: Report) -> Iterator[Line | list[Row]]:
    shown, rest = _shown_testcases(report)
    if shown:
        yield [_row(testcase) for testcase in shown]
    if rest:
        yield _line(f"  and {rest}", "skipped")
    if shown or rest:
        yield Line("")


def _row(testcase: TestcaseReport) -> Row:
    verdict = Line(f"{words.SYMBOLS[testcase.verdict]} {testcase.verdict}", testcase.verdict)
    name = inert(path_text(testcase.name))
    return name, verdict, words.duration(testcase.duration_s), inert(_why(testcase))


def _shown_testcases(report: Report) -> tuple[list[TestcaseReport], str]:
    """All testcases, or of very many the first that did not pass, with words for the others."""
    everything = list(report.testcases)
    if len(everything) <= _MANY_TESTCASES:
        return everything, ""
    shown = [testcase for testcase in words.worst_first(everything) if testcase.verdict != "pass"][:_MANY_TESTCASES]
    counts = report.counts.testcases
    return shown, (
        f"{len(everything) - len(shown):,} other testcases "
        f"(of all: {counts.passed:,} pass, {counts.fail:,} fail, {counts.error:,} error, {counts.skipped:,} skipped)"
    )


def _why(testcase: TestcaseReport) -> str:
    notes = [one_line(testcase.reason, 300)] if testcase.reason else []
    if testcase.flaky:
        notes.append(f"flaky: {testcase.attempts} attempts")
    return "; ".join(notes)


def _issues(report: Report) -> Iterator[Line]:
    issues = words.ordered(report.issues)
    for disposition, limit in _ISSUES.items():
        of_kind = [issue for issue in issues if issue.disposition == disposition]
        if not of_kind:
            continue
        yield _line(words.number(len(of_kind), f"{disposition} issue"), disposition)
        for issue in of_kind[:limit]:
            yield from _issue(issue)
        if len(of_kind) > limit:
            yield _line(f"  and {len(of_kind) - limit:,} more {disposition} issues: see the report", "skipped")
        yield Line("")


def _issue(issue: Issue) -> Iterator[Line]:
    """What and how often, then where; the path stands alone so that it can be copied."""
    where = [words.listing(words.sites(issue), 4)]
    tests = words.testcases(issue)
    if len(tests) > 1 or tests == [words.label(SHARED)]:
        where.append(words.number(len(tests), "testcase") if len(tests) > 1 else tests[0])
    mixed = f"({words.mixed(issue)})  " if words.mixed(issue) else ""
    head = f"  {issue.count:>4,}×  {mixed}{issue.severity}  {issue.rule}  {issue.title}"
    yield _line(f"{_clean(head, 220)}  [{_clean(', '.join(where))}]")
    finding = words.first_finding(issue)
    if finding is not None:
        if finding.note:
            yield _line(f"         {_clean(finding.note, 220)}")
        place = f"{inert(path_text(finding.path))}:{finding.line}"
        yield _line(f"         {place}  {_clean(issue.fingerprint)}", "skipped")


def _clean(text: str, limit: int = 0) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + inert(one_line(text, limit))


def _other_problems(report: Report) -> Iterator[Line]:
    """Sites without evidence and the like, as far as the table above does not name them."""
    said = {testcase.name: testcase.reason for testcase in _shown_testcases(report)[0]}
    found = [each for each in words.problems(report) if each.reason not in said.get(each.testcase, "")]
    for problem in found[:_PROBLEMS]:
        rest = f"  {inert(path_text(problem.where))}: {_clean(problem.reason, 300)}"
        yield Line(f"{words.SYMBOLS[problem.verdict]} {problem.verdict}", problem.verdict, rest)
    if len(found) > _PROBLEMS:
        yield Line(f"  and {len(found) - _PROBLEMS:,} more: see the report")
    if found:
        yield Line("")


def _notes(report: Report) -> Iterator[Line]:
    shared = report.shared
    if shared.logs:
        logs = words.number(len(shared.logs), "shared log")
        yield _line(f"{logs}: {shared.verdict}" + (f", {_clean(shared.reason, 300)}" if shared.reason else ""))
    if said := words.stream_words(words.streams(report)):
        yield _line(said)
    if report.skipped:
        number, first = words.number(len(report.skipped), "file"), report.skipped[0]
        which = f", first {path_text(first.path)}" if len(report.skipped) > 1 else f": {path_text(first.path)}"
        yield _line(f"{number} not judged{which}: {one_line(first.reason, 200)}", "skipped")
    leftovers = report.leftovers
    for names, noun in (
        (leftovers.expired_waivers, "expired waiver"),
        (leftovers.unused_waivers, "unused waiver"),
        (leftovers.fixed, "fixed issue"),
    ):
        if names:
            yield _line(f"{words.number(len(names), noun)}:")
            yield from (_line(f"  {_clean(name, 300)}") for name in names[:_LEFTOVERS])
            if len(names) > _LEFTOVERS:
                yield _line(f"  and {len(names) - _LEFTOVERS:,} more: see the report")


def _verdict(report: Report) -> Iterator[Line]:
    mark = f"{words.SYMBOLS[report.verdict]} {report.verdict.upper()}"
    yield Line(mark, report.verdict, f"  {_clean(report.reason, 500)}")
    yield Line(words.exit_words(report))


def _line(text: str, style: str = "") -> Line:
    return Line(inert(text), style)


FORMAT = TerminalFormat()
