from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gate.diff import Difference, diff
from gate.model import SHARED, Disposition, Issue, Report, Rule, SharedReport, SiteReport, StreamReport, Verdict
from tests.gate.reports import report_samples as samples

Found = tuple[str, str, Disposition]
"""An issue's letter, the testcase of one of its findings, and its disposition."""


def run(verdicts: dict[str, Verdict], found: Sequence[Found] = (), **changes: Any) -> Report:
    """A report with these testcases and findings."""
    testcases = [samples.testcase(name, verdict=verdict, reason=f"was {verdict}") for name, verdict in verdicts.items()]
    letters = dict.fromkeys(letter for letter, _, _ in found)
    return samples.report(testcases, [issue(letter, found) for letter in letters], **changes)


def issue(letter: str, found: Sequence[Found]) -> Issue:
    findings = [samples.finding(name, disposition=kind) for each, name, kind in found if each == letter]
    return samples.issue(findings, fingerprint=letter)


def names(issues: Sequence[Any]) -> list[str]:
    return [each.fingerprint for each in issues]


BOTH: dict[str, Verdict] = {"a": "fail", "b": "fail"}


def test_a_run_against_itself() -> None:
    """The same report twice is no difference, and nothing is worse."""
    for sample in (samples.small(), samples.failing(), samples.missing_evidence(), samples.nothing()):
        found = diff(sample, sample)
        assert found.empty
        assert not found.worse


def test_new_and_fixed() -> None:
    """An issue of the new report alone is new and worse; one of the old report alone is fixed and is not."""
    one, two = run(BOTH, [("x", "a", "new")]), run(BOTH, [("y", "a", "new")])
    found = diff(one, two)
    assert (names(found.new_issues), names(found.fixed_issues)) == (["y"], ["x"])
    assert found.worse
    assert not diff(one, run(BOTH)).worse


def test_another_number_is_no_difference() -> None:
    """A race that logs 17 or 22 times is the same; its numbers stand in the counts."""
    found = diff(run(BOTH, [("x", "a", "new")] * 17), run(BOTH, [("x", "a", "new")] * 22))
    assert found.empty
    assert not found.worse
    (count,) = found.remaining_issues[0].counts
    assert (count.testcase, count.old.new, count.new.new) == ("a", 17, 22)


def test_the_same_issue_in_another_testcase_is_a_difference() -> None:
    """The twin: an issue that reaches a testcase which had none of it is worse, even though it is not new."""
    found = diff(run(BOTH, [("x", "a", "new")]), run(BOTH, [("x", "a", "new"), ("x", "b", "new")]))
    assert names(found.moved_issues) == ["x"]
    assert found.worse
    assert not found.empty


def test_accepted_findings_come_and_go() -> None:
    """What is known or waived in both runs is no difference, whether it comes or goes."""
    accepted: list[Found] = [("x", "a", "known"), ("y", "a", "waived")]
    for old, new in ((accepted, []), ([], accepted)):
        found = diff(run(BOTH, old), run(BOTH, new))
        assert found.empty
        assert names(found.accepted_issues) == ["x", "y"]


@pytest.mark.parametrize("accepted", ["known", "waived"])
def test_no_longer_accepted(accepted: Disposition) -> None:
    """The twin: an issue whose waiver is gone is worse; and one that got a waiver is a difference, not a fix."""
    before, after = run(BOTH, [("x", "a", accepted)]), run(BOTH, [("x", "a", "new")])
    assert diff(before, after).worse
    back = diff(after, before)
    assert names(back.moved_issues) == ["x"]
    assert not back.fixed_issues
    assert not back.worse


@pytest.mark.parametrize(
    "after",
    [
        run({"b": "fail"}),
        run({"a": "skipped", "b": "fail"}),
        run({"a": "error", "b": "fail"}),
        samples.report([samples.testcase("a", [SiteReport("site-1", "error", "no log")], verdict="fail")]),
    ],
    ids=["did not run", "skipped", "not judged", "a site without logs"],
)
def test_no_evidence_is_no_fix(after: Report) -> None:
    """An issue is not fixed by taking its testcase, or a site's logs, away."""
    found = diff(run(BOTH, [("x", "a", "new")]), after)
    assert names(found.unproven_issues) == ["x"]
    assert not found.fixed_issues


def test_shared_logs_are_evidence_too() -> None:
    """An issue of the shared logs is fixed where they were judged again, and only there."""
    shared = SharedReport("pass", "no finding")
    before = run(BOTH, [("x", SHARED, "new")], shared=shared)
    assert names(diff(before, run(BOTH, shared=shared)).fixed_issues) == ["x"]
    assert names(diff(before, run(BOTH)).unproven_issues) == ["x"]


WORSE = {("pass", "skipped"), ("pass", "fail"), ("pass", "error"), ("skipped", "fail"), ("skipped", "error")}


@pytest.mark.parametrize("old", ["pass", "skipped", "fail", "error"])
@pytest.mark.parametrize("new", ["pass", "skipped", "fail", "error"])
def test_verdicts(old: Verdict, new: Verdict) -> None:
    """Each change of a verdict is listed with its reason; worse is what a gate would mind."""
    found = diff(run({"a": old, "b": "pass"}), run({"a": new, "b": "pass"}))
    changes = [(each.testcase, each.old, each.new, each.reason) for each in found.verdicts]
    assert changes == ([("a", old, new, f"was {new}")] if old != new else [])
    assert found.worse == ((old, new) in WORSE)


@pytest.mark.parametrize(("verdict", "worse"), [("pass", True), ("fail", False)])
def test_a_testcase_that_vanished(verdict: Verdict, worse: bool) -> None:
    """It is listed; and worse when it passed, since nobody knows any more."""
    found = diff(run({"a": verdict, "b": "fail"}), run({"b": "fail"}))
    assert [(each.testcase, each.new) for each in found.verdicts] == [("a", None)]
    assert found.worse == worse


@pytest.mark.parametrize(("verdict", "worse"), [("pass", False), ("skipped", False), ("fail", True), ("error", True)])
def test_a_testcase_that_appeared(verdict: Verdict, worse: bool) -> None:
    """It is listed; and worse when it does not pass."""
    found = diff(run({"b": "fail"}), run({"a": verdict, "b": "fail"}))
    assert [(each.testcase, each.old) for each in found.verdicts] == [("a", None)]
    assert found.worse == worse


def test_the_run_itself_fails() -> None:
    """A run that fails for no testcase's sake, such as by an expired waiver, is worse."""
    passing = run({"a": "pass"})
    found = diff(passing, replace(passing, verdict="fail"))
    assert found.worse
    assert not found.empty


def streamed(problem: str) -> Report:
    stream = StreamReport("log.txt", "", 10, 10, 10, problem)
    return samples.report([samples.testcase("a", [SiteReport("site-1", "pass", "", (), (stream,))])])


def test_streams() -> None:
    """A stream that is no longer whole is worse; one that is whole again, or lacks other bytes, is not."""
    whole, cut = streamed(""), streamed("3 bytes missing")
    lost = diff(whole, cut)
    assert [(each.site, each.old, each.new) for each in lost.streams] == [("site-1", "", "3 bytes missing")]
    assert lost.worse
    assert diff(cut, whole).streams
    assert not diff(cut, whole).worse
    assert diff(cut, streamed("4 bytes missing")).empty


def test_environment() -> None:
    """Another release, commit, loggate or rule is said, and is by itself no difference; a CI run is always another."""
    before = {"nvflare": "2.8.3", "python": "3.11", "commit": "a", "ci run": "https://ci.example/1"}
    after = before | {"nvflare": "2.9.0", "commit": "b", "ci run": "https://ci.example/2"}
    old = run(BOTH, environment=before, rules=(Rule("e", "ERROR", "An error"),))
    new = run(BOTH, environment=after, rules=(Rule("e", "ERR", "An error"),))
    found = diff(old, new)
    told = [(each.name, each.old, each.new) for each in found.environment]
    assert told == [("nvflare", "2.8.3", "2.9.0"), ("commit", "a", "b"), ("rule e", "ERROR", "ERR")]
    assert found.empty


TESTCASES = ("a", "b", SHARED)
reports = st.builds(
    run,
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["pass", "fail", "error", "skipped"])),
    st.lists(
        st.tuples(st.sampled_from("uvxyz"), st.sampled_from(TESTCASES), st.sampled_from(["new", "known", "waived"])),
        max_size=12,
    ),
)


@given(reports, reports)
def test_each_issue_once(old: Report, new: Report) -> None:
    """Each issue of either report stands in exactly one list, with all of its findings counted."""
    found = diff(old, new)
    listed = all_issues(found)
    assert sorted(names(listed)) == sorted({issue.fingerprint for report in (old, new) for issue in report.issues})
    assert sum(count.new.total for each in listed for count in each.counts) == new.counts.findings.total
    assert sum(count.old.total for each in listed for count in each.counts) == old.counts.findings.total


@given(reports, reports)
def test_both_ways(old: Report, new: Report) -> None:
    """No difference one way is none the other way, and then nothing is worse; what is new one way is gone the other."""
    there, back = diff(old, new), diff(new, old)
    assert there.empty == back.empty
    assert not (there.empty and there.worse)
    assert sorted(names(there.new_issues)) == sorted(names((*back.fixed_issues, *back.unproven_issues)))


def all_issues(found: Difference) -> list[Any]:
    return [
        *found.new_issues,
        *found.fixed_issues,
        *found.unproven_issues,
        *found.remaining_issues,
        *found.accepted_issues,
    ]
