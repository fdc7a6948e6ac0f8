"""glog, klog, absl: `E0131 10:00:00.1 12 a.cc:34] text`; Tornado, PyTorch, Chromium.

Sources: the LogSink of absl, tornado.log.LogFormatter, c10/util/Logging.cpp, base/logging.cc of Chromium. The date may
have a year (8 digits), CockroachDB's 6 digits, or be `0000` where XLA logs before its clock is set.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LETTERS
from gate.logformats.times import CLOCK, epoch, iso

_MESSAGE = r"(?P<message>.*)"
_FORMS = tuple(
    re.compile(form + _MESSAGE, re.DOTALL)
    for form in (
        r"(?P<level>[TDIWECF])(?P<date>(?:20\d\d|\d\d)?[01]\d[0-3]\d) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?) +"
        r"(?P<writer>\d+) (?P<place>[^\]\s]{1,300}?:\d+)(?:\] ?| )",
        r"(?P<level>[IWEF])0000 00:00:(?P<epoch>1\d{9}\.\d{1,9}) +(?P<writer>\d+) (?P<place>[^\]\s]{1,300}:\d+)\] ",
        rf"\[(?P<level>[DIWEC]) (?:(?P<date>\d{{4}}-\d\d-\d\d|\d{{6}}) )?(?P<clock>{CLOCK})"
        r"(?: (?P<place>[^\]]{1,99}))?\] ",
        rf"(?:\[rank\d+\]:)?\[(?P<level>[IWEF])(?:\d{{3,4}} {CLOCK})? "
        r"(?P<place>[\w./-]{1,300}\.(?:cc|cpp|cu|h):\d+)\] ",
        r"\[(?P<writer>(?:\d+:){0,2})\d{4}/\d{6}(?:\.\d{1,6})?:(?P<word>INFO|WARNING|ERROR|FATAL|VERBOSE\d):"
        r"(?P<place>[^\]\s]{1,300})\] ",
    )
)


class Glog:
    first = "TDIWECF["

    def parse(self, line: str, following: str = "") -> Record | None:
        found = next((found for form in _FORMS if (found := form.match(line))), None)
        if not found:
            return None
        groups = found.groupdict()
        return Record(
            time=_time(groups),
            level=groups.get("word") or LETTERS[groups["level"]],
            logger=_file(groups["place"]),
            message=groups["message"],
            writer=(groups.get("writer") or "").rstrip(":"),
        )


def _file(place: str | None) -> str | None:
    """`a.cc:34`, `web:12` and `a.cc(34)` without the line's number."""
    return re.sub(r"(?::\d+|\(\d+\))$", "", place) if place else None


def _time(groups: dict[str, str | None]) -> str | None:
    """Without a year there is no date."""
    if seconds := groups.get("epoch"):
        return epoch(float(seconds))
    date, clock = (groups.get("date") or "").replace("-", ""), groups.get("clock")
    year = {6: f"20{date[:2]}", 8: date[:4]}.get(len(date))
    return iso(f"{year}-{date[-4:-2]}-{date[-2:]}", clock) if year and clock else None


FORMAT = Glog()
