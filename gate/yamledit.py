"""Entries are added to and taken from a list in a YAML file that a person wrote; every other byte stays as it was.

The text is cut and joined at the positions that the parser tells, and the result is read again: it must hold exactly
the old values and the one change, or the edit is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from gate.errors import UsageError
from gate.yamlfile import plain

_COMMENT = re.compile(r"([ \t]*)#[^\n]*(?:\n|\Z)")
_BLANK = re.compile(r"[ \t]*\r?\n")


class _Item(NamedTuple):
    """The whole lines of a list's entry, as offsets into the text, with the comments that are indented as its keys."""

    start: int
    end: int


class _List(NamedTuple):
    """A list in a text: its node, the offset after its key's colon, its entries, the column of their dashes."""

    node: Node
    colon: int
    items: list[_Item]
    dash: int


def append(text: str, key: str, item: dict[str, Any], behind: int = -1) -> str:
    """The text with one more entry in the list at `key`, behind the entry of that index.

    UsageError where that cannot be done safely.
    """
    listed = _find(text, key)
    eol = "\r\n" if "\r\n" in text else "\n"
    block = _block(item, listed.dash).replace("\n", eol)
    if listed.items:
        at = listed.items[behind].end
        if _is_spaced(text, listed.items, behind):
            block = eol + block
    else:
        text, at = _opened(text, listed)
    edited = _insert(text, at, block, eol)
    index = behind % max(1, len(listed.items)) + 1
    return _verified(edited, text, key, lambda values: [*values[:index], item, *values[index:]])


def remove(text: str, key: str, indexes: Iterable[int]) -> str:
    """The text without these entries of the list at `key`. UsageError where that cannot be done safely."""
    gone = set(indexes)
    edited = text
    for index in sorted(gone, reverse=True):
        edited = _without(edited, _find(edited, key), index)
    return _verified(edited, text, key, lambda values: [value for at, value in enumerate(values) if at not in gone])


def _verified(edited: str, text: str, key: str, change: Any) -> str:
    try:
        before, after = (plain(YAML().load(each)) for each in (text, edited))
    except (YAMLError, ValueError) as error:
        raise _refusal("the edit would break the file") from error
    if after != before | {key: change(before[key] or [])}:
        raise _refusal("the edit would change more than the entry")
    return edited


def _refusal(why: str) -> UsageError:
    return UsageError(why, hint="edit it by hand")


# ---- where things stand ----------------------------------------------------------------------------------------------


def _find(text: str, key: str) -> _List:
    root = YAML().compose(text)
    pairs = root.value if isinstance(root, MappingNode) else []
    for name, node in pairs:
        if name.value == key:
            colon = text.index(":", name.end_mark.index) + 1
            if not isinstance(node, SequenceNode) or not node.value:
                return _List(node, colon, [], 2)
            if node.flow_style:
                raise _refusal(
                    f"'{key}' is written in brackets; entries can be added and removed where each has a dash"
                )
            return _List(node, colon, _items(text, node), node.start_mark.column)
    raise _refusal(f"there is no list '{key}'")


def _items(text: str, node: SequenceNode) -> list[_Item]:
    items: list[_Item] = []
    for entry in node.value:
        end = _line_end(text, len(text[: _content_end(entry)].rstrip()))
        while (below := _COMMENT.match(text, end)) and len(below[1]) > node.start_mark.column:
            end = below.end()
        items.append(_Item(_dash_line(text, entry.start_mark.index, node.start_mark.column), end))
    return items


def _dash_line(text: str, start: int, column: int) -> int:
    """The offset of the line with an entry's dash: that of its first key, or one above."""
    line = text.rfind("\n", 0, start) + 1
    while line and text[line + column : line + column + 1] != "-":
        line = _line_start(text, line)
    return line


def _content_end(node: Node) -> int:
    """Where a node's last value ends; a collection's own mark stands after the comments and blank lines below it."""
    if not isinstance(node, CollectionNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _content_end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, at: int) -> int:
    """The offset after the line in which `at` stands."""
    return (text.find("\n", at) + 1) or len(text)


def _is_spaced(text: str, items: list[_Item], behind: int) -> bool:
    """Whether a blank line stands behind the entry; behind the last one as between the last two."""
    pair = items[behind % len(items) :][:2] if behind % len(items) + 1 < len(items) else items[-2:]
    between = text[pair[0].end : pair[1].start] if len(pair) > 1 else ""
    return any(not line.strip() for line in between.splitlines())


# ---- cutting and joining ---------------------------------------------------------------------------------------------


def _block(item: dict[str, Any], dash: int) -> str:
    """The entry's own lines, quoted where YAML needs it."""
    out, yaml = io.StringIO(), YAML()
    yaml.width = 1 << 20
    yaml.dump(item, out)
    lines = out.getvalue().rstrip("\n").split("\n")
    indent = " " * dash
    return "".join(f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def _opened(text: str, listed: _List) -> tuple[str, int]:
    """The text with nothing behind the key of an empty list, and where the list's first entry may stand."""
    text = text[: listed.colon] + text[_empty_end(text, listed) :]
    return text, _line_end(text, listed.colon)


def _empty_end(text: str, listed: _List) -> int:
    """The offset after `[]` or `null`; where nothing is written, the parser's mark may be far below the key."""
    end = listed.node.end_mark.index if listed.node.value or isinstance(listed.node, SequenceNode) else listed.colon
    if "#" in text[listed.colon : end]:
        raise _refusal("a comment stands in the empty list")
    return int(end)


def _insert(text: str, at: int, block: str, eol: str) -> str:
    """The block as lines of their own; a text without a line end at its end stays so."""
    if at == len(text) and not text.endswith("\n"):
        return text + eol + block[: -len(eol)]
    return text[:at] + block + text[at:]


def _without(text: str, listed: _List, index: int) -> str:
    """Cut an entry out, with the comment directly above it and one blank line above that.

    Where another entry follows on the next line, such a comment may speak of the whole block and is left.
    """
    start, end = listed.items[index]
    is_last = index + 1 == len(listed.items)
    if is_last or listed.items[index + 1].start != end:
        floor = listed.items[index - 1].end if index else _line_end(text, listed.colon)
        start = _above(text, start, floor)
    edited = text[:start] + text[end:]
    if len(listed.items) == 1:
        edited = f"{edited[: listed.colon]} []{edited[listed.colon :]}"
    return edited if text.endswith("\n") else re.sub(r"\r?\n\Z", "", edited)


def _above(text: str, start: int, floor: int) -> int:
    """Where the comment lines directly above begin, and the blank line above those; nothing above `floor` counts."""
    while start > floor and _COMMENT.fullmatch(text, before := _line_start(text, start), start):
        start = before
    before = _line_start(text, start)
    return before if start > floor and _BLANK.fullmatch(text, before, start) else start


def _line_start(text: str, end: int) -> int:
    """Where the line begins that ends at `end`."""
    return text.rfind("\n", 0, max(end - 1, 0)) + 1
