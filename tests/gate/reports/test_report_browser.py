"""The HTML report in a real Chromium: what only a browser can tell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import report_samples as samples
from browsing import Opened

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CONTRAST = """
() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = e => {
    const c = e ? parse(getComputedStyle(e).backgroundColor) : [255, 255, 255];
    return c.length < 4 || c[3] === 1 ? c : ground(e.parentElement);
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
  }
  return poor;
}
"""


@pytest.mark.parametrize("name", ["small", "failing", "hostile"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_quiet(browser: Any, tmp_path: Path, name: str, *, script: bool) -> None:
    """No console message, no request, with and without JavaScript."""
    opened = Opened(browser, getattr(samples, name)(), tmp_path, java_script_enabled=script)
    assert opened.said == []
    assert opened.foreign == []
    assert opened.page.locator("h1").is_visible()


def test_cell_leads_to_its_finding(browser: Any, tmp_path: Path) -> None:
    """A click on a cell's issue brings that site's place into view, without JavaScript."""
    page = Opened(browser, samples.failing(), tmp_path, java_script_enabled=False).page
    page.emulate_media(reduced_motion="reduce")
    page.locator("#matrix tr", has_text="start-delay-8s").locator("td").nth(2).locator(".chip").click()
    target = page.locator("li:target")
    playwright.expect(target).to_be_in_viewport()
    playwright.expect(target).to_contain_text("start-delay-8s › site-2")
    playwright.expect(target).to_contain_text("out/logs/start-delay-8s/site-2/log.txt")


def test_keyboard(browser: Any, tmp_path: Path) -> None:
    """The first Tab offers to skip to the report; a place opens by the Enter key."""
    page = Opened(browser, samples.failing(), tmp_path).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    closed = page.locator("article details:not([open])").first
    closed.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("article details:not([open])").first.evaluate("e => e.open") is False
    assert page.evaluate("document.activeElement.parentElement.open") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["failing", "hostile", "missing_evidence", "all_pass"])
def test_contrast(browser: Any, tmp_path: Path, scheme: str, name: str) -> None:
    """All text stands out from its ground by 4.5 to 1 at least, in light and dark."""
    page = Opened(browser, getattr(samples, name)(), tmp_path, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.evaluate(CONTRAST) == []


def test_landmarks_and_headings(browser: Any, tmp_path: Path) -> None:
    """One banner, main, footer and first heading; headings skip no level; sections and tables are named."""
    page = Opened(browser, samples.failing(), tmp_path).page
    for role in ("banner", "main", "contentinfo", "navigation"):
        assert page.get_by_role(role).count() == 1, role
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    parts = "[...document.querySelectorAll('section, article, nav')]"
    assert page.evaluate(f"{parts}.filter(e => !e.ariaLabel && !e.ariaLabelledByElements?.length).length") == 0
    assert page.evaluate("[...document.querySelectorAll('th')].filter(e => !e.scope).length") == 0


@pytest.mark.parametrize("name", ["small", "failing", "hostile", "missing_evidence"])
@pytest.mark.parametrize("width", [320, 390, 768])
def test_narrow(browser: Any, tmp_path: Path, name: str, width: int) -> None:
    """On a phone nothing makes the page itself scroll sideways."""
    page = Opened(browser, getattr(samples, name)(), tmp_path, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_prints_the_evidence(browser: Any, tmp_path: Path) -> None:
    """On paper an issue shows its first excerpt even where it is folded on the screen."""
    page = Opened(browser, samples.failing(), tmp_path).page
    waived = page.locator("article.waived pre").first
    assert not waived.is_visible()
    page.emulate_media(media="print")
    assert waived.is_visible()
