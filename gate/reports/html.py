"""The report that people open: one self-contained page that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from markupsafe import Markup

from gate.model import Report, Verdict
from gate.reports import decisions, embedded, trend, words
from gate.reports.page import Page, Renderers

_HEADLINES: dict[Verdict, str] = {
    "pass": "Passed",
    "fail": "Failed",
    "error": "Could not be judged",
    "skipped": "Skipped",
}
_COLOURS: dict[Verdict, str] = {"pass": "#1f8a57", "fail": "#c8321f", "error": "#c78600", "skipped": "#777d86"}


class HtmlFormat:
    """Fills the templates; each part of the page has its bound, so that no report grows beyond some 4 MB."""

    filename = "report.html"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        from gate.reports.templating import TEMPLATES, environment

        templates = environment()
        rows: Any = templates.get_template("rows.html.j2").module
        page = Page(report, folder, Renderers(rows.issue, rows.testcase, rows.matrix_row))
        style = "".join((TEMPLATES / name).read_text("utf-8") for name in ("style.css", "pictures.css"))
        script = (TEMPLATES / "report.js").read_text("utf-8")
        stream = templates.get_template("report.html.j2").stream(
            page=page,
            report=report,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
            **_values(report, page),
        )
        stream.enable_buffering()
        out.writelines(stream)


def _values(report: Report, page: Page) -> dict[str, Any]:
    tests, found = report.counts.testcases, report.counts.findings
    return {
        "evidence_a_block": embedded.EVIDENCE_A_BLOCK,
        "icon": _icon(report.verdict),
        "timeline": page.timeline.view(),
        "headline": _HEADLINES[report.verdict],
        "testcase_counts": _nonzero(
            ("fail", tests.fail), ("error", tests.error), ("skipped", tests.skipped), ("pass", tests.passed)
        ),
        "finding_counts": _nonzero(("new", found.new), ("known", found.known), ("waived", found.waived)),
        "took": _took(report),
        "stream_words": words.stream_words(page.streams),
        "decisions": decisions.view(report),
        "trend": trend.view(report),
        "environment": list(report.environment.items())[:100],
        "quiet_rules": sum(not page.rule_counts[rule.id] for rule in report.rules),
        "exit_words": words.exit_words(report),
    }


def _nonzero(*counts: tuple[str, int]) -> list[tuple[str, int]]:
    """The first count always (a zero of what matters most is good to read), the others where they count something."""
    return [counts[0], *((name, count) for name, count in counts[1:] if count)]


def _policy(style: str, script: str) -> str:
    """Only this page's own style, script and icon: text that slipped through escaping could neither run nor load."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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


FORMAT = HtmlFormat()
