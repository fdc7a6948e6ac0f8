"""glog, klog, absl: `E0131 10:00:00.123456 12 file.cc:34] message`; with a year (8 digits), or CockroachDB's 6."""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LETTERS
from gate.logformats.times import iso

_LINE = re.compile(
    r"(?P<level>[TDIWECF])(?P<date>(?:20\d\d|\d\d)?[01]\d[0-3]\d) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?) +"
    r"(?P<writer>\d+) (?P<place>[^\]\s]{1,300}?:\d+)(?:\] ?| )(?P<message>.*)",
    re.DOTALL,
)


class Glog:
    first = "TDIWECF"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        return Record(
            time=_time(found["date"], found["clock"]),
            level=LETTERS[found["level"]],
            logger=found["place"].rpartition(":")[0],
            message=found["message"],
            writer=found["writer"],
        )


def _time(date: str, clock: str) -> str | None:
    """Without a year there is no date."""
    year = {4: "", 6: f"20{date[:2]}", 8: date[:4]}[len(date)]
    return iso(f"{year}-{date[-4:-2]}-{date[-2:]}", clock) if year else None


FORMAT = Glog()
