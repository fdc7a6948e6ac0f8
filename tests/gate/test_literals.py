"""The fast search may stop too often, never too seldom: both engines give the findings of the plain rules."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import config, literals, match
from gate.model import Rule
from tests.gate.scanning import DEFAULT_RULES, spans
from tests.gate.test_completeness import LOGS

PATTERNS = [
    *(rule.pattern for rule in DEFAULT_RULES),
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
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_each_match_holds_a_literal(pattern: str, data: st.DataObject) -> None:
    """Any text that a pattern matches holds one of the literals derived from it."""
    needed = literals.required(pattern)
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII)))
    found = re.search(pattern, text)
    if needed and found:
        assert any(literal in found.group().encode() for literal in needed)


@pytest.mark.parametrize("pattern", ["a", "ab", r"\d+", ".*", "[abc]def?", "x*", "a|bcd", "(?i)é"])
def test_no_literal_no_fast_search(pattern: str) -> None:
    """A pattern without a literal that is long enough has none, instead of a wrong one."""
    assert literals.required(pattern) in (None, frozenset({b"de"}), frozenset({b"def"}))


def test_both_engines_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the automaton cannot be installed, the findings are the same."""
    if match.ahocorasick_rs is None:
        pytest.skip("the automaton is not installed here")

    @given(data=LOGS)
    def same(data: bytes) -> None:
        with monkeypatch.context() as patch:
            fast = spans(data, block=64)
            patch.setattr(match, "ahocorasick_rs", None)
            assert spans(data, block=64) == fast

    same()


def test_a_rule_without_a_literal_is_searched_too() -> None:
    """One rule that the automaton cannot serve does not cost the others a finding."""
    rules = (*config.load_rules(("strict",)), Rule("digits", r"\d\d\d", "three digits"))
    assert spans(b"a\nERROR\nb\n123\nTraceback\n", rules) == [(2, 2), (4, 4), (5, 5)]
