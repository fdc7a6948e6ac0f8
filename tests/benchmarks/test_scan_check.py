"""The check of a report against grep: what is missing, uncounted or too large is said."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.scan import check, corpus

pytestmark = pytest.mark.skipif(not shutil.which("grep"), reason="grep is not installed")


def place(line: int, end_line: int | None = None, path: str = "a.log") -> dict[str, Any]:
    return {"path": path, "line": line, "end_line": end_line or line}


def reports(folder: Path, *findings: dict[str, Any], new: int | None = None, html: int = 10, **values: Any) -> Path:
    """A report of one issue with these findings."""
    folder.mkdir(exist_ok=True)
    issue = {"fingerprint": "v1:1", "count": len(findings), "findings": list(findings), **values.pop("issue", {})}
    counts = {"testcases": {}, "findings": {"new": len(findings) if new is None else new, "known": 0, "waived": 0}}
    (folder / "report.json").write_bytes(msgspec.json.encode({"counts": counts, "issues": [issue], **values}))
    (folder / "report.html").write_bytes(b"x" * html)
    return folder


def lines(*numbers: int, path: str = "a.log") -> check.Lines:
    return {path: array("Q", numbers)}


def problems(folder: Path, printed: check.Lines) -> str:
    return "\n".join(check.check(folder, printed).problems)


def test_a_report_that_has_all(tmp_path: Path) -> None:
    """Each printed line is in a span, whatever the order and however they overlap."""
    found = reports(tmp_path, place(40, 44), place(3), place(4, 90), place(7, 8))
    assert check.check(found, lines(3, 4, 41, 44, 90)) == check.Check(
        5, 4, 10, (tmp_path / "report.json").stat().st_size
    )


@pytest.mark.parametrize("line", [2, 4, 9, 13])
def test_a_line_that_is_in_no_finding(line: int, tmp_path: Path) -> None:
    """Before, between and after the spans, and next to them: it is named."""
    found = reports(tmp_path, place(3), place(10, 12))
    assert problems(found, lines(3, line, 11)) == f"1 lines that grep prints are in no finding: a.log:{line}"


def test_a_file_without_a_finding(tmp_path: Path) -> None:
    """Its lines are missing; where it was skipped, the reason is told. A span of another file does not count."""
    found = reports(tmp_path, place(3, path="b.log"), skipped=[{"path": "a.log", "reason": "binary"}])
    assert "a.log:3 (skipped: binary)" in problems(found, lines(3))


def test_what_a_finding_has_elsewhere(tmp_path: Path) -> None:
    """The same entry's place in a sibling file counts; of a finding in parts, only the parts do."""
    also = place(3) | {"also": [place(8, 9, "b.log")]}
    parts = place(1, 9) | {"parts": [place(1, 2), place(8, 9)]}
    assert not problems(reports(tmp_path, also), lines(9, path="b.log"))
    assert "a.log:5" in problems(reports(tmp_path, parts), lines(1, 5, 9))


def test_what_is_uncounted(tmp_path: Path) -> None:
    """The counts are those of the findings that are listed, of each issue too."""
    assert "counts tell of 2 findings, listed are 1" in problems(reports(tmp_path, place(3), new=2), lines(3))
    assert "1 issues have another count" in problems(reports(tmp_path, place(3), issue={"count": 7}), lines(3))


def test_a_page_that_is_too_large(tmp_path: Path) -> None:
    """5 MB are too much for a browser."""
    assert "5,000,000 bytes" in problems(reports(tmp_path, place(3), html=check.HTML_BYTES), lines(3))


def test_what_grep_prints(tmp_path: Path) -> None:
    """The numbers of the lines, once each, whatever else stands in them: of a file, a folder, and packed."""
    text = b"ERROR ERROR\nfine\n\0\xff Traceback\n12:Exception:3\n"
    folder = tmp_path / "logs: x"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.log").write_bytes(text)
    (folder / "none.log").write_bytes(b"fine\n")
    packed = tmp_path / "b.log.gz"
    packed.write_bytes(gzip.compress(text))
    expected = array("Q", [1, 3, 4])
    assert check.printed_lines(folder) == {str(folder / "deep" / "a.log"): expected}
    assert check.printed_lines(folder / "deep" / "a.log") == {str(folder / "deep" / "a.log"): expected}
    if shutil.which("gzip"):
        assert check.printed_lines(packed) == {str(packed): expected}


@pytest.mark.parametrize("kind", ["large", "many", "suite", "binary", "repeated"])
def test_a_real_scan(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reports have all that grep prints of a corpus; without one of the findings the check says so."""
    monkeypatch.setattr(corpus, "STRETCH", 50)
    path = tmp_path / f"{kind}.log"
    corpus.MAKERS[kind](path, 200_000, 0.05, 1)
    command = [sys.executable, "-m", "gate", "scan", str(path), "-o", str(tmp_path / "report")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    printed = check.printed_lines(path)
    whole = check.check(tmp_path / "report", printed)
    assert whole.problems == ()
    assert 0 < whole.findings <= whole.printed
    report = msgspec.json.decode((tmp_path / "report" / "report.json").read_bytes())
    report["issues"][0]["findings"].pop()
    (tmp_path / "report" / "report.json").write_bytes(msgspec.json.encode(report))
    assert len(check.check(tmp_path / "report", printed).problems) == 3
