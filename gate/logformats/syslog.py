"""syslog: RFC 5424, RFC 3164, and what rsyslog and journalctl write into files.

With and without a priority. Programs write whole records of their own into it (`level=error`, `E0131 10:00:00`,
`ERROR: `): such a level is the program's own word, and the priority only says on which stream it came.
"""

from __future__ import annotations

import re

from gate.logformats import Record, glog, json_lines, level_first, logfmt, timestamped
from gate.logformats.levels import LOUD, SEVERITIES, word
from gate.logformats.times import ISO, MONTH, epoch, iso

_APP = (
    r"(?P<app>[A-Za-z_/-][^\s\[\]:()]{0,100}(?:\([^)\s]{0,60}\))?)(?:\[(?P<pid>[^\]\s]{1,40})\])?(?: \(\[\d+\]\))?: ?"
)
_PRI = r"(?:<(?P<pri>\d{1,3})>)"
_HOST = rf"(?!(?:{LOUD})\b)[\w.:@/#-]{{1,255}}"
_FORMS = (
    re.compile(
        rf"{_PRI}?1 (?:-|{ISO}) {_HOST} (?P<app>\S{{1,48}}) (?P<pid>\S{{1,128}}) \S{{1,32}} "
        r'(?:-|(?:\[[^\s\]"]{1,32}(?: [^\s="\]]{1,32}="(?:[^"\\]|\\.)*")*\]){1,40})(?: (?P<message>.*)|$)',
        re.DOTALL,
    ),
    re.compile(rf"{_PRI}?{MONTH} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{{1,6}})? (?:{_HOST} )?{_APP}(?P<message>.*)", re.DOTALL),
    re.compile(rf"{_PRI}?(?=\S{{10}}T\S*(?:Z|[+-]\d\d:?\d\d) ){ISO} {_HOST} {_APP}(?P<message>.*)", re.DOTALL),
    re.compile(rf"{_PRI}(?:{MONTH} [ \d]\d \d\d:\d\d:\d\d {_HOST} |{_APP})(?P<message>.*)", re.DOTALL),
    re.compile(rf"{MONTH} [ \d]\d \d\d:\d\d:\d\d {_HOST} (?P<message>.*)", re.DOTALL),
    re.compile(
        r"[A-Z_-]{1,20} (?P<epoch>1\d{9}) \d{4}\.\d\d\.\d\d \S{1,100} "
        rf"{MONTH} +\d\d? \d\d:\d\d:\d\d \S{{1,200}} {_APP}(?P<message>.*)",  # with a label and seconds before it
        re.DOTALL,
    ),
)


_OWN = re.compile(rf"(?i:({LOUD}|FAIL)): ")
_INNER = (json_lines.FORMAT, logfmt.FORMAT, glog.FORMAT, timestamped.FORMAT, level_first.FORMAT)


class Syslog:
    first = "<-1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def parse(self, line: str, following: str = "") -> Record | None:
        if line[:1].isdigit() and line[10:11] != "T" and line[:2] != "1 ":
            return None  # which no form begins with: it is asked for most lines of other formats
        found = next((found for form in _FORMS if (found := form.match(line))), None)
        if not found:
            return None
        groups = found.groupdict()
        inner = _inner(groups["message"] or "")
        app, pid = groups.get("app"), groups.get("pid")
        return Record(
            time=_time(groups) or inner.time,
            level=inner.level or _severity(groups.get("pri")),
            logger=app if app != "-" else None,
            message=inner.message,
            writer=pid if pid and pid != "-" else "",
        )


def _inner(message: str) -> Record:
    """The record that a program wrote into its message, if it is one."""
    found = (record for log_format in _INNER if (record := log_format.parse(message)) is not None)
    if record := next(found, None):
        return record
    own = _OWN.match(message)
    return Record(level=word(own[1]) if own else None, message=message[own.end() :] if own else message)


def _time(groups: dict[str, str | None]) -> str | None:
    if (date := groups.get("date")) and (clock := groups.get("clock")):
        return iso(date, clock, groups["zone"])
    return epoch(float(seconds)) if (seconds := groups.get("epoch")) else None


def _severity(priority: str | None) -> str | None:
    return SEVERITIES[int(priority) % 8] if priority and int(priority) < 192 else None


FORMAT = Syslog()
