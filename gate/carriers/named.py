"""Its writer's name before each line, as loggers write names, too: `[web] text`, `0: text`.

Sources: the output of concurrently, srun --label, docker compose with container names of its own (`db  | text`). Only
a log in which indented or empty lines have the name, too, is taken for one.
"""

from __future__ import annotations

import re

from gate.carriers import Carried
from gate.carriers.evidence import cut_by_line, is_level, nearly_all, text

_SPACE = rb"(?: |\r?\n?\Z)"
_LINE = re.compile(
    rb"(?:\[(?P<boxed>[A-Za-z][\w.@:/-]{0,100}|\d{1,4})\]"
    rb"|(?P<barred>[A-Za-z][\w.-]{0,100}) {1,100}\|"
    rb"| {0,5}(?P<numbered>\d{1,6}):)" + _SPACE
)


class Named:
    spans_lines = False

    def begins(self, line: bytes) -> bool:
        return self.open(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found or not found.lastgroup:
            return None
        name = found[found.lastgroup].decode("utf-8", "backslashreplace")
        return None if is_level(name) else Carried(text(record[found.end() :]), name)

    def shows(self, lines: list[bytes]) -> bool:
        """Names come again: a numbered list, or a table, has another one in each line."""
        opened = [(line, self.open(line)) for line in lines]
        known = [each for _, each in opened if each]
        again = 2 * len({each.lane for each in known}) <= len(known)
        bare = [line for line, each in opened if not each]
        return nearly_all(len(known), len(lines)) and again and cut_by_line([each.text for each in known], bare)


CARRIER = Named()
