from __future__ import annotations

import io
import re

import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gate.model import Report, SiteReport
from gate.reports import load, markdown
from gate.reports.markdown import code, fenced, prose

any_text = st.text(st.characters(exclude_categories=[]))
tricky_text = st.lists(st.sampled_from([*"`|\\~<>[]()!@#*_ \n\t-&;:", "``", "```", "a", "http://x", "www.x.y"])).map(
    "".join
)

HOSTILE = (
    "[x](http://evil.example) ![i](http://evil.example/i.png) <img src=x> <b>b</b> @octocat #1 GH-2 org/repo#3\n"
    "http://evil.example www.evil.example a@evil.example [ref]\n[ref]: http://evil.example\n"
    "# heading\n\n| a | b |\n|---|---|\n| c | d |\n\n> quote\n- item\n***\nheading\n===\n"
    "```\n~~~\n````text\n`tick` ``two`` ` \\` \\| | [^1] $x$ &lt; &#64;octocat <!-- c --> :tada:\n"
    "</code></pre><script>x</script>"
)

PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")
OURS = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "fence"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
    *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
}
OURS_INLINE = {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
LINK = re.compile(r"https?:|www\.|@|#\d|GH-|\[|<|!\[")


def written(name: str, report: Report) -> str:
    out = io.StringIO()
    load(name).write(report, out, None)
    return out.getvalue()


def tokens(text: str) -> list[Token]:
    """What a renderer makes of it; fails if anything is there that is not ours, or that GitHub would link later."""
    blocks = PARSER.parse(text)
    assert {token.type for token in blocks} <= OURS
    for token in blocks:
        inline = token.children or []
        assert {each.type for each in inline} <= OURS_INLINE
        assert not any(LINK.search(each.content) for each in inline if each.type == "text"), text
    return blocks


def headings(text: str) -> list[str]:
    blocks = tokens(text)
    return [blocks[i + 1].content for i, token in enumerate(blocks) if token.type == "heading_open"]


@pytest.mark.parametrize("name", ["markdown", "summary"])
@pytest.mark.parametrize("text", [HOSTILE, samples.HOSTILE, "|", "`", "``` ", " ` ", "\\", "a\\|b", "<details>"])
def test_hostile_text(name: str, text: str) -> None:
    """A log can inject no link, image, mention, HTML, heading, list or table, and no command for a CI system."""
    report = samples.everywhere(text)
    shown = written(name, report)
    plain = written(name, samples.everywhere("plain"))
    assert [token.type for token in tokens(shown)] == [token.type for token in tokens(plain)]
    assert "##[" not in shown
    assert not any(line.strip().startswith("::") for line in shown.splitlines())
    assert all(character == "\n" or character.isprintable() for character in shown.replace("\t", " "))


@pytest.mark.parametrize("name", ["markdown", "summary"])
@given(text=tricky_text | any_text)
def test_any_text(name: str, text: str) -> None:
    """Whatever the texts are, nothing in the document is anything but ours."""
    tokens(written(name, samples.everywhere(text)))


@given(tricky_text)
def test_code_is_the_text(text: str) -> None:
    """A code span shows the text on one line, whatever backticks it has."""
    span = code(text, 10_000)
    shown = MarkdownIt("commonmark").parseInline(f"a {span} b")[0].children or []
    found = [each.content for each in shown if each.type == "code_inline"]
    assert found == ([markdown.inert(markdown.one_line(text)).strip(" ")] if span else [])


@given(tricky_text)
def test_a_block_is_the_text(text: str) -> None:
    """A code block shows all lines and ends where we end it."""
    blocks = MarkdownIt("commonmark").parse(fenced(text) + "\n\nend")
    assert [token.type for token in blocks][0::3] == ["fence", "paragraph_close"]
    assert blocks[0].content == markdown.inert(markdown.visible(text)) + "\n"


@given(tricky_text)
def test_prose_is_the_text(text: str) -> None:
    """A person's words are shown as one paragraph of text, whatever signs they have."""
    blocks = PARSER.parse(f"{prose(text, 10_000)}\n\nend")
    assert {token.type for token in blocks} == {"paragraph_open", "inline", "paragraph_close"}
    shown = "".join(each.content for each in blocks[1].children or [])
    assert shown == (markdown.one_line(text) or "end")
    assert {each.type for each in blocks[1].children or []} <= {"text", "text_special"}


def test_the_document() -> None:
    """What matters first: the verdict, new issues with their lines, what no finding tells, the table, the rest."""
    text = written("markdown", samples.failing())
    assert headings(text) == [
        *("❌ loggate: fail", "3 new issues", "Without a finding", "Testcases and sites", "1 known issue"),
        *("1 waived issue", "1 issue fixed since the baseline", "1 expired waiver", "1 unused waiver"),
        *("2 files not judged", "Run"),
    ]
    assert "**66×** error `ObjectStreamer: no stream processing info registered for log_streaming:live_log`" in text
    assert "`out/logs/start-delay-1s/server/log.txt:60`" in text
    assert "| `start-delay-1s` | ❌ fail | 23 s | ❌ 22 new | ❌ 1 new | ❌ 1 new |" in text
    assert "| `swarm` | ✅ pass, flaky: 2 attempts |" in text
    assert "`loggate run config/poc.yaml --streaming stock -o out`" in text
    assert samples.RACE in text


def test_many_sites_are_counted() -> None:
    """A federation of more sites than columns shows how many of them have which verdict."""
    sites = [SiteReport(f"site-{i}", "fail" if i < 3 else "pass", "x") for i in range(100)]
    text = written("markdown", samples.report([samples.testcase("t", sites, verdict="fail", reason="x")]))
    assert "| `t` | ❌ fail | 14 s | ✅ 97 ❌ 3 | `x` |" in text


def test_bounded() -> None:
    """A hundred thousand issues stay below the bound, and what is left out is said."""
    text = written("markdown", samples.many(100_000, 100_000, excerpt="é" * 5_000))
    assert len(text.encode()) < 8_100_000
    assert "98,000 more new issues: see the report." in text
    tokens(text)


def test_too_long_is_cut_between_parts() -> None:
    """A document that does not fit ends between two parts and says how many are missing."""
    out = io.StringIO()
    markdown.write(iter(["a" * 500, "b" * 5_000, "c"]), 2_000, out)
    assert out.getvalue() == "a" * 500 + "\n\n**Cut here: 2 more parts, see report.html or report.json.**\n"
