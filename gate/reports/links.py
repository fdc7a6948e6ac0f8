"""Where a log that a page names can be opened from the page's own folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from gate.model import Report
from gate.reports.escape import encodable


class Link(NamedTuple):
    """A place in a log; `href` is "" where there is no file to open."""

    href: str
    shown: str


class Links:
    """From the report's folder to files named as they open from the working directory."""

    def __init__(self, report: Report, folder: Path | None) -> None:
        self._folder = folder
        self._hrefs: dict[str, str] = {}
        logs = (log for testcase in report.testcases for site in testcase.sites for log in site.logs)
        paths = [log.path for log in (*logs, *report.shared.logs) if not log.path.isascii()]
        self._real = {shown: path for path in paths if (shown := encodable(path)) != path}

    def to(self, path: str, line: int, end_line: int) -> Link:
        """These lines of a log (0: all of it), by its real name; a finding has a picture of one that is no Unicode."""
        path = self._real.get(path, path)
        lines = f":{line}" + (f"–{end_line}" if end_line > line else "") if line else ""
        return Link(self.href(path), f"{path}{lines}")

    def href(self, path: str) -> str:
        """A relative URL, "" where there is none (standard input, another drive, a report on standard output)."""
        if self._folder is None or path in ("", "-"):
            return ""
        file = path.partition("!/")[0]
        if file not in self._hrefs:
            self._hrefs[file] = _relative_url(file, self._folder)
        return self._hrefs[file]


def _relative_url(file: str, folder: Path) -> str:
    try:
        relative = Path(os.path.relpath(file, folder)).as_posix()
        return quote(os.fsencode(relative))  # a colon is quoted too, so no path can be taken for `javascript:`
    except ValueError:  # another drive, or a name that no file can have
        return ""
