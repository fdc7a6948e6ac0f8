"""Docker's json-file driver: a JSON object for each line of a container.

A line of more than 16 KiB comes in several. Source: the json-file logging driver of moby, whose records have log,
stream, time, and attrs where they are asked for.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from gate.carriers import Carried
from gate.carriers.evidence import TIME, iso, nearly_all

_TIME = re.compile(TIME)


class _Record(msgspec.Struct):
    log: str
    stream: Literal["stdout", "stderr"]
    time: str


class DockerJson:
    spans_lines = False

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_Record).decode

    def begins(self, line: bytes) -> bool:
        return b'"log":' in line and b'"stream":' in line and b'"time":' in line and _json(line)[:1] == b"{"

    def open(self, record: bytes) -> Carried | None:
        try:
            found = self._decode(_json(record))
        except (msgspec.DecodeError, RecursionError):
            return None
        if not found.log.endswith("\n"):
            return Carried(found.log, found.stream, _time(found.time), unfinished=True)
        return Carried(found.log[:-1].removesuffix("\r"), found.stream, _time(found.time))

    def shows(self, lines: list[bytes]) -> bool:
        return nearly_all(sum(self.open(line) is not None for line in lines), len(lines))


def _time(time: str) -> str | None:
    found = _TIME.fullmatch(time.encode())
    return iso(*found.groups()) if found else None


def _json(record: bytes) -> bytes:
    """The record without the NUL bytes that a crash of the machine leaves before it."""
    return record.lstrip(b"\0") if record[:1] == b"\0" else record


CARRIER = DockerJson()
