"""logfmt: `key=value key="quoted value"` in any order.

As go-kit, log15, hclog, logrus and slog write it.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import rank, word
from gate.logformats.times import written

_BEGIN = re.compile(r"[A-Za-z_@][\w.@-]{0,40}=")
_PAIR = re.compile(r'(?P<key>[A-Za-z_@][\w.@-]{0,80})=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s"]*))(?:\s+|$)')
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

_LEVEL = ("level", "lvl", "severity", "loglevel", "log_level")
_TIME = ("time", "ts", "t", "timestamp", "@timestamp")
_MESSAGE = ("msg", "message", "event", "err", "error")
_LOGGER = ("logger", "component", "module", "name", "caller")
_WRITER = ("pid", "thread", "goroutine")

REACH = 8_000
"""Characters of a line that are read: the keys that tell of an entry stand in front."""


class Logfmt:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        if not _BEGIN.match(line):
            return None
        pairs = _pairs(line)
        level, time = _first(pairs, _LEVEL), written(_first(pairs, _TIME))
        if not (rank(level) or (time and _first(pairs, _MESSAGE))):
            return None
        return Record(
            time=time,
            level=word(level) if level else None,
            logger=_first(pairs, _LOGGER),
            message=_first(pairs, _MESSAGE) or line,
            writer=_first(pairs, _WRITER) or "",
        )


def _pairs(line: str) -> dict[str, str]:
    """The keys and values from the line's beginning to the first word that is no pair."""
    found: dict[str, str] = {}
    at = 0
    while pair := _PAIR.match(line, at, REACH):
        quoted = pair["quoted"]
        found.setdefault(pair["key"], pair["plain"] if quoted is None else _ESCAPED.sub(_unescaped, quoted))
        at = pair.end()
    return found


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])


def _first(pairs: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((pairs[key] for key in keys if pairs.get(key)), None)


FORMAT = Logfmt()
