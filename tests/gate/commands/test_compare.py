"""`loggate diff` and `loggate history` as a user types them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from gate.commands import compare
from gate.errors import GateError
from gate.model import Report
from gate.reports.json import FORMAT
from tests.gate.reports import report_samples as samples


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(name: str, report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    Path(name).write_text(out.getvalue(), encoding="utf-8")
    return name


def call(command: click.Command, *arguments: str) -> Any:
    """The command's exit code."""
    return command.main(list(arguments), standalone_mode=False)


def diff(capsys: pytest.CaptureFixture[str], old: Report, new: Report, *options: str) -> tuple[int, str]:
    code = call(compare.diff, saved("old.json", old), saved("new.json", new), *options)
    return code, capsys.readouterr().out


# ---- diff ------------------------------------------------------------------------------------------------------------


def test_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """Two equal runs: two words, and exit code 0."""
    code, text = diff(capsys, samples.failing(), samples.failing())
    assert code == 0
    assert "\nno difference; " in text
    assert text.endswith("exit code 0: nothing is worse\n")


def test_worse(capsys: pytest.CaptureFixture[str]) -> None:
    """From all pass to failing: exit code 1; the environment at the top, verdicts, new issues with their place."""
    new = samples.failing()
    code, text = diff(capsys, samples.all_pass(), new)
    assert code == 1
    assert text.endswith("exit code 1: something is worse\n")
    assert "late-end" in text
    assert "fedavg-external: " not in text
    for issue in new.issues:
        if issue.disposition == "new":
            assert f"{issue.fingerprint}  {issue.title}" in text
            assert f"{issue.findings[0].path}:{issue.findings[0].line}" in text


def test_exit_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """--exit-zero changes the code, and says so; not what is said."""
    code, text = diff(capsys, samples.all_pass(), samples.failing(), "--exit-zero")
    assert code == 0
    assert text.endswith("exit code 0: something is worse (--exit-zero)\n")


def test_better(capsys: pytest.CaptureFixture[str]) -> None:
    """The other way round everything is fixed or out of sight, and nothing is worse."""
    failing = samples.failing()
    testcases = [samples.testcase(each.name) for each in failing.testcases]
    code, text = diff(capsys, failing, samples.report(testcases, shared=failing.shared))
    assert code == 0
    assert "fixed issues\n" in text
    assert "late-end: ! error → ✓ pass" in text


def test_environment_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Another NVFlare is said before anything that may come from it."""
    old = samples.report([], environment={"nvflare": "2.8.3"})
    new = samples.report([], environment={"nvflare": "2.9.0", "streaming": "stock"})
    text = diff(capsys, old, new)[1].split("\n")
    assert "may come from it" in text[2]
    assert text[3:5] == ["  nvflare: 2.8.3 → 2.9.0", "  streaming: – → stock"]


def test_short_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of new issues are a page, with the number of those left out."""
    code, text = diff(capsys, samples.report([]), samples.many(4000, 2000))
    assert code == 1
    assert len(text.splitlines()) < 45
    assert "and 1,990 more: --json has all" in text


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """--json has every issue, with what the command concluded; a format of one version."""
    code, text = diff(capsys, samples.report([]), samples.many(4000, 2000), "--json")
    told = json.loads(text)
    assert code == 1
    assert (told["version"], told["worse"], told["empty"], len(told["new_issues"])) == (1, True, False, 2000)
    assert told["new_issues"][0]["counts"][0]["new"] == {"new": 2, "known": 0, "waived": 0}


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_harmless(capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    """Titles and names are strangers' text: no control sequence and no CI command of theirs is printed."""
    found = samples.finding(samples.HOSTILE, path=samples.HOSTILE)
    new = samples.report(
        [samples.testcase(samples.HOSTILE, verdict="fail", reason=samples.HOSTILE)],
        [samples.issue([found], title=samples.HOSTILE)],
        environment={samples.HOSTILE: samples.HOSTILE},
        reason=samples.HOSTILE,
    )
    text = diff(capsys, samples.report([]), new, *options)[1]
    assert not set(text) & set("\x1b\x9b\x07\x08\r\u202e\u200b")
    assert "##[" not in text
    assert "##vso[" not in text
    assert not any(line.strip().startswith("::") for line in text.split("\n"))


def test_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no report is wrong usage: exit code 2, with the file's name."""
    Path("bad.json").write_text("{}")
    with pytest.raises(GateError, match=r"bad\.json") as caught:
        call(compare.diff, saved("old.json", samples.small()), "bad.json")
    assert caught.value.exit_code == 2


# ---- history ---------------------------------------------------------------------------------------------------------


def add_runs(count: int) -> None:
    for number in range(count):
        report = samples.report(
            [
                samples.testcase("steady", duration_s=10.0 + number),
                samples.testcase("shaky", verdict="fail" if number % 2 else "pass"),
            ],
            [samples.issue([samples.finding("shaky")])],
            started=f"2026-05-{number + 1:02}T10:00:00+00:00",
        )
        call(compare.history, "add", saved(f"{number}.json", report))


def test_history_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command: a line for each testcase, a line for each issue, and what is flaky."""
    add_runs(4)
    capsys.readouterr()
    assert call(compare.history) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.split("\n")]
    assert lines[0] == "4 runs, 2026-05-01 10:00 to 2026-05-04 10:00 UTC, the oldest left"
    assert "steady ✓✓✓✓ 12 s ↑ 19%" in lines
    assert "shaky ✓✗✓✗ 14 s flaky" in lines
    assert "run ✓✗✓✗" in lines
    assert lines[-2] == "flaky: shaky"
    issue = "v1:8c1f0b52d7e94a36 2026-05-01 10:00 2026-05-04 10:00 4/4 4 new"
    assert any(line.startswith(issue) for line in lines)


def test_history_of_a_testcase(capsys: pytest.CaptureFixture[str]) -> None:
    """--testcase shows it alone, with its own issues; --limit the last runs; an unknown name is wrong usage."""
    add_runs(4)
    capsys.readouterr()
    call(compare.history, "--testcase", "steady", "--limit", "2")
    text = capsys.readouterr().out
    assert "✓✓  " in text
    assert "shaky" not in text
    assert "v1:" not in text
    call(compare.history, "show", "--testcase", "shaky")
    assert "v1:8c1f0b52d7e94a36" in capsys.readouterr().out
    with pytest.raises(GateError, match="no testcase 'x'"):
        call(compare.history, "show", "--testcase", "x")


def test_history_add_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A report that is in already is no error, and is said."""
    name = saved("one.json", samples.failing())
    assert call(compare.history, "add", name, name, "--db", "other.db") == 0
    assert capsys.readouterr().out == "one.json: added\none.json: already there\n"
    assert Path("other.db").is_file()


def test_history_prune(capsys: pytest.CaptureFixture[str]) -> None:
    """--keep N drops the older runs; N is at least 1, so that no typo empties the file."""
    add_runs(3)
    capsys.readouterr()
    assert call(compare.history, "prune", "--keep", "1") == 0
    assert capsys.readouterr().out == "2 runs dropped\n"
    with pytest.raises(click.UsageError):
        call(compare.history, "prune", "--keep", "0")


def test_history_of_nothing() -> None:
    """Before the first run there is nothing to show, and the hint says how to begin."""
    with pytest.raises(GateError, match="no such file") as caught:
        call(compare.history)
    assert "history add" in caught.value.hint


def test_history_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`history --help` is about all commands, and an unknown one is no option of `show`."""
    call(compare.history, "--help")
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in ("add", "show", "prune"))
    with pytest.raises(click.UsageError, match="No such command"):
        call(compare.history, "shwo")


def test_plain_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that knows only ASCII gets other signs, not a crash."""
    add_runs(2)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    call(compare.history)
    sys.stdout.flush()
    assert b"shaky   +x" in raw.getvalue()
