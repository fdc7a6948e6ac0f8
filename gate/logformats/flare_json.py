"""NVIDIA FLARE's log.json: a JSON object a line.

Its keys are asctime, name, levelname, fl_ctx and message.
"""

from __future__ import annotations

import json

from gate.logformats import Record, with_trace
from gate.logformats.times import written


class FlareJson:
    first = "{"

    def parse(self, line: str, following: str = "") -> Record | None:
        if not line.startswith('{"asctime"'):
            return None
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return Record(
            time=written(entry["asctime"]),
            level=str(entry["levelname"]).upper() if entry.get("levelname") else None,
            logger=str(entry["name"]) if entry.get("name") else None,
            message=with_trace(str(entry.get("message", "")), entry),
            whole=True,
        )


FORMAT = FlareJson()
