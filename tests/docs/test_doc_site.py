"""The pages as a reader gets them: built strictly, whole, and in need of no network."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT

LOADING = {"src", "srcset", "data", "poster"}
"""Attributes whose address a browser loads by itself."""


class Page(HTMLParser):
    """What a page of the site points to, and what can be pointed at in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in LOADING or (name == "href" and tag == "link" and value):
                self.loaded.append(value or "")
            elif name == "href" and value:
                self.links.append(value)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the command that CONTRIBUTING.md shows."""
    shown = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^.venv/bin/sphinx-build (.+) docs site$", shown, re.MULTILINE)
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", *command.split(), ROOT / "docs", folder]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in site.rglob("*.html")}


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    """Each link within the site names a file that is there, and an anchor that the page has."""
    broken = [
        f"{path.name}: {link}" for path, page in pages.items() for link in page.links if _is_broken(path, link, pages)
    ]
    assert broken == []
    assert len(pages) > 30


def _is_broken(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme not in ("http", "https", "mailto")
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    anchors = pages[target].anchors if target in pages else set()
    return not target.is_file() or bool(parts.fragment and unquote(parts.fragment) not in anchors)


def test_a_broken_link_is_found(site: Path, pages: dict[Path, Page]) -> None:
    """The twin: a page or an anchor that is not there is told."""
    home = (site / "index.html").resolve()
    assert not _is_broken(home, "tutorial.html#install", pages)
    assert _is_broken(home, "tutorial.html#instal", pages)
    assert _is_broken(home, "tutorials.html", pages)


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    """Pages and styles load only what lies beside them: they can be read from a disk, without a network."""
    loaded = [address for page in pages.values() for address in page.loaded if not address.startswith("data:")]
    assert [address for address in loaded if urlsplit(address).scheme or address.startswith("//")] == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert loaded
    assert [found for style in styles for found in re.findall(r"(?:@import|url\()[^;)]*https?:[^;)]*", style)] == []


def test_no_set_up_is_shown(site: Path) -> None:
    """What a page does for its test is in nothing that a browser gets."""
    assert "kubectl() {" not in (site / "how-to" / "archives-and-streams.html").read_text(encoding="utf-8")


def test_links_of_the_root(pages: dict[Path, Page]) -> None:
    """README, CONTRIBUTING and CHANGELOG link to files that are there."""
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / link).exists(), (name, link)


def test_the_hosted_build_is_the_same() -> None:
    """Read the Docs' own schema takes its file, and it builds as strictly."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.readthedocs", ".readthedocs.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "fail_on_warning: true" in (ROOT / ".readthedocs.yaml").read_text(encoding="utf-8")


# ---- in a browser ----------------------------------------------------------------------------------------------------


def opened(browser: Any, address: str, **context: Any) -> tuple[Any, list[str]]:
    """A page in a tab, and what it asked for or complained of."""
    tab, told = browser.new_context(**context).new_page(), list[str]()
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("request", lambda request: told.append(request.url))
    tab.goto(address)
    return tab, [each for each in told if not each.startswith(("file:", "data:"))]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "tutorial", "reference/commands", "reference/suite", "how-to/layouts"])
@pytest.mark.parametrize("width", [390, 1100, 1320, 1600])
def test_a_page_in_a_browser(browser: Any, site: Path, name: str, width: int) -> None:
    """From a disk, without a network, a page complains of nothing and is no wider than the window; it can be dark."""
    size = {"width": width, "height": 900}
    backgrounds = set()
    for scheme in ("light", "dark"):
        tab, told = opened(browser, (site / f"{name}.html").as_uri(), viewport=size, color_scheme=scheme)
        assert told == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        backgrounds.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(backgrounds) == 2


@pytest.mark.browser
def test_search_from_a_disk(browser: Any, site: Path) -> None:
    """The search needs no server."""
    tab, told = opened(browser, f"{(site / 'search.html').as_uri()}?q=strict_waivers")
    tab.get_by_role("link", name="Settings", exact=True).first.wait_for()
    assert told == []
