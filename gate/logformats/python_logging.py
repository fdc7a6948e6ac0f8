"""Python: logging's defaults, loguru, gunicorn, Celery, Flask, pytest, Dask, vLLM, Flower.

Forms of basicConfig with separators, and VDSM with its thread first.
"""

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
    for form in (
        rf"{_LEVEL}:{_NAME}:",
        rf"{_LEVEL} +{_NAME}:(?P<file>[\w.-]{{1,100}}\.py):\d+ ",
        rf"{_LEVEL} [01]\d-[0-3]\d \d\d:\d\d:\d\d \[?(?P<logger>[\w./-]{{1,200}}):\d+\] ",  # vLLM
        rf"{_LEVEL} +{_NAME} {ISO} \| (?P<file>[\w.-]{{1,100}}\.py):\d+ \| ",  # Flower
        rf"(?=[\w-]{{1,100}}\.[\w.-]{{1,100}} - ){_NAME} - {_LEVEL} - ",  # Dask
    )
)
_THREAD_FIRST = re.compile(
    rf"(?P<writer>[\w-]{{1,100}})::{_LEVEL}::{ISO}::[\w.-]{{1,100}}::\d+::{_NAME}::{_MESSAGE}", re.DOTALL
)


class PythonLogging:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        if "::" in line[:100] and (found := _THREAD_FIRST.match(line)):  # VDSM
            time = iso(found["date"], found["clock"], found["zone"])
            return Record(time, found["level"], found["logger"], found["message"], found["writer"])
        when = _TIME.match(line)
        forms, at = (_TIMED, when.end()) if when else (_BARE, 0)
        found = next((found for form in forms if (found := form.match(line, at))), None)
        if not found:
            return None
        groups, when = found.groupdict(), when or (found if "date" in found.groupdict() else None)
        return Record(
            time=iso(when["date"], when["clock"], when["zone"]) if when and when["date"] else None,
            level=groups["level"],
            logger=groups.get("logger"),
            message=groups["message"],
            writer=groups.get("writer") or "",
        )


FORMAT = PythonLogging()
