"""`loggate waive`, `unwaive`, `waivers` and `baseline`: edit and show the files that hold decisions."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import click

from gate import baseline as baselines
from gate import config
from gate import waivers as store
from gate.errors import ConfigError, GateError, UsageError
from gate.files import replaced
from gate.model import Phase
from gate.reports import json_reader
from gate.reports.escape import fitting, inert, one_line

_EXPIRES_HINT = "a number of days such as 30d, of weeks such as 2w, or a date such as 2027-01-31"


def _or_configured(key: str) -> Callable[[Any, Any, Path | None], Path]:
    """The file that was given, or that the settings name at `key`, or the default one in this folder."""

    def chosen(_context: Any, _parameter: Any, given: Path | None) -> Path:
        return given or config.decision_file(config.load_settings(None), key)

    return chosen


_path = click.Path(path_type=Path)
_waivers_file = _or_configured("waivers")
_waivers_option = click.option(
    "--waivers", "file", type=_path, callback=_waivers_file, metavar="FILE", help="Default: as set, or waivers.yaml."
)
_baseline_option = click.option(
    "--baseline",
    "file",
    type=_path,
    callback=_or_configured("baseline"),
    metavar="FILE",
    help="Default: as set, or baseline.json.",
)
_reports_argument = click.argument("reports", nargs=-1, required=True, type=_path, metavar="REPORT.json...")


# ---- waivers ---------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("fingerprint")
@click.option("--reason", required=True, help="Why this may pass for now.")
@click.option("--owner", required=True, help="Who sees to it.")
@click.option("--expires", required=True, metavar="30d|2w|DATE", help="The last day on which it is waived.")
@_waivers_option
@click.option("--link", default="", help="An issue or a page that tells more.")
@click.option("--testcase", default="", metavar="GLOB", help="Only in these testcases.")
@click.option("--site", default="", metavar="GLOB", help="Only on these sites.")
@click.option("--file", "log", default="", metavar="GLOB", help="Only in logs of this name or path.")
@click.option("--nvflare", default="", metavar="SPEC", help="Only with these versions, such as '<2.9.1' or '2.8.*'.")
@click.option("--phase", type=click.Choice(get_args(Phase)[1:]), help="Only in this part of the run.")
@click.option("--count", type=int, help="Hide at most so many findings of a testcase.")
def waive(fingerprint: str, file: Path, expires: str, log: str, phase: Phase | None, **decided: Any) -> int:
    """Add a waiver to a waivers file, which is made when there is none; the rest of the file stays as it is."""
    last_day = _last_day(expires, _today())
    decision = store.Decision(fingerprint=fingerprint, expires=last_day, file=log, phase=phase or "", **decided)
    if wrong := store.problem(decision):
        raise UsageError(f"{wrong[0]}: {wrong[1]}", hint=wrong[2])
    exists = file.exists()
    known = store.load(file) if exists else store.Waivers()
    _refuse_twice(known, decision)
    edited = _edit(file, lambda text: store.add(text, known, decision), _text(file) if exists else store.EMPTY)
    _replace(file, edited)
    _say([f"{file}: {fingerprint} is waived until {last_day} ({_plural((last_day - _today()).days, 'day')})"])
    return 0


@click.command()
@click.argument("fingerprint")
@_waivers_option
def unwaive(fingerprint: str, file: Path) -> int:
    """Take every waiver of a fingerprint out of a waivers file; the rest of the file stays as it is."""
    waivers = store.load(file)
    gone = [waiver for waiver in waivers.entries if waiver.decision.fingerprint == fingerprint]
    if not gone:
        raise UsageError(f"{file}: no waiver of {fingerprint}", hint=f"`loggate waivers check {file}` lists them")
    edited = _edit(file, lambda text: store.remove(text, waivers, fingerprint), _text(file))
    _replace(file, edited)
    _say(f"removed {waiver}" for waiver in gone)
    return 0


@click.group()
def waivers() -> None:
    """What people decided to let pass, with a reason, an owner and an end."""


@waivers.command()
@click.argument("file", required=False, type=_path, callback=_waivers_file, metavar="[FILE]")
def check(file: Path) -> int:
    """Is the file good, and how many days are left? Exit 1 when a waiver has expired."""
    entries = store.load(file).entries
    today = _today()
    _say(_days_left(waiver, today) for waiver in entries)
    expired = sum(waiver.decision.expires < today for waiver in entries)
    _say([f"{file}: {_plural(len(entries), 'waiver')}, {expired} expired"])
    return 1 if expired else 0


def _days_left(waiver: store.Waiver, today: date) -> str:
    days = (waiver.decision.expires - today).days
    return str(store.Expired(waiver, 0)) if days < 0 else f"{waiver}, {_plural(days, 'day')} left"


def _today() -> date:
    """Everywhere the same day, as the gate has it, whatever the zone of the machine."""
    return datetime.now(timezone.utc).date()


def _last_day(text: str, today: date) -> date:
    """The day that `30d`, `2w` or an ISO date names. UsageError when it names none, or one that is over."""
    span = re.fullmatch(r"(\d+)([dw])", text)
    try:
        day = today + timedelta(int(span[1]) * (7 if span[2] == "w" else 1)) if span else date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--expires: not a day: '{text}'", hint=_EXPIRES_HINT) from error
    if day < today:
        raise UsageError(f"--expires: {day} is over", hint=_EXPIRES_HINT)
    return day


def _refuse_twice(waivers: store.Waivers, decision: store.Decision) -> None:
    if known := store.same(waivers, decision):
        hint = "change it there, or `loggate unwaive` it first"
        raise UsageError(f"{decision.fingerprint} is waived already: {known}", hint=hint)


# ---- baseline --------------------------------------------------------------------------------------------------------


@click.group()
def baseline() -> None:
    """What was known: a gate with a baseline fails on new findings alone."""


@baseline.command()
@_reports_argument
@_baseline_option
def write(reports: tuple[Path, ...], file: Path) -> int:
    """Write a baseline from one or several runs, and say what it has that the former one had not."""
    former = baselines.load(file) if file.exists() else baselines.Baseline()
    built = baselines.build([json_reader.load(path) for path in reports], str(file))
    _replace(file, baselines.dump(built))
    _say(_differences(former, built))
    _say([f"{file}: {_plural(len(built.entries), 'issue')} from {_plural(len(reports), 'run')}"])
    return 0


def _differences(former: baselines.Baseline, built: baselines.Baseline) -> Iterable[str]:
    before = {entry.fingerprint for entry in former.entries}
    after = {entry.fingerprint for entry in built.entries}
    yield from (f"+ {entry}" for entry in built.entries if entry.fingerprint not in before)
    yield from (f"- {entry}" for entry in former.entries if entry.fingerprint not in after)


@baseline.command()
@_reports_argument
@_baseline_option
@click.option("--add", multiple=True, metavar="FINGERPRINT", help="Take this issue in, as often as the runs show it.")
def update(reports: tuple[Path, ...], file: Path, add: tuple[str, ...]) -> int:
    """Take out what no run shows any more and lower the counts; nothing comes in that --add does not name."""
    updated = baselines.update(baselines.load(file), [json_reader.load(path) for path in reports], add)
    _replace(file, baselines.dump(updated.baseline))
    _say(f"{'removed' if fixed.is_gone else 'lowered'} {fixed}" for fixed in updated.fixed)
    _say(f"added {name}" for name in add)
    _say(f"not in the baseline: {entry}: {_counts(entry)}" for entry in updated.unknown)
    _say([f"{file}: {_plural(len(updated.baseline.entries), 'issue')}"])
    return 0


@baseline.command()
@_baseline_option
def show(file: Path) -> int:
    """List the issues of a baseline: fingerprint, in how many runs, rule, title, how many in which testcase."""
    entries = baselines.load(file).entries
    for entry in entries:
        _say([f"{entry.fingerprint}  {entry.runs}/{entry.of}  {entry.rule}  {entry.title}"])
        _say([_counts(entry)], indent="    ")
    _say([f"{file}: {_plural(len(entries), 'issue')}"])
    return 0


def _counts(entry: baselines.Entry) -> str:
    return ", ".join(f"{count} in {testcase}" for testcase, count in entry.testcases.items())


# ---- files and words -------------------------------------------------------------------------------------------------


def _text(file: Path) -> str:
    """The file's text with its own line ends; it was read before, so it is UTF-8."""
    try:
        return file.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(file)) from error


def _edit(file: Path, change: Any, text: str) -> str:
    try:
        return str(change(text))
    except UsageError as error:
        raise UsageError(f"{file}: {error}", hint=error.hint) from error


def _replace(file: Path, text: str) -> None:
    try:
        with replaced(file) as out:
            out.write(text)
    except OSError as error:
        raise GateError(f"{file}: cannot be written: {error.strerror}") from error


def _say(lines: Iterable[str], indent: str = "") -> None:
    """To standard output, in whatever encoding it has; titles and reasons are written by strangers."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines:
        click.echo(indent + fitting(inert(one_line(line)), encoding))


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
