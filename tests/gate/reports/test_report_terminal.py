from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.model import Report, Skipped
from gate.reports import terminal
from gate.reports.terminal import FORMAT


class Screen(io.StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        return True


def piped(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def on_screen(report: Report, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": "80", "TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    out = Screen()
    FORMAT.write(report, out, None)
    return out.getvalue()


def test_short_when_all_is_well() -> None:
    """One log without a finding takes six lines."""
    assert piped(samples.small()).splitlines() == [
        "",
        "testcase   verdict  time  why",
        "train.log  ✓ pass         no finding on 3 sites",
        "",
        "✓ PASS  1 testcase: 1 pass",
        "exit code 0: the gate passed",
    ]


def test_verdict_reason_and_duration() -> None:
    """Each testcase is a line with its verdict, duration and reason."""
    text = piped(samples.failing())
    assert re.search(r"^start-delay-1s +✗ fail +23 s  server: 22 new findings; site-1: 1 new finding", text, re.M)
    assert re.search(r"^late-end +! error +19 s  site-2: no log of this site$", text, re.M)
    assert "flaky: 2 attempts" in text


def test_last_lines_say_why() -> None:
    """The last lines say the verdict, why, and what the exit code means."""
    endings = {
        "failing": "✗ FAIL  12 testcases: 4 fail, 1 error, 7 pass\nexit code 1: the gate failed\n",
        "missing_evidence": "! ERROR  2 testcases: 2 error\nexit code 3: something could not be run or judged\n",
    }
    for name, ending in endings.items():
        assert piped(getattr(samples, name)()).endswith(ending)


def test_exit_zero_is_explained() -> None:
    """With --exit-zero a failed gate says that the code does not tell."""
    report = samples.report([samples.testcase("a", verdict="fail", reason="x")], exit_code=0)
    assert piped(report).endswith("exit code 0: the gate failed (--exit-zero; it would be 1)\n")


def test_new_issues_come_first() -> None:
    """New issues stand before known before waived ones, each with rule, count, sites and its first place."""
    text = piped(samples.failing())
    assert text.index("3 new issues") < text.index("1 known issue") < text.index("1 waived issue")
    assert "  66×  error  strict-error  ObjectStreamer: no stream" in text
    assert "\n         out/logs/start-delay-1s/server/log.txt:60  v1:03ad77c1f2b4e890\n" in text
    assert "2 files not judged" in text
    assert "1 shared log: fail, server: 2 new findings" in text
    assert "\n23 streamed logs: 17 arrived as required, 6 did not\n" in text
    assert "\n         a note\n         out/logs/swarm/site-2/log.txt:88  v1:77aa88bb99cc00dd\n" in text


def test_skipped_files_are_explained() -> None:
    """What was not judged is told with the first file's reason, on one line."""
    skipped = (Skipped("a\nb.bin", "binary:\n::error ::a picture"), Skipped("c", "empty"))
    text = piped(samples.report([samples.testcase("t")], skipped=skipped))
    assert "\n2 files not judged, first a^Jb.bin: binary: : :error : :a picture\n" in text
    text = piped(samples.report([samples.testcase("t")], skipped=skipped[1:]))
    assert "\n1 file not judged: c: empty\n" in text


def test_sites_that_no_reason_names() -> None:
    """A site without evidence is named even where the testcase's reason is another."""
    assert "! error  cyclic › server: no log of this site" in piped(samples.missing_evidence())


@pytest.mark.parametrize("on", ["pipe", "screen"])
def test_paths_are_never_cut(on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long path stays in one piece on a line, so that it can be copied."""
    path = f"{'deep/' * 60}a  b.zip!/inner/log.txt"
    report = samples.report([samples.testcase("a")], [samples.issue([samples.finding(path=path, line=5)])])
    text = piped(report) if on == "pipe" else on_screen(report, monkeypatch)
    assert f"{path}:5" in text


def test_colour_only_for_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape sequences go to a terminal, or where FORCE_COLOR wants them, and to none with NO_COLOR or TERM=dumb."""
    report = samples.failing()
    assert "\x1b" in on_screen(report, monkeypatch)
    assert "\x1b" not in on_screen(report, monkeypatch, NO_COLOR="1")
    assert "\x1b" not in on_screen(report, monkeypatch, TERM="dumb")
    assert "\x1b" in on_screen(report, monkeypatch, NO_COLOR="", TERM="xterm")
    monkeypatch.delenv("NO_COLOR")
    plain = piped(report)
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in (forced := piped(report))
    assert re.sub(r" *\x1b\[[\d;]*m", "", forced).replace(" ", "") == plain.replace(" ", "")
    FORMAT.write(report, out := io.StringIO(), Path())
    assert out.getvalue() == plain


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_fits_the_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the table keeps to its width; without room for one each testcase is a line, with why below."""
    text = on_screen(samples.failing(), monkeypatch, NO_COLOR="1", COLUMNS=str(columns))
    table = text.split("3 new issues")[0]
    assert max(map(len, table.splitlines())) <= columns
    assert ("✗ fail  aborted  1 min 13 s\n    job ended as" in table) == (columns == 40)
    for testcase in samples.failing().testcases:
        assert testcase.name in table


def test_hostile_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log text cannot move the cursor, colour, retitle, reverse, be markup, or command a CI system."""
    report = samples.hostile()
    plain = piped(report)
    assert all(character == "\n" or character.isprintable() for character in plain)
    assert "[bold]markup[/bold]" in plain
    assert "##[" not in plain
    assert not any(line.strip().startswith("::") for line in plain.splitlines())
    ours = re.sub(r"\x1b\[[0-9;]*m", "", on_screen(report, monkeypatch))
    assert all(character == "\n" or character.isprintable() for character in ours)


def test_many_testcases_and_issues_are_bounded() -> None:
    """A thousand testcases and issues take some dozens of lines, and what is left out is said."""
    testcases = [samples.testcase(f"t{i}", verdict="fail" if i % 9 == 0 else "pass", reason="x") for i in range(1000)]
    issues = [samples.issue([samples.finding()], fingerprint=f"v1:{i}") for i in range(1000)]
    text = piped(samples.report(testcases, issues))
    assert len(text.splitlines()) < 130
    assert "and 960 other testcases (of all: 888 pass, 112 fail, 0 error, 0 skipped)" in text
    assert "and 980 more new issues: see the report" in text


def test_any_encoding() -> None:
    """A stream that knows no UTF-8 gets plain signs, never an exception."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    FORMAT.write(samples.failing(), out, None)
    out.flush()
    assert b"x FAIL  12 testcases" in raw.getvalue()


def test_rich_is_imported_late() -> None:
    """Importing the format does not import rich, which is slow."""
    code = "import sys, gate.reports.terminal; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


names = st.text(st.characters(max_codepoint=0x7F) | st.sampled_from("✓✗–…›×é漢\u0301"), max_size=12)


@settings(deadline=None)
@given(st.lists(names, max_size=3), names)
def test_plain_as_drawn(testcases: list[str], reason: str) -> None:
    """What is written to a pipe without rich is what rich would draw there."""
    report = samples.report([samples.testcase(name, verdict="fail", reason=reason) for name in testcases])
    drawn = terminal.drawn(list(terminal._parts(report)), io.StringIO())
    assert piped(report) == "\n".join(line.rstrip(" ") for line in drawn.split("\n"))


def test_rich_is_not_imported_for_a_pipe() -> None:
    """A pipe gets its table without the slow import."""
    script = (
        "import sys, report_samples\nfrom gate.reports.terminal import FORMAT\n"
        "FORMAT.write(report_samples.failing(), sys.stdout, None)\nassert 'rich' not in sys.modules"
    )
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONIOENCODING": "utf-8"}
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL, env=here)
