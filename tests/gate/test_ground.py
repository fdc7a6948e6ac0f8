"""What a report says of the ground on which a run stands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gate.ground import ground

SHA = "0a07d24cbb4bf3f4f1c8ae1ce0ae43a1ab6fdc0e"
GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/fl", "GITHUB_RUN_ID": "12"}


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        (GITHUB, "https://github.com/acme/fl/actions/runs/12"),
        ({"CI_JOB_URL": "https://gitlab.example/acme/fl/-/jobs/7"}, "https://gitlab.example/acme/fl/-/jobs/7"),
        ({"BUILD_URL": "https://ci.example/job/fl/3/"}, "https://ci.example/job/fl/3/"),
        ({**GITHUB, "GITHUB_RUN_ID": ""}, None),
        ({}, None),
    ],
)
def test_the_ci_run(tmp_path: Path, variables: dict[str, str], url: str | None) -> None:
    """The page of the CI run, as GitHub, GitLab and Jenkins tell it."""
    assert ground(tmp_path, variables).get("ci run") == url


@pytest.mark.parametrize("name", ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"])
def test_the_commit_that_ci_names(tmp_path: Path, name: str) -> None:
    """CI's word counts: what is checked out may be a merge that it made for the run."""
    assert ground(tmp_path, {name: SHA})["commit"] == SHA


def test_the_commit_that_is_checked_out(tmp_path: Path) -> None:
    """Without CI it is git's, in any folder of the work tree."""
    make = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "one"]
    for arguments in (["init", "--quiet"], make):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True)
    inner = tmp_path / "logs"
    inner.mkdir()
    assert ground(inner, {})["commit"] == head.stdout.strip()


def test_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no repository, or no git, nothing is said, and the machine is told all the same."""
    assert list(ground(tmp_path, {})) == ["machine"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(ground(tmp_path, {})) == ["machine"]
