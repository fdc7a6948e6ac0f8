"""What formats of limited size share: the worst findings first, excerpts that fit, JSON that is harmless to print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gate.findings import kinds, tallies
from gate.model import Disposition, Finding, Issue, Report, SiteKey
from gate.reports import words
from gate.reports.escape import lines

_DISPOSITIONS: tuple[Disposition, ...] = ("new", "known", "waived")
_SEVERITIES = ("error", "warning", "note")


class Placed(NamedTuple):
    """A finding, its issue, and the how manieth of this issue it is in its testcase and site, from 1."""

    issue: Issue
    finding: Finding
    nth: int


def worst(report: Report) -> Iterator[Placed]:
    """Every finding: new before known before waived, and one of each issue before any issue's second.

    So a cut at the end takes repetitions, and no issue disappears behind another's thousands. Only what is asked for is
    read.
    """
    issues = sorted(words.ordered(report.issues), key=lambda issue: _SEVERITIES.index(issue.severity))
    for disposition in _DISPOSITIONS:
        queues: Iterable[_Queue] = (_Queue(issue, disposition) for issue in issues)
        while queues:
            left = []
            for queue in queues:
                if queue.left and (placed := queue.next()):
                    yield placed
                if queue.left:
                    left.append(queue)
            queues = left


class _Queue:
    """The findings of one issue that have one disposition; `left` of them are still to come."""

    def __init__(self, issue: Issue, disposition: Disposition) -> None:
        self.left = sum(getattr(counts, disposition) for counts in tallies(issue).values())
        self._issue, self._disposition = issue, disposition
        self._kinds = enumerate(kinds(issue))
        self._seen: dict[SiteKey, int] = {}

    def next(self) -> Placed | None:
        """The issue's next finding; None where it has another disposition."""
        index, (site, disposition) = next(self._kinds)
        nth = self._seen[site] = self._seen.get(site, 0) + 1
        if disposition != self._disposition:
            return None
        self.left -= 1
        return Placed(self._issue, self._issue.findings[index], nth)


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
