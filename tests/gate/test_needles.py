"""The fast search may stop too often, never too seldom: with and without it the findings are the same."""

from __future__ import annotations

import json
import re
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import config, needles, search
from gate.model import Rule
from tests.gate.scanning import DEFAULT_RULES, spans
from tests.gate.test_completeness import LOGS

OWN = [
    "abc|abd",
    "(?i)foo",
    "(?i:foo)bar",
    "x(?-i:FOO)+y",
    "a?bcd",
    "(abc)*def",
    "(abc){2,3}",
    "[Ee]rror: .*$",
    "(?=abc)...",
    "(?!abc)xyz",
    "^(one|two|three)$",
    "no (?:way|how)",
    r"\.py:\d+: (in|at) \S+$",
    r'key="[^"]*"',
    "(?x) ab c  # a comment | with a bar\n | d[|]ef | g\\|hi",
    "(?i)straße|ſoup",
    r"\d\d[^x]\s*$",
    "ab",
    r"a\tb<c>'d'/e",
]
SHIPPED = [piece for rule in DEFAULT_RULES for piece in needles.alternatives(rule.pattern)]


@lru_cache(maxsize=2)
def searches(pattern: str) -> tuple[search.Search, search.Search]:
    """One that looks for common needles, and one that looks for rare ones."""
    both = [search.Search([(pattern, lambda: re.compile(pattern.encode(), re.M))]) for _ in range(2)]
    both[1].look_closer()
    return both[0], both[1]


def stops(pattern: str, data: bytes) -> bool:
    return all(looking.stops(data, 0, len(data)) for looking in searches(pattern))


@pytest.mark.parametrize("pattern", [*OWN, *SHIPPED])
@settings(max_examples=30)
@given(data=st.data())
def test_no_line_that_matches_is_passed(pattern: str, data: st.DataObject) -> None:
    """Each line that a pattern matches is stopped at, as it stands and as a JSON string has it, by both automata."""
    drawn = re.sub(r"(?<= )\\b$", r"\\w", pattern)  # what ends in a word's beginning is hard to draw
    text = data.draw(st.from_regex(re.compile(drawn, re.ASCII))).replace("\n", " ")
    if not re.search(pattern.encode(), text.encode("utf-8", "replace"), re.M):
        return  # behind a line's end, or by case folding that only Unicode has
    assert stops(pattern, text.encode("utf-8", "replace"))
    if not needles.required(pattern):
        return
    forms = [json.dumps(text, ensure_ascii=False)]
    forms += [forms[0].replace("/", "\\/"), forms[0].replace("<", "\\u003c").replace(">", "\\u003e")]
    assert all(stops(pattern, form.encode("utf-8", "replace")) for form in forms)


@pytest.mark.parametrize("pattern", [*OWN, *(rule.pattern for rule in DEFAULT_RULES)])
@given(data=st.data())
def test_alternatives_are_the_pattern(pattern: str, data: st.DataObject) -> None:
    """One of the alternatives matches where the pattern does, and nowhere else."""
    pieces = needles.alternatives(pattern)
    drawn = data.draw(st.sampled_from(pieces))
    text = data.draw(st.one_of(st.from_regex(re.compile(drawn, re.ASCII)), st.text("abcdefghix|#\\ 123", max_size=9)))
    assert bool(re.search(pattern, text)) == any(re.search(piece, text) for piece in pieces)


def test_alternatives_are_told_apart() -> None:
    """Bars in groups, sets, escapes and comments part nothing; a pattern with groups stays whole."""
    assert needles.alternatives("a|b(?:c|d)|[|e]|f\\|g") == ("a", "b(?:c|d)", "[|e]", "f\\|g")
    assert len(needles.alternatives("(?x) ab  # a | b\n | cd")) == 2
    assert needles.alternatives(r"(a)x|\1y") == (r"(a)x|\1y",)
    assert needles.alternatives("abc|abd") == ("abc|abd",)


def test_without_a_literal() -> None:
    """A pattern without a long enough literal is looked for by a simpler one; one that any line may match, not."""
    assert {
        pattern: needles.common(pattern) is None for pattern in (r"\d+", "ab", "a|bcd", ".*", "x*", "", "(?i)é")
    } == {
        r"\d+": False,
        "ab": False,
        "a|bcd": False,
        ".*": True,
        "x*": True,
        "": True,
        "(?i)é": False,
    }


def test_both_engines_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the automaton cannot be installed, the findings are the same."""
    if search.hyperscan is None:
        pytest.skip("the automaton is not installed here")

    @given(data=LOGS)
    def same(data: bytes) -> None:
        with monkeypatch.context() as patch:
            fast = spans(data, block=64)
            patch.setattr(search, "hyperscan", None)
            assert spans(data, block=64) == fast

    same()


def test_a_rule_without_a_literal_is_searched_too() -> None:
    """One rule that the automaton cannot serve does not cost the others a finding."""
    rules = (*config.load_rules(("strict",)), Rule("digits", r"\d\d\d", "three digits"))
    assert spans(b"a\nERROR\nb\n123\nTraceback\n", rules) == [(2, 2), (4, 4), (5, 5)]


def test_words_whatever_their_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of words are found with and without the automaton."""
    groups = [("key", "to/ken"), ("://",), ("a.b",)]
    for engine in (search.hyperscan, None):
        monkeypatch.setattr(search, "hyperscan", engine)
        words = search.Words(groups, {1: "[a-z/]{8}"})
        assert words.groups(b"A KEY, http://x; aXb") == {0, 1}
        for _ in range(2 * search.FIRST_TEXTS):
            assert words.groups(b"TO/KEN a.B") == {0, 2}
            assert words.groups(b"") == set()
            assert words.groups(b"x ABCD/efg") == {1}
