"""Entries that begin with their level: `ERROR:root:message`, `[WARN] message`, `level=error msg=...`."""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.timestamped import LEVELS

_LINE = re.compile(
    rf"(?:(?P<level>{LEVELS})(?::(?P<logger>[\w.]+):|(?! \d)(?=[ :\[(-]))|[\[<](?P<boxed>(?i:{LEVELS})) *[\]>]|"
    rf"(?:time|ts|level|lvl)=\S*.*?(?:level|lvl)=(?P<pair>\w+)|level=(?P<only>\w+))"
)


class LevelFirst:
    def parse(self, line: str) -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        level = found["level"] or found["boxed"] or found["pair"] or found["only"]
        weak = not (found["logger"] or found["pair"] or found["only"])
        return Record(level=level.upper(), logger=found["logger"], message=line[found.end() :].lstrip(" :-"), weak=weak)


FORMAT = LevelFirst()
