"""report.json → report: what an earlier run wrote, with this release of loggate or with another."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec.structs import fields

from gate.errors import ConfigError, UsageError
from gate.model import Report, Struct

VERSION = 1
_HINT = "give a report.json, as `loggate run` and `loggate scan` write it into their folder"


def load(path: Path) -> Report:
    """The report in this file; ConfigError when it is none, is cut short, or is of another version.

    Keys that this release does not know are left out and missing ones take their defaults: the contract may grow.
    """
    data = _data(path)
    return _of_this_release(data) or _of_another(data, path)


def _of_this_release(data: bytes) -> Report | None:
    """The report, read without the detour over a tree of a large one's every key; None where it is any other."""
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return report if report.version == VERSION else None


def _of_another(data: bytes, path: Path) -> Report:
    tree = _tree(data, path)
    if not isinstance(tree, dict) or not isinstance(tree.get("version"), int) or "testcases" not in tree:
        raise ConfigError("is no report of loggate", file=str(path), hint=_HINT)
    if tree["version"] != VERSION:
        raise ConfigError(
            f"is of version {tree['version']}, this loggate reads version {VERSION}",
            file=str(path),
            key="version",
            hint="read it with the release of loggate that wrote it",
        )
    try:
        return msgspec.convert(_known(tree, Report), Report)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), path) from error


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", hint=_HINT) from error


def _tree(data: bytes, path: Path) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise _no_json(str(error), data, path) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("is no JSON", file=str(path), hint=_HINT) from error


def _no_json(message: str, data: bytes, path: Path) -> ConfigError:
    if not data.strip():
        return ConfigError("is empty", file=str(path), hint=_HINT)
    if "truncated" in message and data.lstrip().startswith(b"{"):
        return ConfigError(
            "is cut short: the JSON has no end",
            file=str(path),
            line=data.count(b"\n") + 1,
            hint="the copy is not complete; take it again, or run again",
        )
    place = re.search(r" \(byte (\d+)\)$", message)
    line = data.count(b"\n", 0, int(place[1])) + 1 if place else None
    return ConfigError("is no JSON", file=str(path), line=line, hint=_HINT)


def _invalid(message: str, path: Path) -> ConfigError:
    """Msgspec's complaint in the house's form; its place reads `$.testcases[0].verdict`."""
    what, _, place = message.partition(" - at ")
    words = what[:1].lower() + what[1:].replace("`", "")
    return ConfigError(words, file=str(path), key=place.strip("`").removeprefix("$").removeprefix("."), hint=_HINT)


def _known(value: Any, struct: type[Struct] | None) -> Any:
    """The value without the keys that `struct`, the shape of its objects, does not have."""
    if struct is None:
        return value
    if isinstance(value, list):
        return [_known(each, struct) for each in value]
    if isinstance(value, dict):
        shapes = _shapes(struct)
        return {key: _known(each, shapes[key]) for key, each in value.items() if key in shapes}
    return value


@cache
def _shapes(struct: type[Struct]) -> dict[str, type[Struct] | None]:
    """Each key of the struct's objects, and the struct that its value is, or holds in lists."""
    return {field.encode_name: _struct_in(field.type) for field in fields(struct)}


def _struct_in(shape: Any) -> type[Struct] | None:
    if get_origin(shape) is None:
        return shape if isinstance(shape, type) and issubclass(shape, Struct) else None
    return next(filter(None, map(_struct_in, get_args(shape))), None)
