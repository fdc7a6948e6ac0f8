"""Its writer's name before each line, as launchers write it: `web-1  | text`.

Nobody else writes such names. Sources: the output of docker compose (`web-1  | text`), docker service logs
(`web.1.id@host  | text`), foreman and honcho (`10:00:00 web.1  | text`), mpirun --tag-output and Horovod
(`[1,0]<stderr>:text`), torch's excepthook (`[rank0]: text`), torchrun --tee (`[default0]:text`), Ray (`(train pid=12,
ip=10.0.0.1) text`), kubectl logs --prefix (`[pod/name/container] text`).
"""

from __future__ import annotations

import re

from gate.carriers import Carried
from gate.carriers.evidence import text

_COLOUR = rb"(?:\x1b\[[\d;]{0,20}m){0,3}"
_BAR = rb" {1,100}\|(?: " + _COLOUR + rb"|" + _COLOUR + rb"\r?\n?\Z)"
_SPACE = rb"(?: |\r?\n?\Z)"

_LINE = re.compile(
    _COLOUR
    + rb"(?:"
    + rb"(?:\d\d:\d\d:\d\d )?(?P<compose>\w[\w.-]{0,100}[-_.]\d{1,6}|(?<=\d\d:\d\d:\d\d )system)" + _BAR
    + rb"|(?P<swarm>\w[\w.-]{0,100}\.\d{1,6}\.[a-z0-9]{12,25}@[\w.-]{1,100})" + _BAR
    + rb"|(?:\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})?"
    + rb"(?P<mpi>\[\d{1,9}(?:,\d{1,9})?\]<std(?:out|err|diag)>):"
    + rb"|(?P<prrte>\[[\w.@-]{1,200}@\d{1,9},\d{1,9}\]<std(?:out|err|diag)>):" + _SPACE
    + rb"|(?P<rank>\[rank\d{1,6}\]):(?: |(?=\[)|\r?\n?\Z)"
    + rb"|(?P<elastic>\[default\d{1,6}\]):"
    + rb"|\((?P<ray>(?:[^\x1b\n]{1,200} )?pid=\d{1,9}(?:, ip=[\w.:-]{1,60})?"
    + rb"|raylet(?:, ip=[\w.:-]{1,60})?|autoscaler|scheduler)(?: \+[\dhms]{1,12})?\)" + _COLOUR + _SPACE
    + rb"|(?P<pod>\[pod/[^\]\s/]{1,253}/[^\]\s]{1,253}\])" + _SPACE
    + rb")"
)  # fmt: skip


class Prefixed:
    spans_lines = False

    def begins(self, line: bytes) -> bool:
        return _LINE.match(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found or not found.lastgroup:
            return None
        return Carried(text(record[found.end() :]), found[found.lastgroup].decode("utf-8", "backslashreplace"))

    def shows(self, lines: list[bytes]) -> bool:
        """Half of the lines are enough: launchers print lines of their own, or put names before stderr only."""
        known = sum(map(self.begins, lines))
        return known >= 2 and known * 2 >= len(lines)


CARRIER = Prefixed()
