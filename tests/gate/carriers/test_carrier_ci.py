"""What the CI systems write around a job's output."""

from __future__ import annotations

import pytest

from gate.carriers import Carried, github_actions, gitlab_ci

GITHUB = github_actions.CARRIER
GITLAB = gitlab_ci.CARRIER
STAMP = "2026-01-01T10:00:00.1234567Z "
TIME = "2026-01-01T10:00:00.123456+00:00"


@pytest.mark.parametrize(
    ("text", "level", "opened"),
    [
        ("##[error]Process completed with exit code 1.", "ERROR", "Process completed with exit code 1."),
        ("##[warning]a", "WARNING", "a"),
        ("##[debug]a", "DEBUG", "a"),
        ("##[notice]a", "NOTICE", "a"),
        ("##[group]Run tests", None, "##[group]Run tests"),
        ("##[command]git fetch", None, "##[command]git fetch"),
        ("::error file=a.py,line=1::bad", "ERROR", "::error file=a.py,line=1::bad"),
        ("::error::bad", "ERROR", "::error::bad"),
        ("an ##[error] within", None, "an ##[error] within"),
        ("::errors::", None, "::errors::"),
        ("  File 'a.py'", None, "  File 'a.py'"),
        ("", None, ""),
    ],
)
def test_marks_tell_levels(text: str, level: str | None, opened: str) -> None:
    """A mark, or a workflow command, tells the level where it begins the line."""
    assert GITHUB.open(f"{STAMP}{text}\r\n".encode()) == Carried(opened, "", TIME, level)


def test_later_lines_of_a_message_have_no_time() -> None:
    """The runner stamps a message of several lines once: what follows belongs to it."""
    assert GITHUB.spans_lines
    assert not GITHUB.begins(b"  second\n")
    assert GITHUB.open(f"{STAMP}##[error]first\n  second\n".encode()) == Carried("first\n  second", "", TIME, "ERROR")


def test_gh_names_job_and_step() -> None:
    """Job and step are the lane, also where a byte order mark stands before the time."""
    assert GITHUB.open(f"build (3.12)\tRun tests\t\ufeff{STAMP}##[error]a\n".encode()) == Carried(
        "a", "build (3.12)/Run tests", TIME, "ERROR"
    )


@pytest.mark.parametrize("line", ["2026-01-01T10:00:00.123456Z a", "2026-01-01T10:00:00.1234567 a", "a\tb\tc", "a"])
def test_no_line_of_github(line: str) -> None:
    """Six digits, no zone, and other columns are somebody else's."""
    assert not GITHUB.begins(line.encode())


def test_gitlab_names_streams() -> None:
    """Stream number and kind are the lane; a plus says that the line goes on with the one before."""
    assert GITLAB.open(b"2026-01-01T10:00:00.123456Z 00O a\n") == Carried("a", "00O", TIME)
    assert GITLAB.open(b"2026-01-01T10:00:00.123456Z 01E+b\n") == Carried("b", "01E", TIME, resumes=True)
    assert GITLAB.open(b"2026-01-01T10:00:00.123456Z 00O \x1b[0Ksection_start:1:a\r\x1b[0K\n") == Carried(
        "\x1b[0Ksection_start:1:a\r\x1b[0K", "00O", TIME
    )


@pytest.mark.parametrize("line", ["2026-01-01T10:00:00.123456Z 00A a", "2026-01-01T10:00:00Z 00O a", "00O a"])
def test_no_line_of_gitlab(line: str) -> None:
    """Another kind of stream or time is none."""
    assert not GITLAB.begins(line.encode())
