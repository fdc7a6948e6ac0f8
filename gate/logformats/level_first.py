"""A level first: `[WARN] text`, `ERROR text`, `ERRO[0012] text`, `tool: error: text`.

logrus', Erlang's reports, and compilers' and tools' complaints among them.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LOUD, SHORT, word

_OFTEN = "TRACE|DEBUG|INFO|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|FATAL|TRC|DBG|INF|WRN|FTL|PNC|DPANIC"
"""Words that loggers write without anything behind them; a sentence may begin with others, such as ALERT or NOTICE."""

_LINE = re.compile(
    rf"(?P<strong>(?P<short>{LOUD}|{SHORT}) ?\[\d[\d:.|-]*\]"
    r"|=(?P<report>ERROR|CRASH|CRITICAL|WARNING|INFO|NOTICE|DEBUG) REPORT====)"
    rf"|(?P<level>(?:{LOUD}|ALERT)(?=:|  |\[| - )|(?:{_OFTEN})(?=[ (-]))(?! \d|: *\d+\s*$)"
    r"|(?P<program>[a-z][\w+-]{1,30}|[\w./+-]{1,200}\.\w{1,5}:\d+(?::\d+)?): "
    r"(?:fatal )?(?P<said>fatal|error)(?=: (?!\d+\s*$))"
    rf"|\[(?P<boxed>(?i:{LOUD}|ALERT)) *\]|<(?P<angled>(?i:{LOUD}))> "
)


class LevelFirst:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        named = found["short"] or found["report"] or found["level"] or found["said"]
        level = word(named or found["boxed"] or found["angled"])
        return Record(
            level="ERROR" if level == "CRASH" else level,
            message=line[found.end() :].lstrip(" :-"),
            weak=found["strong"] is None,
        )


FORMAT = LevelFirst()
