"""Python: logging's default, forms of basicConfig with separators, loguru, gunicorn, Celery, Flask, pytest's log."""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.times import ISO, iso

_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|SUCCESS|WARN|WARNING|ERROR|CRITICAL|FATAL)"
_NAME = r"(?P<logger>[A-Za-z_][\w.-]{0,200})"
_MESSAGE = r"(?P<message>.*)"
_TIME = re.compile(rf"\[?{ISO}(?=\]? ?[-|:\[TDISWECF])")
_TIMED = tuple(
    re.compile(form + _MESSAGE, re.DOTALL)
    for form in (
        rf" (?P<sep>[-|:]) {_LEVEL} *(?P=sep) (?:{_NAME}(?::[\w<>.]+:\d+)? *(?:- |(?P=sep) ))?",  # loguru's, too
        rf" (?P<sep>[-|:]) {_NAME} *(?P=sep) (?:(?P<writer>\d+) (?P=sep) )?{_LEVEL} *(?P=sep) ",
        rf"\] \[(?P<writer>\d+)\] \[{_LEVEL}\] ",  # gunicorn
        rf": {_LEVEL}/(?P<writer>[\w-]+)\] (?:{_NAME}\[[\w-]{{1,60}}\]: )?",  # Celery
        rf"\] {_LEVEL} in {_NAME}: ",  # Flask
    )
)
_BARE = tuple(
    re.compile(form + _MESSAGE, re.DOTALL)
    for form in (rf"{_LEVEL}:{_NAME}:", rf"{_LEVEL} +{_NAME}:(?P<file>[\w.-]{{1,100}}\.py):\d+ ")
)


class PythonLogging:
    first = "[0123456789TDISWECF"

    def parse(self, line: str, following: str = "") -> Record | None:
        when = _TIME.match(line)
        forms, at = (_TIMED, when.end()) if when else (_BARE, 0)
        found = next((found for form in forms if (found := form.match(line, at))), None)
        if not found:
            return None
        groups = found.groupdict()
        return Record(
            time=iso(when["date"], when["clock"], when["zone"]) if when else None,
            level=groups["level"],
            logger=groups.get("logger"),
            message=groups["message"],
            writer=groups.get("writer") or "",
        )


FORMAT = PythonLogging()
