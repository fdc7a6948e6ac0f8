"""Carriers: what puts something around each line of a program: one file each, holding one constant CARRIER.

Container runtimes, CI systems, the journal and launchers of several processes write each line that a program
prints into a record of their own. Within it stands the program's own log, in any log format.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from importlib import import_module
from itertools import islice
from typing import Protocol

from gate.model import Struct

NAMES = (
    "docker_json",
    "journal_json",
    "systemd_export",
    "cri",
    "github_actions",
    "gitlab_ci",
    "prefixed",
    "named",
    "stamped",
)
"""In the order in which a log's first lines are offered to them."""

_SAMPLE, _FIRST = 32, 64
"""Lines, spread over all, of which one must be a carrier's for the others to be looked at; the first ones, where its
records span lines."""

_MOST = 256
"""Lines that tell a carrier."""

_LAYERS = 3
"""Carriers around each other that are told apart: CI around docker compose around `logs -t`."""


class Carried(Struct, frozen=True):
    """What one record of a carrier holds.

    `text` is what the program wrote, without the line end that each record has (it may be several lines). `lane` is
    the same for all records of one writer (stdout and stderr, containers, processes apart), and made of nothing that
    varies. `time` (ISO 8601), `level` and `logger` are what the carrier itself tells, None where it tells nothing.
    `unfinished` says that the line goes on in the next record of the same lane (a partial line); `resumes`, that it
    goes on with the line of the lane's record before.
    """

    text: str
    lane: str = ""
    time: str | None = None
    level: str | None = None
    logger: str | None = None
    unfinished: bool = False
    resumes: bool = False


class Carrier(Protocol):
    @property
    def spans_lines(self) -> bool:
        """Whether a line in which no record begins belongs to the record above; otherwise it is nobody's."""

    def begins(self, line: bytes) -> bool:
        """Whether a record begins in this line of the file; a carrier of one line a record says so of each it knows."""

    def open(self, record: bytes) -> Carried | None:
        """What a record holds: the line (or the lines from one that begins to before the next), with their ends.

        None when it is no record of this carrier.
        """

    def shows(self, lines: list[bytes]) -> bool:
        """Whether a log whose first lines (whole, none of them empty) are these has this carrier."""


def carrier(name: str) -> Carrier:
    """The carrier of this name, or of several names from outside in, as `sniffed` gives them.

    Launchers print their prefixes before some lines only: these are opened within every other carrier.
    """
    return _layered(tuple(name.split("/")))


def sniffed(start: bytes) -> str:
    """The carrier of a log that begins with these bytes, cut anywhere ("" where none fits).

    Several names with slashes between, from outside in, where one is around another.
    """
    lines, found = _lines(start), list[str]()
    while len(found) < _LAYERS and (name := _outermost(lines)) and name not in found:
        found.append(name)
        lines = _inside(name, lines)
    return "/".join(found)


@lru_cache(maxsize=64)
def _layered(names: tuple[str, ...]) -> Carrier:
    inside = names if names[-1] in ("prefixed", "named") else (*names, "prefixed")
    return reduce(_Layers, map(_single, inside))


@lru_cache(maxsize=len(NAMES))
def _single(name: str) -> Carrier:
    found: Carrier = import_module(f"gate.carriers.{name}").CARRIER
    return found


def _outermost(lines: list[bytes]) -> str:
    sample = lines[:: max(1, len(lines) // _SAMPLE)]
    for name in NAMES:
        found = _single(name)
        if any(map(found.begins, lines[:_FIRST] if found.spans_lines else sample)) and found.shows(lines):
            return name
    return ""


def _lines(start: bytes) -> list[bytes]:
    """Its lines that are not empty, without a last one that may be cut, unless it is the only one."""
    lines = start.split(b"\n")
    last = lines.pop()
    return list(islice((line for line in lines if line.strip()), _MOST)) or [last][: bool(last.strip())]


def _inside(name: str, lines: list[bytes]) -> list[bytes]:
    opened = filter(None, map(_single(name).open, lines))
    return [each.text.encode("utf-8", "replace") for each in opened if each.text.strip()]


class _Layers:
    """A carrier around another: a record of the outer one is opened again where it holds one of the inner one."""

    def __init__(self, outer: Carrier, inner: Carrier) -> None:
        self._outer, self._inner = outer, inner
        self.spans_lines = outer.spans_lines
        self.begins, self.shows = outer.begins, outer.shows

    def open(self, record: bytes) -> Carried | None:
        outer = self._outer.open(record)
        inner = self._inner.open(outer.text.encode("utf-8", "replace")) if outer else None
        return _both(outer, inner) if outer and inner else outer


def _both(outer: Carried, inner: Carried) -> Carried:
    return Carried(
        text=inner.text,
        lane="/".join(filter(None, (outer.lane, inner.lane))),
        time=inner.time or outer.time,
        level=inner.level or outer.level,
        logger=inner.logger or outer.logger,
        unfinished=outer.unfinished or inner.unfinished,
        resumes=outer.resumes or inner.resumes,
    )
