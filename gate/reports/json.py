"""The complete report for machines, written piece by piece, however large."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from msgspec.structs import fields

from gate import findings
from gate.model import Issue, Report, Struct

_TOGETHER = 16
"""Findings that one call writes."""


class JsonFormat:
    """Valid JSON for any text: a finding a line, readable by eye and by grep, and harmless in a terminal."""

    filename = "report.json"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        opening = "{\n"
        for name, value in _members(report):
            out.write(f"{opening}{_encode(name)}: ")
            if name == "issues":
                _write_issues(report.issues, out)
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


def _write_issues(issues: tuple[Issue, ...], out: TextIO) -> None:
    opening = "[\n  "
    for issue in issues:
        head = {name: value for name, value in _members(issue) if name != "findings"}
        out.write(f'{opening}{_encode(head)[:-1]},"findings":[')
        out.writelines(_found(findings.rows(issue)))
        out.write("]}")
        opening = ",\n  "
    out.write("\n]" if issues else "[]")


def _found(rows: Iterator[bytes]) -> Iterator[str]:
    separator = "\n    "
    while some := list(islice(rows, _TOGETHER)):
        yield separator + b",\n    ".join(some).decode()
        separator = ",\n    "


FORMAT = JsonFormat()
