"""The report that people open: one self-contained page that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from gate.model import Report, Verdict
from gate.reports import parts, sections, words
from gate.reports.escape import encodable
from gate.reports.markup import Html, html
from gate.reports.page import Page, Renderers

_STYLE = Path(__file__).with_name("style.css")
_COLOURS: dict[Verdict, str] = {"pass": "#1f8a57", "fail": "#c8321f", "error": "#c78600", "skipped": "#777d86"}
_RENDERERS = Renderers(parts.issue, parts.testcase_row, parts.matrix_row)
_LARGE = 60
"""Issues, from which on the page is laid out closer."""

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{} {}: loggate report, {}</title>
<link rel="icon" href="{}">
<style>{}</style>
</head>
<body class="{}{}">
<a class="skip" href="#main">Skip to the report</a>
"""
_FOOT = """\
</main>
<footer>
<p>{} {}. This page is one file, loads nothing and runs no script.
report.json, written with <code>--format json</code>, has everything that is cut here.</p>
</footer>
</body>
</html>"""


class HtmlFormat:
    """Renders the page piece by piece; each piece has its bound, so that no report grows beyond some 4 MB."""

    filename = "report.html"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        for piece in _pieces(Page(report, folder, _RENDERERS)):
            out.write(encodable(piece))


def _pieces(page: Page) -> Iterator[Html]:
    yield _head(page.report)
    yield sections.banner(page)
    yield Html('<main id="main">\n')
    yield from sections.matrix(page)
    yield from sections.issues(page)
    yield from sections.testcases(page)
    yield from sections.appendix(page)
    yield html(_FOOT, page.report.tool.name, page.report.tool.version)


def _head(report: Report) -> Html:
    style = _STYLE.read_text("utf-8")
    return html(
        _HEAD,
        _policy(style),
        words.SYMBOLS[report.verdict],
        report.verdict,
        report.finished,
        _icon(report.verdict),
        Html(style),  # our own file
        report.verdict,
        " large" if len(report.issues) > _LARGE else "",
    )


def _policy(style: str) -> str:
    """Only this page's own style and icon: even text that slipped through escaping could neither run nor load."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _icon(verdict: Verdict) -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7" fill="{_COLOURS[verdict]}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


FORMAT = HtmlFormat()
