"""The complete report for machines, written piece by piece, however large."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec.structs import fields

from gate.model import Issue, Report, Struct
from gate.reports.escape import ALTERING, encodable

_UNSEEN = re.compile(f"[{ALTERING}]")
_COMMAND = re.compile(r"##(?=\w*\[)")


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
        separator = "\n    "
        for finding in issue.findings:
            out.write(separator + _encode(finding))
            separator = ",\n    "
        out.write("]}")
        opening = ",\n  "
    out.write("\n]" if issues else "[]")


def _encode(value: Any) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = msgspec.json.encode(_encodable(msgspec.to_builtins(value))).decode()
    if not text.isascii() or "\x7f" in text:
        text = _UNSEEN.sub(_escape, text)
    # `--format json=-` prints into CI logs, whose readers take `##[...]` anywhere for a command.
    return _COMMAND.sub(r"\\u0023#", text) if "##" in text else text


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(str(key)): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value


FORMAT = JsonFormat()
