"""What containerd and CRI-O write below /var/log/pods: `time stream tag text`.

Source: the CRI log format of the Kubernetes kubelet: the first tag is P for a part of a line, F for a line or its end.
"""

from __future__ import annotations

import re

from gate.carriers import Carried
from gate.carriers.evidence import TIME, iso, nearly_all, text

_LINE = re.compile(TIME + rb" (stdout|stderr) ([FP])(?::\S*)?(?: |\r?\n?\Z)")


class Cri:
    spans_lines = False

    def begins(self, line: bytes) -> bool:
        return _LINE.match(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found:
            return None
        *time, stream, tag = found.groups()
        return Carried(text(record[found.end() :]), stream.decode(), iso(*time), unfinished=tag == b"P")

    def shows(self, lines: list[bytes]) -> bool:
        return nearly_all(sum(map(self.begins, lines)), len(lines))


CARRIER = Cri()
