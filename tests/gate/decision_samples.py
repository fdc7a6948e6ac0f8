"""Occurrences for what decides on them."""

from __future__ import annotations

from typing import Any

from gate.model import LogEvent, Occurrence, SiteLog

ONE, TWO = "v1:00000000000000a1", "v1:ff000000000000b2"
TEXT = "2026-05-09 07:35:31,204 - CoreCell - ERROR - cannot forward req: no path"


def occurrence(fingerprint: str = ONE, testcase: str = "fedavg", site: str = "site-1", **changes: Any) -> Occurrence:
    """One occurrence; `text` and `name` are its event's text and its log's file name."""
    name = changes.pop("name", "log.txt")
    log = SiteLog(testcase, site, f"out/logs/{testcase}/{site}/{name}", name, name)
    event = LogEvent(line=7, end_line=7, text=changes.pop("text", TEXT), note=changes.pop("note", ""))
    return Occurrence(testcase, site, log, event, "strict-error", fingerprint, **changes)
