"""`kubectl get events`: last seen, type, reason, object, message.

The header line begins no entry.
"""

from __future__ import annotations

import re

from gate.logformats import Record

_LINE = re.compile(
    r"(?:[\w.-]{1,253} +)?(?:\d+[dhms]){1,3}(?: \(x\d+ over [\dhmsd]+\))? +(?P<type>Normal|Warning) +"
    r"(?P<reason>[A-Z]\w{1,100})"
    r" +(?P<object>[\w.]{1,100}/\S{1,300}) +(?P<message>.*)",
    re.DOTALL,
)


class KubernetesEvents:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        found = _LINE.match(line) if " Normal " in line or " Warning " in line else None
        if not found:
            return None
        return Record(
            level=found["type"].upper(),
            logger=found["object"],
            message=f"{found['reason']}: {found['message']}",
            whole=True,
        )


FORMAT = KubernetesEvents()
