"""What a GitHub workflow run shows on its page: the step summary, in Markdown.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from gate.model import Report
from gate.reports import markdown

LIMIT = 1_000 * 1024
"""Bytes. GitHub drops a summary above 1,024 KiB as a whole."""

_LIMITS = markdown.Limits(size=LIMIT, testcases=200, sites=12, issues={"new": 50, "known": 20, "waived": 20}, others=20)


class SummaryFormat:
    """As the Markdown report, in GitHub's bounds: new issues first, and what is left out is said."""

    filename = "summary.md"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        markdown.write(markdown.document(report, _LIMITS), LIMIT, out)


FORMAT = SummaryFormat()
