"""What both forms of the journal have in common: the meaning of a record's fields.

Source: systemd.journal-fields(7), and the journald logging driver of moby for containers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from gate.carriers import Carried

_LEVELS = ("EMERG", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LANE = ("_HOSTNAME", "CONTAINER_NAME", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "_TRANSPORT", "_STREAM_ID")

FIELDS = frozenset({*_LANE, "MESSAGE", "PRIORITY", "__REALTIME_TIMESTAMP", "_LINE_BREAK", "CONTAINER_PARTIAL_MESSAGE"})
"""The fields that are read."""


def carried(fields: Mapping[str, str]) -> Carried | None:
    """A record; None without a message and a time."""
    if "MESSAGE" not in fields or "__REALTIME_TIMESTAMP" not in fields:
        return None
    name = fields.get("CONTAINER_NAME") or fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")
    return Carried(
        text=fields["MESSAGE"],
        lane="/".join([*(fields[key] for key in _LANE if fields.get(key)), *_container_stream(fields)]),
        time=_time(fields["__REALTIME_TIMESTAMP"]),
        level=_level(fields),
        logger=name or None,
        unfinished=fields.get("_LINE_BREAK") == "line-max" or fields.get("CONTAINER_PARTIAL_MESSAGE") == "true",
    )


def _container_stream(fields: Mapping[str, str]) -> list[str]:
    """Docker tells stderr from stdout by the priority alone."""
    return [fields["PRIORITY"]] if "CONTAINER_NAME" in fields and "PRIORITY" in fields else []


def _level(fields: Mapping[str, str]) -> str | None:
    """None where the priority is only the one that all output of a service, or of a container's stream, gets."""
    priority = fields.get("PRIORITY", "")
    if "CONTAINER_NAME" in fields or (fields.get("_TRANSPORT") == "stdout" and priority == "6"):
        return None
    return _LEVELS[int(priority)] if priority in {"0", "1", "2", "3", "4", "5", "6", "7"} else None


def _time(microseconds: str) -> str | None:
    try:
        return (_EPOCH + timedelta(microseconds=int(microseconds))).isoformat()
    except (ValueError, OverflowError):
        return None
