"""The action, the workflows and Dependabot's settings: valid by schema, pinned, and without a linter's complaint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate import __version__

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {ACTION: "github-actions", GITHUB / "dependabot.yml": "dependabot"} | dict.fromkeys(
    WORKFLOWS, "github-workflows"
)


def name(path: Path) -> str:
    return path.name


def tool(*command: str | Path) -> str:
    """What a tool of this environment says; fails if it complains."""
    done = subprocess.run(
        [Path(sys.executable).with_name(str(command[0])), *command[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("file", SCHEMAS, ids=name)
def test_valid_by_schema(file: Path) -> None:
    """The file satisfies the official schema."""
    tool("check-jsonschema", "--builtin-schema", f"vendor.{SCHEMAS[file]}", file)


def test_no_finding_of_zizmor() -> None:
    """zizmor, with its audits for the pedantic too, finds neither a security problem nor a smell in any of them."""
    said = tool(
        "zizmor", "--offline", "--no-progress", "--persona=pedantic", "--strict-collection", "--format=json", ROOT
    )
    assert yaml.safe_load(said) == []


def test_zizmor_reads_them(tmp_path: Path) -> None:
    """The check above can fail: an expression within a script is found in a copy of the action that has one."""
    text = ACTION.read_text(encoding="utf-8").replace('exit "$CODE"', "exit ${{ inputs.fail-on }}")
    (tmp_path / "action.yml").write_text(text, encoding="utf-8")
    command = [Path(sys.executable).with_name("zizmor"), "--offline", "--format=json", tmp_path]
    found = yaml.safe_load(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert "template-injection" in {finding["ident"] for finding in found}


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS], ids=name)
def test_pinned(file: Path) -> None:
    """Every action of others is pinned to a commit, and its version is told."""
    for used in re.findall(r"uses: (.+)", file.read_text(encoding="utf-8")):
        assert used.split()[0] == "./" or re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_one_commit_an_action() -> None:
    """All files and all pages use the same commit of an action."""
    pages = sorted((ROOT / "docs" / "how-to").glob("*.md"))
    texts = [file.read_text(encoding="utf-8") for file in (ACTION, *WORKFLOWS, *pages)]
    used = {found for text in texts for found in re.findall(r"uses: ([\w-]+/[\w-]+)\S*@([0-9a-f]{40})", text)}
    assert len(used) == len({action for action, _ in used}) > 0


def steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in document["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_least_privilege(file: Path) -> None:
    """A workflow has no permission but those that a job asks for, none of them to write, and each job has a limit."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["timeout-minutes"] <= 60
        writes = {scope for scope, level in job["permissions"].items() if level == "write"}
        assert writes == ({"id-token"} if job.get("environment") else set())
    checkouts = [step for step in steps(document) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_supported_python_is_tested() -> None:
    """The checks run on each Python from the oldest that is supported."""
    (jobs,) = (yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"] for file in WORKFLOWS if file.name == "ci.yml")
    tested = jobs["checks"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert oldest
    assert tested == [f"3.{minor}" for minor in range(int(oldest[1]), int(oldest[1]) + len(tested))]


@pytest.mark.network
def test_the_release_is_built_and_whole(tmp_path: Path) -> None:
    """The release's own commands build what passes twine's check; the wheel has each file of the packages."""
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", ".*_cache", ".hypothesis", "dist"))
    jobs = yaml.safe_load((GITHUB / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"]
    before = packaged(copy)
    for name in ("Build and check", "Expect the tag's version", "Put the wheel's modules in place of the checkout's"):
        (script,) = (step["run"] for job in jobs.values() for step in job["steps"] if step.get("name") == name)
        environment = {**os.environ, "GITHUB_REF_NAME": f"v{__version__}"}
        shell = ["bash", "-e", "-o", "pipefail", "-c", f"python() {{ '{sys.executable}' \"$@\"; }}\n{script}"]
        done = subprocess.run(shell, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert packaged(copy) == before


def packaged(folder: Path) -> dict[str, bytes]:
    """Each file of the packages, but for what Python compiled."""
    files = (path for package in ("gate", "fixlib") for path in (folder / package).rglob("*.*"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.parent.name != "__pycache__"}
