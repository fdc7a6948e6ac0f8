"""Java: log4j, logback, Spring Boot, Hadoop, Tomcat, java.util.logging.

java.util.logging's default (SimpleFormatter) writes a head of two lines: time, class, method; then level and message.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.times import CLOCK, ISO, MONTH, iso, named

_LEVEL = r"(?P<level>ALL|TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE|CONFIG|FINE|FINER|FINEST)\b"
_NAME = (
    r"(?=[\w$]{1,100}\.|[\w$-]{1,100}(?::\d+)? {1,20}-)(?P<logger>[A-Za-z_$][\w$.*<>-]{0,300}?)"
    r"(?::\d+|\.(?:java|kt|scala):\d+)?"
)
_THREAD = r"\[(?P<thread>[^\[\]]{0,120}(?:\[[^\[\]]{0,60}\][^\[\]]{0,120})?)\]"
_MESSAGE = r"(?P<message>.*)"

_TIME = re.compile(
    rf"\[?(?:{ISO}|{CLOCK}|(?P<yy>\d\d)/(?P<mm>[01]\d)/(?P<dd>[0-3]\d) (?P<of_day>{CLOCK})"
    rf"(?= [A-Z]+ {{1,20}}[\w$.-]{{1,300}}: )|\d\d[/.-]\d\d[/.-]\d\d {CLOCK}|(?P<yymmdd>\d{{6}}) (?P<hhmmss>\d{{6}})\b"
    rf"|(?P<day>\d\d)-(?P<month>{MONTH})-(?P<year>\d{{4}}) (?P<at>{CLOCK}))\]?(?: -)?(?=\[| {{1,20}}[\[A-Z\d])"
)
_BEHIND = tuple(
    re.compile(form + _MESSAGE, re.DOTALL)
    for form in (
        rf" {{1,20}}{_LEVEL} {{1,20}}(?P<thread>\d+) --- (?:\[[^\]]{{0,100}}\] ?){{0,2}}{_NAME} *: ",  # Spring Boot
        rf"(?: {{1,20}}\[myid:\w*\] -)? {{1,20}}{_LEVEL} {{1,20}}"
        r"\[(?P<thread>[^@\n]{0,200}):(?P<logger>[\w$]{1,100})@\d+\] - ",  # ZooKeeper
        rf" {_THREAD} (?:- )?\[?{_LEVEL} *\]? {{1,20}}(?:{_NAME} *[-:|] |- )?",  # logback
        rf" (?P<thread>\d+) {_LEVEL} {{1,20}}{_NAME}: ",  # HDFS
        rf" {{1,20}}{_LEVEL} {{1,20}}\[(?P<logger>[\w$.-]{{1,300}})\] \((?P<thread>[^()]{{1,120}})\) ",  # JBoss
        rf" {{1,20}}{_LEVEL} {{1,20}}{_THREAD} "
        rf"(?:{_NAME} *[-:|] ?|- ?|(?=[\w$]{{1,100}}\.)(?P<logger2>[\w$.]{{1,300}}) )?",  # Tomcat
        rf" {{1,20}}{_LEVEL} {{1,20}}(?=[\w$-]{{1,100}}\.)(?P<logger>[\w$.<>-]{{1,300}})(?::\d+)? ?[-:|] ",
        rf"(?<=/\d\d [\d:]{{8}}) {_LEVEL} {{1,20}}(?P<logger>[A-Z][\w$]{{1,100}}): ",  # Spark's console
        rf"\[{_LEVEL} *\]\[(?P<logger>[^\]]{{1,200}}?) *\] ?",  # Elasticsearch
    )
)
_LEVEL_FIRST = tuple(
    re.compile(form + _MESSAGE, re.DOTALL)
    for form in (
        rf"{_LEVEL} {{1,20}}{_THREAD} {ISO} {_NAME} - ",  # Cassandra
        rf"{_LEVEL} {{1,20}}\[?{ISO}\]? {{1,20}}(?:{_THREAD} )?(?:{_NAME} *[-:|] )?",
    )
)
_TWO_LINES = re.compile(
    rf"(?P<month>{MONTH}) (?P<day>\d\d?), (?P<year>\d{{4}}),? (?P<clock>\d\d?:\d\d:\d\d)[ \u202f](?P<half>[AP]M) "
    r"(?=[\w$]{1,100}[. ])(?P<logger>[\w$.<>-]{1,300})(?: (?P<method>[\w$<>]+))?$"
)
_SECOND = re.compile(rf"{_LEVEL}: (?P<message>.*)", re.DOTALL)


class Java:
    first = "[0123456789JFMASONDTIWEC"

    def parse(self, line: str, following: str = "") -> Record | None:
        if when := _TIME.match(line):
            found = next((found for form in _BEHIND if (found := form.match(line, when.end()))), None)
            return _record(found, _time(when)) if found else None
        if two := _TWO_LINES.match(line):
            return _of_two_lines(two, following)
        found = next((found for form in _LEVEL_FIRST if (found := form.match(line))), None)
        return _record(found, iso(found["date"], found["clock"], found["zone"])) if found else None


def _record(found: re.Match[str], time: str | None) -> Record:
    groups = found.groupdict()
    logger = groups.get("logger") or groups.get("logger2")
    return Record(time, groups["level"], logger, groups["message"], groups.get("thread") or "")


def _time(when: re.Match[str]) -> str | None:
    if when["date"]:
        return iso(when["date"], when["clock"], when["zone"])
    if when["yy"]:  # Spark's and Hadoop's %d{yy/MM/dd HH:mm:ss}, with a level and a class behind it
        return iso(f"20{when['yy']}-{when['mm']}-{when['dd']}", when["of_day"])
    if day := when["yymmdd"]:  # log4j's %d{yyMMdd HHmmss}
        at = when["hhmmss"]
        return f"20{day[:2]}-{day[2:4]}-{day[4:]}T{at[:2]}:{at[2:4]}:{at[4:]}"
    if when["month"]:
        return named((when["day"], when["month"], when["year"]), when["at"])
    return None


def _of_two_lines(found: re.Match[str], following: str) -> Record:
    below = _SECOND.match(following)
    return Record(
        time=named((found["day"], found["month"], found["year"]), found["clock"], half=found["half"]),
        level=below["level"] if below else None,
        logger=found["logger"],
        message=below["message"] if below else "",
        lines=2 if below else 1,
    )


FORMAT = Java()
