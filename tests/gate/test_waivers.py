"""Waivers: each kind hides what it is meant for, and has a twin that it must not hide."""

from __future__ import annotations

import re
import subprocess
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import waivers
from gate.errors import ConfigError, UsageError
from gate.waivers import Context, Decision, Waiver, Waivers
from tests.gate.decision_samples import ONE, TWO, occurrence

TODAY = date(2026, 6, 15)
DOCS = Path(__file__).parents[2] / "docs" / "design" / "decisions.md"


def decision(**changes: Any) -> Decision:
    """A waiver of `ONE` for today, unless `changes` say otherwise."""
    what = {} if "pattern" in changes else {"fingerprint": ONE}
    return Decision(**({"reason": "known race", "owner": "alice", "expires": TODAY} | what | changes))


def listed(*decisions: Decision) -> Waivers:
    return Waivers("w.yaml", tuple(Waiver(f"w.yaml:{line}", made) for line, made in enumerate(decisions, 1)))


class Applied(NamedTuple):
    by: dict[int, Waiver]
    unused: tuple[Waiver, ...]
    expired: tuple[waivers.Expired, ...]


def applied(made: Waivers, *found: Any, nvflare: str = "2.9.0", **options: Any) -> Applied:
    applying = waivers.Applying(made, options.get("today", TODAY), nvflare)
    given = {index: applying.waiver(found[index]) for index in options.get("candidates", range(len(found)))}
    by = {index: waiver for index, waiver in given.items() if waiver}
    return Applied(by, applying.unused(), applying.expired())


# ---- what a waiver hides, and what it must not hide ------------------------------------------------------------------

NEAR = Context(line="round 3 done")


@pytest.mark.parametrize(
    ("narrowed", "fits", "twin"),
    [
        ({}, {}, {"fingerprint": TWO}),
        ({"pattern": "no path$"}, {}, {"text": "2026-05-09 07:35:31,204 - CoreCell - ERROR - no path to site-2"}),
        ({"pattern": "missing from byte"}, {"note": "12 bytes missing from byte 7"}, {"note": ""}),
        ({"testcase": "start-*"}, {"testcase": "start-delay"}, {"testcase": "restart-delay"}),
        ({"testcase": "fedavg"}, {}, {"testcase": "FEDAVG"}),
        ({"site": "site-[12]"}, {}, {"site": "site-10"}),
        ({"file": "log.txt"}, {}, {"name": "error_log.txt"}),
        ({"file": "fedavg/*/log.txt"}, {}, {"testcase": "cyclic"}),
        ({"phase": "shutdown"}, {"phase": "shutdown"}, {"phase": "run"}),
        ({"phase": "shutdown"}, {"phase": "shutdown"}, {"phase": ""}),
        ({"context": NEAR}, {"near": (("round 3 done", 20),)}, {"near": (("round 3 done", 21),)}),
        ({"context": NEAR}, {"near": (("x", 3), ("round 3 done", 1))}, {"near": (("round 2 done", 1),)}),
        ({"context": NEAR}, {"near": (("round 3 done", 1),)}, {}),
    ],
)
def test_a_waiver_and_its_twin(narrowed: dict[str, Any], fits: dict[str, Any], twin: dict[str, Any]) -> None:
    """What the waiver is meant for is hidden; the finding that differs in this one thing is not."""
    made = listed(decision(**narrowed))
    assert list(applied(made, occurrence(**fits), occurrence(**twin)).by) == [0]


@pytest.mark.parametrize(("nvflare", "hidden"), [("2.9.0", 1), ("2.9.1", 0), ("2.9.1rc5", 0), ("", 0)])
def test_an_nvflare_version_is_a_scope(nvflare: str, hidden: int) -> None:
    """A waiver for versions before a fix hides nothing on the fixed one, nor where nobody knows the version."""
    assert len(applied(listed(decision(nvflare="<2.9.1")), occurrence(), nvflare=nvflare).by) == hidden


def test_a_waiver_is_for_all_that_it_says_at_once() -> None:
    """Each scope narrows it further: one that does not fit is enough."""
    made = decision(testcase="fedavg", site="site-1", phase="run")
    assert list(waivers.misses(made, occurrence(phase="run"), "")) == []
    assert list(waivers.misses(made, occurrence(site="site-2", phase="startup"), "")) == ["site", "phase"]


def test_a_count_is_for_each_testcase() -> None:
    """At most so many findings of a testcase are hidden; the next one is not, and another testcase has its own."""
    found = [occurrence(), occurrence(site="site-2"), occurrence(), occurrence(testcase="cyclic")]
    assert list(applied(listed(decision(count=2)), *found).by) == [0, 1, 3]


def test_only_candidates_are_hidden() -> None:
    """What something else has decided on is not looked at, and does not use up a count."""
    found = [occurrence(), occurrence(), occurrence()]
    assert list(applied(listed(decision(count=1)), *found, candidates=[1, 2]).by) == [1]


def test_the_first_fitting_waiver_wins() -> None:
    """The file's order decides, and the next one takes what a count leaves over."""
    made = listed(decision(site="site-9"), decision(count=1), decision(pattern="no path"))
    done = applied(made, occurrence(), occurrence())
    assert [waiver.place for waiver in done.by.values()] == ["w.yaml:2", "w.yaml:3"]
    assert [waiver.place for waiver in done.unused] == ["w.yaml:1"]


def test_an_expired_waiver_hides_nothing_and_says_whose_it_was() -> None:
    """It is valid on its last day; the day after, what it would hide is new, and counted."""
    made = listed(decision(expires=date(2026, 6, 14)), decision(expires=TODAY, site="site-2"))
    done = applied(made, occurrence(), occurrence(site="site-2"), occurrence(TWO))
    assert list(done.by) == [1]
    assert [str(each) for each in done.expired] == ["w.yaml:1: expired on 2026-06-14 (owner alice): known race"]
    assert done.expired[0].findings == 1


def test_an_expired_waiver_that_matches_nothing_is_still_expired() -> None:
    """A list must not rot, even when nothing happened this time."""
    done = applied(listed(decision(expires=date(2020, 1, 1))))
    assert [each.findings for each in done.expired] == [0]
    assert done.unused == ()


def test_waivers_in_one_line_are_told_apart() -> None:
    """Two that stand in the same line of the file count, and are used, each for itself."""
    one, two = (Waiver("w.yaml:2", decision(count=1, site=site)) for site in ("site-1", "site-2"))
    result = applied(Waivers("w.yaml", (one, two)), occurrence(site="site-1"), occurrence(site="site-2"))
    assert result.by == {0: one, 1: two}
    assert applied(Waivers("w.yaml", (one, two)), occurrence(site="site-1")).unused == (two,)


def test_an_unused_waiver_is_named() -> None:
    """A waiver that hid nothing is reported in words, unless it is for another version of NVFlare."""
    done = applied(listed(decision(), decision(nvflare=">=3")), occurrence(TWO))
    assert [str(each) for each in done.unused] == [f"w.yaml:1: {ONE} until 2026-06-15 (owner alice): known race"]


def test_what_became_of_each_waiver() -> None:
    """Each is told in the file's order: what it hid, or would have, what narrows it, and how long it still holds."""
    yesterday, next_week = TODAY - timedelta(days=1), TODAY + timedelta(days=7)
    made = listed(
        decision(pattern="no path", expires=yesterday),
        decision(expires=next_week, count=2, testcase="start-*", link="https://example.com/1"),
        decision(fingerprint=TWO, context=NEAR),
        decision(nvflare="<2.9", site="server"),
    )
    applying = waivers.Applying(made, TODAY, "2.9.0")
    for name in ("start-1", "start-1", "start-1", "late"):
        applying.waiver(occurrence(testcase=name))
    told = applying.told()
    assert [(each.place, each.state, each.findings, each.days_left) for each in told] == [
        ("w.yaml:1", "expired", 2, -1),
        ("w.yaml:2", "used", 2, 7),
        ("w.yaml:3", "unused", 0, 0),
        ("w.yaml:4", "elsewhere", 0, 0),
    ]
    assert [each.scope for each in told] == [
        {},
        {"testcase": "start-*", "count": "2"},
        {"context": "at most 20 lines after round 3 done"},
        {"site": "server", "nvflare": "<2.9"},
    ]
    assert (told[0].pattern, told[1].fingerprint, told[1].expires) == ("no path", ONE, next_week.isoformat())
    assert {each.state for each in told if each.place in {waiver.place for waiver in applying.unused()}} == {"unused"}


def test_contexts_are_named_once() -> None:
    """Each line that must be watched for is asked for once."""
    made = listed(
        decision(context=NEAR), decision(), decision(context=Context("x"), pattern="y"), decision(context=NEAR)
    )
    assert waivers.contexts(made) == ("round 3 done", "x")


@given(st.lists(st.sampled_from([ONE, TWO]), max_size=12), st.integers(1, 4), st.booleans())
def test_nothing_else_is_ever_hidden(fingerprints: list[str], count: int, expired: bool) -> None:
    """Whatever occurs: hidden are the first so many of the waived fingerprint, and none once it has expired."""
    made = decision(count=count, expires=date(2026, 1, 1) if expired else TODAY)
    own = [index for index, name in enumerate(fingerprints) if name == ONE]
    done = applied(listed(made), *map(occurrence, fingerprints))
    assert list(done.by) == ([] if expired else own[:count])


# ---- the file --------------------------------------------------------------------------------------------------------

FILE = """\
# Agreed by the team.
version: 1

waivers:
  - fingerprint: v1:0123456789abcdef
    reason: race at the end, fixed in 2.9.1
    owner: alice
    expires: 2027-01-31
    link: https://example.com/1
    nvflare: <2.9.1
    count: 3

  # by its text
  - pattern: 'cannot forward req: no path'
    reason: |
      the peer is gone
    owner: bob
    expires: "2027-06-30"
    testcase: late-*
    phase: shutdown
    context: {line: 'END_RUN', within: 5}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(FILE)
    return path


def test_a_file_is_read(file: Path) -> None:
    """Each waiver has its place, and a date may be quoted or not."""
    one, two = waivers.load(file).entries
    assert (one.place, two.place) == (f"{file}:5", f"{file}:14")
    assert (one.decision.expires, two.decision.expires) == (date(2027, 1, 31), date(2027, 6, 30))
    assert two.decision.context == Context("END_RUN", 5)


def test_a_list_may_be_empty(file: Path) -> None:
    """No waiver is no mistake."""
    for text in (waivers.EMPTY, "version: 1\nwaivers:\n"):
        file.write_text(text)
        assert waivers.load(file).entries == ()


SECOND = "  - pattern: 'cannot forward req: no path'\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    owner: alice\n", "", "5: waivers[0]: missing key 'owner'"),
        ("    owner: bob\n", "", "14: waivers[1]: missing key 'owner'"),
        ("    expires: 2027-01-31\n", "", "5: waivers[0]: missing key 'expires'"),
        ("reason: race at the end, fixed in 2.9.1", "reason: ' '", "6: waivers[0].reason: is empty"),
        ("owner: bob", "owner: ''", "17: waivers[1].owner: is empty"),
        ("owner: bob", "owner: 7", "17: waivers[1].owner: expected a str, got int"),
        ("    owner: alice\n", "    onwer: alice\n", "7: waivers[0].onwer: unknown key"),
        ("2027-01-31", "2027-02-30", "8: not a date: day is out of range for month"),
        ('"2027-06-30"', '"2027-02-30"', "18: waivers[1].expires: invalid"),
        ("2027-01-31", "30d", "8: waivers[0].expires: invalid"),
        ("2027-01-31", "2027", "8: waivers[0].expires: expected a date, got int"),
        ("2027-01-31", "2027-01-31 10:00:00", "8: waivers[0].expires: expected a date"),
        ("v1:0123456789abcdef", "v1:0123", "5: waivers[0].fingerprint: "),
        ("v1:0123456789abcdef", "v9:0123456789abcdef", "5: waivers[0].fingerprint: "),
        (SECOND, SECOND + "    fingerprint: v1:0123456789abcdee\n", "14: waivers[1]: expected either a fingerprint or"),
        (SECOND, "  - count: 1\n", "14: waivers[1]: expected either a fingerprint or a pattern"),
        ("nvflare: <2.9.1", "nvflare: before 2.9", "10: waivers[0].nvflare: not a version spec"),
        ("count: 3", "count: 0", "11: waivers[0].count: expected a number from 1, got 0"),
        ("phase: shutdown", "phase: end", "20: waivers[1].phase: invalid enum value 'end'"),
        ("within: 5", "within: 0", "21: waivers[1].context.within: expected a number from 1, got 0"),
        ("within: 5", "before: 5", "21: waivers[1].context.before: unknown key"),
        ("'END_RUN'", "'('", "21: waivers[1].context.line: not a regular expression"),
        ("version: 1\n", "version: 2\n", "2: version: invalid enum value 2"),
        ("version: 1\n", "", "missing key 'version'"),
        ("    owner: bob\n", "    owner: bob\n    owner: eve\n", "18: key 'owner' stands twice"),
    ],
)
def test_a_wrong_file_is_refused(file: Path, old: str, new: str, complaint: str) -> None:
    """Each mistake is refused with file, line and key; nothing is guessed."""
    assert old in FILE
    file.write_text(FILE.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        waivers.load(file)
    assert str(caught.value).startswith(str(file))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "pattern", [".", ".*", "(?s).+", r"\S", r"\w+", "^", "$", "", "x*", "[a-z]", r"\d", "e", "(?i)e|o"]
)
@pytest.mark.parametrize("more", ["", "|never"])
def test_a_pattern_that_matches_everything_is_refused(pattern: str, more: str) -> None:
    """A pattern that fits findings which have nothing in common is no decision on one of them."""
    key, message, hint = waivers.problem(decision(pattern=pattern + more)) or ("", "", "")
    if pattern + more:
        assert key == "pattern"
        assert "match" in message
    assert hint


@pytest.mark.parametrize(
    "pattern",
    ["ERROR|Traceback|Exception", "(?i)error|traceback|exception", r"\d{4}-\d\d-\d\d", "^.{10}", "^(?!.*me)", " - "],
)
def test_a_pattern_that_fits_a_whole_format_is_refused(pattern: str) -> None:
    """All that the strict rules find, or all entries of a format, is everything, too."""
    assert "match" in (waivers.problem(decision(pattern=pattern)) or ("", ""))[1]


@pytest.mark.parametrize(
    "pattern",
    [
        "ERROR",
        "no path",
        r"CoreCell - ERROR - cannot forward \w+: no path",
        r"(?m)^ValueError: .*weights",
        r"(?:\w+,)+end",
    ],
)
def test_a_pattern_may_be_broad(pattern: str) -> None:
    """What names something is a person's decision, even when it is a broad one."""
    assert waivers.problem(decision(pattern=pattern)) is None


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(.*)*x", r"(?:\w+)*!", "(x+?)+y", "(a{2,})+b", "(a*)+b", "(a+){2,}b", r"(\w+\s?)*:", "([a-z]+,?)+!"],
)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    """A repeated repetition is refused before it meets a long line."""
    assert "repeats a repetition" in (waivers.problem(decision(pattern=pattern)) or ("", ""))[1]


@pytest.mark.parametrize("pattern", [r"f\(a\+\)+", r"a(b\*)+c", "(ab)+c", "a([*+])+c", r"(?:\d+, )+c"])
def test_an_escaped_sign_is_no_repetition(pattern: str) -> None:
    """The twin: signs that only look like a repeated repetition are fine."""
    assert waivers.problem(decision(pattern=pattern)) is None


@pytest.mark.parametrize("narrowed", [{}, {"site": "site-1"}, {"context": {"line": "x y"}}])
def test_the_same_waiver_twice_is_refused(file: Path, narrowed: dict[str, Any]) -> None:
    """Two for one fingerprint and one scope would hide who decided; the later one's line is named."""
    entry = {"fingerprint": ONE, "reason": "r", "owner": "o", "expires": "2027-01-01"} | narrowed
    other = entry | {"reason": "s", "owner": "p", "expires": "2028-01-01", "count": 3}
    file.write_text(f"version: 1\nwaivers:\n  - {entry}\n  - {other}\n")
    with pytest.raises(ConfigError, match=rf":4: waivers\[1\]: has the same scope as {file}:3"):
        waivers.load(file)


def test_the_same_fingerprint_with_another_scope_is_fine(file: Path) -> None:
    """The twin: another site is another decision."""
    entry = {"fingerprint": ONE, "reason": "r", "owner": "o", "expires": "2027-01-01", "site": "site-1"}
    file.write_text(f"version: 1\nwaivers:\n  - {entry}\n  - {entry | {'site': 'site-2'}}\n")
    assert len(waivers.load(file).entries) == 2


def test_the_examples_of_the_documentation_are_read(file: Path) -> None:
    """Each waivers file that docs/design/decisions.md shows is a good one."""
    examples = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for example in examples:
        file.write_text(example)
        assert waivers.load(file).entries
    assert examples


# ---- editing ---------------------------------------------------------------------------------------------------------


def added(text: str, made: Decision) -> str:
    """The text with one more waiver, as the command adds it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "w.yaml").write_bytes(text.encode())
        return waivers.add(text, waivers.load(Path(folder) / "w.yaml"), made)


def test_two_branches_that_each_add_a_waiver(tmp_path: Path) -> None:
    """A waiver is written between the two between which its fingerprint lies, so git merges what two branches add."""
    base = waivers.EMPTY
    for first in "159d":
        base = added(base, decision(fingerprint=f"v1:{first * 16}"))
    for name, text in (
        ("base", base),
        ("ours", added(base, decision(fingerprint="v1:" + "3" * 16))),
        ("theirs", added(base, decision(fingerprint="v1:" + "a" * 16))),
    ):
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "merge-file", "ours", "base", "theirs"], cwd=tmp_path, check=True)
    names = [entry.decision.fingerprint[3] for entry in waivers.load(tmp_path / "ours").entries]
    assert names == list("1359ad")


def test_an_order_of_ones_own_is_kept(tmp_path: Path) -> None:
    """Where fingerprints lie in no order, or beside patterns, a waiver comes to the end."""
    for digit in "0f":
        assert added(FILE, decision(fingerprint=f"v1:{digit * 16}")).startswith(FILE)
    falling = added(waivers.EMPTY, decision(fingerprint="v1:" + "9" * 16))
    falling = added(falling, decision(fingerprint="v1:" + "1" * 16))
    assert added(falling, decision(fingerprint="v1:" + "5" * 16)).startswith(falling)
    below_a_pattern = FILE + "  - {fingerprint: v1:aaaaaaaaaaaaaaaa, reason: r, owner: o, expires: 2027-01-01}\n"
    assert added(below_a_pattern, decision(fingerprint="v1:" + "5" * 16)).startswith(below_a_pattern)


def test_a_waiver_is_added_and_removed_again(file: Path) -> None:
    """The file's own text stays, byte for byte, and the new waiver means what was asked for."""
    made = decision(reason="it: is\n'odd' #3", owner="yes", nvflare="<2.9.1", phase="run", context=Context("x y", 3))
    file.write_text(added(FILE, made))
    assert waivers.load(file).entries[-1].decision == made
    assert FILE in file.read_text()
    assert waivers.remove(file.read_text(), waivers.load(file), ONE) == FILE


def test_all_waivers_of_a_fingerprint_are_removed(file: Path) -> None:
    """Each scope that it has goes; the others and their comments stay."""
    file.write_text(added(added(FILE, decision(site="a")), decision(site="b")))
    assert waivers.remove(file.read_text(), waivers.load(file), ONE) == FILE


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip),
    st.sampled_from([FILE, FILE.replace("\n", "\r\n"), FILE[:-1], waivers.EMPTY]),
)
def test_any_reason_survives(reason: str, text: str) -> None:
    """What a person gives as a reason stands in the file as it was given, or is refused; nothing else changes."""
    made = decision(reason=reason, owner=reason)
    try:
        edited = added(text, made)
    except UsageError:
        assert not reason.isprintable()
        return
    assert edited.startswith(text.rstrip("\r\n").removesuffix(" []"))
