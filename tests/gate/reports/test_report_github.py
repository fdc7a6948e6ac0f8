from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import report_samples as samples

from gate.model import Report, SiteReport
from gate.reports.github import FORMAT, LIMIT

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:\r\n]*,?)+)::([^\r\n]*)")


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """What the runner would make of the output; fails if anything is no annotation."""
    out = io.StringIO()
    FORMAT.write(report, out, None)
    found = []
    for line in re.split(r"\r\n|\r|\n", out.getvalue().removesuffix("\n")):
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        found.append((match[1], properties, match[3]))
    return found


def test_one_annotation_an_issue() -> None:
    """Each new issue is one error with its first place and its count, however often it occurs."""
    kind, properties, message = commands(samples.failing())[0]
    assert kind == "error"
    assert properties["file"] == "out/logs/start-delay-1s/server/log.txt"
    assert (properties["line"], properties["endLine"]) == ("60", "60")
    assert message.startswith("66 findings in start-delay-1s, start-delay-3s, start-delay-8s, on server")


def test_verdicts_without_a_finding() -> None:
    """A missing log and a wrong status are errors too, though no finding stands for them."""
    titles = [properties["title"] for kind, properties, _ in commands(samples.failing()) if kind == "error"]
    assert titles[-2:] == ["late-end › site-2%3A error", "aborted%3A fail"]


def test_known_is_no_error() -> None:
    """What is known is a notice; what a person waived is only counted."""
    found = commands(samples.failing())
    assert [kind for kind, properties, _ in found if "known" in properties["title"]] == ["notice"]
    assert not any("waived" in properties["title"] for _, properties, _ in found)
    assert "2 waived" in found[-1][2]


def test_ten_of_a_kind() -> None:
    """The first ten of a kind are shown and the rest is said, since GitHub drops it in silence."""
    found = commands(samples.many(400, issues=25))
    assert [kind for kind, _, _ in found].count("error") == LIMIT
    assert "and 15 errors more: see the report" in found[-1][2]


def test_notices_keep_to_the_limit() -> None:
    """The closing notice is one of the ten."""
    known = [samples.issue([samples.finding(disposition="known")], fingerprint=f"v1:{i}") for i in range(30)]
    kinds = [kind for kind, _, _ in commands(samples.report([samples.testcase("a")], known))]
    assert kinds == ["notice"] * LIMIT


def test_nothing_judged_is_said() -> None:
    """An empty run is an error on the run itself."""
    assert commands(samples.nothing())[0][0] == "error"


def test_severity() -> None:
    """A rule's severity chooses the kind of its annotation."""
    issues = [
        samples.issue([samples.finding()], severity=severity, fingerprint=severity) for severity in ("note", "warning")
    ]
    assert [kind for kind, _, _ in commands(samples.report([samples.testcase("a")], issues))][:2] == [
        "warning",
        "notice",
    ]


def test_hostile_text_is_one_annotation() -> None:
    """Log text can neither end its command nor begin another, in any property or message."""
    report = samples.hostile()
    found = commands(report)
    assert [kind for kind, _, _ in found] == ["error", "notice"]
    assert set(found[0][1]) == {"file", "line", "endLine", "title"}
    assert "##[" not in str(found)
    assert "\x1b" not in str(found)


def test_percent_is_escaped_first() -> None:
    """`%0A` in a log stays text."""
    report = samples.report(verdict="fail", reason="100%0A::error::x")
    assert commands(report)[0][2] == "100%250A::error::x"


def test_paths_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path inside the working directory is given as the repository has it, one outside as it is."""
    monkeypatch.chdir(tmp_path)
    for path, shown in ((str(tmp_path / "a" / "log.txt"), "a/log.txt"), ("./a.zip!/b/log.txt", "a.zip!/b/log.txt")):
        issue = samples.issue([samples.finding(path=path)])
        assert commands(samples.report([samples.testcase("a")], [issue]))[0][1]["file"] == shown


def test_truncated_log_is_named() -> None:
    """An unreadable log's annotation stands at that log."""
    bad = samples.missing_evidence()
    assert commands(bad)[0][1]["file"] == "out/logs/fedavg/server/log.txt"
    assert isinstance(bad.testcases[0].sites[0], SiteReport)
