"""Android's logcat: `threadtime` (the default), `time`, `brief` and `long`.

The message of `long` stands in the next line.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.levels import LETTERS
from gate.logformats.times import iso

_WHEN = r"(?:(?P<year>\d{4})-)?(?P<day>[01]\d-[0-3]\d) (?P<clock>\d\d:\d\d:\d\d\.\d{3,9})(?P<zone> [+-]\d{4})?"
_FORMS = (
    re.compile(
        rf"{_WHEN}(?: {{1,20}}[\w.]+)?? {{1,20}}(?P<pid>\d+) {{1,20}}(?P<tid>\d+) "
        r"(?P<level>[VDIWEFAS]) (?P<tag>[^:]{0,100}?) {0,20}:(?P<message>.*)",
        re.DOTALL,
    ),
    re.compile(
        rf"(?:{_WHEN} )?(?P<level>[VDIWEFAS])/(?P<tag>[^(\n]{{1,100}}?) {{0,20}}"
        r"\((?P<tid> *)(?P<pid>\d+)\): ?(?P<message>.*)",
        re.DOTALL,
    ),
    re.compile(
        rf"\[ {_WHEN} {{1,20}}(?P<pid>\d+): *(?P<tid>\d+) (?P<level>[VDIWEFAS])/"
        r"(?P<tag>[^\]]{1,100}?) {0,20}\](?P<message>)$"
    ),
)


class Logcat:
    first = "0123456789[VDIWEFAS"

    def parse(self, line: str, following: str = "") -> Record | None:
        found = next((found for form in _FORMS if (found := form.match(line))), None)
        if not found:
            return None
        long = found.re is _FORMS[2]
        return Record(
            time=iso(f"{found['year']}-{found['day']}", found["clock"], found["zone"]) if found["year"] else None,
            level=LETTERS[found["level"]],
            logger=found["tag"].strip(),
            message=following if long else found["message"].removeprefix(" "),
            writer=f"{found['pid']} {found['tid']}".strip(),
            lines=2 if long else 1,
        )


FORMAT = Logcat()
