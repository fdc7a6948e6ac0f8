"""Findings for spreadsheets and scripts: one a line, harmless to open."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TextIO

from gate.model import Finding, Issue, Report
from gate.reports import words
from gate.reports.escape import inert, lines, one_line, path_text

LIMIT = 1_000_000
"""Spreadsheets hold 1,048,576 rows."""

COLUMNS = (
    *("disposition", "severity", "rule", "title", "testcase", "site", "path", "line", "end_line", "time"),
    *("fails", "by", "note", "fingerprint", "excerpt"),
)

_EXCERPT = 1_000
_SIGNS = "=+\\-@＝＋－＠"  # the wide ones count as well in East Asian editions
_FORMULA = re.compile(rf"[ '\"]*[{_SIGNS}]")
_LATER_FORMULA = re.compile(rf"(?<=;)(?=[ '\"]*[{_SIGNS}])")
"""A semicolon begins a cell where it is the separator of lists."""


class CsvFormat:
    """RFC 4180: a header, lines that end in CRLF, quoted where needed; no field has a line break."""

    filename = "report.csv"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        room = LIMIT
        for issue in words.ordered(report.issues):
            writer.writerows(_rows(issue, islice(issue.findings, room)))
            room -= min(room, len(issue.findings))
        if (rest := report.counts.findings.total - LIMIT) > 0:
            said = f"{words.number(rest, 'more finding')}: see report.json"
            writer.writerow([said if column == "title" else "" for column in COLUMNS])


def _rows(issue: Issue, findings: Iterable[Finding]) -> Iterator[list[str]]:
    what = [issue.severity, _cell(issue.rule), _cell(issue.title)]
    fingerprint = _cell(issue.fingerprint)
    for finding in findings:
        where = [*_path(finding.testcase, finding.site, finding.path), str(finding.line), str(finding.end_line)]
        why = ["yes" if finding.fails else "no", _cell(finding.by), _cell(finding.note), fingerprint]
        excerpt = _cell(" ⏎ ".join(lines(finding.excerpt)), _EXCERPT)
        yield [finding.disposition, *what, *where, _cell(finding.time or ""), *why, excerpt]


@lru_cache(1_000)
def _path(testcase: str, site: str, path: str) -> list[str]:
    place = (words.label(testcase), site, words.relative(path))
    return [_computed_by_nobody(path_text(text)) for text in place]


def _cell(text: str, limit: int = 0) -> str:
    return _computed_by_nobody(one_line(text, limit)) if text else ""


def _computed_by_nobody(text: str) -> str:
    text = inert(text)
    if _FORMULA.match(text):
        text = f"'{text}"
    return _LATER_FORMULA.sub("'", text) if ";" in text else text


FORMAT = CsvFormat()
