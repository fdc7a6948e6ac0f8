"""No pattern and no log can hold the gate up for ever: a search that takes too long ends with what is wrong."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import config, patterns
from gate.dispose import Decisions
from gate.match import Matcher
from gate.model import Evidence, Rule, SiteLog, Testcase
from gate.patterns import Bounded, TooSlow
from gate.walk import Walk
from tests.gate.test_dispose import waiver

SLOW = "(?:a|aa)+(?=c)"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.2)


def walked(path: Path, *rules: Rule, decisions: Decisions | None = None, watched: tuple[str, ...] = ()) -> None:
    log = SiteLog("t", "s", str(path), path.name, str(path))
    made = (*config.load_rules(("strict",)), *rules)
    walk = Walk(made, "test", watched=watched, **({"decisions": decisions} if decisions else {}))
    walk.add(Evidence((Testcase("t"),), (log,)))
    walk.report()


def test_a_pattern_that_backtracks(tmp_path: Path) -> None:
    """A rule, or a line that is watched for, that would take for ever: which, in which log, and where in it."""
    path = tmp_path / "a.log"
    path.write_text("fine\n" + "aaa" * 20 + "b ERROR\n")
    for rules, watched, whose in (((Rule("slow", SLOW, "slow"),), (), "rule 'slow': "), ((), (SLOW,), "")):
        with pytest.raises(TooSlow) as caught:
            walked(path, *rules, watched=watched)
        assert str(caught.value).startswith(f"{path}: at byte 5: {whose}the pattern ")
        assert SLOW in str(caught.value)
        assert caught.value.exit_code == 2
        assert caught.value.hint


def test_a_waiver_that_backtracks(tmp_path: Path) -> None:
    """What is searched in an event's text is bounded, too."""
    path = tmp_path / "a.log"
    path.write_text("ERROR " + "aaa" * 20 + "b\n")
    with pytest.raises(TooSlow, match="takes more than"):
        walked(path, decisions=Decisions(waivers=waiver(SLOW)))


def test_it_comes_out_of_another_process() -> None:
    """The error says the same when another process has met it."""
    error = pickle.loads(pickle.dumps(TooSlow("a: b")))  # noqa: S301 - our own
    assert (str(error), error.hint, error.exit_code) == ("a: b", TooSlow("").hint, 2)


PATTERNS = ["a+b", "(?i)ERR", r"^\s*x", r"\bfoo\b(?! bar)", "[]a]+|x{2}", "a(?=b)", r"(?P<n>a)(?P=n)", r"\w\W$"]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_bounded_patterns_are_read_as_re_reads_them(pattern: str, data: st.DataObject) -> None:
    """The bound changes nothing about what matches where: in any bytes, and in text that people write."""
    raw = data.draw(st.one_of(st.from_regex(pattern.encode()), st.binary(max_size=20)))
    text = data.draw(st.text(st.sampled_from("abxERr foo\n\t]éßЖ中—"), max_size=20))
    spans = [
        found and found.span() for found in (re.search(pattern.encode(), raw, re.M), re.search(pattern, text, re.M))
    ]
    bounded = (Bounded(pattern.encode(), re.M).search(raw), Bounded(pattern, re.M).search(text))
    assert [found and found.span() for found in bounded] == spans


def test_what_re_refuses_is_refused() -> None:
    """The other engine knows more than what rules may have."""
    for pattern in (r"\p{L}", r"a\K", "(?b)a", "(?r)a"):
        with pytest.raises(re.error):
            Bounded(pattern)


def test_shipped_patterns_need_no_bound() -> None:
    """They are searched by the faster engine, which costs no import."""
    rules = config.load_rules(config.DEFAULT_PACKS)
    assert {rule.pattern for rule in rules} <= config.shipped_patterns(rules)
    assert "x" not in config.shipped_patterns((Rule("own", "x", "own"),))
    matcher = Matcher(rules, trusted=config.shipped_patterns(rules))
    assert matcher.matching(b"ERROR x\n", 0, 8) == ("error",)
