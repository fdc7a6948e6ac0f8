"""The step of the GitHub Action that judges: its inputs → a command line of loggate, what came of it → its outputs.

It is Python and no shell script, so that no input is ever a piece of a program and Windows needs nothing of its own.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gate.errors import UsageError
from gate.model import Counts, Struct
from gate.reports import github, markdown
from gate.reports.escape import inert

_NEVER = "never"
"""The value of `fail-on` for those who only want the report."""

_TOLD = 20
"""Lines of standard error in the annotation that says why there is no verdict."""


class Inputs(Struct, frozen=True, forbid_unknown_fields=False, rename=lambda name: f"INPUT_{name.upper()}"):
    """The action's inputs, each from the variable of its name, INPUT_FAIL_ON for `fail-on`; an empty one is not set."""

    paths: str = ""
    suite: str = ""
    layout: str = ""
    config: str = ""
    rules: str = ""
    waivers: str = ""
    baseline: str = ""
    formats: str = ""
    fail_on: str = ""
    output: str = ""


class Verdict(Struct, frozen=True, forbid_unknown_fields=False):
    """What the outputs tell of a report.json."""

    verdict: str
    exit_code: int
    counts: Counts


def main() -> None:
    """Judge, write the outputs, and end with 0: the action's last step ends as the gate did."""
    inputs = msgspec.convert(dict(os.environ), Inputs)
    code, told = _judge(inputs)
    found = _verdict(Path(inputs.output), code)
    if found is None:
        sys.stdout.write(github.command(github.Annotation("error", "loggate: error", told)))
        _summarize(told)
    _write_outputs(_outputs(inputs, code, found))


def _summarize(told: str) -> None:
    """Say in the step's summary, too, why there is no verdict."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8", errors="replace") as out:
            out.write(f"**loggate: error**, there is no verdict\n\n{markdown.fenced(told.strip())}\n")


def _judge(inputs: Inputs) -> tuple[int, str]:
    """The exit code, and the last lines of standard error."""
    try:
        arguments = _arguments(inputs)
        _forget(Path(inputs.output))
    except UsageError as error:
        return error.exit_code, str(error)
    return run([_command(), *arguments])


def _command() -> str:
    """The command of this virtual environment; `-m gate` would take a folder `gate` of the workspace for it."""
    return shutil.which("loggate", path=str(Path(sys.executable).parent)) or "loggate"


def _arguments(inputs: Inputs) -> list[str]:
    """The command line; a value never stands alone, so that none is taken for an option."""
    if bool(_listed(inputs.paths)) == bool(inputs.suite):
        raise UsageError("give the action either `paths` (logs to judge, one path a line) or a `suite` to run")
    if inputs.suite and inputs.layout:
        raise UsageError("`layout` belongs to `paths`: a suite's logs are where `loggate run` puts them")
    if inputs.suite:
        return ["run", *_options(inputs), "--", inputs.suite]
    return ["scan", *_options(inputs), "--", *_listed(inputs.paths)]


def _options(inputs: Inputs) -> list[str]:
    single = {
        "output": inputs.output,
        "layout": inputs.layout,
        "config": inputs.config,
        "waivers": inputs.waivers,
        "baseline": inputs.baseline,
        "fail-on": "" if inputs.fail_on == _NEVER else inputs.fail_on,
    }
    return [
        *(f"--{name}={value}" for name, value in single.items() if value),
        *(f"--rules={pack}" for pack in _listed(inputs.rules)),
        *(f"--format={wanted}" for wanted in _formats(inputs)),
        *(["--exit-zero"] if inputs.fail_on == _NEVER else []),
    ]


def _formats(inputs: Inputs) -> list[str]:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return ["terminal", "github", *([f"summary={summary}"] if summary else []), *_listed(inputs.formats)]


def _listed(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _forget(folder: Path) -> None:
    """What an earlier step left there must not pass for this one's report."""
    if "\n" in str(folder) or folder == Path():
        raise UsageError("`output` is one folder, and not the workspace itself")
    for name in ("report.json", "report.html"):
        with contextlib.suppress(OSError):  # loggate says what is wrong with the folder
            (folder / name).unlink()


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run it; what it says on standard error goes on at once, so that a suite's progress is seen, and as no command."""
    said: deque[str] = deque(maxlen=_TOLD)
    with subprocess.Popen(  # noqa: S603 - a list: no shell reads it
        command, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="backslashreplace"
    ) as process:
        for line in process.stderr or ():
            said.append(line)
            sys.stderr.write(inert(line))
            sys.stderr.flush()
    if process.returncode < 0:
        said.append(f"loggate was ended by signal {-process.returncode}")
        return 128 - process.returncode, "".join(said)
    return process.returncode, "".join(said)


def _verdict(folder: Path, code: int) -> Verdict | None:
    """What the report says; None without a report, and where something went wrong beside the verdict."""
    try:
        found = msgspec.json.decode((folder / "report.json").read_bytes(), type=Verdict)
    except (OSError, msgspec.DecodeError):
        return None
    return found if code in (0, found.exit_code) else None


def _outputs(inputs: Inputs, code: int, found: Verdict | None) -> dict[str, object]:
    """After wrong usage nothing was written: a file of that name is not this run's report."""
    files = {"report": Path(inputs.output, "report.html"), "report-json": Path(inputs.output, "report.json")}
    written = code != UsageError.exit_code
    outputs: dict[str, object] = {"verdict": found.verdict if found else "error", "exit-code": code}
    outputs |= {name: file.as_posix() if written and file.is_file() else "" for name, file in files.items()}
    return outputs | (_counts(found.counts) if found else {})


def _counts(counts: Counts) -> dict[str, object]:
    tests, findings = counts.testcases, counts.findings
    return {
        "new": findings.new,
        "known": findings.known,
        "waived": findings.waived,
        "testcases-passed": tests.passed,
        "testcases-failed": tests.fail,
        "testcases-errored": tests.error,
        "testcases-skipped": tests.skipped,
    }


def _write_outputs(outputs: dict[str, object]) -> None:
    """Between delimiters that nobody can guess: no value can end early and forge another output."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", errors="surrogateescape", newline="\n") as out:
        for name, value in outputs.items():
            delimiter = secrets.token_hex(16)
            out.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


if __name__ == "__main__":
    main()
