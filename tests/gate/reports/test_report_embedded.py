"""Findings as data in the page: what is put in comes out, and nothing grows beyond its room."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Finding, Issue
from gate.reports import embedded
from gate.reports.embedded import Block, Embedded
from gate.reports.links import Links

NAMES = ("new", "known", "waived")


def unpacked(blocks: Sequence[Block], kind: str) -> list[Any]:
    return [json.loads(gzip.decompress(base64.b64decode(data))) for its, data in blocks if its == kind]


def packed(issues: Sequence[Issue]) -> list[Block]:
    """All findings of the issues, one issue after the other."""
    found = [(number, each) for number, issue in enumerate(issues, 1) for each in issue.findings]
    keys = dict.fromkeys((each.testcase, each.site) for _, each in found)
    cells = {key: number for number, key in enumerate(keys, 1)}
    links = Links(samples.report([], issues), None)
    data = Embedded(issues, cells, links, lambda each: f"<pre>{each.line}</pre>")
    for number, each in found:
        data.add(number, each)
    return data.blocks()


def rows(blocks: Sequence[Block]) -> list[tuple[Any, ...]]:
    """What the page's script makes of the blocks."""
    cells, paths, texts, made = [], [], [], []
    evidence = [html for block in unpacked(blocks, "evidence") for html in block]
    for block in unpacked(blocks, "rows"):
        cells += block["cells"]
        paths += block["paths"]
        texts += block["texts"]
        for number, cell, path, line, more, time, kind, by, note, at in zip(*block["columns"], strict=True):
            shown = evidence[at] if 0 <= at < len(evidence) else ""
            names = (*cells[cell][1:], paths[path][0], line, line + more, time, NAMES[kind], texts[by], texts[note])
            made.append((number, *names, shown))
    return made


def row(number: int, each: Finding) -> tuple[Any, ...]:
    names = (each.testcase, each.site, each.path, each.line, each.end_line, each.time or "")
    return (number, *names, each.disposition, each.by, each.note, f"<pre>{each.line}</pre>")


TEXT = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=9).map(str.strip)
FINDINGS = st.builds(
    samples.finding,
    testcase=TEXT,
    site=TEXT,
    line=st.integers(1, 2**40),
    path=TEXT,
    disposition=st.sampled_from(NAMES),
    by=TEXT,
    note=TEXT,
    time=st.none() | st.just("2026-05-09T07:35:27.118+02:00"),
)


@given(st.lists(st.lists(FINDINGS, min_size=1, max_size=8), max_size=6))
def test_what_goes_in_comes_out(groups: list[list[Finding]]) -> None:
    """Each finding comes out as it was, in its order, also across blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "ROWS_A_BLOCK", 3)
        patch.setattr(embedded, "EVIDENCE_A_BLOCK", 2)
        patch.setattr(embedded, "ISSUES_A_BLOCK", 2)
        issues = [samples.issue(group, fingerprint=f"v1:{i}") for i, group in enumerate(groups)]
        blocks = packed(issues)
    assert rows(blocks) == [row(number, each) for number, group in enumerate(groups, 1) for each in group]
    told = [issue for block in unpacked(blocks, "issues") for issue in block]
    assert [issue[0] for issue in told] == [issue.fingerprint for issue in issues]
    assert [sum(issue[5]) for issue in told] == [issue.count for issue in issues]


@pytest.mark.parametrize("kind", ["issues", "rows", "evidence"])
def test_no_room(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a kind has no room left, what did not fit is left out as a whole, and nothing refers to it."""
    monkeypatch.setitem(embedded.ROOM, kind, 700)
    monkeypatch.setattr(embedded, "ROWS_A_BLOCK", 10)
    monkeypatch.setattr(embedded, "EVIDENCE_A_BLOCK", 10)
    monkeypatch.setattr(embedded, "ISSUES_A_BLOCK", 10)
    issues = [samples.issue([samples.finding(line=i + 1)], fingerprint=f"v1:{i}") for i in range(1_000)]
    blocks = packed(issues)
    assert 0 < sum(len(block.data) for block in blocks if block.kind == kind) <= 700
    told = [issue for block in unpacked(blocks, "issues") for issue in block]
    found = rows(blocks)
    assert [number for number, *_ in found] == list(range(1, len(found) + 1))
    assert len(found) <= len(told)
    assert (len(told) < 1_000) == (kind == "issues")
    assert (len(found) < 1_000) == (kind != "evidence")
    assert (found[-1][-1] == "") == (kind == "evidence")
