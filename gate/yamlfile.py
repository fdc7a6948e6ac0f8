"""Files that people own, by ruamel.yaml: values keep their file and line, and duplicate keys are refused."""

from __future__ import annotations

import difflib
import re
import typing
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gate.errors import ConfigError

T = TypeVar("T")

_NAMES = {"array": "list", "object": "map", "float": "number"}


def load(path: Path, shape: type[T], *, hint: str = "") -> T:
    """Read a YAML file into `shape` (a msgspec type); ConfigError names file, line and key path."""
    tree = load_tree(path)
    return convert(tree, shape, file=str(path), hint=hint)


def load_tree(path: Path) -> Any:
    """Read a YAML file into ruamel's round-trip tree; ConfigError when it cannot be read or is no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 text: {error.reason} at byte {error.start}", file=str(path)) from error
    from ruamel.yaml import YAML  # slow to import, and most runs have no such file
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML().load(text)
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "([^"]*)"', str(error.problem))
        raise ConfigError(
            f"key {key.group(1) if key else '?'!r} stands twice in one map" if key else "a key stands twice in one map",
            file=str(path),
            line=_line_of(error),
            hint="keep one of the two",
        ) from error
    except MarkedYAMLError as error:
        raise ConfigError(f"not valid YAML: {error.problem}", file=str(path), line=_line_of(error)) from error
    except YAMLError as error:
        raise ConfigError(f"not valid YAML: {error}", file=str(path)) from error


def convert(tree: Any, shape: type[T], *, file: str, hint: str = "") -> T:
    """Turn a loaded tree into `shape`, strictly: unknown keys and wrong types are refused, with their place."""
    if tree is None:
        tree = {}
    try:
        return msgspec.convert(plain(tree), shape, strict=True)
    except msgspec.ValidationError as error:
        message, keys = _explain(str(error))
        unknown = re.fullmatch(r"unknown key '(.*)'", message)
        if unknown:
            keys = [*keys, unknown.group(1)]
            hint = _closest(unknown.group(1), tree, keys[:-1], shape) or hint
            message = "unknown key"
        if message.startswith("invalid enum value") and (choices := _choices(shape, keys)):
            hint = f"one of: {', '.join(choices)}"
        raise ConfigError(message, file=file, line=line_of(tree, keys), key=dotted(keys), hint=hint) from error


def plain(node: Any) -> Any:
    """A ruamel tree as dicts, lists and scalars."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return node


def line_of(tree: Any, keys: list[str | int]) -> int | None:
    """The 1-based line on which the value at `keys` (or the closest parent that exists) stands."""
    line = 1 if hasattr(tree, "lc") else None  # ruamel's maps and lists know their lines
    node: Any = tree
    for key in keys:
        try:
            if lines := getattr(node, "lc", None):
                line = (lines.item if isinstance(node, list) else lines.key)(key)[0] + 1
            node = node[key]
        except (KeyError, IndexError, TypeError):
            break
    return line


def dotted(keys: list[str | int]) -> str:
    """`testcases[2].sites` for `["testcases", 2, "sites"]`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def _line_of(error: Any) -> int | None:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else None


def _explain(message: str) -> tuple[str, list[str | int]]:
    """msgspec's message in the words of YAML, and the path that it names."""
    text, _, path = message.partition(" - at `$")
    keys: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]", path.rstrip("`")):
        keys.append(int(index) if index.isdigit() else (name or "*"))  # msgspec does not tell which key of a map
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", text):
        return f"unknown key '{unknown.group(1)}'", keys
    if missing := re.fullmatch(r"Object missing required field `(.*)`", text):
        return f"missing key '{missing.group(1)}'", keys
    text = re.sub(r"^Expected `", "Expected a `", text)
    text = re.sub(r"`([a-z |]+)`", lambda kinds: _words(kinds.group(1)), text)
    text = re.sub(r"^Expected a (?=[aeiou])", "Expected an ", text)
    return text[:1].lower() + text[1:], keys


def _words(kinds: str) -> str:
    names = [_NAMES.get(kind.strip(), kind.strip()) for kind in kinds.split("|")]
    return " or ".join(names)


def _closest(key: str, tree: Any, keys: list[str | int], shape: Any) -> str:
    """A hint with the keys that are known at this place, the closest one first."""
    known = _known_keys(shape, keys)
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known keys here: {', '.join(known)}" if known else ""


def _known_keys(shape: Any, keys: list[str | int]) -> list[str]:
    for key in keys:
        shape = _inside(shape, key)
    for option in (shape, *typing.get_args(shape)):
        if _is_struct(option):
            return [field.encode_name for field in msgspec.structs.fields(option)]
    return []


def _choices(shape: Any, keys: list[str | int]) -> list[str]:
    """What may stand at `keys`, where only some words or numbers may."""
    for key in keys:
        shape = _inside(shape, key)
    return [str(choice) for choice in typing.get_args(shape)] if typing.get_origin(shape) is typing.Literal else []


def _inside(shape: Any, key: str | int) -> Any:
    """The type of what stands at `key` in a value of this shape."""
    arguments = typing.get_args(shape)
    if isinstance(key, int):
        return arguments[0] if arguments else None
    for option in (shape, *arguments):
        if _is_struct(option):
            return next((field.type for field in msgspec.structs.fields(option) if field.encode_name == key), None)
    return arguments[-1] if arguments else None


def _is_struct(shape: Any) -> bool:
    return typing.get_origin(shape) is None and isinstance(shape, type) and issubclass(shape, msgspec.Struct)
