"""NVIDIA FLARE's text log: `time - logger - LEVEL - [fl_ctx] - message`.

Source: nvflare's log_config.json.
"""

from __future__ import annotations

import re

from gate.logformats import Record

_LINE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d),(?P<ms>\d{3}) - (?P<logger>\S+) - (?P<level>[A-Z]+) - "
    r"(?:\[identity=[^\]]*\] - )?(?P<message>.*)",
    re.DOTALL,
)


class FlareText:
    first = "0123456789"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        return Record(
            time=f"{found['date']}T{found['time']}.{found['ms']}",
            level=found["level"],
            logger=found["logger"],
            message=found["message"],
        )


FORMAT = FlareText()
