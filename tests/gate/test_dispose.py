"""Each finding gets one disposition, from the first that has a say; and whatever is let pass has a twin that is not."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from gate import config, group
from gate.baseline import Baseline, Entry
from gate.dispose import NO_DECISIONS, Decisions
from gate.judge import Judgement, Known, judge
from gate.model import SHARED, Evidence, Expect, ExpectedFinding, LogEvent, LogStats, Policy, SiteLog, Testcase
from gate.waivers import Decision, Waiver, Waivers

RULES = config.load_rules(config.DEFAULT_PACKS)
TODAY = date(2026, 11, 22)


def log(testcase: str = "t", site: str = "site-1", attempt: int = 1) -> SiteLog:
    path = f"{testcase}/{site}/{attempt}/log.txt"
    return SiteLog(testcase, site, path, "log.txt", "", required=True, attempt=attempt)


def read(text: str, where: SiteLog, rule: str = "error") -> group.Read:
    return group.Read(where, LogEvent(1, 1, text, message=text, matched=text, rules=(rule,)))


def judged(*reads: group.Read, decisions: Decisions = NO_DECISIONS, testcase: Testcase | None = None) -> Judgement:
    testcase = testcase or Testcase("t", sites=("site-1",))
    logs = tuple({r.log.path: r.log for r in reads}.values()) or (log(),)
    known = Known({each.path: LogStats(bytes=10) for each in logs}, {}, {})
    occurrences = group.occurrences(reads, (testcase,), RULES)
    evidence = Evidence((testcase,), tuple(each for each in logs if each.attempt == testcase.attempts))
    return judge(evidence, known, occurrences, RULES, decisions)


def dispositions(result: Judgement) -> dict[str, tuple[str, bool, str]]:
    """Text → disposition, whether it fails, and what made it so."""
    return {f.excerpt: (f.disposition, f.fails, f.by) for issue in result.issues for f in issue.findings}


def waiver(pattern: str, expires: str = "2027-01-01") -> Waivers:
    decision = Decision(pattern=pattern, reason="known to us", owner="alice", expires=date.fromisoformat(expires))
    return Waivers("waivers.yaml", (Waiver("waivers.yaml:3", decision),))


def baseline(*texts: str, count: int = 1) -> Baseline:
    prints = [group.occurrences([read(text, log())], (), RULES)[0].fingerprint for text in texts]
    return Baseline("b.json", tuple(Entry(each, "error", "title", {"t": count}, 1, 1) for each in sorted(prints)))


def test_the_first_that_has_a_say() -> None:
    """Suite before waiver before baseline; what none of them names is new and fails."""
    expect = Expect(findings=(ExpectedFinding("ERROR a"),))
    decisions = Decisions(waivers=waiver("ERROR [ab]"), baseline=baseline("ERROR a", "ERROR b", "ERROR c"), today=TODAY)
    reads = [read(f"ERROR {letter}", log()) for letter in "abcd"]
    result = judged(*reads, decisions=decisions, testcase=Testcase("t", sites=("site-1",), expect=expect))
    found = dispositions(result)
    assert {text: (disposition, fails) for text, (disposition, fails, _) in found.items()} == {
        "ERROR a": ("known", False),
        "ERROR b": ("waived", False),
        "ERROR c": ("known", False),
        "ERROR d": ("new", True),
    }
    assert found["ERROR a"][2].startswith("expected by the suite")
    assert "alice" in found["ERROR b"][2]
    assert found["ERROR c"][2].startswith("baseline")
    assert result.testcases[0].reason == "site-1: 1 new finding"


def test_an_expired_waiver_fails_and_says_whose_it_was() -> None:
    """A waiver whose day is over hides nothing, and fails the gate by name even when nothing needs it any more."""
    decisions = Decisions(waivers=waiver("ERROR a", expires="2026-11-21"), today=TODAY)
    result = judged(decisions=decisions)
    assert result.verdict == "fail"
    assert "waivers.yaml:3: expired on 2026-11-21 (owner alice): known to us" in result.reason
    assert dispositions(judged(read("ERROR a", log()), decisions=decisions))["ERROR a"][:2] == ("new", True)
    last_day = Decisions(waivers=waiver("ERROR a", expires="2026-11-22"), today=TODAY)
    assert judged(read("ERROR a", log()), decisions=last_day).verdict == "pass"


def test_an_unused_waiver() -> None:
    """One that nothing needed is reported, and fails when strictness is asked for."""
    decisions = Decisions(waivers=waiver("ERROR a"), today=TODAY)
    result = judged(decisions=decisions)
    assert (result.verdict, len(result.leftovers.unused_waivers)) == ("pass", 1)
    strict = judged(decisions=decisions._replace(strict_waivers=True))
    assert (strict.verdict, "unused: waivers.yaml:3" in strict.reason) == ("fail", True)
    used = judged(read("ERROR a", log()), decisions=decisions._replace(strict_waivers=True))
    assert (used.verdict, used.testcases[0].reason) == ("pass", "site-1: 1 waived finding")


def test_what_the_baseline_knows_is_matched_one_for_one() -> None:
    """Three known ones do not hide a fourth; what does not occur any more is said."""
    decisions = Decisions(baseline=baseline("ERROR a", count=3), today=TODAY)
    entries = (LogEvent(n, n, f"ERROR a{n}", message="ERROR a", matched="ERROR a", rules=("error",)) for n in range(4))
    four = [group.Read(log(), entry) for entry in entries]
    assert [f[0] for f in dispositions(judged(*four, decisions=decisions)).values()] == ["known"] * 3 + ["new"]
    result = judged(decisions=decisions)
    assert (result.verdict, len(result.leftovers.fixed)) == ("pass", 1)


@pytest.mark.parametrize(
    ("policy", "verdict", "disposition"),
    [
        (Policy(), "fail", "new"),
        (Policy(error="warn"), "pass", "new"),
        (Policy(rules={"error": "warn"}), "pass", "new"),
        (Policy(rules={"traceback": "warn"}), "fail", "new"),
        (Policy(error="ignore"), "pass", "known"),
        (Policy(error="warn", rules={"error": "fail"}), "fail", "new"),
    ],
)
def test_policy_by_severity_and_rule(policy: Policy, verdict: str, disposition: str) -> None:
    """A finding fails, is only reported, or is known from the outset, as its rule's policy has it; it is never gone."""
    result = judged(read("ERROR a", log()), decisions=Decisions(policy=policy))
    assert (result.verdict, dispositions(result)["ERROR a"][0]) == (verdict, disposition)
    assert result.counts.findings.total == 1


def test_policy_on_totals() -> None:
    """Counting totals, what the baseline knows fails, too; what the suite expects and what is waived do not."""
    decisions = Decisions(
        policy=Policy(total=True), baseline=baseline("ERROR a"), waivers=waiver("ERROR b"), today=TODAY
    )
    expect = Expect(findings=(ExpectedFinding("ERROR c", optional=True),))
    testcase = Testcase("t", sites=("site-1",), expect=expect)
    result = judged(read("ERROR a", log()), decisions=decisions, testcase=testcase)
    assert result.testcases[0].reason == "site-1: 1 known finding, which the policy counts"
    for text in ("ERROR b", "ERROR c"):
        assert judged(read(text, log()), decisions=decisions, testcase=testcase).verdict == "pass"


def test_a_testcase_that_was_run_again() -> None:
    """What an earlier attempt showed is known, in shared logs, too; the last attempt alone decides, and is flaky."""
    testcase = Testcase("t", job_id="0f758870-f157-4288-970f-12bf672211ec", sites=("site-1",), attempts=2)
    parent = SiteLog(SHARED, "site-1", "shared", "log.txt", "")
    before = [read("ERROR a", log()), read(f"ERROR of {testcase.job_id}", parent)]
    clean = group.Read(log(attempt=2), LogEvent(1, 1, "ERROR b", matched="ERROR b", rules=("error",)))
    passed = judged(*before, testcase=testcase)
    assert (passed.testcases[0].verdict, passed.testcases[0].flaky, passed.testcases[0].attempts) == ("error", False, 2)
    again = log(attempt=2)
    known = Known({path: LogStats(bytes=10) for path in (again.path, parent.path)}, {}, {})
    evidence = Evidence((testcase,), (again, parent))
    occurrences = group.occurrences(before, (testcase,), RULES)
    for flaky, verdict in (("pass", "pass"), ("fail", "fail")):
        policy = msgspec.convert({"flaky": flaky}, Policy)
        result = judge(evidence, known, occurrences, RULES, Decisions(policy=policy))
        (case,) = result.testcases
        assert (case.verdict, case.flaky, case.attempts) == (verdict, True, 2)
        assert {f[2] for f in dispositions(result).values()} == {"attempt 1 of 2"}
    failed = judge(evidence, known, group.occurrences([*before, clean], (testcase,), RULES), RULES)
    assert (failed.verdict, failed.testcases[0].flaky) == ("fail", False)


@pytest.mark.parametrize("stats", [LogStats(), LogStats(10, 1, "is truncated")])
def test_nothing_is_fixed_where_the_evidence_is_not_whole(stats: LogStats) -> None:
    """A log that is empty or cut off does not show that what the baseline knows is gone."""
    known = Known({log().path: stats}, {}, {})
    evidence = Evidence((Testcase("t", sites=("site-1",)),), (log(),))
    result = judge(evidence, known, [], RULES, Decisions(baseline=baseline("ERROR a")))
    assert (result.verdict, result.leftovers.fixed) == ("error", ())


def test_what_is_said_of_a_testcase_that_met_its_expectations() -> None:
    """Only where nothing but the expected was found it is said so."""
    testcase = Testcase("t", sites=("site-1",), expect=Expect(findings=(ExpectedFinding("one", optional=True),)))
    assert judged(testcase=testcase).testcases[0].reason == "no finding on 1 site"
    one, two = read("ERROR one", log()), read("ERROR two", log())
    assert judged(one, testcase=testcase).testcases[0].reason == "the expected failures, and nothing else"
    result = judged(one, two, decisions=Decisions(waivers=waiver("two"), today=TODAY), testcase=testcase)
    assert (result.verdict, result.testcases[0].reason) == ("pass", "site-1: 1 known, 1 waived findings")


def test_an_optional_expectation_with_a_count_says_both() -> None:
    assert str(ExpectedFinding("one", count=2, optional=True)) == "0 or 2 x one"
