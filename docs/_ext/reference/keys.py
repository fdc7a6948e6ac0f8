"""Structs → tables of keys: what people may write into a file, with the type, the default and the text beside each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect
from sphinx.pycode import ModuleAnalyzer

_WORDS = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.DateType: "date",
    inspect.AnyType: "anything",
}


def tables(*shapes: type[msgspec.Struct], but: tuple[str, ...] = (), read_only: bool = False) -> str:
    """A section for each struct, the first one's without a heading: what it is, and a table of its keys.

    What people only read has no defaults: each key is always there.
    """
    return "\n".join("\n".join(_section(shape, but, read_only, shape is shapes[0])) for shape in shapes)


def _section(shape: type[msgspec.Struct], but: tuple[str, ...], read_only: bool, is_first: bool) -> Iterator[str]:
    yield from () if is_first else (f"## {_heading(shape)}", "")
    yield from (prose(shape), "")
    rows = (_row(shape, field, read_only) for field in _fields(shape) if field.name not in but)
    yield from table(("key", "type", "meaning"), rows)


def _row(shape: type, field: inspect.Field, read_only: bool) -> tuple[str, str, str]:
    told = [*documented(shape, field.name), "" if read_only else _default(field)]
    return f"`{field.encode_name}`", _type(field.type), " ".join(told)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table in Markdown, and an empty line behind it."""
    head = list(columns)
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|').strip() for cell in row)} |"
    yield ""


def prose(of: Any) -> str:
    """What the code itself says of something, with its addresses as links."""
    return re.sub(r"https?://[^\s,]+", r"<\g<0>>", cleandoc(vars(of)["__doc__"] or ""))


def documented(shape: type, name: str) -> list[str]:
    """The lines that stand below a field in the code; none where nothing does."""
    return texts(shape.__module__).get((shape.__name__, name), [])


@cache
def texts(module: str) -> dict[tuple[str, str], list[str]]:
    """What stands below each name of a module (of the class "") and of its classes."""
    return ModuleAnalyzer.for_module(module).find_attr_docs()


def _heading(shape: type) -> str:
    """`SuiteTestcase` → `Suite testcase`."""
    words = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in shape.__name__).strip("_ ")
    return words[:1].upper() + words[1:]


def _fields(shape: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    told = inspect.type_info(shape)
    assert isinstance(told, inspect.StructType)  # noqa: S101 - for the type checker
    return told.fields


def _type(of: inspect.Type) -> str:
    match of:
        case inspect.Metadata():
            told = _type(of.type)
        case inspect.StructType():
            told = f"[{_heading(of.cls).lower()}](#{_heading(of.cls).lower().replace(' ', '-')})"
        case inspect.UnionType():
            told = " or ".join(_type(each) for each in of.types if not isinstance(each, inspect.NoneType))
        case inspect.LiteralType():
            told = " or ".join(f"`{value}`" for value in of.values if value != "")
        case inspect.VarTupleType() | inspect.CollectionType():
            told = f"list of {_type(of.item_type)}"
        case inspect.DictType():
            told = f"map to {_type(of.value_type)}"
        case _:
            told = _WORDS[type(of)]
    return told


def _default(field: inspect.Field) -> str:
    if field.required:
        return "Required."
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return "" if _is_nothing(value) else f"Default: `{json.dumps(value, ensure_ascii=False)}`."


def _is_nothing(value: Any) -> bool:
    """Whether the key's text alone says what holds when it is left out."""
    return value in (None, "", (), {}) or isinstance(value, msgspec.Struct)
