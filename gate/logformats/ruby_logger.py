"""Ruby's Logger: `E, [2026-01-31T10:00:00.123456 #12] ERROR -- name: message`."""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.times import ISO, iso

_LINE = re.compile(
    rf"[DIWEFAU], \[{ISO} #(?P<pid>\d+)\] +(?P<level>[A-Z]{{3,8}}) -- (?P<name>[^:]{{0,100}}): ?(?P<message>.*)",
    re.DOTALL,
)


class RubyLogger:
    first = "DIWEFAU"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        return Record(
            time=iso(found["date"], found["clock"], found["zone"]),
            level=found["level"],
            logger=found["name"].strip() or None,
            message=found["message"],
            writer=found["pid"],
        )


FORMAT = RubyLogger()
