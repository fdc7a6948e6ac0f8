"""The findings as data within the page, which its script shows as they are asked for: 100,000 would be no page.

Blocks of JSON, gzipped and in base64, of three kinds: `issues`, `rows` (findings, as columns) and `evidence` (what a
finding unfolds to, as HTML that is escaped like the rest of the page). The script unpacks the last only when it must.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gate.findings import encode
from gate.model import Disposition, Finding, Issue, SiteKey
from gate.reports import words
from gate.reports.escape import one_line, path_text, visible
from gate.reports.links import Links

FINDINGS = 100_000
"""Findings that the page holds at most, the worst first."""

ROOM = {"issues": 600_000, "rows": 700_000, "evidence": 1_500_000}
"""Characters that the blocks of each kind may take, so that the page stays under 5 MB."""

ISSUES_A_BLOCK, ROWS_A_BLOCK, EVIDENCE_A_BLOCK = 1_000, 5_000, 64
NO_EVIDENCE = -1
_DISPOSITIONS: tuple[Disposition, ...] = ("new", "known", "waived")


class Block(NamedTuple):
    """`data` is base64 of gzip of JSON."""

    kind: str
    data: str


class Embedded:
    """Takes findings one by one, the worst first; `blocks` gives what found room.

    `cells` has the number of each testcase's site in the page's anchors; `evidence` draws what a finding unfolds to.
    """

    def __init__(
        self,
        issues: Sequence[Issue],
        cells: Mapping[SiteKey, int],
        links: Links,
        evidence: Callable[[Finding], str],
    ) -> None:
        self._draw = evidence
        self._issues, self._rows, self._evidence = _Packer("issues"), _Packer("rows"), _Packer("evidence")
        self._held = self._add_issues(issues)
        self._tables = {
            "cells": _Table(lambda key: [cells[key], visible(words.label(key[0])), visible(key[1])]),
            "paths": _Table(lambda path: [path_text(links.to(path, 0, 0).shown), links.to(path, 0, 0).href]),
            "texts": _Table(lambda text: text),
        }
        self._pending: list[list[Any]] = []
        self._unfolded: list[str] = []
        self._drawn = 0

    def _add_issues(self, issues: Sequence[Issue]) -> int:
        """How many of them, the first ones, found room."""
        for first in range(0, len(issues), ISSUES_A_BLOCK):
            if not self._issues.add([_issue(issue) for issue in issues[first : first + ISSUES_A_BLOCK]]):
                return first
        return len(issues)

    def add(self, number: int, finding: Finding) -> None:
        """A finding of this issue, which counts from 1; nothing where there is no room left for it."""
        if number > self._held or self._rows.full:
            return
        self._pending.append(self._row(number, finding))
        if len(self._pending) == ROWS_A_BLOCK:
            self._end_rows()

    def blocks(self) -> list[Block]:
        """All of them; nothing is added any more."""
        if self._pending:
            self._end_rows()
        if self._unfolded:
            self._end_evidence()
        return [*self._issues.blocks, *self._rows.blocks, *self._evidence.blocks]

    def _row(self, number: int, finding: Finding) -> list[Any]:
        return [
            number,
            self._tables["cells"].number((finding.testcase, finding.site)),
            self._tables["paths"].number(finding.path),
            finding.line,
            finding.end_line - finding.line,
            visible(finding.time or ""),
            _DISPOSITIONS.index(finding.disposition),
            self._tables["texts"].number(one_line(finding.by, 200)),
            self._tables["texts"].number(one_line(finding.note, 400)),
            self._unfold(finding),
        ]

    def _unfold(self, finding: Finding) -> int:
        """The number of its evidence among all; one that does not fit, and all after it, have none."""
        if self._evidence.full:
            return NO_EVIDENCE
        self._unfolded.append(str(self._draw(finding)))
        self._drawn += 1
        if len(self._unfolded) == EVIDENCE_A_BLOCK:
            self._end_evidence()
        return self._drawn - 1

    def _end_rows(self) -> None:
        """As columns, which compress better than rows."""
        columns = list(map(list, zip(*self._pending, strict=True)))
        self._rows.add({"columns": columns, **{name: table.taken() for name, table in self._tables.items()}})
        self._pending.clear()

    def _end_evidence(self) -> None:
        self._evidence.add(self._unfolded)
        self._unfolded.clear()


def _issue(issue: Issue) -> list[Any]:
    return [
        visible(issue.fingerprint),
        visible(issue.rule),
        issue.severity,
        one_line(issue.title, 400),
        _DISPOSITIONS.index(issue.disposition),
        [issue.counts.new, issue.counts.known, issue.counts.waived],
        visible(words.listing(words.sites(issue), 6)),
        visible(words.listing(words.testcases(issue), 3)),
        visible(issue.first_time or ""),
        visible(issue.last_time or ""),
    ]


class _Table:
    """Numbers keys from 0 on; what the page shows for those that are new goes with the next block."""

    def __init__(self, shown: Callable[[Any], Any]) -> None:
        self._shown = shown
        self._numbers: dict[Any, int] = {}
        self._new: list[Any] = []

    def number(self, key: Any) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            self._new.append(self._shown(key))
        return number

    def taken(self) -> list[Any]:
        taken, self._new = self._new, []
        return taken


class _Packer:
    """Blocks of one kind, until one finds no room: that one and all later ones are left out."""

    def __init__(self, kind: str) -> None:
        self._kind, self._room = kind, ROOM[kind]
        self.blocks: list[Block] = []
        self.full = False

    def add(self, value: Any) -> bool:
        """Whether it found room."""
        if not self.full:
            data = base64.b64encode(gzip.compress(encode(value), 6, mtime=0)).decode()
            self._room -= len(data)
            self.full = self._room < 0
            if not self.full:
                self.blocks.append(Block(self._kind, data))
        return not self.full
