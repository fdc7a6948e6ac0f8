"""GitLab's job logs with times: `2026-01-01T10:00:00.123456Z 00O text`.

Source: the timestamper of gitlab-runner: two hex digits name a stream, O or E says whether it is stdout or stderr, and
`+` instead of the space that the line goes on with the one before.
"""

from __future__ import annotations

import re

from gate.carriers import Carried
from gate.carriers.evidence import iso, nearly_all, text

_LINE = re.compile(rb"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{6})(Z) ([0-9a-f]{2}[EO])(?:([+ ])|\r?\n?\Z)")


class GitlabCi:
    spans_lines = False

    def begins(self, line: bytes) -> bool:
        return _LINE.match(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found:
            return None
        *time, stream, sign = found.groups()
        return Carried(text(record[found.end() :]), stream.decode(), iso(*time), resumes=sign == b"+")

    def shows(self, lines: list[bytes]) -> bool:
        return nearly_all(sum(map(self.begins, lines)), len(lines))


CARRIER = GitlabCi()
