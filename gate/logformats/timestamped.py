"""Any text log whose entries begin with a time, in nearly any notation.

ISO 8601 and its relatives, names of months, epochs, a time of day.
"""

from __future__ import annotations

import re

from gate.logformats import Record, head
from gate.logformats.times import CLOCK, ISO, MONTH, epoch, iso, named

_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? )"
_TIME = re.compile(
    r"(?:<\d{1,3}>(?:1 )?|(?=[\w/.-]{1,100}\.log)[\w./-]+[\w.:-]{0,100} |\[Nest\] \d+ +- )?[\[(<]?(?:"
    rf"{ISO}"
    rf"|(?P<day>\d\d?)[-/ ](?P<month>{MONTH})\w*[-/ ](?P<year>\d{{4}})[ :]{{1,2}}(?P<at>{CLOCK})"
    r"(?P<zone2> ?[+-]\d{4}| UTC\b)?"
    rf"|{_DAY}?(?P<month2>{MONTH})\w* +(?P<day2>\d\d?),? (?P<year2>\d{{4}}),? "
    r"(?P<at2>\d?\d:\d\d:\d\d(?:\.\d{1,9})?)(?: (?P<half>[AP]M)\b)?"
    rf"|{_DAY}?(?P<month3>{MONTH}) +(?P<day3>\d\d?) (?P<at3>{CLOCK})(?: [A-Z]{{3,4}})? (?P<year3>\d{{4}})\b"
    r"|(?P<compact>20\d\d[01]\d[0-3]\d)[-T ]?(?P<hours>\d\d?):(?P<rest>\d\d?:\d\d?)(?:[.:,](?P<ms>\d{1,3}))?(?![\d:])"
    r"|(?:\S{1,20} (?=1\d{9} \d{4}\.)|- |(?<=\[)|(?=1\d{9}\.))"
    r"(?P<epoch>1\d{9}(?:\.\d{1,9})?)(?=[\s\]|,:]|$)(?: \d{4}\.\d\d\.\d\d\b)?"
    r"|\d{2,9} (?=[\w-]{0,60}\d)[\w-]{1,60} [a-z][\w.]{0,60} [a-z][\w.]{0,60} (?P<epoch4>1\d{9}) \d\d?(?= \S)"
    r"|@(?P<tai>40000000[0-9a-f]{8})[0-9a-f]{8}(?= )"
    r"|TCF \d\d:\d\d\.\d{3}(?=: )"
    r"|(?P<epoch2>1\d{12})\b|(?P<epoch3>1\.\d+e\+?0?9)\b"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d),? \d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AP]M\b)?"
    r"|\d{6} {1,2}(?:\d{6}|\d?\d:\d\d:\d\d)\b"
    rf"|{_DAY}?{MONTH}\w* +\d{{1,2}},? \d{{1,2}}:\d\d:\d\d(?:\.\d{{1,9}})?"
    rf"|\d{{1,2}} {MONTH}\w* {CLOCK}"
    rf"|\d\d[-.|]\d\d[ |]{CLOCK}"
    rf"|{CLOCK}\b"
    r"|\d?\d:\d\d[AP]M\b"
    r"| *\d{1,9}\.\d{3,6}s?\]"
    r")"
)


class Timestamped:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _TIME.match(line)
        if not found:
            return None
        told = head.read(line, found.end())
        return Record(_time(found), told.level, told.logger, told.message)


def _time(found: re.Match[str]) -> str | None:
    """The time that was matched; None where it is no full date, or one whose day and month could be either."""
    if found["date"]:
        return iso(found["date"], found["clock"], found["zone"])
    if found["month"]:
        return named((found["day"], found["month"], found["year"]), found["at"], found["zone2"])
    if found["month2"]:
        return named((found["day2"], found["month2"], found["year2"]), found["at2"], half=found["half"])
    if found["month3"]:
        return named((found["day3"], found["month3"], found["year3"]), found["at3"])
    if day := found["compact"]:
        return _compact(day, f"{found['hours']}:{found['rest']}", found["ms"])
    number = found["epoch"] or found["epoch2"] or found["epoch3"] or found["epoch4"] or _tai(found["tai"])
    return epoch(float(number)) if number else None


def _tai(label: str | None) -> int | None:
    """TAI64N was 10 s ahead of UTC in 1970; the leap seconds since then are left in."""
    return int(label[8:], 16) - 10 if label else None


def _compact(day: str, clock: str, fraction: str | None) -> str:
    """Hours, minutes and seconds may lack their zeros."""
    clock = ":".join(part.zfill(2) for part in clock.split(":"))
    return iso(f"{day[:4]}-{day[4:6]}-{day[6:]}", f"{clock}.{fraction}" if fraction else clock)


FORMAT = Timestamped()
