"""Shared by the tests of log formats: what a line's record must tell."""

from __future__ import annotations

from gate import logformats
from gate.logformats import Record

Row = tuple[str, "str | None", "str | None", "str | None", str, str]
"""A line, and its record's time, level, logger, message and writer."""


def told(record: Record | None) -> tuple[str | None, str | None, str | None, str, str] | None:
    return record and (record.time, record.level, record.logger, record.message, record.writer)


def by(name: str, line: str, following: str = "") -> Record | None:
    """What this format alone makes of a line."""
    return logformats.reading(name).parse(line, following)


def knows(line: str) -> str:
    """The format that is found out from this line."""
    return logformats.reading("", [line]).name
