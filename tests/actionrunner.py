"""A small runner of composite actions: it does with an action.yml what GitHub's runner does, step by step.

Real are the shell, the environment of each step, the files by which a step tells something, the conditions and what
the log's lines make the runner do. `actions/upload-artifact` alone is played: it notes what it would upload.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax, .../workflow-commands, and for the
upload https://github.com/actions/upload-artifact (inputs and outputs of version 7)
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tests.expressions import condition, rendered

UPLOAD = "actions/upload-artifact"
_UPLOAD_INPUTS = {
    "name",
    "path",
    "if-no-files-found",
    "retention-days",
    "compression-level",
    "overwrite",
    "include-hidden-files",
    "archive",
}
_NO_NAME = re.compile(r'[":<>|*?\r\n\\/]')
_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
_COMMAND = re.compile(r"::(?P<name>[\w-]+)(?P<properties> [^:]*)?::(?P<message>.*)")
_OLD_COMMAND = re.compile(r"##\[(?P<name>[^\]\s]+)(?P<properties> [^\]]*)?\](?P<message>.*)")


class Command(msgspec.Struct, frozen=True):
    """What a line of the log makes the runner do: `error`, `warning` and `notice` are annotations."""

    name: str
    properties: dict[str, str]
    message: str


class Upload(msgspec.Struct, frozen=True):
    name: str
    files: tuple[str, ...]


class Run(msgspec.Struct):
    """What became of one use of an action."""

    failed: bool = False
    log: str = ""
    outputs: dict[str, str] = {}
    steps: dict[str, dict[str, Any]] = {}
    summaries: list[str] = []
    uploads: list[Upload] = []

    def commands(self) -> list[Command]:
        return [found for line in re.split(r"\r\n|\r|\n", self.log) if (found := command(line))]


def command(line: str) -> Command | None:
    """As the runner reads a line: `::` after leading spaces, or `##[` anywhere."""
    found = _COMMAND.match(line.lstrip()) or _OLD_COMMAND.search(line)
    if not found:
        return None
    pairs = (pair.partition("=") for pair in (found["properties"] or "").strip().split(",") if pair)
    return Command(found["name"], {key: _unescaped(value) for key, _, value in pairs}, _unescaped(found["message"]))


def _unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


class Runner:
    """One job's workspace, its temporary folder and what its steps inherit."""

    def __init__(
        self, action: Path, folder: Path, environment: Mapping[str, str], workspace: str = "work space"
    ) -> None:
        self.workspace = folder / workspace
        self.temp = folder / "_temp"
        self._action = action
        self._definition = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
        self._environment = dict(environment)
        self.workspace.mkdir()
        self.temp.mkdir()

    def use(self, inputs: Mapping[str, str], done: Mapping[str, dict[str, str]] | None = None) -> Run:
        """Use the action with these inputs; the steps in `done` were run before, and these are their outputs."""
        declared = self._definition["inputs"]
        assert set(inputs) <= set(declared), "the runner warns of inputs that the action does not have"
        run = Run(steps={name: {"outputs": outputs} for name, outputs in (done or {}).items()})
        names = {
            "inputs": {name: each["default"] for name, each in declared.items()} | dict(inputs),
            "steps": run.steps,
        }
        for step in self._definition["runs"]["steps"]:
            if step.get("id") not in run.steps and condition(step.get("if", "success()"), names, self._status(run)):
                self._step(step, names, run)
        run.outputs = {name: rendered(each["value"], names) for name, each in self._definition["outputs"].items()}
        return run

    @staticmethod
    def _status(run: Run) -> dict[str, Any]:
        """In a composite action these ask for the action's own status, and not for the job's."""
        return {
            "always": lambda: True,
            "success": lambda: not run.failed,
            "failure": lambda: run.failed,
            "cancelled": lambda: False,
        }

    def _step(self, step: dict[str, Any], names: dict[str, Any], run: Run) -> None:
        if "uses" in step:
            given = {name: rendered(value, names) for name, value in step["with"].items()}
            succeeded, outputs = self._upload(step["uses"], given, run)
        else:
            succeeded, outputs = self._shell(step, names, run)
        run.failed |= not succeeded
        run.steps[step.get("id", step["name"])] = {"outputs": outputs, "outcome": "success" if succeeded else "failure"}

    def _shell(self, step: dict[str, Any], names: dict[str, Any], run: Run) -> tuple[bool, dict[str, str]]:
        assert step["shell"] == "bash"
        script = self.temp / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        files = {name: self.temp / f"_runner_file_commands_{name}" for name in _FILES}
        for file in files.values():
            file.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.workspace,
            env=self._environment
            | {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.workspace)}
            | {"RUNNER_TEMP": str(self.temp), "GITHUB_ACTION_PATH": str(self._action)}
            | {name: str(file) for name, file in files.items()}
            | {name: rendered(value, names) for name, value in step.get("env", {}).items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        run.log += done.stdout.decode("utf-8")
        run.summaries += [text for text in [files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")] if text]
        assert not files["GITHUB_ENV"].read_text(), "the action changes the environment of the steps after it"
        assert not files["GITHUB_PATH"].read_text(), "the action changes the path of the steps after it"
        return done.returncode == 0, outputs(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))

    def _upload(self, uses: str, given: dict[str, str], run: Run) -> tuple[bool, dict[str, str]]:
        assert uses.startswith(f"{UPLOAD}@")
        assert set(given) <= _UPLOAD_INPUTS
        if _NO_NAME.search(given["name"]):
            run.log += f"::error::The artifact name is not valid: {given['name']!r}\n"
            return False, {}
        found = sorted(path.relative_to(self.workspace).as_posix() for path in self._visible(given["path"]))
        run.uploads.append(Upload(given["name"], tuple(found)))
        return True, {"artifact-id": "1", "artifact-url": "https://github.example/artifacts/1"}

    def _visible(self, folder: str) -> list[Path]:
        """The files below; hidden ones are left out."""
        paths = (self.workspace / folder).rglob("*")
        return [path for path in paths if path.is_file() and not path.name.startswith(".")]


def outputs(text: str) -> dict[str, str]:
    """What a file of outputs says: `name=value`, or `name<<DELIMITER`, lines, `DELIMITER`."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        plain, here = line.find("="), line.find("<<")
        if here >= 0 and (plain < 0 or here < plain):
            found[line[:here]] = "\n".join(_until(lines, line[here + 2 :]))
        elif plain >= 0:
            found[line[:plain]] = line[plain + 1 :]
        else:
            assert not line, f"the runner refuses a file with this line: {line}"
    return found


def _until(lines: Any, delimiter: str) -> list[str]:
    taken: list[str] = []
    for line in lines:
        if line == delimiter:
            return taken
        taken.append(line)
    raise AssertionError(f"the runner finds no {delimiter}")
