"""JSON lines of any logger: `{"level": "error", "time": ..., "msg": ...}`.

The common keys for level, time, logger, message and writer, at the top or one step down. Sources: ECS, Google Cloud
Logging, GELF, Serilog's compact format, MongoDB's structured log, and what structlog, loguru, pino, bunyan, winston,
zap, logrus, zerolog, slog, tracing, logback and log4j2 write.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gate.logformats import Record, with_trace
from gate.logformats.levels import LETTERS, by_number, rank
from gate.logformats.times import written

_TIME = ("time", "timestamp", "ts", "@timestamp", "asctime", "@t", "t", "datetime", "date", "eventTime", "instant")
_LEVEL: tuple[str, ...] = (
    "level",
    "levelname",
    "severity",
    "lvl",
    "log.level",
    "loglevel",
    "log_level",
    "logLevel",
    "level_name",
    "@l",
)
_LEVEL += ("levelName", "severity_text", "severityText", "LogLevel", "Level", "PRIORITY", "priority")
_LOGGER: tuple[str, ...] = (
    "logger",
    "name",
    "logger_name",
    "loggerName",
    "log.logger",
    "target",
    "component",
    "module",
    "SourceContext",
)
_LOGGER += ("Category", "logger.name", "c", "tag", "app")
_MESSAGE = (
    "message",
    "msg",
    "event",
    "@m",
    "@mt",
    "short_message",
    "text",
    "Message",
    "body",
    "textPayload",
    "error",
    "err",
)
_WRITER = ("pid", "process", "process.pid", "thread", "thread_name", "process.thread.name", "threadName", "ctx")
_SCOPES = ("log", "record", "fields", "@fields", "jsonPayload", "Properties")
_INNER = ("pid", "name", "$date", "repr", "value", "text", "id", "epochSecond")
_SYSLOG = ("severity", "PRIORITY")
_LEVELNO = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}

_CUT = re.compile(
    r'"(?:level|levelname|severity|lvl|log\.level|@l)" ?: ?(?:"(?P<word>[A-Za-z]{3,11})"|(?P<number>[1-6]0)\b)'
)

Entry = dict[str, Any]


class JsonLines:
    first = "{"

    def parse(self, line: str, following: str = "") -> Record | None:
        if not line.startswith("{"):
            return None
        try:
            entry = json.loads(line)
        except RecursionError:
            return Record(message=line, whole=True)
        except ValueError:
            return _of_a_part(line)
        return _record(entry, line)


def _record(entry: Entry, line: str) -> Record | None:
    scopes = [entry, *(inner for key in _SCOPES if isinstance(inner := entry.get(key), dict))]
    level, time, message = _level(scopes), _time(scopes), _text(scopes, _MESSAGE)
    if (rank(level) > 0) + (time is not None) + (message is not None) < 2:
        return None
    return Record(
        time=time,
        level=level,
        logger=_text(scopes, _LOGGER),
        message=with_trace(message or line, entry),
        writer=_text(scopes, _WRITER) or "",
        whole=True,
    )


def _of_a_part(line: str) -> Record | None:
    """A record of which only the beginning is there, so that it cannot be decoded."""
    found = _CUT.search(line) if line.startswith('{"') else None
    if not found:
        return None
    level = found["word"].upper() if found["word"] else by_number(int(found["number"]))
    return Record(level=level, message=line, whole=True)


def _text(scopes: list[Entry], keys: tuple[str, ...]) -> str | None:
    """The first text or number that stands under one of these keys."""
    for scope in scopes:
        for key in keys:
            if key in scope and isinstance(value := _plain(scope[key]), str | int) and value != "":
                return str(value)
    return None


def _time(scopes: list[Entry]) -> str | None:
    for scope in scopes:
        for key in _TIME:
            if key in scope and (time := written(_plain(scope[key]))):
                return time
    return None


def _level(scopes: list[Entry]) -> str | None:
    entry = scopes[0]
    for scope in scopes:
        for key in _LEVEL:
            small = key in _SYSLOG or "short_message" in entry
            if key in scope and (level := _level_of(_plain(scope[key]), syslog=small)):
                return level
    if isinstance(number := entry.get("levelno"), int):
        return _LEVELNO.get(number)
    if isinstance(letter := entry.get("s"), str) and isinstance(entry.get("t"), dict):  # MongoDB: I, W, E, F, D1 to D5
        return LETTERS.get(letter[:1])
    return "INFORMATION" if "@t" in entry else None


def _plain(value: Any) -> Any:
    """A value itself; of an object that which names it, as in `{"level": {"name": "ERROR", "no": 40}}`."""
    if isinstance(value, dict):
        return next((value[key] for key in _INNER if key in value), None)
    return value


def _level_of(value: object, *, syslog: bool) -> str | None:
    """A level by its word or its number; the small numbers of syslog mean much else where nothing says so."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    if isinstance(value, str):
        return value.upper() if 0 < len(value) <= 20 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return by_number(value) if syslog or value >= 10 else None


FORMAT = JsonLines()
