"""JSON lines of any logger: the common keys for level, time, logger and message."""

from __future__ import annotations

import json
from typing import Any

from gate.logformats import Record, with_trace

_TIME = ("time", "timestamp", "ts", "@timestamp", "asctime")
_LEVEL = ("level", "levelname", "severity", "lvl", "log.level")
_LOGGER = ("logger", "name", "logger_name", "component")
_MESSAGE = ("message", "msg", "event")


class JsonLines:
    def parse(self, line: str) -> Record | None:
        if not (line.startswith("{") and line.rstrip().endswith("}")):
            return None
        try:
            entry = json.loads(line)
        except RecursionError:
            return Record(message=line, whole=True)
        except ValueError:
            return None
        return Record(
            time=_first(entry, _TIME),
            level=(_first(entry, _LEVEL) or "").upper() or None,
            logger=_first(entry, _LOGGER),
            message=with_trace(_first(entry, _MESSAGE) or line, entry),
            whole=True,
        )


def _first(entry: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if isinstance(value := entry.get(key), str)), None)


FORMAT = JsonLines()
