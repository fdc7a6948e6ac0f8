"""What carriers have in common: their text, their times, and what shows that each line of a program was wrapped.

A logger writes its time or its name once an entry, a carrier before each line: also before the lines of a traceback,
before indented lines and empty ones.
"""

from __future__ import annotations

import re

from gate import clean

_LEVELS = (
    r"[\[(<]?(?i:TRACE|VERBOSE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|FATAL|ALERT"
    r"|EMERG|PANIC|SUCCESS)\b"
)
_LEVEL = re.compile(_LEVELS)
_LEVEL_FIRST = re.compile(rf"\s*{_LEVELS}")
_CONTINUATION = re.compile(rf"$|(?:  |\t)\s*(?!{_LEVELS})\S")
_TRACE = re.compile(r"Traceback \(most recent call last\):|  File \"|\s+at \S+(?: \(|\()")
_BARE = re.compile(rb"[ \t]+\S|Traceback \(most recent call last\):")

TIME = rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?\d{0,3}(?: ?(Z|[+-]\d\d:?\d\d))?"
"""Four groups, for `iso`."""


def text(data: bytes) -> str:
    """What stands in a record, without the record's line end."""
    return clean.decode(data.removesuffix(b"\n").removesuffix(b"\r"))


def iso(date: bytes, clock: bytes, fraction: bytes | None, zone: bytes | None) -> str:
    """The groups of TIME in the form that all Pythons know, to the microsecond."""
    offset = (zone or b"").decode()
    if offset == "Z":
        offset = "+00:00"
    elif offset and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    digits = fraction if fraction and len(fraction) == 4 else fraction and fraction.ljust(7, b"0")
    return f"{date.decode()}T{clock.decode()}{(digits or b'').decode()}{offset}"


def nearly_all(known: int, lines: int) -> bool:
    """Whether so many of these lines are a carrier's that the others are strays."""
    return known * 10 >= lines * 9


def is_level(name: str) -> bool:
    """Whether a name is that of a level."""
    return _LEVEL.fullmatch(name) is not None


def level_first(line: str) -> bool:
    """Whether a text begins with the name of a level, as entries of loggers do."""
    return _LEVEL_FIRST.match(line) is not None


def cut_by_line(texts: list[str], bare: list[bytes]) -> bool:
    """Whether lines that continue others have the wrapping, too, and none but a cut one goes without.

    The lines of a trace are enough. Else most lines must not be indented: a logger may align its columns to the right.
    """
    if sum(_BARE.match(line) is not None for line in bare) > 1:
        return False
    indented = sum(line[:2] in ("  ", " \t") or line[:1] == "\t" for line in texts)
    return any(map(_TRACE.match, texts)) or (indented * 2 < len(texts) and any(map(_CONTINUATION.match, texts)))
