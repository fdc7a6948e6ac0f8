"""The pictures of the HTML report in a real Chromium: what only a browser can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import picture_samples as pictures
import pytest
import report_samples as samples
from browsing import Opened
from test_report_browser import CONTRAST

from gate.model import Leftovers, Report

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FIXED = Leftovers((), (), ("v1:0a CoreCell: no path: not seen any more",))
SECTIONS = ("#timeline", "#trend", "#decisions")

SHAPES = """
() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const card = light(parse(getComputedStyle(document.querySelector(".chart")).backgroundColor));
  const poor = [];
  for (const e of document.querySelectorAll(".picture text, .picture .mark > *, .trend polyline")) {
    const style = getComputedStyle(e);
    const colours = [style.fill, style.stroke].filter(c => c.startsWith("rgb"));
    const ratios = colours.map(light_of => {
      const [a, b] = [light(parse(light_of)), card].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    });
    const wanted = e.tagName === "text" ? 4.5 : 3;
    if (e.tagName !== "title" && Math.max(...ratios) < wanted) poor.push(`${e.outerHTML} ${ratios}`);
  }
  return poor;
}
"""

BESIDE = """
() => {
  const lanes = [...document.querySelectorAll(".lanes p:not(.all)")].map(e => e.getBoundingClientRect());
  return [...document.querySelectorAll(".picture .mark > :not(title)")].map(e => {
    const box = e.getBoundingClientRect();
    const middle = box.top + box.height / 2;
    return lanes.findIndex(lane => lane.top <= middle && middle < lane.bottom);
  });
}
"""


def whole(report: Report) -> Report:
    """The report with a past and with decisions."""
    return msgspec.structs.replace(report, trend=pictures.trend(), waivers=pictures.waivers(), leftovers=FIXED)


def suite() -> Report:
    return whole(pictures.suite())


def many_lanes() -> Report:
    return whole(pictures.many_lanes())


def hostile() -> Report:
    return pictures.hostile("<script>document.title='owned'</script>\u202e" + "שלום" + "x" * 10_000)


SAMPLES = [suite, many_lanes, pictures.one_lane, hostile]


@pytest.mark.parametrize("sample", SAMPLES)
def test_quiet(browser: Any, tmp_path: Path, sample: Any) -> None:
    """The pictures make the browser say nothing and ask for nothing: they keep to the page's policy."""
    page = Opened(browser, sample(), tmp_path)
    assert page.said == []
    assert page.foreign == []
    assert "owned" not in page.page.title()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("link", [".picture a.mark", "#timeline tbody a"], ids=["mark", "table"])
def test_a_mark_leads_to_its_findings(browser: Any, tmp_path: Path, link: str, *, script: bool) -> None:
    """A click on a mark, or on a time of the table, leads to that site's findings, with and without a script."""
    page = Opened(browser, suite(), tmp_path, java_script_enabled=script).page
    page.emulate_media(reduced_motion="reduce")
    if "tbody" in link:
        page.locator("#timeline summary").click()
        page.locator("#timeline tbody tr", has_text="start-delay-8s › site-1").locator("a").click()
    else:
        page.locator(link, has_text="start-delay-8s › site-1").click()
    target = page.locator("li:is(:target, .target)")
    playwright.expect(target).to_be_in_viewport()
    playwright.expect(target).to_contain_text("start-delay-8s › site-1")


@pytest.mark.parametrize("sample", SAMPLES)
def test_marks_lie_beside_their_names(browser: Any, tmp_path: Path, sample: Any) -> None:
    """Whatever a lane is called, its words stand at the height of its marks."""
    report = sample()
    page = Opened(browser, report, tmp_path).page
    beside = page.evaluate(BESIDE)
    in_order = page.evaluate(
        """() => {
          const lanes = [...document.querySelectorAll(".picture .mark > :not(title)")];
          return lanes.map(e => Math.floor((+(e.getAttribute("cy") ?? e.getAttribute("y")) - 60) / 20));
        }"""
    )
    assert beside == in_order
    assert -1 not in beside


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sample", [suite, hostile])
def test_contrast(browser: Any, tmp_path: Path, scheme: str, sample: Any) -> None:
    """Text stands out by 4.5 to 1, marks and lines by 3 to 1, in light and dark."""
    page = Opened(browser, sample(), tmp_path, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(SHAPES) == []


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("width", [320, 768])
def test_narrow(browser: Any, tmp_path: Path, width: int, sample: Any) -> None:
    """On a phone a picture scrolls in its own region, where the keyboard reaches it, and never the page."""
    page = Opened(browser, sample(), tmp_path, viewport={"width": width, "height": 800}).page
    page.locator("#timeline details").evaluate_all("all => all.forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "[...document.querySelectorAll('#timeline *, #trend *, #decisions *')].filter(e => "
    scrolling = wide + "getComputedStyle(e).overflowX === 'auto' && e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{scrolling}.filter(e => e.tabIndex !== 0 || !e.ariaLabel).length") == 0


def test_names_stay_in_view(browser: Any, tmp_path: Path) -> None:
    """Scrolled to its end, a picture still shows whose lane is whose."""
    page = Opened(browser, suite(), tmp_path, viewport={"width": 390, "height": 800}).page
    for region, name in ((".chart", ".lanes"), ("#trend .scroll", ".trend tbody th")):
        page.locator(region).evaluate("e => e.scrollLeft = 10000")
        left = page.locator(name).first.evaluate("e => e.getBoundingClientRect().left")
        assert left == pytest.approx(page.locator(region).evaluate("e => e.getBoundingClientRect().left + 1"), abs=1)


def test_prints_whole(browser: Any, tmp_path: Path) -> None:
    """On A4 with its margins (186 mm) a picture is as wide as the paper: none of it is hidden in a region."""
    page = Opened(browser, suite(), tmp_path, viewport={"width": 703, "height": 1000}).page
    page.emulate_media(media="print")
    for region in (".chart", "#trend .scroll"):
        assert page.locator(region).evaluate("e => e.scrollWidth <= e.clientWidth"), region


def test_names_for_those_who_do_not_see_it(browser: Any, tmp_path: Path) -> None:
    """Each section is a named region, the picture is one figure with a name, and the Tab key skips its marks."""
    page = Opened(browser, suite(), tmp_path).page
    for section in SECTIONS:
        assert page.locator(section).evaluate("e => e.ariaLabelledByElements.length") == 1
    image = page.get_by_role("figure", name="findings over time, on")
    assert image.count() == 1
    assert page.locator(".picture a:not([tabindex='-1'])").count() == 0
    assert page.locator("#timeline details a").count() == page.locator("#timeline tbody tr").count() - 3


def test_no_time_no_picture(browser: Any, tmp_path: Path) -> None:
    """A report without a finding, a past and a decision has none of these sections."""
    page = Opened(browser, samples.all_pass(), tmp_path).page
    assert [page.locator(section).count() for section in SECTIONS] == [0, 0, 0]
