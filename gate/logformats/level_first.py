"""Entries that begin with their level: `[WARN] message`, `ERROR message`, `ERRO[0012] message` (logrus), Erlang."""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LOUD, SHORT, word

_LINE = re.compile(
    rf"(?P<strong>(?P<short>{LOUD}|{SHORT}) ?\[\d[\d:.|-]*\]"
    r"|=(?P<report>ERROR|CRASH|CRITICAL|WARNING|INFO|NOTICE|DEBUG) REPORT====)"
    rf"|(?P<level>{LOUD}|ALERT)(?! \d|: *\d+\s*$)(?=[ :\[(-])"
    rf"|\[(?P<boxed>(?i:{LOUD}|ALERT)) *\]|<(?P<angled>(?i:{LOUD}))> "
)


class LevelFirst:
    first = "[<=TVDINWESFCPA"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        level = word(found["short"] or found["report"] or found["level"] or found["boxed"] or found["angled"])
        return Record(
            level="ERROR" if level == "CRASH" else level,
            message=line[found.end() :].lstrip(" :-"),
            weak=found["strong"] is None,
        )


FORMAT = LevelFirst()
