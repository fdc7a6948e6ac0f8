"""Verdicts and their reasons: no evidence is never a pass, expected failures must appear, nothing else may."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gate import config, group, streams
from gate.judge import Judgement, Known, judge
from gate.model import (
    SHARED,
    Evidence,
    Expect,
    ExpectedFinding,
    ExpectedLine,
    LogEvent,
    LogStats,
    Seen,
    SiteLog,
    StreamReport,
    Testcase,
)

RULES = config.load_rules(config.DEFAULT_PACKS)
SITES = ("server", "site-1")


def log(site: str, testcase: str = "t", name: str = "log.txt") -> SiteLog:
    return SiteLog(testcase, site, f"{testcase}/{site}/{name}", name, "", required=name == "log.txt")


def event(text: str, line: int = 1, rules: tuple[str, ...] = ("error",)) -> LogEvent:
    return LogEvent(line, line, text, message=text, matched=text, rules=rules)


def judged(
    *events: tuple[str, str],
    testcase: Testcase | None = None,
    logs: tuple[SiteLog, ...] = (log("server"), log("site-1")),
    stats: dict[str, LogStats] | None = None,
    seen: dict[str, Seen] | None = None,
) -> Judgement:
    evidence = Evidence((testcase or Testcase("t", sites=SITES),), logs)
    by_path = {entry.path: LogStats(bytes=10) for entry in logs} | (stats or {})
    read = [group.Read(log(site), event(text, line)) for line, (site, text) in enumerate(events, 1)]
    return judge(evidence, Known(by_path, seen or {}, {}), group.occurrences(read, evidence.testcases, RULES), RULES)


def expecting(*findings: ExpectedFinding, status: str = "") -> Testcase:
    return Testcase("t", status="FINISHED:COMPLETED", sites=SITES, expect=Expect(status, findings))


def test_clean_evidence_passes() -> None:
    """All sites have their logs and none holds a finding: pass, and the reason says how many sites."""
    result = judged()
    assert (result.verdict, result.testcases[0].reason) == ("pass", "no finding on 2 sites")


def test_a_finding_fails_its_site_and_no_other() -> None:
    """The site with the finding fails, its sibling passes, the testcase fails and says which site."""
    (testcase,) = judged(("site-1", "ERROR a")).testcases
    assert [(site.name, site.verdict) for site in testcase.sites] == [("server", "pass"), ("site-1", "fail")]
    assert testcase.reason == "site-1: 1 new finding"


@pytest.mark.parametrize(
    ("stats", "reason"),
    [
        (LogStats(problem="is missing"), "site-1: log.txt is missing"),
        (LogStats(bytes=0), "site-1: log.txt is empty"),
        (LogStats(bytes=9, problem="is cut short"), "site-1: log.txt is cut short"),
    ],
)
def test_evidence_that_is_missing_or_damaged(stats: LogStats, reason: str) -> None:
    """A required log that is missing, empty or damaged makes `error`, never `pass`."""
    result = judged(stats={"t/site-1/log.txt": stats})
    assert (result.verdict, result.testcases[0].reason) == ("error", reason)


def test_a_site_without_any_log() -> None:
    """A site of the testcase from which nothing came is `error`."""
    result = judged(logs=(log("server"),))
    assert (result.verdict, result.testcases[0].reason) == ("error", "site-1: no log of this site")


def test_fail_outranks_error() -> None:
    """A finding on one site and missing evidence on another: fail, and both are told."""
    result = judged(("server", "ERROR a"), stats={"t/site-1/log.txt": LogStats(problem="is missing")})
    assert result.verdict == "fail"
    assert result.testcases[0].reason == "server: 1 new finding; site-1: log.txt is missing"


def test_another_status_than_expected_fails() -> None:
    """A job that ended in another status than expected is `fail`, though its logs are clean."""
    testcase = Testcase("t", status="FINISHED:ABORTED", sites=SITES, expect=Expect("FINISHED:COMPLETED"))
    result = judged(testcase=testcase)
    assert result.verdict == "fail"
    assert result.testcases[0].reason == "job ended as FINISHED:ABORTED, expected FINISHED:COMPLETED"


def test_a_job_that_never_ran_is_an_error() -> None:
    """A testcase that could not be run is `error` with its problem as the reason."""
    testcase = Testcase("t", sites=SITES, problem="the server refused the job")
    result = judged(testcase=testcase, logs=())
    assert (result.verdict, result.testcases[0].reason) == ("error", "the server refused the job")


def test_a_job_cut_off_is_an_error_and_its_findings_fail() -> None:
    """A job that timed out is `error`; with a finding in what it logged it is `fail`."""
    testcase = Testcase("t", sites=SITES, problem="did not end within 9 s", expect=Expect("FINISHED:COMPLETED"))
    assert judged(testcase=testcase).verdict == "error"
    assert judged(("server", "ERROR a"), testcase=testcase).verdict == "fail"


def test_no_testcase_is_an_error() -> None:
    """A suite without a judged testcase never passes."""
    assert judge(Evidence((), ()), Known({}, {}, {}), [], RULES).verdict == "error"
    assert judged(testcase=Testcase("t", skipped="not today")).verdict == "error"


def test_an_expected_failure_passes_and_is_known() -> None:
    """A declared failure that appears as declared is known, and the testcase passes."""
    result = judged(("site-1", "ValueError: x"), testcase=expecting(ExpectedFinding("ValueError", "site-1", 1)))
    assert result.verdict == "pass"
    assert (result.counts.findings.new, result.counts.findings.known) == (0, 1)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (ExpectedFinding("ValueError", "site-1", 1), "expected 1 x ValueError on site-1, found 0"),
        (ExpectedFinding("ValueError"), "expected at least 1 x ValueError, found 0"),
    ],
)
def test_an_expected_failure_must_appear(expected: ExpectedFinding, reason: str) -> None:
    """A declared failure that does not appear fails the testcase, in these words."""
    result = judged(testcase=expecting(expected))
    assert (result.verdict, result.testcases[0].reason) == ("fail", reason)


def test_an_expected_failure_may_not_appear_more_often() -> None:
    """Two where one was declared fail."""
    result = judged(
        ("site-1", "ValueError: x"),
        ("site-1", "ValueError: y"),
        testcase=expecting(ExpectedFinding("ValueError", "", 1)),
    )
    assert result.testcases[0].reason == "expected 1 x ValueError, found 2"


def test_an_optional_failure_may_be_absent_but_hides_nothing_else() -> None:
    """An optional expectation is met by none; a finding that it does not fit still fails."""
    testcase = expecting(ExpectedFinding("ValueError", optional=True))
    assert judged(testcase=testcase).verdict == "pass"
    assert judged(("site-1", "ValueError: x"), testcase=testcase).verdict == "pass"
    assert judged(("site-1", "KeyError ERROR"), testcase=testcase).verdict == "fail"


def test_an_expectation_hides_nothing_on_another_site_or_testcase() -> None:
    """The twin: the same failure on a site or in a testcase that did not declare it fails."""
    testcase = expecting(ExpectedFinding("ValueError", "site-1", 1))
    assert judged(("site-1", "ValueError"), ("server", "ValueError"), testcase=testcase).verdict == "fail"
    other = Testcase("u", sites=("site-1",))
    logs = (log("server"), log("site-1"), log("site-1", "u"))
    evidence = Evidence((testcase, other), logs)
    read = [group.Read(log("site-1", name), event("ValueError")) for name in ("t", "u")]
    known = Known({entry.path: LogStats(bytes=1) for entry in logs}, {}, {})
    result = judge(evidence, known, group.occurrences(read, evidence.testcases, RULES), RULES)
    assert [entry.verdict for entry in result.testcases] == ["pass", "fail"]


def test_shared_findings_have_their_own_verdict() -> None:
    """A finding in a shared log that names no job fails the gate and no testcase."""
    parent = log("server", SHARED)
    logs = (log("server"), log("site-1"), parent)
    evidence = Evidence((Testcase("t", sites=SITES),), logs)
    occurrences = group.occurrences([group.Read(parent, event("ERROR x"))], evidence.testcases, RULES)
    result = judge(evidence, Known({entry.path: LogStats(bytes=1) for entry in logs}, {}, {}), occurrences, RULES)
    assert (result.testcases[0].verdict, result.shared.verdict, result.verdict) == ("pass", "fail", "fail")


def test_issues_are_findings_that_share_a_fingerprint() -> None:
    """Findings that differ only in what varies are one issue; its counts add up."""
    result = judged(("server", "ERROR job 17 failed"), ("site-1", "ERROR job 18 failed"), ("site-1", "ERROR disk full"))
    assert [(issue.count, issue.counts.new) for issue in result.issues] == [(2, 2), (1, 1)]


def test_an_issue_knows_its_first_and_its_last_time() -> None:
    """Of all its findings, as moments and not as text; what has no time, or none with an offset, does not count."""
    times = ("2026-11-22T10:59:00.5+01:00", "2026-11-22T10:00:00Z", None, "2026-11-22T03:00:00", "2026-11-22T09:59:00Z")
    reads = [group.Read(log("server"), replace(event("ERROR a", n), time=time)) for n, time in enumerate(times, 1)]
    evidence = Evidence((Testcase("t", sites=("server",)),), (log("server"),))
    known = Known({log("server").path: LogStats(bytes=10)}, {}, {})
    (issue,) = judge(evidence, known, group.occurrences(reads, evidence.testcases, RULES), RULES).issues
    assert (issue.first_time, issue.last_time) == ("2026-11-22T09:59:00Z", "2026-11-22T10:00:00Z")
    (timeless,) = judged(("server", "ERROR a")).issues
    assert (timeless.first_time, timeless.last_time) == (None, None)


def test_when_a_testcase_was_started() -> None:
    """The report tells when a testcase's job began, so that its findings can be laid beside it."""
    started = "2026-11-22T10:00:00+00:00"
    (testcase,) = judged(testcase=Testcase("t", started=started, sites=SITES)).testcases
    assert testcase.started == started


def test_times_without_a_zone_are_left_out() -> None:
    """A finding's time has an offset or is null: a zone that nobody knows is not made up, its clock is told apart."""
    entry = SiteLog("t", "server", "p", "log.txt", "", zone="+02:00")
    for time, source, shown in [
        ("2026-01-01T10:00:00.5", entry, "2026-01-01T10:00:00.5+02:00"),
        ("2026-01-01T10:00:00.5", log("server"), None),
        ("2026-01-01T10:00:00+00:00", entry, "2026-01-01T10:00:00+00:00"),
        (None, entry, None),
    ]:
        found = group.occurrences([group.Read(source, LogEvent(1, 1, "x", time=time, rules=("error",)))], (), RULES)
        result = judge(Evidence((), (source,)), Known({source.path: LogStats(bytes=1)}, {}, {}), found, RULES)
        (finding,) = result.issues[0].findings
        assert (finding.time, finding.clock) == (shown, None if shown else time)


def test_what_became_of_the_streams_stands_in_the_reason() -> None:
    """A stream that lost bytes is named with its amounts, where its finding is new; the report lists every stream."""
    lost = StreamReport(
        "log.txt", "", 25_633, 22_273, 25_000, "25,633 written, 22,273 stored, missing from byte 22,273"
    )
    kept = StreamReport("log.json", "copy", 5, 5, 5)
    missing = LogEvent(
        7, 9, "text", matched="m", rules=(streams.INCOMPLETE.id,), note=f"site-1 log.txt: {lost.problem}"
    )
    rules = (*RULES, *streams.RULES)
    for expect, verdict, reason in (
        (Expect(), "fail", f"site-1: 1 new finding; log.txt: {lost.problem}"),
        (Expect(findings=(ExpectedFinding("missing from byte"),)), "pass", "the expected failures, and nothing else"),
    ):
        logs = (log("server"), log("site-1"))
        evidence = Evidence((Testcase("t", sites=SITES, expect=expect),), logs)
        stats = {entry.path: LogStats(bytes=10) for entry in logs}
        found = group.occurrences([group.Read(logs[1], missing)], evidence.testcases, rules)
        result = judge(evidence, Known(stats, {}, {("t", "site-1"): [lost, kept]}), found, rules)
        (case,) = result.testcases
        assert (case.verdict, case.reason) == (verdict, reason)
        assert case.sites[1].streams == (lost, kept)
        assert result.issues[0].findings[0].note == missing.note


def expecting_lines(*lines: ExpectedLine, ordered: bool = False, complete: bool = False) -> Testcase:
    expect = Expect(lines=lines, ordered=ordered, complete=complete)
    return Testcase("t", status="FINISHED:COMPLETED", sites=SITES, expect=expect)


def seen(*order: str, ended: bool = True) -> Seen:
    return Seen({pattern: order.count(pattern) for pattern in order}, order, (), ended)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ExpectedLine("round 1"), ""),
        (ExpectedLine("round 1", count=2), ""),
        (ExpectedLine("round 1", site="site-1"), ""),
        (ExpectedLine("round 1", count=1), "expected 1 lines round 1, found 2"),
        (ExpectedLine("round 1", site="server"), "expected a line round 1 on server, found 0"),
        (ExpectedLine("round 3"), "expected a line round 3, found 0"),
    ],
)
def test_lines_that_must_appear(line: ExpectedLine, reason: str) -> None:
    """An expected line that does not appear, or not as often as asked, fails the testcase; siblings count once."""
    logs = (log("server"), log("site-1"), log("site-1", name="log.json"))
    found = {f"t/site-1/{name}": seen("round 1", "round 1") for name in ("log.txt", "log.json")}
    result = judged(testcase=expecting_lines(line), logs=logs, seen=found)
    assert (result.verdict, result.testcases[0].reason) == (
        "fail" if reason else "pass",
        reason or "no finding on 2 sites",
    )


def test_lines_in_their_order() -> None:
    """Asked for, the lines must appear one after the other in one of the site's logs."""
    lines = (ExpectedLine("a"), ExpectedLine("b"))
    testcase = expecting_lines(*lines, ordered=True)
    logs = (log("server"), log("site-1"), log("site-1", name="log.txt.1"))
    forwards = {"t/site-1/log.txt": seen("x", "a", "b"), "t/server/log.txt": seen("a")}
    backwards = {"t/site-1/log.txt": seen("b", "a"), "t/server/log.txt": seen("a")}
    assert judged(testcase=testcase, logs=logs, seen=forwards).verdict == "pass"
    result = judged(testcase=testcase, logs=logs, seen=backwards)
    assert result.testcases[0].reason == "the expected lines do not appear in their order"
    assert judged(testcase=expecting_lines(*lines), logs=logs, seen=backwards).verdict == "pass"


def test_logs_that_must_be_complete() -> None:
    """Asked for, each site must have a log that reaches the end of the run."""
    found = {"t/site-1/log.txt": seen(), "t/server/log.txt": seen(ended=False)}
    assert judged(testcase=expecting_lines(), seen=found).verdict == "pass"
    result = judged(testcase=expecting_lines(complete=True), seen=found)
    assert (result.verdict, result.testcases[0].reason) == ("fail", "server: no log reaches the end of the run")
