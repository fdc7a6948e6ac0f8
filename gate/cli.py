"""Arguments and exit code; the only place that catches GateError."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import sys
import time
import traceback
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, cast, get_args, get_type_hints

import click
import msgspec

from gate import __version__, baseline, clean, config, output, streams, waivers, walk
from gate.collect import Selection, collect
from gate.dispose import Decisions
from gate.errors import GateError, InfrastructureError, UsageError
from gate.model import Policy, Report, Rule
from gate.runners import RunOptions, State

_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
EXIT_CODES_HELP = """\b
Exit codes:
  0  pass
  1  the gate failed: a finding, or a job that ended in another way than expected
  2  wrong usage or configuration
  3  something could not be run or judged: missing evidence, infrastructure
  4  a bug in loggate
"""


def main() -> None:
    """The command `loggate`."""
    try:
        code = _invoke()
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except GateError as error:
        _complain(error)
        code = error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("loggate: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        code = 141
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever else comes here is our own mistake
        code = _our_mistake(error)
    _give_up_stdout()
    sys.exit(code if isinstance(code, int) else 0)


def _invoke() -> Any:
    """The chosen command's exit code. Click's own `main` would make a closed pipe exit code 1, a failed gate."""
    with cli.make_context("loggate", sys.argv[1:]) as context:
        return cli.invoke(context)


def _our_mistake(error: Exception) -> int:
    """What is no user's problem is a bug, unless it is an output that takes no more (a file's own has its name)."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _NOT_WRITABLE:
        click.echo(f"loggate: standard output: cannot be written: {error.strerror}", err=True)
        return GateError.exit_code
    traceback.print_exception(error)
    click.echo("loggate: this is a bug in loggate; please report it with the lines above", err=True)
    return 4


def _give_up_stdout() -> None:
    """Drop what standard output does not take: Python would complain of it again when it ends."""
    with contextlib.suppress(AttributeError):  # `>&-`: there is none
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: GateError) -> None:
    if isinstance(error, InfrastructureError) and error.log_tail:
        click.echo(error.log_tail.rstrip("\n"), err=True)
    click.echo(f"loggate: {error}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)


class _Commands(click.Group):
    """Commands of other modules are imported when they are asked for: most runs need none of them."""

    _FOUND_IN: ClassVar = {
        "diff": "compare",
        "explain": "explain",
        "history": "compare",
        "baseline": "decisions",
        "unwaive": "decisions",
        "waive": "decisions",
        "waivers": "decisions",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._FOUND_IN])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._FOUND_IN:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"gate.commands.{self._FOUND_IN[cmd_name]}")
        return cast(click.Command, getattr(module, cmd_name))


@click.group(cls=_Commands, epilog=EXIT_CODES_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loggate", message="%(prog)s %(version)s")
def cli() -> None:
    """Judge the logs of distributed jobs: every ERROR, Traceback and Exception of every site."""


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


@cli.command(epilog=EXIT_CODES_HELP)
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
    judged = walk.Walk(looked_for, _command_line(), decisions=decisions, watched=_contexts(decisions))
    judged.add(evidence)
    return _finish(judged.report(), targets, common, settings)


def _expected_lines(suite: config.Suite) -> list[str]:
    return [line.pattern for testcase in suite.testcases for line in testcase.expect.lines]


_STREAMING = get_args(get_type_hints(config.Suite)["streaming"])


@cli.command(epilog=EXIT_CODES_HELP)
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
    return _finish(judged.report(), targets, common, settings)


@cli.command()
@click.argument("pack", required=False)
def rules(pack: str | None) -> int:
    """List the shipped rule packs, or print one as YAML, to copy and change."""
    packs = config.shipped_packs()
    if pack is None:
        for name in packs:
            listed = ", ".join(rule.id for rule in config.load_rules((name,)))
            click.echo(f"{name}: {listed}")
    elif pack in packs:
        click.echo(packs[pack], nl=False)
    else:
        raise UsageError(f"unknown rule pack '{pack}'", hint=f"shipped packs: {', '.join(packs)}")
    return 0


@cli.group()
def nvflare() -> None:
    """Put fixlib's log streaming into an NVFlare workspace, and take it out again.

    WORKSPACE is a POC's folder or a site's startup kit. No pip is needed there; server and clients take the change up
    when they are started the next time.
    """


def _workspace_command(command: Any) -> Any:
    return nvflare.command()(click.argument("workspace", type=click.Path(path_type=Path))(command))


@_workspace_command
@click.option("--file", "files", multiple=True, metavar="NAME", help="Stream this log of each job. Default: log.txt.")
def install(workspace: Path, files: tuple[str, ...]) -> int:
    """Install into every site below WORKSPACE; what is there already stays as it is."""
    return _deployed(lambda deploy: deploy.install(workspace, files=files or deploy.DEFAULT_FILES))


@_workspace_command
def uninstall(workspace: Path) -> int:
    """Take fixlib out of every site below WORKSPACE, restoring what was there before."""
    return _deployed(lambda deploy: deploy.uninstall(workspace))


@_workspace_command
def status(workspace: Path) -> int:
    """How each site below WORKSPACE stands; exit 0 when all have this fixlib, 1 otherwise."""
    return _deployed(lambda deploy: deploy.status(workspace), wanted="installed")


def _deployed(action: Any, wanted: str = "") -> int:
    from fixlib.flare import deploy

    try:
        found = action(deploy)
    except deploy.DeployError as error:
        raise UsageError(str(error), hint="WORKSPACE is a POC's folder or a site's startup kit") from error
    except OSError as error:
        raise GateError(f"{error.filename}: {error.strerror}") from error
    for site in found:
        click.echo(f"{site.site.path}: {site.state}{f' ({site.detail})' if site.detail else ''}")
    return 1 if wanted and any(site.state != wanted for site in found) else 0


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


def _finish(report: Report, targets: Iterable[output.Target], common: dict[str, Any], settings: config.Settings) -> int:
    output.write(report, targets)
    if db := common["history"] or (settings.history and settings.folder / settings.history):
        from gate import history

        history.add(Path(db), report)
    return 0 if common["exit_zero"] else report.exit_code


class _Progress:
    """Each step as a line on standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def note(self, text: str) -> None:
        click.echo(f"[{time.monotonic() - self._start:6.1f} s] {text}", err=True)

    def testcase(self, name: str, state: State, detail: str = "") -> None:
        self.note(f"{name}: {state}{f': {detail}' if detail else ''}")
