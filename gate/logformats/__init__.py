"""Log formats: one file each, holding one constant FORMAT that satisfies the contract below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from gate.logformats import levels
from gate.model import Struct

NAMES = (
    "flare_json",
    "json_lines",
    "flare",
    "logfmt",
    "glog",
    "logcat",
    "ruby_logger",
    "dotnet",
    "kubernetes_events",
    "web_server",
    "database",
    "syslog",
    "python_logging",
    "java",
    "timestamped",
    "level_first",
    "plain",
)
"""In the order in which a line is offered to them: the first that knows the line reads it."""

SNIFFED = 64 << 10
"""Characters from a log's beginning that tell its format."""

ENOUGH = 100
"""Entries from a log's beginning that tell its format."""

AGREED = 16
"""Entries that tell it where none is of another format."""

rank = levels.rank


class Record(Struct, frozen=True):
    """What an entry's first line tells.

    `message` has the traceback, too, where a JSON record holds one in a key of its own.

    `time` is in ISO 8601 form, without an offset if none is given; None without a full date.

    `level` is a word in capitals, also where the log has a number or a letter for it; `writer` is what tells the
    writers of one file apart, as written: pid, thread, task ("" where the format has none).

    `whole` says that the entry cannot go on in the next line (a JSON record); `weak`, that any program may print a
    line that begins like this, so that it does not show the log to be made of entries. `lines` is 2 where the head
    goes on in the next line (java.util.logging, .NET), whatever that one looks like.
    """

    time: str | None = None
    level: str | None = None
    logger: str | None = None
    message: str = ""
    writer: str = ""
    whole: bool = False
    weak: bool = False
    lines: int = 1


class LogFormat(Protocol):
    first: str
    """The characters with which an entry of this format may begin; "" where there are too many to tell."""

    def parse(self, line: str, following: str = "") -> Record | None:
        """The record that begins in this line; None when it does not begin an entry of this format.

        `following` is the line below: some heads have their level or their message there.
        """


@lru_cache(maxsize=len(NAMES))
def _format(name: str) -> LogFormat:
    found: LogFormat = import_module(f"gate.logformats.{name}").FORMAT
    return found


class _Formats:
    """Those that may know a line that begins with some character, with their names; each imported when reached."""

    def __init__(self, first: str) -> None:
        self._first, self._left = first, list(reversed(NAMES))
        self._known: list[tuple[str, LogFormat]] = []

    def __iter__(self) -> Iterator[tuple[str, LogFormat]]:
        return self._more() if self._left else iter(self._known)

    def _more(self) -> Iterator[tuple[str, LogFormat]]:
        yield from self._known
        while self._left:
            name = self._left.pop()
            found = _format(name)
            if not found.first or self._first in found.first:
                self._known.append((name, found))
                yield name, found


_formats = lru_cache(maxsize=256)(_Formats)


def parse(line: str, following: str = "") -> Record | None:
    """The record that begins in this line, by the first format that knows it; None for a continuation line."""
    if not line or line[0] in " \t":
        return None
    for _, log_format in _formats(line[0]):
        if (record := log_format.parse(line, following)) is not None:
            return record
    return None


# ---- one log ---------------------------------------------------------------------------------------------------------


class Reading:
    """How the lines of one log are read. `name` is its format ("" where none fits), `known` whether it was set."""

    def __init__(self, name: str, *, known: bool) -> None:
        self.name, self.known = name, known
        self._own = _format(name or "plain")

    def parse(self, line: str, following: str = "") -> Record | None:
        """The record that begins in this line: by the log's own format, else (unless that was set) by any."""
        if not line or line[0] in " \t":
            return None
        record = self._own.parse(line, following)
        return record if record is not None or self.known else parse(line, following)


def reading(name: str, lines: Iterable[str] = ()) -> Reading:
    """How a log is read whose format was set by `name`, or ("") is to be found out from its first lines."""
    return Reading(name, known=True) if name else Reading(_sniffed(lines), known=False)


def _sniffed(lines: Iterable[str]) -> str:
    """The format of most entries; where entries are weak, only if they make up half of the lines."""
    strong, weak, rest, room = Counter[str](), Counter[str](), 0, SNIFFED
    for line in lines:
        name, is_weak = _knows(line)
        if name:
            (weak if is_weak else strong)[name] += 1
        elif line[:1].strip():
            rest += 1
        room -= len(line) + 1
        if room <= 0 or sum(strong.values()) >= (AGREED if len(strong) == 1 else ENOUGH):
            break
    if strong or weak.total() < rest:
        weak.clear()
    return max(NAMES, key=(strong + weak).__getitem__) if strong or weak else ""


def _knows(line: str) -> tuple[str, bool]:
    """The first format that knows a line, and whether the entry is weak."""
    for name, log_format in _formats(line[0]) if line[:1].strip() else ():
        if (record := log_format.parse(line)) is not None:
            return name, record.weak
    return "", False


# ---- JSON ------------------------------------------------------------------------------------------------------------

_TRACES = (
    "exc_info",
    "exc_text",
    "exception",
    "traceback",
    "stack_trace",
    "stacktrace",
    "stack",
    "@x",
    "error.stack_trace",
    "errorVerbose",
)
_NESTED = ("err", "error", "exception", "thrown", "log", "record")


def with_trace(message: str, entry: dict[str, Any]) -> str:
    """A JSON record's message, and below it the traceback that stands in a key of its own."""
    scopes = [entry, *(inner for key in _NESTED if isinstance(inner := entry.get(key), dict))]
    for scope in scopes:
        for key in _TRACES:
            if isinstance(trace := scope.get(key), str) and "\n" in trace:
                return f"{message}\n{trace}"
    return message
