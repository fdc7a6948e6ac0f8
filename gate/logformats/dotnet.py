""".NET's console logger: `fail: Shop.Orders[3]`.

The message is in the next line, indented, or (SingleLine) behind it.
"""

from __future__ import annotations

import re

from gate.logformats import Record

_LEVELS = {"trce": "TRACE", "dbug": "DEBUG", "info": "INFO", "warn": "WARN", "fail": "ERROR", "crit": "CRITICAL"}
_LINE = re.compile(
    rf"(?P<level>{'|'.join(_LEVELS)}): (?P<category>[A-Za-z_][\w.+`<>-]{{0,300}})\[(?P<event>-?\d+)\]"
    r"(?: (?P<message>\S.*))?$",
    re.DOTALL,
)


class DotNet:
    first = "tdiwfc"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line)
        if not found:
            return None
        below = following.strip() if not found["message"] and following[:1] == " " else ""
        return Record(
            level=_LEVELS[found["level"]],
            logger=found["category"],
            message=found["message"] or below,
            lines=2 if below else 1,
        )


FORMAT = DotNet()
