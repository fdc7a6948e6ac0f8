"""The pages' configurations of CI systems: valid by schema; their commands run, and leave the files that they promise.

What only exists on those systems is played by small programs: the job (its logs are there before), pip (loggate is
installed), and the systems' own command lines. loggate, the shells, tox and pre-commit are real.
"""

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
from junitparser import JUnitXml
from sarif import loader

from tests.actionrunner import Runner
from tests.docs import pages
from tests.expressions import condition, rendered

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "how-to"
SCHEMAS = {
    "github-actions": "github-workflows",
    "gitlab": "gitlab-ci",
    "azure": "azure-pipelines",
    "buildkite": "buildkite",
}
SCRIPTS = Path(sys.executable).parent
LOG = {"good": "2026-01-31 10:00:00 INFO done\n", "bad": "2026-01-31 10:00:00 ERROR no answer\n"}
CODES = {"good": 0, "bad": 1}
PLAYED = {
    "run-job.sh": "",
    "pip": 'test "$*" = "install --quiet loggate"',
    "python3": 'test "$*" = "-m venv .venv"',
    "buildkite-agent": 'echo "$@" >>agent.txt; if [ "$1" = annotate ]; then cat >annotation.md; fi',
    "gh": 'echo "$@" >>gh.txt; case "$2" in list) echo 42 ;; download) cp ../main/baseline.json . ;; esac',
}


def blocks(page: str, kind: str) -> list[str]:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    found = [block.text for block in pages.blocks(text) if block.kind == kind]
    assert found, page
    return found


def checkout(folder: Path, log: str) -> None:
    """What the job left: one log of one site in one testcase; beside it the programs that are played."""
    (folder / "logs" / "train" / "site-1").mkdir(parents=True)
    (folder / "logs" / "train" / "site-1" / "log.txt").write_text(LOG[log])
    for place in (folder / "played", folder / ".venv" / "bin"):
        place.mkdir(parents=True)
        for name, script in PLAYED.items():
            (place / name).write_text(f"#!/bin/sh\n{script}\n")
            (place / name).chmod(0o755)
        (place / "loggate").symlink_to(SCRIPTS / "loggate")
    (folder / "run-job.sh").symlink_to("played/run-job.sh")


@pytest.fixture(params=list(LOG))
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a kind of log, whose checkout is in `tmp_path`."""
    checkout(tmp_path, request.param)
    return str(request.param)


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{folder / 'played'}:{os.environ['PATH']}", "HOME": str(folder), **variables}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def assert_reports(folder: Path, *files: str) -> None:
    """The files are there, and what reads them can."""
    for file in files:
        assert (folder / file).exists(), file
    if "loggate-report/junit.xml" in files:
        assert JUnitXml.fromfile(str(folder / "loggate-report" / "junit.xml")).tests == 1
    for sarif in (file for file in files if file.endswith(".sarif")):
        assert loader.load_sarif_file(str(folder / sarif)).get_distinct_tool_names() == ["loggate"]


CONFIGURATIONS = [
    pytest.param(schema, text, id=f"{page}-{number}")
    for page, schema in SCHEMAS.items()
    for number, text in enumerate(blocks(page, "yaml"))
]


@pytest.mark.parametrize(("schema", "text"), CONFIGURATIONS)
def test_valid_by_schema(schema: str, text: str, tmp_path: Path) -> None:
    """Each configuration satisfies its system's schema."""
    file = tmp_path / "ci.yml"
    file.write_text(text)
    command = [SCRIPTS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", file]
    if schema in ("gitlab-ci", "azure-pipelines"):
        command[1:1] = ["--data-transform", schema, "--regex-variant", "nonunicode"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- GitLab, Jenkins, Buildkite, Azure -------------------------------------------------------------------------------


def test_gitlab(logs: str, tmp_path: Path) -> None:
    """The job ends as the gate does, and its artifacts are there."""
    (text,) = blocks("gitlab", "yaml")
    job = yaml.safe_load(text)["gate"]
    done = shell("\n".join(job["before_script"] + job["script"]), tmp_path)
    assert done.returncode == CODES[logs], done.stderr
    assert job["artifacts"]["when"] == "always"
    assert_reports(tmp_path, *job["artifacts"]["paths"], *job["artifacts"]["reports"].values())


def test_jenkins(logs: str, tmp_path: Path) -> None:
    """The step of the gate fails as the gate does, and what is published is there."""
    (text,) = blocks("jenkins", "groovy")
    (script,) = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
    done = shell(script, tmp_path)
    assert done.returncode == CODES[logs], done.stderr
    published = re.findall(r"(?:junit|pattern:) '([^']+)'", text)
    page = re.findall(r"reportDir: '([^']+)', reportFiles: '([^']+)'", text)
    assert_reports(tmp_path, *published, *("/".join(parts) for parts in page))
    assert (len(published), len(page)) == (2, 1)


def test_buildkite(logs: str, tmp_path: Path) -> None:
    """The step ends as the gate does; the annotation has the verdict's style and the summary."""
    (text,), (script,) = blocks("buildkite", "yaml"), blocks("buildkite", "sh")
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "gate.sh").write_text(script)
    step = yaml.safe_load(text)["steps"][1]
    done = shell("\n".join(step["command"]), tmp_path)
    assert done.returncode == CODES[logs], done.stderr
    style = "success" if logs == "good" else "error"
    assert (tmp_path / "agent.txt").read_text().splitlines()[-1] == f"annotate --context loggate --style {style}"
    assert (tmp_path / "annotation.md").read_text().startswith("## ")
    ((plugin,),) = (each.values() for each in step["plugins"])
    assert_reports(tmp_path, plugin["files"], step["artifact_paths"].removesuffix("/**/*"))


def test_azure(logs: str, tmp_path: Path) -> None:
    """The step ends as the gate does and attaches the summary; what later steps publish is there."""
    (text,) = blocks("azure", "yaml")
    steps = yaml.safe_load(text)["steps"]
    (script,) = (step["bash"] for step in steps if "bash" in step)
    done = shell(script, tmp_path)
    assert done.returncode == CODES[logs], done.stderr
    assert f"##vso[task.uploadsummary]{tmp_path}/loggate-report/summary.md" in done.stdout
    assert ("##vso[task.logissue type=error]" in done.stdout) == (logs == "bad")
    inputs: dict[str, Any] = {}
    for step in steps:
        inputs |= step.get("inputs", {})
    assert_reports(tmp_path, "loggate-report/summary.md", inputs["testResultsFiles"], inputs["targetPath"])


# ---- GitHub ----------------------------------------------------------------------------------------------------------


class Job:
    """A workflow's job on the runner of the action's tests; actions of others look for the files that they get."""

    def __init__(self, folder: Path, log: str, event: str) -> None:
        self.runner = Runner(ROOT, folder, {"PATH": os.environ["PATH"], "HOME": str(folder)})
        self.folder = self.runner.workspace
        checkout(self.folder, log)
        self.failed = False
        self.names: dict[str, Any] = {"steps": {}, "matrix": {"case": "train"}}
        self.names["github"] = {"event_name": event, "token": "t", "event": {}}

    def run(self, job: dict[str, Any]) -> None:
        status = {"success": lambda: not self.failed, "cancelled": lambda: False}
        for step in job["steps"]:
            if condition(step.get("if", "success()"), self.names, status):
                self._step(step)

    def _step(self, step: dict[str, Any]) -> None:
        given = {
            name: rendered(value, self.names) for name, value in step.get("with", {}).items() if value is not False
        }
        variables = {name: rendered(value, self.names) for name, value in step.get("env", {}).items()}
        if "run" in step:
            done = shell(step["run"], self.folder, **variables)
            assert done.returncode == 0, done.stderr
        elif step["uses"].startswith("loggate/"):
            installed = {"python": sys.executable, "command": str(SCRIPTS / "loggate")}
            used = self.runner.use(given, {"install": installed})
            self.names["steps"][step.get("id")] = {"outputs": used.outputs}
            self.failed |= used.failed
        elif "upload" in step["uses"]:
            assert_reports(self.folder, given.get("sarif_file") or given["path"])


WORKFLOWS = [yaml.safe_load(text)["jobs"] for text in blocks("github-actions", "yaml")]
JOBS = [
    pytest.param(job, id=f"{number}-{name}")
    for number, jobs in enumerate(WORKFLOWS)
    for name, job in jobs.items()
    if "suite" not in str(job)
]


@pytest.mark.parametrize("log", LOG)
@pytest.mark.parametrize("job", JOBS)
def test_github(job: dict[str, Any], log: str, tmp_path: Path) -> None:
    """A job fails as the gate does, if it has one, and each file that a later step uploads is there."""
    used = Job(tmp_path, log, "pull_request" if "Fetch" not in str(job) else "push")
    used.run(job)
    judges = any("loggate/" in step.get("uses", "") for step in job["steps"])
    assert used.failed == (judges and log == "bad" and used.names["github"]["event_name"] != "push")


def test_github_baseline_of_main(tmp_path: Path) -> None:
    """What a push to main wrote is known to a pull request, and what is new there fails."""
    (tmp_path / "pushed").mkdir()
    (tmp_path / "pulled").mkdir()
    job = WORKFLOWS[3]["gate"]
    main = Job(tmp_path / "pushed", "bad", "push")
    main.run(job)
    pull = Job(tmp_path / "pulled", "bad", "pull_request")
    (tmp_path / "pulled" / "main").mkdir()
    shutil.copy(main.folder / "baseline.json", tmp_path / "pulled" / "main")
    pull.run(job)
    assert (main.failed, pull.failed) == (False, False)
    assert "--branch main --event push" in (pull.folder / "gh.txt").read_text()
    (pull.folder / "logs" / "train" / "site-1" / "log.txt").write_text("ERROR another\n")
    pull.run(job)
    assert pull.failed


def test_github_workflows_are_safe(tmp_path: Path) -> None:
    """zizmor finds nothing in the workflows that people copy, once the action is pinned as the page says."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, text in enumerate(blocks("github-actions", "yaml")):
        (folder / f"{number}.yml").write_text(text.replace("loggate@main", f"loggate@{'0' * 40} # v0.1.0"))
    command = [SCRIPTS / "zizmor", "--offline", "--strict-collection", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- pre-commit and tox ----------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def source(folder: Path) -> Path:
    """A copy of what is needed to install loggate."""
    copy = folder / "loggate"
    left_out = shutil.ignore_patterns(".venv", ".git", ".*_cache", ".hypothesis", "tests", "docs", "benchmarks", "out")
    shutil.copytree(ROOT, copy, ignore=left_out)
    return copy


@pytest.mark.network
def test_pre_commit(tmp_path: Path) -> None:
    """pre-commit installs the hooks from a repository; one judges the logs of the commit, one its waivers."""
    hooks, project = source(tmp_path), tmp_path / "project"
    for folder in (hooks, project):
        folder.mkdir(exist_ok=True)
        git(folder, "init")
    git(hooks, "add", "--all")
    git(hooks, "commit", "-m", "release")
    (text,) = blocks("pre-commit", "yaml")
    settings = yaml.safe_load(text)
    settings["repos"][0] |= {"repo": str(hooks), "rev": git(hooks, "rev-parse", "HEAD")}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings))
    (project / "samples").mkdir()
    expected = {"good": ("Passed", "2099-01-01"), "bad": ("Failed", "2020-01-01")}
    for log, (outcome, expires) in expected.items():
        (project / "samples" / "a.log").write_text(LOG[log])
        waiver = f"{{pattern: a race, reason: r, owner: alice, expires: {expires}}}"
        (project / "waivers.yaml").write_text(f"version: 1\nwaivers:\n  - {waiver}\n")
        git(project, "add", "--all")
        done = subprocess.run(
            [SCRIPTS / "pre-commit", "run", "--color=never"],
            cwd=project,
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert re.findall(r"^loggate.*\.(Passed|Failed)$", done.stdout, re.MULTILINE) == [outcome] * 2, done.stdout


@pytest.mark.network
@pytest.mark.parametrize("log", LOG)
def test_tox(log: str, tmp_path: Path) -> None:
    """The environment installs loggate, judges, and ends as the gate does."""
    checkout(tmp_path, log)
    (text,) = blocks("tox", "ini")
    (tmp_path / "tox.ini").write_text(text)
    command = [SCRIPTS / "tox", "-e", "gate", "--override", f"testenv:gate.deps={source(tmp_path)}"]
    done = subprocess.run([*command, "--", "-o", "out"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "exit code 1" in done.stdout) == (CODES[log], log == "bad"), done.stdout + done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
