from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Report
from gate.reports.gitlab import FORMAT, LIMIT

any_text = st.text(st.characters(exclude_categories=[]))

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "maxLength": 500},
            "check_name": {"type": "string", "maxLength": 100},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "minLength": 1, "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}
"""The fields that GitLab documents, and no others: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def entries(report: Report) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(written(report))
    jsonschema.validate(read, SCHEMA)
    identities = [entry["fingerprint"] for entry in read]
    assert len(set(identities)) == len(identities)
    assert all(each["begin"] <= each["end"] for each in (entry["location"]["lines"] for entry in read))
    return read


@pytest.mark.parametrize("name", ["small", "all_pass", "failing", "missing_evidence", "nothing", "hostile"])
def test_documented_fields(name: str) -> None:
    """Every report gives what GitLab documents, with a fingerprint for each entry alone."""
    entries(getattr(samples, name)())


def test_what_is_reported() -> None:
    """New findings by their severity, known ones as information, what was waived not at all, and lone verdicts."""
    read = entries(samples.failing())
    assert [entry["severity"] for entry in read] == ["blocker"] * 2 + ["critical"] * 74 + ["info"]
    assert read[0]["description"] == "late-end › site-2: error: no log of this site"
    assert read[2]["location"] == {
        "path": "out/logs/start-delay-1s/server/log.txt",
        "lines": {"begin": 60, "end": 60},
    }
    assert not any("shape mismatch" in entry["description"] for entry in read)


def test_nothing_to_report() -> None:
    """A gate that passed without a finding gives an empty list, one that judged nothing does not."""
    assert written(samples.all_pass()) == "[]\n"
    assert entries(samples.nothing())[0]["severity"] == "blocker"


def test_the_next_run() -> None:
    """A finding keeps its fingerprint when its line and the report's folder change, and has another on another site."""

    def fingerprints(**changes: Any) -> list[str]:
        report = samples.report([samples.testcase("a")], [samples.issue([samples.finding(**changes)])])
        return [entry["fingerprint"] for entry in entries(report)]

    assert fingerprints(line=5) == fingerprints(line=9, path="elsewhere/log.txt")
    assert fingerprints(site="site-1") != fingerprints(site="site-2")


def test_the_cut_is_said() -> None:
    """Of too many the worst are kept, one of each issue at least, and the last entry says how many are missing."""
    common = [samples.finding(line=i + 1) for i in range(LIMIT + 500)]
    rare = samples.issue([samples.finding("other")], fingerprint="v1:2", severity="note", title="rare")
    read = entries(samples.report([samples.testcase("a")], [samples.issue(common), rare]))
    assert len(read) == LIMIT
    assert read[-1]["description"] == "502 more findings: see report.json"
    assert any("rare" in entry["description"] for entry in read[:2])


def test_paths_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab wants paths from the repository's folder."""
    monkeypatch.chdir(tmp_path)
    issue = samples.issue([samples.finding(path=str(tmp_path / "out" / "log.txt"))])
    assert entries(samples.report([samples.testcase("a")], [issue]))[0]["location"]["path"] == "out/log.txt"


@given(any_text)
def test_any_text(text: str) -> None:
    """Whatever the texts are, the file is JSON in ASCII, with what GitLab documents."""
    report = samples.everywhere(text)
    assert written(report).isascii()
    entries(report)


def test_hostile_text() -> None:
    """No command for a CI system's log reader, and no control character after decoding."""
    report = samples.everywhere(samples.HOSTILE)
    assert "##" not in written(report)
    assert all(entry["description"].isprintable() for entry in entries(report))
