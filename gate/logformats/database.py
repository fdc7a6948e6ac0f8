"""PostgreSQL (any common log_line_prefix) and Redis.

MySQL's logs are like others'.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LOUD
from gate.logformats.times import ISO, MONTH, iso, named

_POSTGRES = re.compile(
    rf"{ISO}(?:(?<=UTC)|(?<=GMT)|(?<=\d[+-]\d\d)| (?!(?:{LOUD})\b)[A-Z]{{3,5}})[ :](?P<prefix>[^\n]{{0,120}}?)"
    r"(?P<level>DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION):  "
    r"(?P<message>.*)",
    re.DOTALL,
)
_PID = re.compile(r"\[(\d+)[\]-]")
_BELOW = ("DETAIL", "HINT", "STATEMENT", "CONTEXT", "QUERY", "LOCATION")

_REDIS = re.compile(
    rf"(?P<pid>\d+):[XCSM] (?P<day>\d\d) (?P<month>{MONTH}) (?P<year>\d{{4}}) (?P<clock>\d\d:\d\d:\d\d\.\d{{3}}) "
    r"(?P<level>[.*#-]) (?P<message>.*)",
    re.DOTALL,
)
_MARKS = {".": "DEBUG", "-": "VERBOSE", "*": "NOTICE", "#": "WARNING"}


class Database:
    first = "0123456789"

    def parse(self, line: str, following: str = "") -> Record | None:
        if ":  " in line and (found := _POSTGRES.match(line)):
            return _of_postgres(found)
        if found := _REDIS.match(line):
            time = named((found["day"], found["month"], found["year"]), found["clock"])
            return Record(time, _MARKS[found["level"]], None, found["message"], found["pid"])
        return None


def _of_postgres(found: re.Match[str]) -> Record:
    """A DETAIL or STATEMENT has a head of its own, and no level."""
    level = None if found["level"] in _BELOW else found["level"].rstrip("12345")
    pid = _PID.search(found["prefix"])
    return Record(
        time=iso(found["date"], found["clock"], found["zone"]),
        level=level,
        message=found["message"] if level else f"{found['level']}: {found['message']}",
        writer=pid[1] if pid else "",
    )


FORMAT = Database()
