from __future__ import annotations

import base64
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
import report_samples as samples

from gate.model import Report, Tool
from gate.reports.html import FORMAT

MAX_BYTES = 5_000_000
SAMPLES = ("small", "all_pass", "failing", "missing_evidence", "nothing", "hostile")
VOID = {"meta", "link", "br", "input"}


class Document(HTMLParser):
    """What a browser would find: elements, ids, links; it refuses elements that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.text += data

    def all(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def rendered(report: Report, folder: Path | None = None) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, folder)
    return out.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_links_lead_somewhere(name: str) -> None:
    """Every link within the page has its target, and no id stands twice."""
    document = Document(rendered(getattr(samples, name)()))
    ids = Counter(document.all("id"))
    assert [each for each, count in ids.items() if count > 1] == []
    assert [href for href in document.all("href") if href.startswith("#") and href[1:] not in ids] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_loads_and_runs_nothing_of_others(name: str) -> None:
    """The page holds one script, its own, no handler, no foreign address, and a policy that would forbid them."""
    document = Document(rendered(getattr(samples, name)(), Path("out")))
    assert {tag for tag, _ in document.elements} & {"img", "iframe", "object", "base", "embed"} == set()
    scripts = [attributes for tag, attributes in document.elements if tag == "script"]
    assert [each for each in scripts if each.get("type") != "text/plain"] == [{}]
    attributes = {attribute for _, found in document.elements for attribute in found}
    assert not any(attribute.startswith("on") or attribute in ("src", "style", "srcset") for attribute in attributes)
    assert not any(re.match(r"\s*(\w+:|//)", href) for href in document.all("href") if not href.startswith("data:"))
    assert document.all("content")[0].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("kind", ["style", "script"])
def test_policy_allows_our_own(kind: str) -> None:
    """The policy's hashes are those of the style sheet and of the script in the page."""
    html = rendered(samples.failing())
    own = re.search(f"<{kind}>(.*?)</{kind}>", html, re.S)
    assert own
    digest = base64.b64encode(hashlib.sha256(own[1].encode()).digest()).decode()
    assert f"{kind}-src 'sha256-{digest}'" in Document(html).all("content")[0]


@pytest.mark.parametrize(
    ("name", "headline"),
    [("all_pass", "✓ Passed"), ("failing", "✗ Failed"), ("missing_evidence", "! Could not be judged")],
)
def test_banner(name: str, headline: str) -> None:
    """The first heading is the verdict, and its reason follows."""
    report = getattr(samples, name)()
    text = Document(rendered(report)).text
    assert headline in text
    assert text.index(headline) < text.index(report.reason)


def test_everything_is_told() -> None:
    """Issues, excerpts with context, siblings, waivers, skipped files, rules and the run are on the page."""
    text = re.sub(r"\s+", " ", Document(rendered(samples.failing())).text)
    for told in (
        "v1:03ad77c1f2b4e890",
        "no stream processing info registered",
        "START_RUN fired",
        "out/logs/start-delay-1s/site-1/error_log.txt:7",
        "out/logs/trainer-raises/site-1/log.txt:203–210",
        "waived: expected by the suite",
        "2 files not judged",
        "v1:f1x3d",
        "5c2f6a0e-8f5d-4a57-9a1c-0f4a3f6d2b11",
        "FINISHED:EXECUTION_EXCEPTION",
        "1 min 13 s",
        "Give the site more memory.",
        "loggate run config/poc.yaml --streaming stock -o out",
        "exit code 1: the gate failed",
        "46 more of the 66 places are not shown here",
        "a note",
        "23 streamed logs: 17 arrived as required, 6 did not",
        "start-delay-1s › site-1 log.txt 48,213 written, 0 stored, missing from byte 0 48,213 47,402 0",
    ):
        assert told in text, told


def test_first_and_last_time() -> None:
    """An issue tells when it was first and last seen, and tells it once where that is one moment."""
    moment, later = "2026-05-09T07:35:27.118+02:00", "2026-05-09T07:36:00.000+02:00"
    for last, told in ((later, "first 2026-05-09 07:35:27 +02:00, last 2026-05-09 07:36:00 +02:00"), (moment, "")):
        issue = samples.issue([samples.finding()], first_time=moment, last_time=last)
        text = Document(rendered(samples.report([samples.testcase("fedavg")], [issue]))).text
        assert (told in text) if told else ("first 2026" not in text)


def test_numbers_around_a_cut() -> None:
    """Lines after a cut in the middle keep their numbers in the file; the context's count on."""
    html = rendered(samples.failing())
    assert '<span data-n="">… 211 lines cut …' in html
    assert re.search(r'<span data-n="306"><b>ValueError</b>: shape mismatch', html)
    assert '<span class="context" data-n="116">' in html


def test_log_links_are_relative_to_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log's link opens it from the report's folder, an archive's member its archive; standard input has none."""
    monkeypatch.chdir(tmp_path)
    paths = ("out/logs/a b#1.txt", "in/logs.zip!/x/log.txt", "-", "javascript:alert(1)")
    found = [samples.finding(path=path, site=path) for path in paths]
    links = Document(rendered(samples.report([samples.testcase("a")], [samples.issue(found)]), Path("out"))).all("href")
    assert "logs/a%20b%231.txt" in links
    assert "../in/logs.zip" in links
    assert "../javascript%3Aalert%281%29" in links
    assert [unquote(link) for link in links if link.endswith("-")] == []


def test_no_log_links_on_standard_output() -> None:
    """A page that stands in no folder links to no file."""
    links = Document(rendered(samples.failing(), None)).all("href")
    assert all(link.startswith(("#", "data:")) for link in links)


def everywhere() -> Report:
    """Hostile text in every field, those included that only a report of another tool can bring."""
    found = samples.everywhere(samples.HOSTILE)
    return msgspec.structs.replace(found, finished=samples.HOSTILE, tool=Tool(samples.HOSTILE, samples.HOSTILE))


@pytest.mark.parametrize("make", [samples.hostile, everywhere])
def test_hostile_text_is_text(make: Callable[[], Report]) -> None:
    """Log text stays text, and what cannot be seen is named."""
    html = rendered(make())
    assert set(re.findall("<script.*?>", html)) == {
        "<script>",
        *(f'<script type="text/plain" data-kind="{kind}">' for kind in ("issues", "rows", "evidence")),
    }
    assert "&lt;script&gt;" in html
    assert '<span class="unseen">[U+202E]</span>' in html
    assert "{{ 7*7 }}" in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", html)
    html.encode()


LARGE: dict[str, Callable[[], Report]] = {
    "1,000": lambda: samples.many(1_000),
    "100,000 of one issue": lambda: samples.many(100_000),
    "100,000 of 300 issues": lambda: samples.many(100_000, issues=300),
    "20,000 of 20,000 issues": lambda: samples.many(20_000, issues=20_000),
    "control characters": lambda: samples.many(2_000, issues=1_000, excerpt="\x01<&" * 2_000),
    "long entries": lambda: samples.many(1_000, issues=400, excerpt="\n".join(["ValueError: <&>"] * 400)),
    "many testcases": lambda: samples.wide(1_000, 60),
    "many sites": lambda: samples.wide(3, 4_000),
}


@pytest.mark.parametrize("kind", LARGE)
def test_size_is_bounded(kind: str) -> None:
    """No report grows beyond 5 MB; what is cut is said; every link still leads somewhere."""
    html = rendered(LARGE[kind](), Path("out"))
    assert len(html.encode()) < MAX_BYTES
    assert " more</strong> " in html
    assert set(re.findall(r' href="#([^"]+)"', html)) <= set(re.findall(r' id="([^"]+)"', html))


def test_every_cell_has_its_place() -> None:
    """However many findings an issue has, each testcase and site is among the places shown."""
    html = rendered(samples.many(100_000))
    assert len(re.findall(r'id="i1-c\d+"', html)) == 17 * 3


def test_shared_logs_have_a_row() -> None:
    """Findings in logs that belong to no single testcase are in the matrix too."""
    text = Document(rendered(samples.failing())).text
    assert text.count("shared logs") >= 3
    assert "server: 2 new findings" in text
