"""Any text log whose entries begin with a time: ISO 8601, slashes, syslog, glog, a bare time of day, epoch seconds."""

from __future__ import annotations

import re

from gate.logformats import Record

LEVELS = (
    "TRACE|VERBOSE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|FATAL|ALERT|EMERG|PANIC"
)

_TIME = re.compile(
    r"[\[(<]?(?:"
    r"(?P<date>\d{4}[-/.]\d\d[-/.]\d\d)(?:[T ]|, ?| - )?(?P<time>\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)"
    r"(?P<zone>Z| ?[+-]\d\d:?\d\d)?"
    r"|(?:\d\d[-/.]\d\d[-/.]\d{2,4}|\d{6}|\d\d[-/][A-Z][a-z]{2}[-/]\d{4})[ :T]\d\d:?\d\d:?\d\d\b"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? )?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* +\d{1,2},?(?: \d{4})?,? \d\d?:\d\d:\d\d"
    r"|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* (?:\d{4} )?\d\d:\d\d:\d\d"
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d"
    r"|\d\d-\d\d \d\d:\d\d:\d\d\b|\d{8}-\d\d?:\d\d?:\d\d?\b|\d\d\.\d\d \d\d:\d\d:\d\d\b"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b"
    r"|-? ?\d{10}(?:\.\d+)?\b"
    r")"
)
_LEVEL = re.compile(rf"(?<![\w.])(?:{LEVELS})(?![\w.])", re.IGNORECASE)


class Timestamped:
    def parse(self, line: str) -> Record | None:
        found = _TIME.match(line)
        if not found:
            return None
        time = f"{found['date']}T{found['time']}" if found["date"] else None
        if time:
            time = re.sub(r"[/.](?=.*T)", "-", time).replace(",", ".") + _offset(found["zone"])
        rest = line[found.end() :]
        level = _LEVEL.search(rest[:80])
        return Record(time=time, level=level.group().upper() if level else None, message=rest.strip(" ]-:|>)"))


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    zone = zone.strip()
    return "+00:00" if zone == "Z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


FORMAT = Timestamped()
