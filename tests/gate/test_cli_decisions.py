"""A gate over time, as a user runs it: waive, baseline, policy, history; each with what it must not hide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gate.test_cli import loggate


@pytest.fixture
def place(tmp_path: Path) -> Path:
    log(tmp_path, "a")
    return tmp_path


def log(place: Path, *messages: str) -> None:
    lines = [f"2026-01-01 10:00:0{n},000 - R - ERROR - {message}\n" for n, message in enumerate(messages)]
    (place / "t.log").write_text("2026-01-01 10:00:00,000 - R - INFO - fine\n" + "".join(lines))


def scan(place: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = loggate("scan", "t.log", *arguments, cwd=place)
    report: dict[str, Any] = json.loads((place / "loggate-report" / "report.json").read_text())
    return done.returncode, report


def test_waive_and_unwaive(place: Path) -> None:
    """A waiver written by the command is found by the next scan and hides its issue and no other."""
    code, report = scan(place)
    (issue,) = report["issues"]
    assert code == 1
    waived = ("--reason", "known upstream", "--owner", "alice", "--expires", "30d")
    assert loggate("waive", issue["fingerprint"], *waived, cwd=place).returncode == 0
    code, report = scan(place)
    assert (code, report["issues"][0]["disposition"]) == (0, "waived")
    log(place, "a", "b")
    code, report = scan(place)
    assert (code, report["counts"]["findings"]) == (1, {"new": 1, "known": 0, "waived": 1})
    log(place, "something else")
    assert scan(place)[1]["leftovers"]["unused_waivers"]
    log(place, "a")
    assert loggate("unwaive", issue["fingerprint"], cwd=place).returncode == 0
    assert scan(place)[0] == 1


def test_strict_waivers(place: Path) -> None:
    """With --strict-waivers a waiver that nothing needed fails the gate."""
    (place / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n  - {pattern: nothing like this, reason: r, owner: o, expires: 2999-01-01}\n"
    )
    log(place)
    assert scan(place)[0] == 0
    assert scan(place, "--strict-waivers")[0] == 1


def test_an_expired_waiver_fails(place: Path) -> None:
    """An expired waiver fails even a log without findings, and the reason says whose it was."""
    (place / "own.yaml").write_text(
        "version: 1\nwaivers:\n  - {pattern: nothing like this, reason: r, owner: bob, expires: 2020-01-01}\n"
    )
    log(place)
    code, report = scan(place, "--waivers", "own.yaml")
    assert (code, "own.yaml:3: expired on 2020-01-01 (owner bob)" in report["reason"]) == (1, True)


def test_a_file_that_was_named_must_be_there(place: Path) -> None:
    """Waivers or a baseline that a flag names and that are not there are a mistake, not an empty file."""
    for flag in ("--waivers", "--baseline"):
        assert loggate("scan", "t.log", flag, "nowhere", cwd=place).returncode == 2


def test_baseline(place: Path) -> None:
    """With a baseline only what is new fails: another issue, or one more of a known one; the fixed one is told."""
    scan(place)
    assert loggate("baseline", "write", "loggate-report/report.json", cwd=place).returncode == 0
    assert scan(place)[0] == 0
    log(place, "a", "a")
    code, report = scan(place)
    assert (code, report["counts"]["findings"]) == (1, {"new": 1, "known": 1, "waived": 0})
    log(place)
    code, report = scan(place)
    assert (code, len(report["leftovers"]["fixed"])) == (0, 1)


def test_policy(place: Path) -> None:
    """Settings say by rule and severity what fails; --fail-on overrides the severities."""
    (place / "loggate.yaml").write_text("policy: {rules: {error: warn}}\n")
    code, report = scan(place)
    assert (code, report["counts"]["findings"]["new"]) == (0, 1)
    (place / "loggate.yaml").write_text("policy: {error: warn}\n")
    assert scan(place)[0] == 0
    assert scan(place, "--fail-on", "warning")[0] == 1
    (place / "loggate.yaml").write_text("policy: {error: wrn}\n")
    done = loggate("scan", "t.log", cwd=place)
    assert (done.returncode, "loggate.yaml:1: policy.error" in done.stderr) == (2, True)


def test_a_report_tells_what_its_waivers_held(place: Path) -> None:
    """report.json has each waiver with its findings and its state; html and json are of one report."""
    (issue,) = scan(place)[1]["issues"]
    waived = ("--reason", "known upstream", "--owner", "alice", "--expires", "7d")
    loggate("waive", issue["fingerprint"], *waived, cwd=place)
    (told,) = scan(place)[1]["waivers"]
    assert (told["state"], told["findings"], told["owner"]) == ("used", 1, "alice")
    assert told["days_left"] in (6, 7)


def test_a_report_tells_of_the_runs_before_it(place: Path) -> None:
    """With --history its trend has the last runs, itself the last of them; without it there is none."""
    assert scan(place)[1]["trend"] is None
    scan(place, "--history", "runs.db")
    log(place)
    trend = scan(place, "--history", "runs.db")[1]["trend"]
    assert [(each["verdict"], each["counts"]["new"]) for each in trend["runs"]] == [("fail", 1), ("pass", 0)]
    assert [each["verdict"] for each in trend["testcases"][0]["outcomes"]] == ["fail", "pass"]


def test_what_is_no_history_is_refused_at_once(place: Path) -> None:
    """A wrong --history is wrong usage, before anything is run or read."""
    (place / "runs.db").write_text("no database")
    done = loggate("scan", "t.log", "--history", "runs.db", cwd=place)
    assert (done.returncode, (place / "loggate-report").exists()) == (2, False)
    assert "runs.db: is no SQLite file" in done.stderr


def test_a_history_that_cannot_be_written_takes_no_report_along(place: Path) -> None:
    """The command fails for the history, and the report is written all the same."""
    code, report = scan(place, "--history", "t.log/runs.db")
    assert (code, report["verdict"], report["trend"]) == (3, "fail", None)


def test_a_report_tells_on_what_it_stands(place: Path) -> None:
    """The commit under test, the CI run and the machine are in the environment of every report."""
    done = loggate("scan", "t.log", "--format", "json=-", cwd=place, GITHUB_SHA="0a07d24c")
    told = json.loads(done.stdout)["environment"]
    assert told["commit"] == "0a07d24c"
    assert "Python" in told["machine"]


def test_history(place: Path) -> None:
    """--history keeps the run; `loggate history` shows it."""
    assert scan(place, "--history", "runs.db")[0] == 1
    log(place)
    assert scan(place, "--history", "runs.db")[0] == 0
    assert "✗✓" in loggate("history", "--db", "runs.db", cwd=place, PYTHONUTF8="1").stdout


def test_the_first_cause_is_said_on_top(place: Path) -> None:
    """What failed first is the first line that a person reads."""
    log(place, "disk full", "cannot go on", "giving up")
    done = loggate("scan", "t.log", cwd=place)
    assert "t.log fails: R: disk full (first on local, 10:00:00; 2 more followed)" in done.stdout.splitlines()[1]
    assert scan(place)[1]["causes"][0]["followed"] == 2


def test_a_misspelt_rule_of_the_policy_is_refused(place: Path) -> None:
    """It would do nothing, silently; a rule of a pack that is not used in this run may stand there."""
    (place / "loggate.yaml").write_text("policy: {error: ignore, rules: {eror: fail}}\n")
    done = loggate("scan", "t.log", cwd=place)
    assert (done.returncode, "no rule 'eror'" in done.stderr) == (2, True)
    (place / "loggate.yaml").write_text("policy: {error: ignore, rules: {stream-incomplete: fail}}\n")
    assert scan(place)[0] == 0
