"""A YAML file that a person wrote is edited at one place; every other byte stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gate import yamledit
from gate.errors import UsageError
from gate.yamlfile import plain

NEW = {"name": "new", "why": 'is "odd": #3', "n": 3}


def values(text: str) -> Any:
    return plain(YAML().load(text))["things"] or []


FILE = """\
# Agreed by the team.
version: 1   # the format

things:
  # one, about #12
  - why: "quoted: yes"
    name: 'one'   # key order is ours

  # two has a text of several lines
  - name: two
    why: >-
      folded
      text

      # no comment
    # a comment on two

  - {name: three, why: flow}
# the end
"""


def test_an_entry_is_added_at_the_end() -> None:
    """The new entry is whole lines below the last one, spaced as the others are; all else is untouched."""
    edited = yamledit.append(FILE, "things", NEW)
    added = "\n  - name: new\n    why: 'is \"odd\": #3'\n    n: 3\n"
    assert edited == FILE.replace("# the end\n", added + "# the end\n")


@pytest.mark.parametrize(
    ("index", "gone"),
    [
        (0, FILE[FILE.index("  # one") : FILE.index("\n  # two")]),
        (1, FILE[FILE.index("\n  # two") : FILE.index("\n  - {name")]),
        (2, "\n  - {name: three, why: flow}\n"),
    ],
)
def test_an_entry_is_removed_with_its_own_comments_only(index: int, gone: str) -> None:
    """The entry's lines, the comment directly above and a blank line above that go; the comments of others stay."""
    assert yamledit.remove(FILE, "things", [index]) == FILE.replace(gone, "", 1)


def test_a_dash_on_a_line_of_its_own_goes_with_its_entry() -> None:
    """An entry begins at its dash, with what stands between the dash and the first key."""
    text = "things:\n- # first\n  # of a\n  name: a\n-\n\n  name: b\n  # tail\n- name: c\n"
    assert yamledit.remove(text, "things", [0]) == "things:\n-\n\n  name: b\n  # tail\n- name: c\n"
    assert yamledit.remove(text, "things", [1]) == "things:\n- # first\n  # of a\n  name: a\n- name: c\n"


def test_a_comment_that_heads_several_entries_stays() -> None:
    """Where the next entry follows directly, the comment above may speak of both."""
    text = "things:\n  # races\n  - name: a\n  - name: b\n"
    assert yamledit.remove(text, "things", [0]) == "things:\n  # races\n  - name: b\n"


def test_several_entries_are_removed_at_once() -> None:
    """All that were named go, and nothing else."""
    text = "things:\n- name: a\n- name: b\n# of c\n- name: c\n"
    assert yamledit.remove(text, "things", [0, 1]) == "things:\n# of c\n- name: c\n"
    assert yamledit.remove(text, "things", [2, 0]) == "things:\n- name: b\n"


@pytest.mark.parametrize(
    "empty",
    ["things: []\n", "things: []  # none\nversion: 1\n", "version: 1\nthings: []", "things: []\r\nversion: 1\r\n"],
)
def test_an_empty_list_is_filled_and_emptied(empty: str) -> None:
    """What is added to an empty list can be taken out again, and the bytes are the same."""
    filled = yamledit.append(empty, "things", NEW)
    assert values(filled) == [NEW]
    assert yamledit.remove(filled, "things", [0]) == empty


@pytest.mark.parametrize(
    "empty", ["things:\n", "things:  # none\nversion: 1\n", "things: null\n", "things: ~", "things:"]
)
def test_a_list_without_a_value_is_filled(empty: str) -> None:
    """A key with nothing behind it is an empty list."""
    assert values(yamledit.append(empty, "things", NEW)) == [NEW]


@pytest.mark.parametrize(
    "below", ["\n# later\n\n", "\n# later\nversion: 1\n", "version: 1\n", "  # - name: old", "\n\n...\n"]
)
def test_what_stands_below_a_key_without_a_value_stays(below: str) -> None:
    """The entry comes in directly below the key; comments, blank lines and other keys below it stay."""
    edited = yamledit.append(f"things:\n{below}", "things", {"name": "new"})
    assert edited == f"things:\n  - name: new\n{below}"


@pytest.mark.parametrize("empty", ["things: [\n  # soon\n]\n", "things: # soon\n  []\n"])
def test_a_comment_within_an_empty_list_is_not_lost(empty: str) -> None:
    """Where the brackets would take a comment along, the edit is refused."""
    with pytest.raises(UsageError, match="a comment stands in the empty list"):
        yamledit.append(empty, "things", NEW)


def test_a_value_that_would_change_is_not_followed() -> None:
    """A literal text at the end of a file without a line end would get one: that edit is refused."""
    with pytest.raises(UsageError, match="the edit would change more than the entry"):
        yamledit.append("things:\n  - why: |\n      text", "things", NEW)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("things: [{name: a}]\n", "written in brackets"),
        ("other: []\n", "no list 'things'"),
        ("", "no list 'things'"),
        ("- things\n", "no list 'things'"),
        ("things:\n  - &a {name: a}\n  - *a\n", "the edit would"),
    ],
)
def test_what_cannot_be_cut_safely_is_refused(text: str, why: str) -> None:
    """An edit that would change or break anything else is not made."""
    with pytest.raises(UsageError, match=why) as caught:
        yamledit.remove(text, "things", [0])
    assert caught.value.hint == "edit it by hand"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffthings:\r\n- name: a\r\n",
        "%YAML 1.2\n---\nthings:\n- name: a\n...\n",
        "---\nversion: 1\nthings:\n- name: a\n\n",
        "things:\n- name: a\nother:\n- name: b\n",
        "other: {things: []}\nthings:\n- name: a\n",
    ],
)
def test_unusual_files(text: str) -> None:
    """A byte order mark, document marks and other lists do not lead astray."""
    more = yamledit.append(text, "things", NEW)
    assert values(more)[1:] == [NEW]
    assert yamledit.remove(more, "things", [1]) == text


# ---- any file --------------------------------------------------------------------------------------------------------

COMMENT = st.sampled_from(["# c", "#", "# - name: x", "# things:"])
SCALAR = st.sampled_from(
    [
        "plain",
        "'single # x'",
        '"double: \\n"',
        "|\n{}  literal\n{}  # not a comment\n\n{}  end",
        ">-\n{}  folded\n{}  more",
        *("[a, b]", "{a: 1}", "2027-01-01", "~", "é ☃", "'it''s'", "plain over\n{}  two lines"),
    ]
)


_LITERAL_END = "  end"
"""The end of a literal text: a line end after it is part of the value, so it must have one before more can follow."""


@st.composite
def entries(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """A file, and for each entry the comments that stand inside of it or directly above."""
    dash = draw(st.sampled_from(["", "  ", "    "]))
    text, own = "# head\nthings:" + draw(st.sampled_from(["", "  # list"])) + "\n", []
    for number in range(draw(st.integers(1, 4))):
        keys = dash + "  "
        above = [f"{dash}{comment}" for comment in draw(st.lists(COMMENT, max_size=2))]
        lines = [f"name: n{number}"] + [
            f"k{at}: {value}" for at, value in enumerate(draw(st.lists(SCALAR, max_size=3)))
        ]
        lines = [line.replace("{}", keys) for line in draw(st.permutations(lines))]
        body = f"{dash}- {lines[0]}\n" + "".join(f"{keys}{line}\n" for line in lines[1:])
        text += "".join(f"{line}\n" for line in above) + body + "\n" * draw(st.integers(0, 2))
        own.append(above)
    text += draw(st.sampled_from(["", "# tail\n", "version: 1\n", "\n\n# tail\nversion: 1\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    bare = text.rstrip("\r\n")
    return (bare if draw(st.booleans()) and not bare.endswith(_LITERAL_END) else text), own


@settings(max_examples=50)
@given(entries(), st.integers(0, 3))
def test_adding_and_removing_gives_the_same_bytes(made: tuple[str, list[list[str]]], behind: int) -> None:
    """Whatever the file looks like: one entry more, anywhere, and without it again each byte is as it was."""
    text, _ = made
    before = values(text)
    behind %= len(before)
    more = yamledit.append(text, "things", NEW, behind)
    assert values(more) == [*before[: behind + 1], NEW, *before[behind + 1 :]]
    assert yamledit.remove(more, "things", [behind + 1]) == text


@settings(max_examples=50)
@given(entries(), st.data())
def test_removing_leaves_the_others_alone(made: tuple[str, list[list[str]]], data: st.DataObject) -> None:
    """The lines of every other entry and their comments are still there, in order, byte for byte."""
    text, own = made
    index = data.draw(st.integers(0, len(own) - 1))
    edited = yamledit.remove(text, "things", [index])
    assert values(edited) == [value for at, value in enumerate(values(text)) if at != index]
    comments = [line.strip() for line in edited.split("\n") if line.strip().startswith("#")]
    kept = [line.strip() for line in text.split("\n") if line.strip().startswith("#")]
    assert len(kept) - len(comments) <= len(own[index]) + text.count("# not a comment")
    for at, above in enumerate(own):
        if at != index:
            assert all(line in edited for line in above)
