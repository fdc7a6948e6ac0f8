from __future__ import annotations

import csv
import io
import re
import subprocess
import sys

import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Report
from gate.reports.csv import COLUMNS, FORMAT

_FIELD = r'(?:[^",\r\n]*|"(?:[^"]|"")*")'
RFC_4180 = re.compile(rf"(?:{_FIELD}(?:,{_FIELD})*\r\n)+")
any_text = st.text(st.characters(exclude_categories=[]))


def written(report: Report) -> str:
    out = io.StringIO(newline="")
    FORMAT.write(report, out, None)
    return out.getvalue()


def rows(report: Report) -> list[dict[str, str]]:
    """The findings as Python's reader has them; fails if a row has other columns than the header."""
    assert RFC_4180.fullmatch(written(report))
    read = list(csv.DictReader(io.StringIO(written(report), newline=""), strict=True))
    assert all(set(row) == set(COLUMNS) for row in read)
    return read


def cell(text: str) -> str:
    issue = samples.issue([samples.finding()], title=text)
    return rows(samples.report([samples.testcase("a")], [issue]))[0]["title"]


def test_a_line_a_finding() -> None:
    """Each finding is one line that ends in CRLF, new issues first, under a header."""
    report = samples.failing()
    text = written(report)
    assert text.count("\r\n") == text.count("\n") == report.counts.findings.total + 1
    read = rows(report)
    assert [row["disposition"] for row in read] == sorted(
        (row["disposition"] for row in read), key=["new", "known", "waived"].index
    )
    assert read[0] | {"excerpt": ""} == {
        "disposition": "new",
        "severity": "error",
        "rule": "strict-error",
        "title": "ObjectStreamer: no stream processing info registered for log_streaming:live_log",
        "testcase": "start-delay-1s",
        "site": "server",
        "path": "out/logs/start-delay-1s/server/log.txt",
        "line": "60",
        "end_line": "60",
        "time": "2026-05-09T07:35:27.118+02:00",
        "fails": "no",
        "by": "",
        "note": "",
        "fingerprint": "v1:03ad77c1f2b4e890",
        "excerpt": "",
    }


def test_no_finding() -> None:
    """A report without findings is the header alone."""
    assert written(samples.small()) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", '"=', "\n@", "＝", "'="])
def test_no_formula(start: str) -> None:
    """What a spreadsheet would compute begins with an apostrophe, also after spaces and quotes."""
    shown = cell(f"{start}cmd|'/c calc'!A1")
    assert shown.startswith("'") or shown[0] == "^"


def test_no_formula_after_a_semicolon() -> None:
    """Where lists are separated by semicolons a cell may begin in the middle of ours: no formula there either."""
    assert cell("a;=1+1") == "a;'=1+1"
    assert cell('a; "@SUM(1)') == "a;' \"@SUM(1)"


@pytest.mark.parametrize("text", ["a=b", "x - y; z", "user@host", "12:30", "naïve", 'say "a,b"'])
def test_other_text_stays(text: str) -> None:
    """Twin: signs inside a text, commas and quotes are read back as they were."""
    assert cell(text) == text


@given(any_text)
def test_any_text(text: str) -> None:
    """Whatever the texts are, the file has one line a finding, no control character and no formula."""
    report = samples.everywhere(text)
    assert len(rows(report)) == 3
    whole = written(report)
    whole.encode()
    assert whole.count("\n") == 4
    assert not any(value[:1] in tuple("=+-@\t\r") and value[:1] for row in rows(report) for value in row.values())


def test_hostile_text() -> None:
    """No escape sequence and no command for a CI system's log reader."""
    text = written(samples.everywhere(samples.HOSTILE))
    assert "\x1b" not in text
    assert "##[" not in text
    assert "##vso[" not in text


def test_an_excerpt_is_one_line() -> None:
    """The lines of a traceback stand in one field, with a sign for each break."""
    report = samples.report(
        [samples.testcase("a")], [samples.issue([samples.finding(excerpt=samples.TRACEBACK, path="a\nb")])]
    )
    row = rows(report)[0]
    assert "train failed ⏎ Traceback (most recent call last): ⏎" in row["excerpt"]
    assert row["path"] == "a^Jb"


def test_standard_output() -> None:
    """Printed, the lines end as in a file."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import report_samples as s; from gate.reports.csv import FORMAT; "
        "FORMAT.write(s.failing(), sys.stdout, None)"
    )
    folder = samples.__file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, check=True)
    assert done.stdout.decode() == written(samples.failing())
