"""The core's events as lines in NVFlare's log: one line each, and only a stream that was given up is an ERROR."""

from __future__ import annotations

import logging

from .. import Event, EventSink, Failed, Gap, QuotaReached, Recovered, Refused, Retrying, WriteFailed

_LEVELS: dict[type, int] = {
    Failed: logging.ERROR,
    Gap: logging.WARNING,
    QuotaReached: logging.WARNING,
    Refused: logging.WARNING,
    WriteFailed: logging.WARNING,
    Recovered: logging.INFO,
    Retrying: logging.DEBUG,
}


def to(logger: logging.Logger, prefix: str = "") -> EventSink:
    """A sink that logs each event, below `prefix`."""

    def sink(event: Event) -> None:
        logger.log(_LEVELS.get(type(event), logging.INFO), "%s%s", prefix, event)

    return sink
