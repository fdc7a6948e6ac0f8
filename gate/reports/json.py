"""The complete report for machines, written piece by piece, however large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec.structs import fields

from gate import findings
from gate.model import Issue, Report, Struct
from gate.reports.json_reader import VERSION

_TOGETHER = 64
_BLOCK = 64 << 10
"""Findings that are joined, and bytes that are written, at once."""


class JsonFormat:
    """Valid JSON for any text: a finding a line, readable by eye and by grep, and harmless in a terminal."""

    filename = "report.json"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        opening = "{\n"
        for name, value in _members(report):
            out.write(f"{opening}{_encode(name)}: ")
            if name == "issues":
                out.writelines(_blocks(_issues(report.issues)))
            elif isinstance(value, tuple):
                _write_rows(value, out)
            else:
                out.write(_encode(value))
            opening = ",\n"
        out.write("\n}\n")


@cache
def _names(kind: type[Struct]) -> list[tuple[str, str]]:
    return [(field.encode_name, field.name) for field in fields(kind)]


def _members(struct: Struct) -> list[tuple[str, Any]]:
    return [(key, getattr(struct, name)) for key, name in _names(type(struct))]


def _encode(value: Any) -> str:
    return findings.encode(value).decode()


def _write_rows(values: tuple[Any, ...], out: TextIO) -> None:
    opening = "[\n  "
    for value in values:
        out.write(opening + _encode(value))
        opening = ",\n  "
    out.write("\n]" if values else "[]")


def _issues(issues: tuple[Issue, ...]) -> Iterator[bytes]:
    opening = b"[\n  "
    names = [(key, name) for key, name in _names(Issue) if name != "findings"]
    for issue in issues:
        head = findings.encode({key: getattr(issue, name) for key, name in names})
        yield opening + head[:-1] + b',"findings":['
        yield from _found(findings.rows(issue))
        yield b"]}"
        opening = b",\n  "
    yield b"\n]" if issues else b"[]"


def _found(rows: Iterator[bytes]) -> Iterator[bytes]:
    separator = b"\n    "
    while some := list(islice(rows, _TOGETHER)):
        yield separator + b",\n    ".join(some)
        separator = b",\n    "


def _blocks(pieces: Iterable[bytes]) -> Iterator[str]:
    """The pieces as text, so many at once that writing costs little."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield b"".join(held).decode()
            held.clear()
            size = 0
    yield b"".join(held).decode()


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json. It allows keys that it does not name: the contract may grow."""
    made = msgspec.json.schema(Report)
    for shape in made["$defs"].values():
        shape.pop("additionalProperties", None)
    made["$defs"]["Report"]["properties"]["version"] = {"const": VERSION}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": f"loggate report {VERSION}"}


FORMAT = JsonFormat()
