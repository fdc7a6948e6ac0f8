"""The report's views in a real Chromium: filters, search, order, links, and a URL for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import report_samples as samples
from browsing import Opened

from gate.reports import embedded

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Opened:
    return Opened(browser, samples.failing(), tmp_path)


def found(page: Any) -> Any:
    """What the page says that it shows, once it has its data."""
    return playwright.expect(page.locator("#found"))


def control(page: Any, label: str) -> Any:
    return page.get_by_role("search").get_by_label(label)


def titles(page: Any) -> list[str]:
    return page.locator("#issue-list h3").all_text_contents()


def test_all_at_first(opened: Opened) -> None:
    """At first all issues are shown, the worst first, and the first new one is open."""
    page = opened.page
    found(page).to_have_text("5 issues, 77 findings")
    assert [title.split()[0] for title in titles(page)] == ["#1", "#2", "#3", "#4", "#5"]
    playwright.expect(page.locator("#i1 pre")).to_contain_text("no stream processing info registered")
    playwright.expect(page.locator("#i1 li")).to_have_count(10)
    assert page.locator("#i1 li .who").all_text_contents()[:3] == [
        f"start-delay-{delay}s › server" for delay in (1, 3, 8)
    ]
    assert opened.said == []


@pytest.mark.parametrize(
    ("name", "value", "said", "query"),
    [
        ("testcase", "start-delay-3s", "2 of 5 issues, 24 of 77 findings", "testcase=start-delay-3s"),
        ("site", "site-2", "3 of 5 issues, 5 of 77 findings", "site=site-2"),
        ("rule", "strict-traceback", "2 of 5 issues, 3 of 77 findings", "rule=strict-traceback"),
        ("severity", "warning", "1 of 5 issues, 1 of 77 findings", "severity=warning"),
    ],
)
def test_filters(opened: Opened, name: str, value: str, said: str, query: str) -> None:
    """A choice shows what is like that, counts it, and stands in the URL, which shows the same again."""
    page = opened.page
    found(page).to_have_text("5 issues, 77 findings")
    control(page, name).select_option(value)
    found(page).to_have_text(said)
    assert page.url.endswith(f"report.html?{query}")
    page.reload()
    found(page).to_have_text(said)
    page.get_by_role("button", name="Show all").click()
    found(page).to_have_text("5 issues, 77 findings")
    assert page.url.endswith("report.html")


def test_dispositions(opened: Opened) -> None:
    """Without the new ones the known and the waived are left; without any, that is said."""
    page = opened.page
    control(page, "new 74").uncheck()
    found(page).to_have_text("2 of 5 issues, 3 of 77 findings")
    assert page.url.endswith("?show=known%2Cwaived")
    control(page, "known 1").uncheck()
    control(page, "waived 2").uncheck()
    playwright.expect(page.locator("#issue-list")).to_contain_text("No finding is like that.")


@pytest.mark.parametrize(
    ("sought", "numbers"),
    [
        ("SHAPE mismatch", ["#4", "#5"]),
        ("error FROM target", ["#2", "#3"]),
        ("start_run FIRED", []),
        ("swarm/site-2", ["#4"]),
        ("v1:5151", ["#3"]),
        ("late-end › ", []),
        ("<b>", []),
    ],
)
def test_search(opened: Opened, sought: str, numbers: list[str]) -> None:
    """Titles, entries, paths and fingerprints are searched, whatever the case; the lines around an entry are not."""
    page = opened.page
    control(page, "search").fill(sought)
    shown = page.locator("#issue-list h3 .chip")
    playwright.expect(shown).to_have_text(numbers) if numbers else playwright.expect(shown).to_have_count(0)
    assert opened.said == []


def test_order(browser: Any, tmp_path: Path) -> None:
    """Issues stand in the order that is chosen."""
    issues = [
        samples.issue([samples.finding()] * count, title=title, fingerprint=title, first_time=first, last_time=last)
        for title, count, first, last in (
            ("b", 1, "2026-05-09T07:35:27+02:00", "2026-05-09T06:40:00+00:00"),
            ("a", 3, None, None),
            ("c", 2, "2026-05-09T06:00:00+02:00", "2026-05-09T08:00:00+02:00"),
        )
    ]
    page = Opened(browser, samples.report([samples.testcase("fedavg")], issues), tmp_path, "?sort=title").page
    playwright.expect(page.locator("#issue-list h3")).to_have_text(["#1 a", "#3 b", "#2 c"])
    control(page, "order").select_option("most findings first")
    playwright.expect(page.locator("#issue-list h3")).to_have_text(["#1 a", "#2 c", "#3 b"])
    page.get_by_role("search").get_by_label("order").select_option("first seen first")
    playwright.expect(page.locator("#issue-list h3")).to_have_text(["#2 c", "#3 b", "#1 a"])
    page.get_by_role("search").get_by_label("order").select_option("last seen first")
    playwright.expect(page.locator("#issue-list h3")).to_have_text(["#3 b", "#2 c", "#1 a"])
    told = "first 2026-05-09 07:35:27 +02:00, last 2026-05-09 06:40:00 +00:00"
    playwright.expect(page.locator("#i3 .when")).to_have_text(told)


def test_a_link_to_what_is_filtered_out(opened: Opened) -> None:
    """A cell's link shows its finding even where the filter hides it."""
    page = opened.page
    control(page, "severity").select_option("warning")
    page.locator("#matrix tr", has_text="start-delay-8s").locator("td").nth(2).locator(".chip").click()
    target = page.locator("li.target")
    playwright.expect(target).to_be_in_viewport()
    playwright.expect(target).to_contain_text("start-delay-8s › site-2")
    playwright.expect(target.locator("pre")).to_be_visible()
    found(page).to_have_text("5 issues, 77 findings")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("issues", [25, 1_000])
@pytest.mark.parametrize("part", ["testcases", "run", "i7", "v1:0000000000000006"])
def test_a_link_leads_to_its_place(browser: Any, tmp_path: Path, part: str, issues: int, *, script: bool) -> None:
    """What a link names stands at the top of the window, as soon as the page is open and after a click, however long
    the list before it is; an issue may be named by its fingerprint."""
    report = samples.many(issues, issues=issues)
    page = Opened(browser, report, tmp_path, f"#{part}", java_script_enabled=script).page
    if script:
        found(page).to_contain_text("issues")
    shown = page.locator("[id='i7'] :is(h3, h4)" if part.startswith(("i", "v")) else f"[id='{part}'] h2")
    for _ in range(2):
        assert arrives(page, shown)
        page.wait_for_timeout(300)  # and nothing moves it away
        assert arrives(page, shown)
        page.evaluate("window.scrollTo(0, 0)")
        page.evaluate(f"const a = document.createElement('a'); a.href = '#{part}'; document.body.prepend(a); a.click()")


def arrives(page: Any, shown: Any, within_s: float = 30) -> bool:
    """Whether it comes to stand at the window's top, or as near as the page's end lets it."""
    at_the_end = "scrollY + innerHeight >= document.documentElement.scrollHeight - 2"
    for _ in range(int(within_s * 10)):
        if -2 <= shown.bounding_box()["y"] <= 120 or page.evaluate(at_the_end):
            return True
        page.wait_for_timeout(100)
    return False


def test_below_the_list_nothing_is_drawn(browser: Any, tmp_path: Path) -> None:
    """Who reads what stands behind a long list does not make it longer."""
    page = Opened(browser, samples.many(1_000, issues=1_000), tmp_path).page
    found(page).to_have_text("1,000 issues, 1,000 findings")
    page.locator("nav a", has_text="Testcases").click()
    page.wait_for_timeout(500)
    assert page.locator("#issue-list article").count() <= 60


def test_back(opened: Opened) -> None:
    """The browser's way back leads to the view before a link."""
    page = opened.page
    control(page, "site").select_option("site-2")
    page.locator("#matrix .chip", has_text="#2").first.click()
    page.go_back()
    playwright.expect(control(page, "site")).to_have_value("site-2")
    page.go_back()
    playwright.expect(control(page, "site")).to_have_value("")


def test_more_places(opened: Opened) -> None:
    """The places of an issue that are not shown come with a button, and the first of them has the focus."""
    page = opened.page
    page.get_by_role("button", name="Show 56 more of 66").press("Enter")
    playwright.expect(page.locator("#i1 li")).to_have_count(66)
    assert page.evaluate("document.activeElement.closest('li') === document.querySelectorAll('#i1 li')[10]")


@pytest.mark.parametrize("size", [7, 64])
def test_each_place_unfolds_to_its_own_entry(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whichever block its evidence lies in, a place unfolds to its own entry, and a search for that finds it alone."""
    monkeypatch.setattr(embedded, "EVIDENCE_A_BLOCK", size)
    places = [samples.finding("fedavg", "site-1", n, excerpt=f"ERROR lost batch{n}x") for n in range(1, 151)]
    page = Opened(browser, samples.report([samples.testcase("fedavg")], [samples.issue(places)]), tmp_path).page
    found(page).to_have_text("1 issue, 150 findings")
    for number in (1, size, size + 1, 140, 150):
        control(page, "search").fill(f"batch{number}x")
        found(page).to_have_text("1 of 1 issue, 1 of 150 findings")
        playwright.expect(page.locator("#i1 pre")).to_have_text(f"ERROR lost batch{number}x")


def test_keyboard_alone(opened: Opened) -> None:
    """By keys alone: search, open a place, read it."""
    page = opened.page
    control(page, "search").focus()
    page.keyboard.type("no answer")
    playwright.expect(page.locator("#issue-list h3")).to_have_count(1)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#issue-list summary')"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    playwright.expect(page.locator("#i4 pre")).to_contain_text("211 lines cut")


def test_only_what_did_not_pass(opened: Opened) -> None:
    """The matrix can be reduced to what did not pass, and the URL says so."""
    page = opened.page
    page.locator("#matrix").get_by_label("only what did not pass").check()
    heads = page.locator("#matrix tbody th:visible")
    playwright.expect(heads).to_have_count(6)
    assert page.url.endswith("?matrix=bad")
    page.reload()
    playwright.expect(heads).to_have_count(6)


def test_all_rows_again(opened: Opened) -> None:
    """`Show all`, and a link to what is filtered out, bring the matrix' hidden rows back, too."""
    page = opened.page
    only_bad, heads = page.get_by_label("only what did not pass"), page.locator("#matrix tbody th:visible")
    only_bad.check()
    playwright.expect(heads).to_have_count(6)
    page.get_by_role("button", name="Show all").click()
    playwright.expect(heads).to_have_count(13)
    playwright.expect(only_bad).not_to_be_checked()
    assert page.url.endswith("report.html")
    only_bad.check()
    control(page, "severity").select_option("warning")
    page.locator("#matrix tr", has_text="start-delay-8s").locator("td").nth(2).locator(".chip").click()
    playwright.expect(heads).to_have_count(13)
    playwright.expect(only_bad).not_to_be_checked()


def test_testcases_in_order(opened: Opened) -> None:
    """The testcases sort by name, verdict and duration, both ways, and say how."""
    page = opened.page
    names = page.locator("table.testcases > tbody > tr > th")
    page.get_by_role("button", name="duration").click()
    page.get_by_role("button", name="duration").click()
    assert names.first.text_content() == "aborted"
    assert page.locator("th[data-key=duration]").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="verdict").click()
    verdicts = page.locator("table.testcases > tbody > tr > td:nth-child(2)").all_inner_texts()
    assert [words.split()[1] for words in verdicts] == ["fail"] * 5 + ["error"] + ["pass"] * 7
    assert page.locator("th[data-key=duration]").get_attribute("aria-sort") is None


@pytest.mark.parametrize("issues", [1, 300, 20_000])
def test_many(browser: Any, tmp_path: Path, issues: int) -> None:
    """Of 100,000 findings all are there to be found, and the page draws only what is looked at."""
    opened = Opened(browser, samples.many(100_000, issues=issues), tmp_path)
    page = opened.page
    total = 100_000 // issues * issues
    named = "1 issue" if issues == 1 else f"{issues:,} issues"
    found(page).to_have_text(f"{named}, {total:,} findings")
    assert page.locator("#issue-list li").count() <= 300
    control(page, "testcase").select_option("testcase-17")
    control(page, "site").select_option("site-2")
    found(page).to_contain_text(f"of {total:,} findings")
    shown = page.locator("#found").text_content().split(" of ")[1].split(", ")[1]
    assert total / 51 - issues <= int(shown.replace(",", "")) <= total / 51 + issues
    last = min(issues, 500)
    page.evaluate(f"location.hash = '#i{last}'")
    playwright.expect(page.locator(f"#i{last}")).to_be_in_viewport()
    assert opened.said == []


def test_what_has_no_room_is_said(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings and issues that the page has no room for are counted aloud."""
    monkeypatch.setitem(embedded.ROOM, "issues", 1_000)
    monkeypatch.setitem(embedded.ROOM, "rows", 1_500)
    monkeypatch.setattr(embedded, "ROWS_A_BLOCK", 100)
    monkeypatch.setattr(embedded, "ISSUES_A_BLOCK", 10)
    page = Opened(browser, samples.many(4_000, issues=100), tmp_path).page
    playwright.expect(page.locator("#issue-list .cut").first).to_contain_text("of its 40 findings are not in this page")
    playwright.expect(page.locator("#issue-list .cut").last).to_contain_text("issues are not in this page")


def test_an_issue_of_whose_findings_none_has_room(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts with all its findings in the order by how many there are."""
    monkeypatch.setitem(embedded.ROOM, "rows", 700)
    monkeypatch.setattr(embedded, "ROWS_A_BLOCK", 1)
    few, many = (
        samples.issue([samples.finding(disposition=disposition)] * count, title=title, fingerprint=title)
        for title, count, disposition in (("few", 1, "new"), ("many", 9, "waived"))
    )
    page = Opened(browser, samples.report([samples.testcase("fedavg")], [few, many]), tmp_path, "?sort=count").page
    playwright.expect(page.locator("#issue-list .cut").first).to_contain_text("of its 9 findings are not in this page")
    playwright.expect(page.locator("#issue-list h3")).to_have_text(["#2 many", "#1 few"])


def _numerous(issues: int) -> Any:
    """So many issues of one finding each, a second apart, one after the other on 17 testcases."""
    found = [
        samples.finding(f"testcase-{i % 17:02}", "server", 9 * i + 1, time=f"2026-05-09T07:{i // 60:02}:{i % 60:02}Z")
        for i in range(issues)
    ]
    made = [samples.issue([each], fingerprint=f"v1:{i:016x}", title=f"issue {i}") for i, each in enumerate(found)]
    return samples.report([samples.testcase(f"testcase-{i:02}") for i in range(17)], made)


def test_links_to_issues_that_only_the_script_shows(browser: Any, tmp_path: Path) -> None:
    """Where the page without a script has no room for an issue, the script leads its links there, and none is dead."""
    opened = Opened(browser, _numerous(600), tmp_path)
    page = opened.page
    found(page).to_have_text("600 issues, 600 findings")
    links = page.locator("a[data-issue]")
    assert links.count() > 50
    assert set(
        links.evaluate_all("all => all.map(link => link.getAttribute('href') === `#i${link.dataset.issue}`)")
    ) == {True}
    last = page.locator("#timeline a.mark[data-issue]").last
    number = last.get_attribute("data-issue")
    last.dispatch_event("click")
    playwright.expect(page.locator(f"#i{number}")).to_be_in_viewport()
    assert opened.said == []


def test_links_to_issues_without_any_room(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to an issue that the page does not have leads to the issues, where it is said what is missing."""
    monkeypatch.setitem(embedded.ROOM, "issues", 1_000)
    monkeypatch.setattr(embedded, "ISSUES_A_BLOCK", 10)
    page = Opened(browser, _numerous(600), tmp_path).page
    playwright.expect(page.locator("#issue-list .cut").last).to_contain_text("issues are not in this page")
    assert set(page.locator("a[data-issue]").evaluate_all("all => all.map(link => link.getAttribute('href'))")) == {
        "#issues"
    }


def test_print(browser: Any, tmp_path: Path) -> None:
    """On paper all issues stand, not only those that were looked at, and no control."""
    page = Opened(browser, samples.many(1_000, issues=250), tmp_path).page
    found(page).to_have_text("250 issues, 1,000 findings")
    assert page.locator("#issue-list article").count() < 250
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#issue-list article").count() == 250
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()


def test_without_decompression_the_page_is_as_written(browser: Any, tmp_path: Path) -> None:
    """In a browser that cannot unpack, what the page shows without a script stays."""
    opened = Opened(browser, samples.failing(), tmp_path)
    opened.page.add_init_script("delete window.DecompressionStream")
    opened.page.reload()
    playwright.expect(opened.page.locator("#issue-list article")).to_have_count(5)
    assert not opened.page.locator("#filter").is_visible()


def test_without_idle_callbacks(browser: Any, tmp_path: Path) -> None:
    """In Safari, which has no requestIdleCallback, the views are there all the same."""
    opened = Opened(browser, samples.failing(), tmp_path)
    opened.page.add_init_script("delete window.requestIdleCallback")
    opened.page.reload()
    found(opened.page).to_have_text("5 issues, 77 findings")
    control(opened.page, "site").select_option("site-2")
    found(opened.page).to_have_text("3 of 5 issues, 5 of 77 findings")
    assert opened.said == []


def test_within_another_page(browser: Any, tmp_path: Path) -> None:
    """A CI system may show the page within its own, where it has no URL to write into: filters and links work."""
    opened = Opened(browser, samples.failing(), tmp_path)
    page = opened.page
    page.goto("about:blank")
    page.set_content("<iframe sandbox='allow-scripts' width='1200' height='900'></iframe>")
    page.locator("iframe").evaluate(
        "(frame, html) => { frame.srcdoc = html; }", (tmp_path / "report.html").read_text("utf-8")
    )
    inside = page.frame_locator("iframe")
    playwright.expect(inside.locator("#found")).to_have_text("5 issues, 77 findings")
    inside.get_by_role("search").get_by_label("severity").select_option("warning")
    playwright.expect(inside.locator("#found")).to_have_text("1 of 5 issues, 1 of 77 findings")
    inside.locator("#matrix .chip", has_text="#2").first.click()
    playwright.expect(inside.locator("li.target")).to_be_in_viewport()
    inside.get_by_role("search").get_by_label("severity").select_option("warning")
    inside.get_by_role("button", name="Show all").click()
    playwright.expect(inside.locator("#found")).to_have_text("5 issues, 77 findings")
    assert opened.said == []


@pytest.mark.parametrize("name", ["failing", "hostile", "missing_evidence", "all_pass", "nothing"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe(browser: Any, tmp_path: Path, name: str, scheme: str, width: int) -> None:
    """axe finds no barrier, with everything open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    report = getattr(samples, name)()
    viewport = {"width": width, "height": 900}
    page = Opened(browser, report, tmp_path, color_scheme=scheme, viewport=viewport).page
    if report.issues:
        found(page).to_contain_text("finding")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    problems = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in problems] == []


@pytest.mark.parametrize("name", ["hostile", "everywhere"])
def test_nothing_of_a_log_runs(browser: Any, tmp_path: Path, name: str) -> None:
    """Hostile text in every field stays text in each view, unfolded and searched."""
    report = samples.hostile() if name == "hostile" else samples.everywhere(samples.HOSTILE)
    opened = Opened(browser, report, tmp_path)
    page = opened.page
    found(page).to_contain_text("finding")
    title = page.title()
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    playwright.expect(page.locator("#issue-list pre").first).to_contain_text("<script>")
    control(page, "search").fill("<script>")
    found(page).to_contain_text("finding")
    assert page.locator("#issue-list script, #issue-list img").count() == 0
    assert page.title() == title
    assert opened.said == []
    assert opened.foreign == []
