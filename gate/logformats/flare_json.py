"""NVIDIA FLARE's log.json: one JSON object a line, with asctime, name, levelname, fl_ctx and message."""

from __future__ import annotations

import json

from gate.logformats import Record, with_trace


class FlareJson:
    def parse(self, line: str) -> Record | None:
        if not line.startswith('{"asctime"'):
            return None
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return Record(
            time=str(entry.get("asctime")).replace(" ", "T").replace(",", "."),
            level=str(entry.get("levelname")),
            logger=str(entry.get("name")),
            message=with_trace(str(entry.get("message", "")), entry),
            whole=True,
        )


FORMAT = FlareJson()
