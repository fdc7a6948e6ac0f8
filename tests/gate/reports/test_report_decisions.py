"""Waivers and what is fixed, on the page: whoever reads it knows what to renew, what to remove and whom to ask."""

from __future__ import annotations

import re

import msgspec
import picture_samples as pictures
import pytest
import report_samples as samples
from test_report_html import Document, rendered

from gate.model import Leftovers, Report, WaiverReport
from gate.reports import decisions
from gate.reports.decisions import SOON


def reported(*waivers: WaiverReport, fixed: tuple[str, ...] = ()) -> Report:
    return msgspec.structs.replace(samples.small(), waivers=waivers, leftovers=Leftovers((), (), fixed))


def groups(*waivers: WaiverReport) -> dict[str, list[WaiverReport]]:
    found = decisions.view(reported(*waivers))
    assert found
    return {group.state: group.waivers for group in found.groups}


def told(report: Report) -> str:
    return re.sub(r"\s+", " ", Document(rendered(report)).text)


def test_no_decision_no_section() -> None:
    """Without waivers and without a baseline that became smaller nothing is said."""
    assert decisions.view(reported()) is None
    assert 'id="decisions"' not in rendered(reported())


def test_each_waiver_stands_where_it_belongs() -> None:
    """What needs a person comes first: expired, then ending soon; within each what ends first."""
    found = groups(*pictures.waivers(), samples.waiver("used", 3, 1))
    assert list(found) == ["expired", "soon", "used", "unused", "elsewhere"]
    assert [each.days_left for each in found["soon"]] == [3, 6]


@pytest.mark.parametrize(("days_left", "group"), [(0, "soon"), (SOON, "soon"), (SOON + 1, "used")])
def test_what_ends_soon(days_left: int, group: str) -> None:
    """The last day is still within; one day more than two weeks is not soon."""
    assert list(groups(samples.waiver("used", days_left, 1))) == [group]


def test_an_unused_waiver_needs_no_renewal() -> None:
    """That an unused waiver ends is no reason to think of it."""
    assert list(groups(samples.waiver("unused", 1))) == ["unused"]


def test_a_waiver_is_told_whole() -> None:
    """What it is for, why, whose it is, where it is written, when it ends and what it holds."""
    text = told(reported(*pictures.waivers()))
    for words in (
        "Expired: hide nothing any more, and fail the gate (1)",
        "In use, and ending within 14 days (1)",
        "/cannot forward req: no path/",
        "testcase: late-*count: 3",
        "race at the end, fixed in 2.9.1https://example.com/issues/12waivers.yaml:3",
        "2026-05-06 3 days ago 7",
        "bob 2026-05-15 in 6 days 2",
    ):
        assert words in text


@pytest.mark.parametrize(("days_left", "words"), [(-1, "1 day ago"), (0, "today"), (1, "in 1 day"), (30, "in 30 days")])
def test_days_in_words(days_left: int, words: str) -> None:
    """Days are said as people say them."""
    assert f" {words} " in told(reported(samples.waiver("unused", days_left)))


def test_a_link_is_text() -> None:
    """A waiver's link is shown and not followed: whoever wrote it, the page leads nowhere but to its own files."""
    hostile = samples.waiver("used", 90, 1, link="javascript:alert(1)")
    document = Document(rendered(reported(hostile)))
    assert "javascript:alert(1)" in document.text
    assert not any(href.startswith("javascript") for href in document.all("href"))


def test_what_is_fixed() -> None:
    """The title comes first, then the fingerprint; one without a title is told all the same."""
    found = decisions.view(reported(fixed=("v1:0a CoreCell: no path: not seen any more", "v1:0b")))
    assert found
    assert [(each.fingerprint, each.told) for each in found.fixed] == [("v1:0a", "CoreCell: no path"), ("v1:0b", "")]


def test_the_number_has_a_bound() -> None:
    """Of many waivers and fixed issues the first are shown, and it is said how many more there are."""
    html = rendered(reported(*[samples.waiver("used", 90, 1)] * 1_000, fixed=("v1:0 a",) * 1_000))
    assert html.count("900 more") == 2
    assert len(html) < 200_000
