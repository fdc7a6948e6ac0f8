"""What formats of limited size share: the worst findings first, excerpts that fit, JSON that is harmless to print."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import Any, NamedTuple

from gate.model import Finding, Issue, Report
from gate.reports import words
from gate.reports.escape import lines

_DISPOSITIONS = ("new", "known", "waived")
_SEVERITIES = ("error", "warning", "note")


class Placed(NamedTuple):
    """A finding, its issue, and the how manieth of this issue it is in its testcase and site, from 1."""

    issue: Issue
    finding: Finding
    nth: int


def worst(report: Report) -> list[Placed]:
    """Every finding: new before known before waived, and one of each issue before any issue's second.

    So a cut at the end takes repetitions, and no issue disappears behind another's thousands.
    """
    ranked: list[tuple[int, int, int, int, Placed]] = []
    number = count()
    for issue in words.ordered(report.issues):
        seen: Counter[tuple[str, str]] = Counter()
        severity = _SEVERITIES.index(issue.severity)
        for round_, finding in enumerate(issue.findings):
            seen[finding.testcase, finding.site] += 1
            placed = Placed(issue, finding, seen[finding.testcase, finding.site])
            ranked.append((_DISPOSITIONS.index(finding.disposition), round_, severity, next(number), placed))
    ranked.sort()
    return [each[-1] for each in ranked]


def excerpt(finding: Finding, most: int, width: int) -> str:
    """The finding's lines, `most` of them and each up to `width` characters; what is cut shows as `…`."""
    text = lines(finding.excerpt)
    if len(text) > most:  # a traceback says what happened in its last lines
        head, tail = most // 3, most - most // 3
        text = [*text[:head], f"… {words.number(len(text) - most, 'line')} …", *text[-tail:]]
    return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in text)


def encoded(value: Any) -> str:
    """The value as ASCII JSON on one line, in which no reader of CI logs finds a command (`##[...]`)."""
    return json.dumps(value).replace("##", r"\u0023\u0023")
