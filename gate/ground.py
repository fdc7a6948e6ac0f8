"""What a run stands on besides the jobs' own: the commit under test, the machine, and the CI run."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")
RUNS = ("CI_JOB_URL", "BUILD_URL")
"""The variables in which GitLab and Jenkins name the commit and the page of the run; GitHub's is put together."""

GIT_S = 5.0
"""Seconds after which git, on whatever file system, is not waited for."""


def ground(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The keys `commit`, `ci run` and `machine`, each where it is known; `folder` is of the work tree under test."""
    told = {
        "commit": _first(variables, COMMITS) or _head(folder),
        "ci run": _github_run(variables) or _first(variables, RUNS),
        "machine": _machine(),
    }
    return {name: value for name, value in told.items() if value}


def _first(variables: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")


def _github_run(variables: Mapping[str, str]) -> str:
    """The page of a GitHub Actions run, of GitHub's own server or of a company's."""
    server, repository, run = map(variables.get, ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _head(folder: Path) -> str:
    """The commit that is checked out; "" where there is no git, no repository, or none that git trusts."""
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, timeout=GIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    system = f"{platform.system()} {platform.machine()}".strip()
    return f"{system}, {cores} {'core' if cores == 1 else 'cores'}, Python {platform.python_version()}"
