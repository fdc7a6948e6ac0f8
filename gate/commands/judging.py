"""The commands that judge: `run` and `scan`."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import msgspec

from gate import baseline, carriers, clean, config, logformats, output, streams, waivers, walk
from gate.collect import Selection, collect
from gate.commands import EXIT_CODES_HELP
from gate.dispose import Decisions
from gate.errors import UsageError
from gate.ground import ground
from gate.model import Policy, Report, Rule
from gate.runners import RunOptions, State


def _report_options(command: Any) -> Any:
    """The options that `run` and `scan` share."""
    for option in (
        click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever the verdict."),
        click.option(
            "--format",
            "formats",
            multiple=True,
            metavar="NAME[=PATH]",
            help="Also write this format; PATH - is standard output. Repeatable. Default: terminal.",
        ),
        click.option(
            "--rules", multiple=True, metavar="PACK", help="A shipped pack's name or a YAML file. Repeatable."
        ),
        click.option(
            "--log-format",
            "log_formats",
            multiple=True,
            metavar="GLOB=NAME",
            help="How these logs are written, instead of finding out. Repeatable. Names: loggate formats.",
        ),
        click.option("--waivers", metavar="FILE", help="What may pass, by whose decision, until when."),
        click.option("--baseline", metavar="FILE", help="What is known: only what is new fails."),
        click.option(
            "--fail-on",
            type=click.Choice(config.SEVERITIES),
            help="Fail on findings of this severity and above; report the others only.",
        ),
        click.option("--strict-waivers", is_flag=True, help="Fail on a waiver that nothing needed."),
        click.option("--history", metavar="DB", help="Also add the run to this history (SQLite)."),
        click.option("--config", "settings_file", metavar="FILE", help="Instead of the discovered loggate.yaml."),
        click.option(
            "-o",
            "--output",
            metavar="DIR",
            help=f"Folder for report.html and report.json. Default: {config.DEFAULT_OUTPUT}.",
        ),
    ):
        command = option(command)
    return command


@click.command(epilog=EXIT_CODES_HELP)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_report_options
@click.option("--layout", help="How paths map, for example '{testcase}/{site}/**'.")
@click.option("--include", multiple=True, metavar="GLOB", help="Judge only these files. Repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files out. Repeatable.")
def scan(
    paths: tuple[str, ...],
    layout: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    **common: Any,
) -> int:
    """Judge logs that already exist: folders, files, or - for standard input.

    Without a layout the testcase is the first folder's (or the file's) name below PATH. Workspaces, job results and
    jobs-storage folders of NVIDIA FLARE are recognised.
    """
    settings = config.load_settings(common["settings_file"])
    folder = config.output_folder(common["output"], settings)
    targets = output.targets(common["formats"] or settings.format, folder)
    db = _history(common, settings)
    looked_for = _rules(common["rules"], settings)
    evidence = collect(
        paths,
        Selection(
            layout=settings.layout if layout is None else layout,
            include=include or settings.include,
            exclude=exclude or settings.exclude,
            outputs=tuple(str(target.path) for target in targets if target.path),
        ),
    )
    decisions = _decisions(common, settings, looked_for)
    judged = walk.Walk(
        looked_for,
        _command_line(),
        decisions=decisions,
        watched=_contexts(decisions),
        log_formats=_log_formats(common, settings),
        environment=ground(Path(), os.environ),
    )
    judged.add(evidence)
    for glob, name in judged.log_formats.idle.items():
        output.say(f"loggate: no log fits the log format {glob}={name}")
    return _finish(judged.report(), targets, db, exit_zero=common["exit_zero"])


def _expected_lines(suite: config.Suite) -> list[str]:
    return [line.pattern for testcase in suite.testcases for line in testcase.expect.lines]


_STREAMING = get_args(get_type_hints(config.Suite)["streaming"])


@click.command(epilog=EXIT_CODES_HELP)
@click.argument("suite_file", metavar="SUITE.yaml")
@_report_options
@click.option("--testcase", "names", multiple=True, metavar="NAME", help="Run only this testcase. Repeatable.")
@click.option("--streaming", type=click.Choice(_STREAMING), help="Instead of the suite's own `streaming`.")
@click.option("--nvflare", metavar="PATH", help="Python or virtual environment whose NVFlare is under test.")
@click.option("--keep-workspace", is_flag=True, help="Leave the POC's workspace in DIR/poc.")
@click.option(
    "--rerun-failed",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Run testcases that did not pass again, up to N times.",
)
def run(
    suite_file: str,
    *,
    names: tuple[str, ...],
    streaming: str | None,
    nvflare: str | None,
    keep_workspace: bool,
    rerun_failed: int,
    **common: Any,
) -> int:
    """Run a suite's jobs, collect every site's logs, judge and report."""
    settings = config.load_settings(common["settings_file"])
    suite = _chosen(config.load_suite(Path(suite_file)), names, streaming)
    folder = config.output_folder(common["output"], settings)
    targets = output.targets(common["formats"] or settings.format, folder)
    db = _history(common, settings)
    looked_for = _rules(common["rules"], settings, suite)
    options = RunOptions(folder, _interpreter(nvflare), keep_workspace)
    progress = _Progress()
    decisions = _decisions(common, settings, looked_for, partial=bool(names))
    judged = walk.Walk(
        looked_for,
        _command_line(),
        decisions=decisions,
        order=tuple(testcase.name for testcase in suite.testcases),
        watched=[*_expected_lines(suite), *_contexts(decisions)],
        log_formats=_log_formats(common, settings),
        environment=ground(Path(), os.environ),
    )
    for attempt in range(1, rerun_failed + 2):
        with contextlib.closing(_runner(suite).run(suite, options, progress)) as parts:
            failed = judged.take_all(parts, progress)
        if not failed or attempt > rerun_failed:
            break
        progress.note(f"running {len(failed)} of the testcases again")
        judged.again()
        suite = _chosen(suite, tuple(failed), None)
        options = msgspec.structs.replace(options, output=folder / f"attempt-{attempt + 1}")
    return _finish(judged.report(), targets, db, exit_zero=common["exit_zero"])


# ---- helpers ---------------------------------------------------------------------------------------------------------


def _runner(suite: config.Suite) -> Any:
    return import_module(f"gate.runners.{suite.runner.replace('-', '_')}").RUNNER


def _chosen(suite: config.Suite, names: tuple[str, ...], streaming: str | None) -> config.Suite:
    known = [testcase.name for testcase in suite.testcases]
    for name in names:
        if name not in known:
            raise UsageError(f"{suite.file}: no testcase '{name}'", hint=f"testcases: {', '.join(known)}")
    changes: dict[str, Any] = {"streaming": streaming} if streaming else {}
    if names:
        changes["testcases"] = tuple(testcase for testcase in suite.testcases if testcase.name in names)
    return msgspec.structs.replace(suite, **changes)


def _interpreter(given: str | None) -> Path:
    if given is None:
        return Path(sys.executable)
    path = Path(given)
    candidates = [path, path / "bin" / "python", path / "Scripts" / "python.exe"]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise UsageError(f"--nvflare {given}: no Python there", hint="give a Python or a virtual environment's folder")
    return found.absolute()


def _rules(given: tuple[str, ...], settings: config.Settings, suite: config.Suite | None = None) -> tuple[Rule, ...]:
    """The rules of the packs that the flags name, or the settings, or the suite, or the default ones."""
    if given:
        return config.load_rules(given)
    if settings.rules:
        return config.load_rules(settings.rules, relative_to=settings.folder)
    if suite:
        return config.load_rules(suite.rules, relative_to=suite.folder)
    return config.load_rules(config.DEFAULT_PACKS)


def _log_formats(common: dict[str, Any], settings: config.Settings) -> dict[str, str]:
    return config.log_formats(common["log_formats"], settings, (*carriers.NAMES, *logformats.NAMES))


def _command_line() -> str:
    return clean.mask(shlex.join(["loggate", *sys.argv[1:]]))


def _decisions(
    common: dict[str, Any], settings: config.Settings, rules: tuple[Rule, ...], *, partial: bool = False
) -> Decisions:
    """What the flags name, or else the settings, or what lies in this folder; of a partial run no waiver is unused."""
    waived = config.wanted_decision_file(common["waivers"], settings, "waivers")
    known = config.wanted_decision_file(common["baseline"], settings, "baseline")
    config.check_policy(settings, (*rules, *streams.RULES))
    return Decisions(
        policy=_policy(settings.policy, common["fail_on"]),
        waivers=waivers.load(waived) if waived else waivers.Waivers(),
        baseline=baseline.load(known) if known else baseline.Baseline(),
        today=datetime.now(timezone.utc).date(),
        strict_waivers=(common["strict_waivers"] or settings.strict_waivers) and not partial,
    )


def _policy(policy: Policy, fail_on: str | None) -> Policy:
    if fail_on is None:
        return policy
    last = config.SEVERITIES.index(fail_on)
    effects = {severity: "fail" if n <= last else "warn" for n, severity in enumerate(config.SEVERITIES)}
    return msgspec.structs.replace(policy, **effects)


def _contexts(decisions: Decisions) -> tuple[str, ...]:
    return waivers.contexts(decisions.waivers)


def _history(common: dict[str, Any], settings: config.Settings) -> Path | None:
    """The file of the history, if one is kept; what is none is refused before anything is run or read."""
    db = common["history"] or (settings.history and settings.folder / settings.history)
    if not db:
        return None
    from gate import history

    history.check(Path(db))
    return Path(db)


def _finish(report: Report, targets: Iterable[output.Target], db: Path | None, *, exit_zero: bool) -> int:
    try:
        report = _with_trend(report, db) if db else report
    finally:  # a history that cannot be written is told of, and takes no report along
        output.write(report, targets)
    return 0 if exit_zero else report.exit_code


def _with_trend(report: Report, db: Path) -> Report:
    """Add the run to its history, and let its report tell of the runs before it."""
    from gate import history

    history.add(db, report)
    return msgspec.structs.replace(report, trend=history.trend(db))


class _Progress:
    """Each step as a line on standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def note(self, text: str) -> None:
        output.say(f"[{time.monotonic() - self._start:6.1f} s] {text}")

    def testcase(self, name: str, state: State, detail: str = "") -> None:
        self.note(f"{name}: {state}{f': {detail}' if detail else ''}")
