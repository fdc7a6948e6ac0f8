"""A report to render: findings in issues, as a scan of a suite with two sites gives them."""

from __future__ import annotations

from gate import __version__
from gate.model import (
    Counts,
    DispositionCounts,
    Finding,
    Issue,
    Leftovers,
    LogReport,
    Report,
    Rule,
    SharedReport,
    SiteReport,
    TestcaseCounts,
    TestcaseReport,
    Tool,
)

SITES = ("site-1", "site-2")
TESTCASES = 10
RULE = Rule("traceback", "Traceback", "Python traceback", help="A Python exception left a frame unhandled.")
_TRACE = """Traceback (most recent call last):
  File "/shop/shop.py", line 7, in buy
    add()
  File "/shop/cart.py", line 3, in add
    raise ValueError("lost it")
ValueError: lost it"""


def report(findings: int, issues: int) -> Report:
    """So many findings, evenly in so many issues, ten testcases and two sites; all of them new."""
    if findings % issues:
        raise ValueError(f"{findings} findings are not the same number in each of {issues} issues")
    return Report(
        tool=Tool("loggate", __version__),
        verdict="fail",
        reason=f"{TESTCASES} testcases: {TESTCASES} fail",
        exit_code=1,
        started="2026-01-31T10:00:00.000+00:00",
        finished="2026-01-31T10:00:09.000+00:00",
        command="loggate scan logs",
        environment={"python": "3.11"},
        counts=Counts(TestcaseCounts(fail=TESTCASES), DispositionCounts(new=findings)),
        testcases=tuple(_testcase(number, findings // TESTCASES) for number in range(TESTCASES)),
        shared=SharedReport("skipped", "no shared logs"),
        issues=tuple(_issue(number, findings // issues) for number in range(issues)),
        leftovers=Leftovers(),
        rules=(RULE,),
        skipped=(),
    )


def _testcase(number: int, findings: int) -> TestcaseReport:
    name, reason = f"testcase-{number}", f"{findings} new findings"
    sites = tuple(
        SiteReport(site, "fail", reason, (LogReport(_path(name, site), 10_000_000, 60_000, findings // 2),))
        for site in SITES
    )
    return TestcaseReport(name, "fail", reason, None, "FINISHED:COMPLETED", 9.0, 1, flaky=False, sites=sites)


def _issue(number: int, count: int) -> Issue:
    return Issue(
        fingerprint=f"v1:{number:016x}",
        rule=RULE.id,
        severity="error",
        title=f"shop.Cart: ValueError: lost it ({number})",
        disposition="new",
        count=count,
        counts=DispositionCounts(new=count),
        findings=tuple(_finding(number * count + each) for each in range(count)),
    )


def _finding(number: int) -> Finding:
    testcase, site = f"testcase-{number % TESTCASES}", SITES[number // TESTCASES % 2]
    stamp = f"2026-01-31 10:{number // 60 % 60:02d}:{number % 60:02d},123"
    line = 10 + number * 50
    return Finding(
        testcase=testcase,
        site=site,
        path=_path(testcase, site),
        line=line,
        end_line=line + 6,
        time=f"{stamp.replace(' ', 'T').replace(',', '.')}+00:00",
        disposition="new",
        excerpt=f"{stamp} - shop.Cart - ERROR - lost {number}\n{_TRACE}",
        before="\n".join([f"{stamp} - shop.Cart - INFO - got {number}"] * 3),
        after="\n".join([f"{stamp} - shop.Cart - INFO - went on with {number}"] * 3),
        rules=("traceback", "error"),
        fails=True,
        level="ERROR",
        logger="shop.Cart",
    )


def _path(testcase: str, site: str) -> str:
    return f"logs/{testcase}/{site}/log.txt"
