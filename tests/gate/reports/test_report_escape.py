from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.reports.escape import encodable, inert, lines, one_line, path_text, pieces, visible

any_text = st.text(st.characters(exclude_categories=[]))


def test_unseen_characters_are_complete() -> None:
    """Whatever Unicode calls a control, format, surrogate or separator character becomes visible, but tab and LF."""
    kept = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and chr(code) not in "\t\n"
        and visible(chr(code)) == chr(code)
    ]
    assert kept == []


@pytest.mark.parametrize("text", ["", "plain", "naïve ÅÄÖ", "日本語", "a\tb\nc", "🙂 ⚠️", "{[<&>]} 100%"])
def test_harmless_text_stays(text: str) -> None:
    """Letters, signs and emoji of any language, tab and line feed are shown as they are."""
    assert visible(text) == text
    assert encodable(text) == text


def test_pictures() -> None:
    """An unseen character is named so that an engineer recognises it."""
    assert visible("\x1b[31m\x00\x7f\x9b\u202e\udcff\ud800\ufeff") == (
        "^[[31m^@^?[U+009B][U+202E]\\xff[U+D800][U+FEFF]"
    )


@settings(deadline=None)
@given(any_text)
def test_visible_is_pieces_joined(text: str) -> None:
    """Cutting a text into pieces loses nothing, and both are encodable."""
    assert "".join(piece for piece, _ in pieces(text)) == visible(text)
    visible(text).encode()
    encodable(text).encode()


@settings(deadline=None)
@given(any_text)
def test_one_line_is_one_line(text: str) -> None:
    """A title can never begin a second line, and keeps its limit."""
    assert len(one_line(text).splitlines()) <= 1
    assert len(path_text(text).splitlines()) <= 1
    assert len(one_line(text, 20)) <= 20


def test_path_keeps_its_spaces() -> None:
    """A path can be copied from the report, even one with two spaces in a row."""
    assert path_text("my  logs/a b.txt") == "my  logs/a b.txt"


@pytest.mark.parametrize(
    "text",
    ["::error::x", "  ::set-output name=a::b", "a\n::add-mask::x", "x ##[error]y", "##vso[task.x]y", "##teamcity[x]"],
)
def test_commands_are_inert(text: str) -> None:
    """What GitHub, Azure or TeamCity would take for a command is pulled apart."""
    shown = inert(text)
    assert "##[" not in shown
    assert "##vso[" not in shown
    assert "##teamcity[" not in shown
    assert not any(line.strip().startswith("::") for line in shown.split("\n"))


@pytest.mark.parametrize("text", ["std::vector<int>", "a ## heading", "issue #12 [x]", "12:30:05", "C:: D"])
def test_other_text_is_not_touched(text: str) -> None:
    """Code and headings that are no command stay as they are."""
    assert inert(text) == text


def test_lines_are_grep_lines() -> None:
    """Only a line feed ends a line, so line numbers agree with grep."""
    assert lines("a\r\nb\x0bc\u2028d\n") == ["a", "b\x0bc\u2028d"]
    assert lines("") == []
    assert lines("a\n\n") == ["a", ""]
