"""The benchmark of opening the report: each case has its row, and a page that never gets ready is an error."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import opening


@pytest.mark.browser
def test_each_case_has_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is opened, filtered and searched in a real browser; the blank one is only painted."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on the PATH")
    monkeypatch.setattr(opening, "CASES", ((17, 17), (200, 20)))
    blank, *rows = opening.measure(chromium, repeat=1)
    assert blank.painted > 0
    assert blank.ready is None
    assert [row.page for row in rows] == ["17 in 17 issues", "200 in 20 issues"]
    assert all(value is not None and value > 0 for row in rows for value in row[1:])
    assert opening.table([blank, *rows]).count("\n| ") == 3


def test_a_page_that_never_gets_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error after a while, not a figure."""

    class Page:
        def evaluate(self, told: str) -> None:
            return None

    with pytest.raises(TimeoutError, match="readyAfter"):
        opening._until(Page(), "() => window.readyAfter", within_s=0)
