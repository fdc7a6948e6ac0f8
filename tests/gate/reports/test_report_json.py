from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from typing import Any

import jsonschema
import msgspec
import pytest
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.model import Report
from gate.reports.json import FORMAT

SAMPLES = ("small", "all_pass", "failing", "missing_evidence", "nothing")


class Pieces(io.StringIO):
    """Text that remembers its largest write."""

    largest = 0

    def write(self, text: str) -> int:
        self.largest = max(self.largest, len(text))
        return super().write(text)


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_round_trip(name: str) -> None:
    """Reading report.json back gives the very report."""
    report = getattr(samples, name)()
    text = written(report)
    assert text.endswith("}\n")
    assert msgspec.json.decode(text, type=Report) == report


@pytest.mark.parametrize("name", [*SAMPLES, "hostile"])
def test_the_schema(name: str) -> None:
    """`loggate formats --schema json` prints a schema that every report keeps to, and one of a later release, too."""
    printed = subprocess.run(
        [sys.executable, "-m", "gate", "formats", "--schema", "json"], capture_output=True, check=True
    )
    schema = jsonschema.Draft202012Validator(json.loads(printed.stdout))
    schema.check_schema(schema.schema)
    read = json.loads(written(getattr(samples, name)()))
    schema.validate(read)
    schema.validate(read | {"added": 1})
    assert not schema.is_valid(read | {"verdict": "maybe"})
    assert not schema.is_valid({key: value for key, value in read.items() if key != "issues"})
    assert not schema.is_valid(read | {"version": 2})


def test_contract_names() -> None:
    """The names that users rely on stand where DESIGN.md says."""
    data: dict[str, Any] = json.loads(written(samples.failing()))
    assert data["version"] == 1
    assert data["verdict"] == "fail"
    assert data["counts"]["testcases"] == {"pass": 7, "fail": 4, "error": 1, "skipped": 0}
    assert set(data["testcases"][0]["sites"][0]["logs"][0]) >= {"path", "bytes", "lines", "findings"}
    assert set(data["issues"][0]) >= {"fingerprint", "rule", "severity", "title", "disposition", "count", "counts"}
    assert set(data["issues"][0]["findings"][0]) >= {
        *("testcase", "site", "path", "line", "end_line", "time", "disposition", "excerpt", "also")
    }
    assert set(data["leftovers"]) == {"unused_waivers", "expired_waivers", "fixed"}


def test_a_finding_a_line() -> None:
    """Each finding has a line of its own, for eyes, grep and diff."""
    report = samples.failing()
    found = [line for line in written(report).splitlines() if line.startswith('    {"testcase"')]
    assert len(found) == report.counts.findings.total


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_valid(text: str) -> None:
    """Whatever a log, a path or an environment holds, the result is JSON for strict readers and safe to print."""
    found = samples.finding(excerpt=text, path=text)
    report = samples.report([samples.testcase(text)], [samples.issue([found])], environment={text: text})
    result = written(report)
    result.encode()
    back = msgspec.json.decode(result, type=Report)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert back == report
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", result)


def test_no_command_for_a_ci_log_reader() -> None:
    """Printed into a CI log, the text holds no `##[` and no line beginning with `::`, and loses nothing."""
    report = samples.report(command="##[error]x ##vso[y]z ::error::x")
    result = written(report)
    assert "##[" not in result
    assert "##vso[" not in result
    assert not any(line.strip().startswith("::") for line in result.splitlines())
    assert msgspec.json.decode(result, type=Report) == report


def test_written_as_a_stream() -> None:
    """The largest piece in memory is some findings, however many there are."""
    out = Pieces()
    FORMAT.write(samples.many(20_000), out, None)
    assert out.tell() > 10_000_000
    assert out.largest < 200_000
