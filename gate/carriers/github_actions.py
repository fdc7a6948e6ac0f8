"""Logs of GitHub Actions and Azure Pipelines: a time with seven digits before each line.

What `gh run view --log` prints is known, too. Source: the runner's PagingLogger, which writes a time once a message:
the later lines of a message have none. `gh` puts job and step before the time. A file's byte order mark may stand
before any time, as files were joined.
"""

from __future__ import annotations

import re

from gate.carriers import Carried
from gate.carriers.evidence import iso, nearly_all, text

_LINE = re.compile(
    rb"(?:([^\t\n]{1,200}\t[^\t\n]{0,200})\t)?(?:\xef\xbb\xbf)?"
    rb"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{6})\d(Z)(?: |\r?\n?\Z)"
)
_MARK = re.compile(
    r"##\[(?P<mark>error|warning|notice|debug|group|endgroup|command|section)\]"
    r"|::(?P<command>error|warning|notice|debug)(?: [^:\n]{0,400})?::"
)


class GithubActions:
    spans_lines = True

    def begins(self, line: bytes) -> bool:
        return (line[4:5] == b"-" or b"\t" in line or line[:1] == b"\xef") and _LINE.match(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found:
            return None
        step, *time = found.groups()
        line, lane = text(record[found.end() :]), (step or b"").decode("utf-8", "backslashreplace").replace("\t", "/")
        mark = _MARK.match(line)
        level = mark and (mark["mark"] or mark["command"])
        if not mark or level not in ("error", "warning", "notice", "debug"):
            return Carried(line, lane, iso(*time))
        return Carried(line[mark.end() :] if mark["mark"] else line, lane, iso(*time), level.upper())

    def shows(self, lines: list[bytes]) -> bool:
        """A logger may write such times, too, but not with marks, or behind a job and a step."""
        found = [match for match in map(_LINE.match, lines) if match]
        own = any(match[1] or match.string.startswith(b"##[", match.end()) for match in found)
        return own and len(found) >= 2 and nearly_all(len(found), len(lines))


CARRIER = GithubActions()
