"""Nothing that a log says is executed or believed: readers of each format see text, and the structure that we gave."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmarkgfm
import hostile
import pytest
import report_samples as samples
from browsing import Opened
from hypothesis import HealthCheck, given, settings
from lxml import etree

from gate import reports
from gate.model import Report

PLAIN = "plain"
DOCUMENTS = ("html", "json", "junit", "sarif", "gitlab", "summary", "markdown", "csv", "terminal")


def written(name: str, report: Report) -> str:
    out = io.StringIO(newline="")
    reports.load(name).write(report, out, None)
    return out.getvalue().encode("utf-8", "strict").decode()


# ---- what a reader of each format makes of it ------------------------------------------------------------------------


class _Page(HTMLParser):
    """The elements of a page with the names of their attributes; marks that we make of log text are not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[tuple[str, ...]] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, *sorted(name for name, _ in attrs)))
        self.links |= {str(value).partition(":")[0] for name, value in attrs if (tag, name) == ("a", "href")}


def _html(text: str) -> Any:
    page = _Page()
    page.feed(text)
    assert not any(name.startswith("on") for _, *names in page.elements for name in names)
    assert not any(re.match(r"\s*(?:javascript|data|https?)\b", link, re.IGNORECASE) for link in page.links)
    return {tag for tag, *_ in page.elements}, text.count("<script"), text.count("</script")


def _shape(value: Any) -> Any:
    """JSON without its texts and numbers."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items() if key not in ("environment", "scope")}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def _json(text: str) -> Any:
    assert text.isprintable() or set(re.sub(r"[^\x00-\x1f\x7f-\x9f]", "", text)) <= {"\n"}
    return _shape(json.loads(text))


def _sarif(text: str) -> Any:
    tree = json.loads(text)
    assert not re.search(r"(?<!\\)\]\(|\{\d+\}", " ".join(_messages(tree)))
    return _shape(tree["runs"][0]["results"])


def _messages(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["message"]["text"]] if isinstance(value.get("message"), dict) else []
        return own + [text for each in value.values() for text in _messages(each)]
    return [text for each in value for text in _messages(each)] if isinstance(value, list) else []


def _xml(text: str) -> Any:
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    assert not re.search(r"\[\[ATTACHMENT\b", text, re.IGNORECASE)  # GitLab and Jenkins would publish that file
    return [(element.tag, sorted(element.attrib)) for element in root.iter()]


def _markdown(text: str) -> Any:
    """As GitHub's own renderer sees it, with its extensions; text outside of code must be ours."""
    page = etree.HTML(cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.cmark.Options.CMARK_OPT_FOOTNOTES))
    assert not page.xpath("//a | //img | //script | //details | //input | //sup")
    outside = " ".join(page.xpath("//text()[not(ancestor::code)]"))
    assert not re.search(r"@\w|#\d|https?:|www\.|\$|:\w+:", outside), outside
    return [element.tag for element in page.iter()]


def _csv(text: str) -> Any:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == len(text.split("\r\n")) - 1 == text.count("\n")
    for cell in (cell for row in rows[1:] for part in row for cell in part.split(";")):
        assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell) or cell.strip() == "", cell
    return [len(row) for row in rows]


def _terminal(text: str) -> Any:
    said = re.findall(r"^(?:exit code \d: .*|testcase +verdict +time +why)$", text, re.MULTILINE)
    return [" ".join(line.split()) for line in said]


READERS: dict[str, Callable[[str], Any]] = {
    **{"html": _html, "json": _json, "gitlab": _json, "sarif": _sarif, "junit": _xml},
    **{"summary": _markdown, "markdown": _markdown, "csv": _csv, "terminal": _terminal},
}


# ---- the property ----------------------------------------------------------------------------------------------------


def check(name: str, text: str) -> None:
    shown = written(name, samples.everywhere(text))
    assert READERS[name](shown) == READERS[name](written(name, samples.everywhere(PLAIN)))
    if name != "html":  # which is opened, not printed
        assert hostile.commands(shown) == []
        assert hostile.obeyed(shown.replace("\r\n", "\n")) == []


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("text", hostile.TEXTS)
def test_each_text_is_text(name: str, text: str) -> None:
    """Wherever a text of the corpus can stand, the format's reader, CI systems and terminals find no more than text."""
    check(name, f"a {text} b" if not text.strip() else text)


@pytest.mark.parametrize("name", DOCUMENTS)
@given(text=hostile.joined)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_texts_are_text(name: str, text: str) -> None:
    """So it is when several of them meet, and characters of any kind between them."""
    check(name, f"a{text}b")


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_annotations_are_the_only_commands(text: str) -> None:
    """GitHub's runner finds the same annotations whatever the text, one a line, and nothing in them to obey."""
    check_annotations(f"a {text} b")
    check_annotations(text or PLAIN)


@given(text=hostile.joined)
@settings(deadline=None, max_examples=60)
def test_annotations_of_any_text(text: str) -> None:
    """So it is when several texts meet."""
    check_annotations(text or PLAIN)


def check_annotations(text: str) -> None:
    shown = written("github", samples.everywhere(text))
    found, plain = hostile.annotations(shown), hostile.annotations(written("github", samples.everywhere(PLAIN)))
    assert [(kind, sorted(properties)) for kind, properties, _ in found] == [
        (kind, sorted(properties)) for kind, properties, _ in plain
    ]
    assert shown.count("\n") == len(found)
    assert hostile.obeyed(shown) == []
    for _, properties, message in found:
        assert hostile.commands("\n".join([message, *properties.values()])) == []


@pytest.mark.browser
@pytest.mark.parametrize("texts", [getattr(hostile, name) for name in ("MARKUP", "TERMINAL", "CI_COMMANDS", "LETTERS")])
def test_a_browser_shows_text(browser: Any, tmp_path: Path, texts: tuple[str, ...]) -> None:
    """In a real browser, with all unfolded, no text makes an element, a script, a request, a dialog or a message."""
    elements = []
    for name, text in (("plain", PLAIN), ("hostile", "\n".join(texts))):
        (folder := tmp_path / name).mkdir()
        opened = Opened(browser, samples.everywhere(text), folder)
        opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        opened.page.wait_for_selector("#issue-list pre")
        assert (opened.said, opened.foreign) == ([], [])
        assert (
            opened.page.evaluate("document.querySelectorAll('[onerror],[onload],[onmouseover],[onclick]').length") == 0
        )
        elements.append(set(opened.page.evaluate("[...document.querySelectorAll('*')].map(each => each.tagName)")))
    assert elements[1] - elements[0] <= {"B"}  # words that tell are bold


# ---- the commands ----------------------------------------------------------------------------------------------------

NAMES = [text.replace("/", "_").replace("\0", "")[:60] for text in hostile.TEXTS if text.isascii()]


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gate", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs that hold the corpus, below folders and files of such names, and their report in `out`."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, name in enumerate(name for name in NAMES if name.strip(" .")):
        log = folder / "logs" / f"t{number % 7} {name}" / f"s{number % 3} {name}" / f"{name}.log"
        log.parent.mkdir(parents=True)
        log.write_bytes(f"ERROR {hostile.TEXTS[number]}\n".encode("utf-8", "surrogatepass") + b"\xff\xfe ERROR\n")
    (folder / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n"
        "- {pattern: 'never seen', owner: a, expires: 2020-01-01, reason: \"\\e]0;x\\a ::error::y\"}\n"
    )
    run("scan", "logs", "--layout", "{testcase}/{site}/**", "-o", "out", "--history", "h.db", folder=folder)
    assert (folder / "out" / "report.json").is_file()
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ("scan", "logs", "--format", name)
            for name in ("terminal", "json=-", "junit=-", "sarif=-", "summary=-", "csv=-")
        ),
        ("diff", "out/report.json", "out/report.json"),
        ("history", "--db", "h.db"),
        ("waivers", "check"),
        ("explain", "\x1b]0;x\x07"),
        ("scan", "no\x1b]0;x\x07\n::error::y"),
        ("scan", "--\x1b[2J::error::y"),
        ("scan", "logs", "--format", "\n::error::\x1b[2J"),
        ("run", "\n+++ x\x1b[2J.yaml"),
        ("\n::error::\x1b[2J",),
    ],
    ids=" ".join,
)
def test_what_commands_print_is_text(arguments: tuple[str, ...], scanned: Path) -> None:
    """What a command prints of logs, names and arguments, on either output, moves no terminal and no CI system."""
    done = run(*arguments, folder=scanned)
    assert done.returncode in (0, 1, 2, 3)
    for printed in (done.stdout.decode(), done.stderr.decode()):
        assert hostile.commands(printed) == []
        assert hostile.obeyed(printed.replace("\r\n", "\n")) == []
    assert done.stdout + done.stderr
