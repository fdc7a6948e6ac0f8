"""Any text log whose entries begin with a time: ISO 8601, slashes, syslog, glog, a bare time of day, epoch seconds."""

from __future__ import annotations

import re

from gate.logformats import Record

LEVELS = (
    "TRACE|VERBOSE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|FATAL|ALERT|EMERG|PANIC"
)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"

_TIME = re.compile(
    r"(?:<\d{1,3}>(?:1 )?)?[\[(<]?(?:"
    rf"(?P<date>\d{{4}}[-/.]\d\d[-/.]\d\d)(?:[T ]|, ?| - )?(?P<time>{_CLOCK})(?P<zone>Z| ?[+-]\d\d:?\d\d)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4},? \d{1,2}:\d\d:\d\d(?: ?[AP]M)?\b"
    r"|\d{6} \d{6}\b"
    rf"|\d\d[-/]{_MONTH}[-/]\d{{4}}[ :]{_CLOCK}"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? )?{_MONTH}\w* +\d{{1,2}},?(?: \d{{4}})?,? \d{{1,2}}:\d\d:\d\d"
    r"(?: \d{4}\b)?"
    rf"|\d{{1,2}} {_MONTH}\w* (?:\d{{4}} )?{_CLOCK}"
    rf"|(?P<glog>[IWEF])\d{{4}} {_CLOCK} +\d+ [^\]]+\]"
    rf"|\d\d-\d\d {_CLOCK}|\d{{8}}-\d\d?:\d\d?:\d\d?\b|\d\d\.\d\d {_CLOCK}"
    rf"|{_CLOCK}\b"
    r"|- 1\d{9}\b|1\d{9}\.\d+|1\d{12}\b|1\.\d+e\+09\b"
    r"| *\d{1,9}\.\d{6}\]"
    r")"
    r"|[\w.:-]+ \S+ \S+ \[\d\d/\w{3}/\d{4}[: ]\d\d:\d\d:\d\d[^\]]*\]"  # a web server's access log
)
_LEVEL = re.compile(rf"(?<![\w.])(?:{LEVELS})(?![\w.=])", re.IGNORECASE)
_GLOG_LEVELS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "FATAL"}


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
        named = _GLOG_LEVELS[found["glog"]] if found["glog"] else level.group().upper() if level else None
        return Record(time=time, level=named, message=rest.lstrip(" ]-:|>)"))


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    zone = zone.strip()
    return "+00:00" if zone == "Z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


FORMAT = Timestamped()
