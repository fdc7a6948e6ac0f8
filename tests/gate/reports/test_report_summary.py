from __future__ import annotations

import io

import report_samples as samples

from gate.model import Report
from gate.reports.summary import FORMAT


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def test_verdict_and_new_issues_first() -> None:
    """The page of a workflow run begins with the verdict and its reason, then what is new, then the table."""
    text = written(samples.failing())
    assert text.startswith("## ❌ loggate: fail\n\n`12 testcases: 4 fail, 1 error, 7 pass`; findings: 74 new, ")
    order = ["exit code 1", "### 3 new issues", "### Testcases and sites", "### 1 known issue", "### 1 waived issue"]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)


def test_passed() -> None:
    """A gate that passed says so, with its table."""
    text = written(samples.all_pass())
    assert text.startswith("## ✅ loggate: pass\n")
    assert text.count("| ✅ pass |") == 7
    assert "new issue" not in text


def test_causes() -> None:
    """What failed first stands above the issues."""
    text = written(samples.everywhere("x"))
    assert text.index("### What failed first") < text.index("### 1 new issue")


def test_below_githubs_limit() -> None:
    """However many testcases, sites, issues and long lines there are, the file stays below 1,024 KiB."""
    big = samples.everywhere("é" * 3_000)
    testcases = [samples.testcase("é" * 400 + str(i), verdict="fail", reason="é" * 900) for i in range(5_000)]
    issues = [
        samples.issue(
            [samples.finding("é" * 300, excerpt="é" * 9_000, note="é" * 900)], fingerprint=f"v1:{i}", title="é" * 900
        )
        for i in range(5_000)
    ]
    leftovers = big.leftovers.__class__(("é" * 500,) * 5_000, ("é" * 500,) * 5_000, ("é" * 500,) * 5_000)
    text = written(samples.report(testcases, issues, leftovers=leftovers))
    assert len(text.encode()) < 1024 * 1024
    assert "4,950 more new issues: see the report." in text
    assert "4,800 more testcases: see the report." in text
    assert "- and 4,980 more: see the report" in text
