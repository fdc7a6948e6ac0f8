"""`loggate diff` and `loggate history`: runs against each other, and over time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import config
from gate import history as store
from gate.diff import CountChange, Difference, IssueChange, StreamChange, VerdictChange
from gate.diff import diff as compared
from gate.errors import UsageError
from gate.history import History, IssueTrend
from gate.model import DispositionCounts, Outcome, TestcaseTrend, Trend
from gate.reports import words
from gate.reports.escape import fitting, inert, one_line, path_text
from gate.reports.json_reader import load

_SHOWN = 10
_file = click.Path(path_type=Path)


def _print(lines: Iterable[str]) -> None:
    """To standard output, in whatever encoding it has."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines:
        click.echo(fitting(line, encoding).rstrip())


def _clean(text: str, limit: int = 0) -> str:
    return inert(one_line(text, limit))


def _name(testcase: str) -> str:
    return inert(path_text(words.label(testcase)))


# ---- diff ------------------------------------------------------------------------------------------------------------

DIFF_EXIT_CODES = """\b
Exit codes:
  0  nothing is worse
  1  something is worse: a new issue, a worse verdict, a stream that is no longer whole
  2  wrong usage, or a file that is no report
"""


@click.command(epilog=DIFF_EXIT_CODES)
@click.argument("old", metavar="OLD.json", type=_file)
@click.argument("new", metavar="NEW.json", type=_file)
@click.option("--json", "as_json", is_flag=True, help="Everything, for machines.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something is worse.")
def diff(old: Path, new: Path, as_json: bool, exit_zero: bool) -> int:
    """What is new, fixed and still there from one run to another, by their report.json."""
    found = compared(load(old), load(new))
    code = 1 if found.worse and not exit_zero else 0
    _print([_as_json(found)] if as_json else _difference(found, code))
    return code


def _as_json(found: Difference) -> str:
    """Escaped so that neither a terminal nor a CI system's log reader finds a command in it."""
    told = {"version": 1, "worse": found.worse, "empty": found.empty, **msgspec.to_builtins(found)}
    return json.dumps(told, indent=2).replace("##", "\\u0023#").replace("\x7f", "\\u007f")


def _difference(found: Difference, code: int) -> Iterator[str]:
    yield f"old  {_run(found.old)}"
    yield f"new  {_run(found.new)}"
    yield from _environment(found)
    yield ""
    for title, lines in _sections(found):
        if lines:
            yield from [title, *_capped(lines), ""]
    yield from _conclusion(found, code)


def _run(run: Any) -> str:
    return f"{words.SYMBOLS[run.verdict]} {run.verdict}  {_clean(run.started)}  {_clean(run.reason, 200)}"


def _environment(found: Difference) -> Iterator[str]:
    """Above all else: whatever differs below may come from it."""
    if found.environment:
        yield "the runs stand on different ground; what differs may come from it:"
        told = (f"  {_clean(each.name)}: {_side(each.old)} → {_side(each.new)}" for each in found.environment)
        yield from _capped(list(told))


def _side(value: str | None) -> str:
    return "–" if value is None else _clean(value, 80) or '""'


def _sections(found: Difference) -> Iterator[tuple[str, list[str]]]:
    yield "verdicts", _verdicts(found)
    yield "new issues", [_issue(issue) for issue in found.new_issues]
    yield "streams", [_stream(change) for change in found.streams]
    yield "still there, but in other testcases or dispositions", [_issue(issue) for issue in found.moved_issues]
    yield (
        "gone, but not proven fixed: a testcase that had it did not run, or could not be judged",
        [_issue(issue) for issue in found.unproven_issues],
    )
    yield "fixed issues", [_issue(issue) for issue in found.fixed_issues]


def _capped(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return lines if rest <= 0 else [*lines[:_SHOWN], f"  and {rest:,} more: --json has all"]


def _verdicts(found: Difference) -> list[str]:
    """A line for each that a person must see; the others that appeared or vanished in a line together."""
    told = [change for change in found.verdicts if change.new and (change.old or change.worse)]
    vanished = [_name(change.testcase) for change in found.verdicts if change.new is None]
    appeared = [_name(change.testcase) for change in found.verdicts if change.old is None and change not in told]
    lines = [_verdict(change) for change in sorted(told, key=lambda change: not change.worse)]
    together = (("only in the old report", vanished), ("only in the new report", appeared))
    return [*lines, *(f"  {what}: {words.listing(names, 8)}" for what, names in together if names)]


def _verdict(change: VerdictChange) -> str:
    sides = [f"{words.SYMBOLS[side]} {side}" if side else "–" for side in (change.old, change.new)]
    return f"  {_name(change.testcase)}: {' → '.join(sides)}  {_clean(change.reason, 120)}"


def _stream(change: StreamChange) -> str:
    where = f"  {_name(change.testcase)} › {_name(change.site)} {_name(change.name)}: "
    return where + (f"whole → {_clean(change.new, 200)}" if change.new else f"{_clean(change.old, 200)} → whole")


def _issue(issue: IssueChange) -> str:
    counts = sorted(issue.counts, key=lambda count: not count.worse)
    listed = words.listing([_count(count) for count in counts], 3)
    place = f"\n      {inert(path_text(issue.path))}:{issue.line}" if issue.path else ""
    return f"  {_clean(issue.fingerprint)}  {_clean(issue.title, 160)}  [{listed}]{place}"


def _count(count: CountChange) -> str:
    """`fedavg 3 → 5`; `fedavg 3 → 3 known`."""
    return f"{_name(count.testcase)} {_findings(count.old)} → {_findings(count.new)}"


def _findings(counts: DispositionCounts) -> str:
    return words.dispositions(counts) if counts.known or counts.waived else f"{counts.new:,}"


def _conclusion(found: Difference, code: int) -> Iterator[str]:
    yield from _aside(found)
    remaining = words.number(len(found.remaining_issues), "issue")
    yield f"{'no difference' if found.empty else ', '.join(_parts(found))}; {remaining} still there"
    outcome = "something is worse" if found.worse else "nothing is worse"
    yield f"exit code {code}: {outcome}" + (" (--exit-zero)" if found.worse and not code else "")


def _aside(found: Difference) -> Iterator[str]:
    """What is no difference, and yet good to know."""
    counts = [count for issue in found.remaining_issues for count in issue.counts]
    changed = [_count(count) for count in counts if count.old != count.new and not count.moved]
    if changed:
        yield f"in other numbers: {words.listing(changed, 4)}"
    accepted = found.accepted_issues
    came, went = (sum(issue.came for issue in accepted), sum(issue.went for issue in accepted))
    if accepted:
        yield f"known or waived: {words.number(len(accepted), 'issue')}, of which {came} came and {went} went"


def _parts(found: Difference) -> list[str]:
    counted = (
        (len(found.new_issues), "new issue"),
        (len(found.fixed_issues), "fixed issue"),
        (len(found.unproven_issues), "issue out of sight", "issues out of sight"),
        (len(found.moved_issues), "moved issue"),
        (len(found.verdicts), "other verdict"),
        (len(found.streams), "other stream"),
    )
    parts = [words.number(number, *noun) for number, *noun in counted if number]
    return parts or [f"verdict {found.old.verdict} → {found.new.verdict}"]


# ---- history ---------------------------------------------------------------------------------------------------------


class _ShowsByDefault(click.Group):
    """`loggate history` alone, or with options, is `loggate history show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ShowsByDefault)
def history() -> None:
    """Verdicts, durations and issues over time, in one SQLite file. Without a command: show."""


def _configured(_context: Any, _parameter: Any, given: Path | None) -> Path:
    settings = config.load_settings(None)
    return given or (settings.folder / settings.history if settings.history else Path(store.DEFAULT_DB))


_db = click.option(
    "--db",
    type=_file,
    callback=_configured,
    metavar="FILE",
    help=f"The history's file. Default: as set, or {store.DEFAULT_DB}.",
)


@history.command()
@click.argument("reports", nargs=-1, required=True, metavar="REPORT.json...", type=_file)
@_db
def add(reports: tuple[Path, ...], db: Path) -> int:
    """Add runs by their report.json. A run that is in the history already stays as it is."""
    for path in reports:
        outcome = "added" if store.add(db, load(path)) else "already there"
        _print([f"{path_text(str(path))}: {outcome}"])
    return 0


@history.command()
@click.option("--keep", type=click.IntRange(min=1), required=True, metavar="N", help="How many of the last runs stay.")
@_db
def prune(keep: int, db: Path) -> int:
    """Drop all runs but the last N, and the issues that none of these has."""
    _print([f"{words.number(store.prune(db, keep), 'run')} dropped"])
    return 0


@history.command()
@click.option("--testcase", metavar="NAME", help="Only this testcase, and its issues.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=30, show_default=True, metavar="N", help="The last N runs."
)
@_db
def show(testcase: str | None, limit: int, db: Path) -> int:
    """Verdict and duration of each testcase, first and last seen of each issue, and what is flaky."""
    found = store.read(db, limit)
    _print(_history(found if testcase is None else _only(found, testcase)))
    return 0


def _only(found: History, testcase: str) -> History:
    chosen = tuple(each for each in found.trend.testcases if testcase in (each.name, words.label(each.name)))
    if not chosen:
        names = words.listing([_name(each.name) for each in found.trend.testcases], 20)
        raise UsageError(f"no testcase '{testcase}' in these runs", hint=f"testcases: {names}")
    issues = tuple(issue for issue in found.issues if chosen[0].name in issue.testcases)
    return History(msgspec.structs.replace(found.trend, testcases=chosen), issues)


def _history(found: History) -> Iterator[str]:
    runs = found.trend.runs
    if not runs:
        yield "no run in this history yet"
        return
    span = dict.fromkeys(_minute(run.started) for run in (runs[0], runs[-1]))
    yield f"{words.number(len(runs), 'run')}, {' to '.join(span)} UTC, the oldest left"
    yield ""
    yield from _testcases(found.trend)
    if found.issues:
        yield from ["", "issue                first seen        last seen         runs     findings"]
        yield from _rest([_issue_line(issue, len(runs)) for issue in found.issues])
    flaky = [_name(each.name) for each in found.trend.testcases if each.flaky]
    yield from ["", f"flaky: {words.listing(flaky, 10)}"] if flaky else []


def _rest(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return lines if rest <= 0 else [*lines[:_SHOWN], f"and {rest:,} more issues"]


def _testcases(found: Trend) -> Iterator[str]:
    width = max(len(_name(each.name)) for each in found.testcases) if found.testcases else 0
    for each in found.testcases:
        yield f"{_name(each.name):<{width}}  {_signs(each.outcomes)}  {_time(each)}"
    yield f"{'run':<{width}}  {''.join(words.SYMBOLS[run.verdict] for run in found.runs)}"


def _signs(outcomes: Iterable[Outcome | None]) -> str:
    return "".join(words.SYMBOLS[outcome.verdict] if outcome else "·" for outcome in outcomes)


def _time(each: TestcaseTrend) -> str:
    """The median duration, its drift, and what is flaky."""
    return f"{words.duration(each.median_s):>12}  {words.drift(each.drift):<7}{'flaky' if each.flaky else ''}"


def _issue_line(issue: IssueTrend, runs: int) -> str:
    seen = f"{_minute(issue.first_seen)}  {_minute(issue.last_seen)}"
    share, counts = f"{issue.runs}/{runs}", words.dispositions(issue.counts)
    return f"{_clean(issue.fingerprint):<19}  {seen}  {share:<7}  {counts:<18}  {_clean(issue.title, 100)}"


def _minute(time: str) -> str:
    return _clean(time)[:16].replace("T", " ")
