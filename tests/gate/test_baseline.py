"""The baseline: one for one, a ratchet, and a file that git merges."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import baseline
from gate.baseline import Baseline, Entry
from gate.errors import ConfigError, UsageError
from gate.model import SHARED, Report
from tests.gate.decision_samples import ONE, TWO, occurrence
from tests.gate.reports import report_samples as samples

THREE = "v1:80000000000000c3"


def entry(fingerprint: str = ONE, runs: int = 1, of: int = 1, **testcases: int) -> Entry:
    return Entry(fingerprint, "strict-error", "CoreCell: no path", testcases or {"fedavg": 3}, runs, of)


def known(*entries: Entry) -> Baseline:
    return Baseline("baseline.json", tuple(sorted(entries, key=lambda each: each.fingerprint)))


class Applied(NamedTuple):
    by: dict[int, str]
    fixed: tuple[baseline.Fixed, ...]


def applied(base: Baseline, found: list[Any], candidates: Iterable[int], ran: set[str]) -> Applied:
    applying, by = baseline.Applying(base), {}
    for index, each in enumerate(found):
        applying.see(each)
        if index in candidates and (known := applying.known(each)):
            by[index] = known
    return Applied(by, applying.fixed(ran))


# ---- matching --------------------------------------------------------------------------------------------------------


def test_three_known_do_not_hide_a_fourth() -> None:
    """Occurrences are matched one for one, in order; the one too many is new."""
    done = applied(known(entry()), [occurrence()] * 4, range(4), {"fedavg"})
    assert list(done.by) == [0, 1, 2]
    assert done.by[0] == "baseline: 3 known in fedavg, seen in 1 of 1 runs"
    assert done.fixed == ()


@pytest.mark.parametrize("twin", [{"fingerprint": TWO}, {"testcase": "cyclic"}])
def test_what_is_not_known_is_new(twin: dict[str, str]) -> None:
    """Another issue is not hidden, nor the same one in another testcase."""
    assert applied(known(entry()), [occurrence(**twin)], [0], set()).by == {}


def test_only_candidates_are_known() -> None:
    """What something else has decided on uses up no count, and yet it did occur: it is not fixed."""
    done = applied(known(entry(fedavg=2)), [occurrence()] * 3, [2], {"fedavg"})
    assert list(done.by) == [2]
    assert done.fixed == ()


def test_what_did_not_occur_is_fixed() -> None:
    """An entry that did not occur at all is gone; of another the count is told."""
    base = known(entry(ONE, 1, 3, fedavg=3, cyclic=1), entry(TWO, fedavg=1))
    gone, less = reversed(applied(base, [occurrence()], [0], {"fedavg", "cyclic"}).fixed)
    assert (gone.is_gone, str(gone)) == (True, f"{TWO} CoreCell: no path: not seen any more")
    assert not less.is_gone
    assert str(less) == f"{ONE} CoreCell: no path (seen in 1 of 3 runs): 0 of 1 in cyclic, 1 of 3 in fedavg"


def test_a_testcase_that_did_not_run_fixes_nothing() -> None:
    """When only some testcases ran, nothing is said of the others."""
    base = known(entry(ONE, fedavg=1, cyclic=1), entry(TWO, swarm=1))
    (fixed,) = applied(base, [], [], {"fedavg"}).fixed
    assert not fixed.is_gone
    assert fixed.counts == {"fedavg": (0, 1)}


@given(st.lists(st.tuples(st.sampled_from([ONE, TWO, THREE]), st.sampled_from("ab")), max_size=30), st.data())
def test_no_more_than_known_are_known(found: list[tuple[str, str]], data: st.DataObject) -> None:
    """For every issue and testcase: known are as many as the baseline has, at most; the others stay new."""
    counts = st.dictionaries(st.sampled_from("ab"), st.integers(1, 4), min_size=1)
    base = known(*(entry(name, **data.draw(counts)) for name in data.draw(st.sets(st.sampled_from([ONE, TWO])))))
    done = applied(base, [occurrence(*pair) for pair in found], range(len(found)), set("ab"))
    allowed = {(each.fingerprint, name): count for each in base.entries for name, count in each.testcases.items()}
    total, hidden = Counter(found), Counter(found[index] for index in done.by)
    assert all(hidden[pair] == min(total[pair], allowed.get(pair, 0)) for pair in total)


# ---- from reports ----------------------------------------------------------------------------------------------------


def report(*found: tuple[str, str] | tuple[str, str, dict[str, Any]], **verdicts: Any) -> Report:
    """A report with these findings (fingerprint, testcase, changes); a testcase's verdict is `pass` if not given."""
    issues = {}
    for name, testcase, *changes in found:
        issues.setdefault(name, []).append(samples.finding(testcase, **(changes[0] if changes else {})))
    testcases = {testcase: "pass" for _, testcase, *_ in found if testcase != SHARED} | verdicts
    return msgspec.structs.replace(
        samples.report(),
        issues=tuple(samples.issue(findings, fingerprint=name) for name, findings in issues.items()),
        testcases=tuple(
            samples.testcase(name, [samples.site("site-1", verdict, testcase=name)], verdict=verdict)
            for name, verdict in testcases.items()
        ),
    )


def test_a_baseline_has_the_most_of_any_run() -> None:
    """Of several runs an entry has the highest count for each testcase, and in how many runs it was seen."""
    runs = [report((ONE, "a"), (ONE, "a"), (TWO, "a")), report((ONE, "a"), (ONE, "b")), report()]
    made = {each.fingerprint: (each.testcases, each.runs, each.of) for each in baseline.build(runs).entries}
    assert made == {ONE: ({"a": 2, "b": 1}, 2, 3), TWO: ({"a": 1}, 1, 3)}


@pytest.mark.parametrize(
    ("finding", "counts"),
    [
        ({"disposition": "new"}, True),
        ({"disposition": "known", "by": "baseline ci/baseline.json"}, True),
        ({"disposition": "known", "by": "expected by the suite: x"}, False),
        ({"disposition": "waived", "by": "w.yaml:3: ..."}, False),
    ],
)
def test_only_what_nothing_else_decides_on_is_taken_in(finding: dict[str, Any], counts: bool) -> None:
    """New findings and those that a baseline knows; not what the suite expects, nor what a waiver hides."""
    assert bool(baseline.build([report((ONE, "a", finding))]).entries) == counts


def test_a_title_does_not_vary() -> None:
    """Two runs whose titles differ in a number, a path or a site give the same file."""
    made = []
    for number, site in ((4, "site-1"), (5, "site-2")):
        one = report((ONE, "a"), a="pass")
        titled = msgspec.structs.replace(one.issues[0], title=f"expect {number} from {site} in /tmp/x{number}/log.txt")
        made.append(baseline.dump(baseline.build([msgspec.structs.replace(one, issues=(titled,))])))
    assert made[0] == made[1]


def test_a_foreign_fingerprint_is_refused() -> None:
    """A report of a loggate with newer fingerprints cannot be taken in: its entries would be lost."""
    with pytest.raises(UsageError, match="in a report: "):
        baseline.build([report(("v99:0000000000000000", "a"))])


# ---- the ratchet -----------------------------------------------------------------------------------------------------


def test_an_update_only_takes_out() -> None:
    """Gone issues leave, counts go down, and what is new is named and not taken in."""
    base = known(entry(ONE, 2, 3, a=3, b=1), entry(TWO, a=1))
    done = baseline.update(base, [report((ONE, "a"), (THREE, "a"), b="pass"), report((ONE, "a"), (ONE, "a"))])
    assert done.baseline == known(entry(ONE, 2, 3, a=2))
    assert [(each.entry.fingerprint, each.is_gone) for each in done.fixed] == [(ONE, False), (TWO, True)]
    assert [(each.fingerprint, each.testcases) for each in done.unknown] == [(THREE, {"a": 1})]


def test_more_of_a_known_issue_is_not_taken_in() -> None:
    """A higher count and another testcase are new, too."""
    done = baseline.update(known(entry(a=1)), [report((ONE, "a"), (ONE, "a"), (ONE, "b"))])
    assert done.baseline == known(entry(a=1))
    assert [each.testcases for each in done.unknown] == [{"a": 2, "b": 1}]


def test_what_is_named_is_taken_in() -> None:
    """`add` takes in a new issue, or more of a known one, and no other."""
    runs = [report((ONE, "a"), (ONE, "a"), (TWO, "a"), (THREE, "b"))]
    done = baseline.update(known(entry(a=1, c=1)), runs, [ONE, TWO])
    assert {each.fingerprint: each.testcases for each in done.baseline.entries} == {
        ONE: {"a": 2, "c": 1},
        TWO: {"a": 1},
    }
    assert [each.fingerprint for each in done.unknown] == [THREE]
    with pytest.raises(UsageError, match=f"--add {THREE[:-1]}9"):
        baseline.update(known(), runs, [THREE[:-1] + "9"])


@pytest.mark.parametrize("verdict", ["error", "skipped"])
def test_what_could_not_be_judged_fixes_nothing(verdict: str) -> None:
    """Missing evidence takes nothing out of a baseline."""
    base = known(entry(a=1))
    assert baseline.update(base, [report(a=verdict)]).baseline == base
    assert baseline.update(base, [report(a=verdict), report(a="pass")]).baseline == known()


def test_what_is_waived_now_did_occur() -> None:
    """An issue that a waiver hides is not fixed: it stays."""
    base = known(entry(a=1))
    assert baseline.update(base, [report((ONE, "a", {"disposition": "waived", "by": "w.yaml:3"}))]).baseline == base


def test_shared_logs_are_judged_too() -> None:
    """What belongs to no testcase is fixed only where the shared logs were judged."""
    base = known(Entry(ONE, "strict-error", "t", {SHARED: 1}, 1, 1))
    for verdict, left in (("pass", known()), ("error", base)):
        shared = msgspec.structs.replace(samples.report().shared, verdict=verdict)
        assert baseline.update(base, [msgspec.structs.replace(report(), shared=shared)]).baseline == left


# ---- the file --------------------------------------------------------------------------------------------------------


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    """It is JSON in plain ASCII, a line an entry, sorted; what is read is what was written."""
    base = Baseline(
        str(tmp_path / "b.json"), (entry(ONE, b=2, a=1), Entry(TWO, "r", "t\n☃\u202e\ud800", {"x": 1}, 1, 2))
    )
    (tmp_path / "b.json").write_text(baseline.dump(base))
    lines = baseline.dump(base).split("\n")
    assert [line[:37] for line in lines if "v1:" in line] == [f'{{"fingerprint": "{name}"' for name in (ONE, TWO)]
    assert baseline.dump(base).isascii()
    assert json.loads(baseline.dump(base))["version"] == 1
    assert baseline.load(tmp_path / "b.json") == base


GOOD = baseline.dump(known(entry(), entry(TWO)))


@pytest.mark.parametrize(
    ("text", "complaint", "hint"),
    [
        ("", ":1: is no JSON", "baseline write"),
        (GOOD[:-40], "is no JSON", "baseline write"),
        (GOOD.replace("null]", "<<<<<<< ours\nnull]"), "is no JSON", "a merge left its marks"),
        ("[]", "is no baseline", "baseline write"),
        ('{"version": 1, "tool": {}, "issues": []}', "is no baseline", "baseline write"),
        ('{"version": 1}', "is no baseline", "baseline write"),
        (GOOD.replace('"version": 1', '"version": 2'), "is a baseline of version 2; this loggate reads", "newer"),
        (GOOD.replace('"of": 1', '"off": 1', 1), "issues[0].off: unknown key", "did you mean 'of'?"),
        (GOOD.replace('"fedavg": 3', '"fedavg": 0', 1), "issues[0].testcases", ""),
        (GOOD.replace(ONE, "v1:00"), ":4: ", "baseline write"),
        (GOOD.replace(ONE, TWO), f":260: {TWO} stands twice", "keep one"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, complaint: str, hint: str) -> None:
    """What is no baseline, is broken or is newer than this loggate is refused, with a hint."""
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ConfigError) as caught:
        baseline.load(tmp_path / "b.json")
    assert str(caught.value).startswith(str(tmp_path / "b.json"))
    assert complaint in str(caught.value)
    assert hint in caught.value.hint


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text each have their reason."""
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    for path, reason in (
        (tmp_path / "no.json", "No such file"),
        (tmp_path, "directory"),
        (tmp_path / "b.json", "UTF-8"),
    ):
        with pytest.raises(ConfigError, match=reason):
            baseline.load(path)


# ---- two branches ----------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    who = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    )
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def merged(folder: Path, base: Baseline, ours: Baseline, theirs: Baseline) -> Baseline:
    """What git makes of two branches; CalledProcessError where it cannot merge them."""
    file = folder / "b.json"

    def commit(made: Baseline) -> None:
        file.write_text(baseline.dump(made))
        git(folder, "add", "b.json")
        git(folder, "commit", "-m", "baseline", "--allow-empty")

    git(folder, "init")
    commit(base)
    git(folder, "checkout", "-b", "theirs")
    commit(theirs)
    git(folder, "checkout", "main")
    commit(ours)
    git(folder, "merge", "theirs", "-m", "merge")
    return msgspec.structs.replace(baseline.load(file), file=base.file)


A, B, C, D = (entry(f"v1:{digits}") for digits in ("4100000000000000", "42" + "0" * 14, "4300000000000000", "f" * 16))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ((), (A,), (D,), (A, D)),
        ((), (A,), (B,), (A, B)),
        ((B,), (A, B), (B, C), (A, B, C)),
        ((A, B), (A, B, C), (A, B, D), (A, B, C, D)),
        ((A, B, C), (A, C), (A, B), (A,)),
        ((A, D), (A, B, D), (D,), (B, D)),
        ((A, B), (entry(A.fingerprint, fedavg=1), B), (A, entry(B.fingerprint, fedavg=2)), None),
    ],
    ids=["empty", "neighbours", "around", "after", "removed", "both", "lowered"],
)
def test_two_branches_merge(tmp_path: Path, base: Any, ours: Any, theirs: Any, result: Any) -> None:
    """What one branch adds, lowers or takes out and what the other does comes together, without a conflict."""
    made = merged(tmp_path, known(*base), known(*ours), known(*theirs))
    assert made == known(*(result or (ours[0], theirs[1])))


def test_the_same_addition_twice_merges(tmp_path: Path) -> None:
    """Two branches that take in the same issue agree."""
    assert merged(tmp_path, known(), known(A), known(A, D)) == known(A, D)
