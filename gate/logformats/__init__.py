"""Log formats: one file each, holding one constant FORMAT that satisfies the contract below."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from gate.model import Struct

NAMES = ("flare_json", "json_lines", "flare", "timestamped", "level_first")
"""In the order in which a line is offered to them: the first that knows the line reads it."""


class Record(Struct, frozen=True):
    """What an entry's first line tells.

    `message` has the traceback, too, where a JSON record holds one in a key of its own.

    `time` is as written, in ISO 8601 form, without an offset if none is given.

    `whole` says that the entry cannot go on in the next line (a JSON record); `weak`, that any program may print a
    line that begins like this, so that it does not show the log to be made of entries.
    """

    time: str | None = None
    level: str | None = None
    logger: str | None = None
    message: str = ""
    whole: bool = False
    weak: bool = False


_TRACES = ("exc_info", "exc_text", "exception", "traceback", "stack_trace", "stacktrace", "stack")


def with_trace(message: str, entry: dict[str, Any]) -> str:
    """A JSON record's message, and below it the traceback that stands in a key of its own."""
    trace = next((value for key in _TRACES if isinstance(value := entry.get(key), str) and "\n" in value), "")
    return f"{message}\n{trace}" if trace else message


class LogFormat(Protocol):
    def parse(self, line: str) -> Record | None:
        """The record that begins in this line; None when it does not begin an entry of this format."""


@lru_cache(maxsize=1)
def _formats() -> tuple[LogFormat, ...]:
    return tuple(import_module(f"gate.logformats.{name}").FORMAT for name in NAMES)


def parse(line: str) -> Record | None:
    """The record that begins in this line, by the first format that knows it; None for a continuation line."""
    if not line or line[0] in " \t":
        return None
    for log_format in _formats():
        if (record := log_format.parse(line)) is not None:
            return record
    return None
