from __future__ import annotations

import json

import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from gate.reports import bounded


def test_worst_first() -> None:
    """New before known before waived, and one of each issue, the most severe first, before any second."""
    rare = samples.issue([samples.finding(line=3)], severity="note", fingerprint="v1:rare")
    known = samples.issue([samples.finding(disposition="known")], fingerprint="v1:known")
    mixed = samples.issue([samples.finding(line=1), samples.finding(line=2), samples.finding(disposition="waived")])
    found = list(bounded.worst(samples.report((), [known, rare, mixed])))
    assert [(each.finding.disposition, each.finding.line) for each in found] == [
        *(("new", 1), ("new", 3), ("new", 2), ("known", 120), ("waived", 120)),
    ]
    assert [each.nth for each in found] == [1, 1, 2, 1, 3]


def test_excerpt() -> None:
    """A long excerpt keeps its first lines and more of its last; a short one is as it was."""
    finding = samples.finding(excerpt="\n".join(f"line {i}" for i in range(10)))
    assert bounded.excerpt(finding, 6, 100).split("\n") == [
        *("line 0", "line 1", "… 4 lines …", "line 6", "line 7", "line 8", "line 9"),
    ]
    assert bounded.excerpt(finding, 10, 100) == finding.excerpt
    assert bounded.excerpt(samples.finding(excerpt="abcdef\nabc"), 2, 4) == "abc…\nabc"


@given(st.recursive(st.text() | st.sampled_from(["##[", "###vso[x]", "#####["]), st.lists))
def test_encoded(value: object) -> None:
    """What is encoded is read back as it was, in ASCII on one line, without a command."""
    text = bounded.encoded(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert text.isprintable()
    assert "##" not in text
