"""The report that people open: one self-contained page that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from gate.model import Report, SiteReport, Verdict
from gate.reports import excerpts, words
from gate.reports.escape import encodable, one_line, visible
from gate.reports.page import Page

_TEMPLATES = Path(__file__).parent / "templates"
_HEADLINES: dict[Verdict, str] = {
    "pass": "Passed",
    "fail": "Failed",
    "error": "Could not be judged",
    "skipped": "Skipped",
}
_COLOURS: dict[Verdict, str] = {"pass": "#1f8a57", "fail": "#c8321f", "error": "#c78600", "skipped": "#777d86"}


class HtmlFormat:
    """Renders the page piece by piece; each piece has its bound, so that no report grows beyond some 4 MB."""

    filename = "report.html"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        template = _environment().get_template("report.html.j2")
        shared = {"report": report, "symbols": words.SYMBOLS}

        def render(name: str, **values: Any) -> Markup:
            return Markup(_environment().get_template(name).render(**shared, **values))  # noqa: S704 - escaped by Jinja

        page = Page(report, folder, render)
        for piece in template.generate(page=page, **shared, **_values(report, page)):
            out.write(encodable(piece))


def _values(report: Report, page: Page) -> dict[str, Any]:
    css = (_TEMPLATES / "style.css").read_text("utf-8")
    tests, found, leftovers = report.counts.testcases, report.counts.findings, report.leftovers
    named = (
        ("Expired waivers", leftovers.expired_waivers),
        ("Unused waivers", leftovers.unused_waivers),
        ("Fixed since the baseline", leftovers.fixed),
    )
    return {
        "css": Markup(css),  # noqa: S704 - our own file
        "csp": _policy(css),
        "icon": _icon(report.verdict),
        "headline": _HEADLINES[report.verdict],
        "testcase_counts": _nonzero(
            ("fail", tests.fail), ("error", tests.error), ("skipped", tests.skipped), ("pass", tests.passed)
        ),
        "finding_counts": _nonzero(("new", found.new), ("known", found.known), ("waived", found.waived)),
        "took": _took(report),
        "stream_words": words.stream_words(page.streams),
        "leftovers": [(title, names) for title, names in named if names],
        "environment": list(report.environment.items())[:100],
        "quiet_rules": sum(not page.rule_counts[rule.id] for rule in report.rules),
        "exit_words": words.exit_words(report),
    }


def _nonzero(*counts: tuple[str, int]) -> list[tuple[str, int]]:
    """The first count always (a zero of what matters most is good to read), the others where they count something."""
    return [counts[0], *((name, count) for name, count in counts[1:] if count)]


def _policy(css: str) -> str:
    """Only this page's own style and icon: even text that slipped through escaping could neither run nor load."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _icon(verdict: Verdict) -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7" fill="{_COLOURS[verdict]}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _took(report: Report) -> str:
    try:
        seconds = (datetime.fromisoformat(report.finished) - datetime.fromisoformat(report.started)).total_seconds()
    except (ValueError, TypeError):  # a clock that cannot be read, or one with and one without an offset
        return "?"
    return words.duration(seconds)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "text": excerpts.text,
        "short": one_line,
        "moment": _moment,
        "size": _size,
        "duration": words.duration,
        "number": words.number,
        "listing": words.listing,
        "label": words.label,
        "dispositions": words.dispositions,
        "first_finding": words.first_finding,
        "sites": words.sites,
        "testcases": words.testcases,
        "log_count": _log_count,
    }
    return environment


def _finalize(value: Any) -> Any:
    """The last door of every value that no filter has made into HTML; autoescape follows."""
    return visible(value) if type(value) is str else value


def _moment(time: str) -> str:
    """`2026-05-09 07:35:25 +02:00`, as it was written when it is no ISO 8601."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return time
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.isoformat()[-6:] if moment.tzinfo else ''}".rstrip()


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def _log_count(sites: Sequence[SiteReport]) -> int:
    return sum(len(site.logs) for site in sites)


FORMAT = HtmlFormat()
