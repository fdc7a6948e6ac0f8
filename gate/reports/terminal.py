"""What a person reads in five seconds after the command ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gate.model import SHARED, Issue, Report, TestcaseReport
from gate.reports import words
from gate.reports.escape import fitting, inert, one_line, path_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
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


class TerminalFormat:
    """A table of testcases, the issues, and the verdict with its exit code as the last lines."""

    filename = ""

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        from rich.table import Table  # slow to import; other formats need not pay for it

        text = StringIO()
        console = _console(out, text)
        for part in _parts(report):
            console.print(part, soft_wrap=not isinstance(part, Table))  # a path that we wrap cannot be copied
        written = "\n".join(line.rstrip(" ") for line in text.getvalue().split("\n"))
        out.write(fitting(written, out.encoding or "utf-8"))


def _console(out: TextIO, text: StringIO) -> Console:
    """Rich, writing into `text` as it would to `out`: a pipe gets neither colours nor wrapped lines."""
    from rich.console import Console

    terminal = out.isatty()
    coloured = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Console(
        file=text,
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        width=None if terminal else 10_000,
        markup=False,
        highlight=False,
        emoji=False,
        safe_box=True,
    )


def _parts(report: Report) -> Iterator[RenderableType]:
    yield ""
    yield from _causes(report)
    yield from _testcases(report)
    yield from _issues(report)
    yield from _other_problems(report)
    notes = list(_notes(report))
    yield from [*notes, ""] if notes else []
    yield from _verdict(report)


def _causes(report: Report) -> Iterator[RenderableType]:
    for cause in report.causes[:_CAUSES]:
        yield _styled(f"{words.SYMBOLS['fail']} {_clean(cause.text, 300)}", "fail")
    if (rest := len(report.causes) - _CAUSES) > 0:
        yield _styled(f"  and {words.number(rest, 'more cause')}: see the report", "skipped")
    if report.causes:
        yield ""


def _testcases(report: Report) -> Iterator[RenderableType]:
    from rich.table import Table  # slow to import; other formats need not pay for it

    shown, rest = _shown_testcases(report)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("testcase", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for testcase in shown:
        table.add_row(
            _plain(path_text(testcase.name)),
            _styled(f"{words.SYMBOLS[testcase.verdict]} {testcase.verdict}", testcase.verdict),
            words.duration(testcase.duration_s),
            _plain(_why(testcase)),
        )
    if shown:
        yield table
    if rest:
        yield _styled(f"  and {rest}", "skipped")
    if shown or rest:
        yield ""


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


def _issues(report: Report) -> Iterator[RenderableType]:
    issues = words.ordered(report.issues)
    for disposition, limit in _ISSUES.items():
        of_kind = [issue for issue in issues if issue.disposition == disposition]
        if not of_kind:
            continue
        yield _styled(words.number(len(of_kind), f"{disposition} issue"), disposition)
        for issue in of_kind[:limit]:
            yield from _issue(issue)
        if len(of_kind) > limit:
            yield _styled(f"  and {len(of_kind) - limit:,} more {disposition} issues: see the report", "skipped")
        yield ""


def _issue(issue: Issue) -> Iterator[RenderableType]:
    """What and how often, then where; the path stands alone so that it can be copied."""
    where = [words.listing(words.sites(issue), 4)]
    tests = words.testcases(issue)
    if len(tests) > 1 or tests == [words.label(SHARED)]:
        where.append(words.number(len(tests), "testcase") if len(tests) > 1 else tests[0])
    head = f"  {issue.count:>4,}×  {issue.severity}  {issue.rule}  {issue.title}"
    yield _plain(f"{_clean(head, 220)}  [{_clean(', '.join(where))}]")
    finding = words.first_finding(issue)
    if finding is not None:
        if finding.note:
            yield _plain(f"         {_clean(finding.note, 220)}")
        place = f"{inert(path_text(finding.path))}:{finding.line}"
        yield _styled(f"         {place}  {_clean(issue.fingerprint)}", "skipped")


def _clean(text: str, limit: int = 0) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + inert(one_line(text, limit))


def _other_problems(report: Report) -> Iterator[RenderableType]:
    """Sites without evidence and the like, as far as the table above does not name them."""
    said = {testcase.name: testcase.reason for testcase in _shown_testcases(report)[0]}
    found = [each for each in words.problems(report) if each.reason not in said.get(each.testcase, "")]
    for problem in found[:_PROBLEMS]:
        mark = _styled(f"{words.SYMBOLS[problem.verdict]} {problem.verdict}", problem.verdict)
        mark.append(f"  {inert(path_text(problem.where))}: {_clean(problem.reason, 300)}", style="not bold default")
        yield mark
    if len(found) > _PROBLEMS:
        yield f"  and {len(found) - _PROBLEMS:,} more: see the report"
    if found:
        yield ""


def _notes(report: Report) -> Iterator[RenderableType]:
    shared = report.shared
    if shared.logs:
        logs = words.number(len(shared.logs), "shared log")
        yield _plain(f"{logs}: {shared.verdict}" + (f", {_clean(shared.reason, 300)}" if shared.reason else ""))
    if said := words.stream_words(words.streams(report)):
        yield _plain(said)
    if report.skipped:
        number, first = words.number(len(report.skipped), "file"), report.skipped[0]
        which = f", first {path_text(first.path)}" if len(report.skipped) > 1 else f": {path_text(first.path)}"
        yield _styled(f"{number} not judged{which}: {one_line(first.reason, 200)}", "skipped")
    leftovers = report.leftovers
    for names, noun in (
        (leftovers.expired_waivers, "expired waiver"),
        (leftovers.unused_waivers, "unused waiver"),
        (leftovers.fixed, "fixed issue"),
    ):
        if names:
            yield _plain(f"{words.number(len(names), noun)}:")
            yield from (_plain(f"  {_clean(name, 300)}") for name in names[:_LEFTOVERS])
            if len(names) > _LEFTOVERS:
                yield _plain(f"  and {len(names) - _LEFTOVERS:,} more: see the report")


def _verdict(report: Report) -> Iterator[RenderableType]:
    line = _styled(f"{words.SYMBOLS[report.verdict]} {report.verdict.upper()}", report.verdict)
    line.append(f"  {_clean(report.reason, 500)}", style="not bold default")
    yield line
    yield words.exit_words(report)


def _plain(text: str) -> RenderableType:
    from rich.text import Text

    return Text(inert(text))


def _styled(text: str, style: str) -> Text:
    from rich.text import Text

    return Text(inert(text), style=_STYLES[style])


FORMAT = TerminalFormat()
