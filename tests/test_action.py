"""The GitHub Action and the workflows: valid by schema, pinned, and its steps do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-actions", ACTION), *(("vendor.github-workflows", workflow) for workflow in WORKFLOWS)],
    ids=lambda value: Path(value).name,
)
def test_valid_by_schema(schema: str, file: Path) -> None:
    """The file satisfies GitHub's schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS], ids=lambda file: file.name)
def test_pinned(file: Path) -> None:
    """Every action of others is pinned to a commit."""
    for used in re.findall(r"uses: (\S+)", file.read_text(encoding="utf-8")):
        assert used == "./" or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", used), used


def step(name: str) -> dict[str, Any]:
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    return next(step for step in steps if step["name"] == name)


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """What the action's first step leaves: loggate in a virtual environment of the runner's temporary folder."""
    bin_folder = tmp_path / "loggate" / "bin"
    bin_folder.mkdir(parents=True)
    command = bin_folder / "loggate"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m gate "$@"\n')
    command.chmod(0o755)
    return tmp_path


def judge(runner: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the step that judges, as GitHub does: bash with -e and pipefail, inputs as its environment."""
    output = runner / "github_output"
    output.unlink(missing_ok=True)
    defaults = dict.fromkeys(step("Judge the logs")["env"], "") | {"OUTPUT": "loggate-report"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Judge the logs")["run"]],
        cwd=runner,
        env={**os.environ, "RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(output), **defaults, **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    pairs = [line.partition("=") for line in output.read_text().splitlines()] if output.exists() else []
    return done, {name: value for name, _, value in pairs}


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [("INFO fine\n", "pass", "0"), ("ERROR bad\n", "fail", "1"), ("", "error", "3")],
    ids=["good", "bad", "empty"],
)
def test_the_step_that_judges(runner: Path, text: str, verdict: str, code: str) -> None:
    """On good, bad and empty logs the outputs tell verdict, exit code and report; annotations name the line."""
    (runner / "my logs").mkdir()
    (runner / "my logs" / "site.log").write_text(text)
    done, outputs = judge(runner, PATHS="\nmy logs/site.log\n")
    assert done.returncode == 0, done.stderr
    assert outputs == {"verdict": verdict, "exit-code": code, "report": "loggate-report/report.html"}
    assert (runner / "loggate-report" / "report.html").exists()
    assert ("::error file=my logs/site.log,line=1" in done.stdout) == (verdict == "fail")


def test_wrong_inputs_are_an_error(runner: Path) -> None:
    """Without paths and without a suite the verdict is `error` and the log says what is missing."""
    done, outputs = judge(runner)
    assert outputs["verdict"] == "error"
    assert outputs["exit-code"] == "2"
    assert "PATH" in done.stderr


def test_a_suite_is_run(runner: Path) -> None:
    """With a suite the action runs it: here one with a mistake, which is told with its line."""
    (runner / "suite.yaml").write_text("version: 1\nrunner: nvflare-poc\ntestcases: []\n")
    done, outputs = judge(runner, SUITE="suite.yaml")
    assert outputs["exit-code"] == "2"
    assert "suite.yaml:3: testcases: a suite needs at least one testcase" in done.stderr


@pytest.mark.parametrize("code", ["0", "1", "3"])
def test_the_last_step_tells_the_verdict(code: str) -> None:
    """The action ends as the gate did."""
    done = subprocess.run(["bash", "-c", step("Tell the verdict")["run"]], env={"CODE": code}, check=False)
    assert done.returncode == int(code)
