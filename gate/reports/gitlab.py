"""Findings in a GitLab merge request: a Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any, TextIO

from gate.findings import tallies
from gate.model import Issue, Report
from gate.reports import bounded, words
from gate.reports.escape import one_line, path_text

LIMIT = 10_000
"""Entries. GitLab reads the whole file for every look at the merge request; more than this nobody reads there."""

_SEVERITIES = {"error": "critical", "warning": "major", "note": "minor"}
_OWN = "loggate"


class GitlabFormat:
    """One entry for each new finding and each verdict that no finding explains; what is known is of severity `info`.

    A fingerprint has no line number, so that GitLab knows a finding again in the next run. What a person waived is left
    out: GitLab has no word for it.
    """

    filename = "gl-code-quality-report.json"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        verdicts = list(_verdicts(report))
        entries = chain(verdicts, map(_finding, takewhile(_is_shown, bounded.worst(report))))
        opening = "[\n"
        for entry in islice(entries, LIMIT - 1):  # one is kept to say the rest
            out.write(opening + bounded.encoded(entry))
            opening = ",\n"
        total = len(verdicts) + sum(map(_shown, report.issues))
        if (left_out := total - LIMIT + 1) > 0:
            said = f"{words.number(left_out, 'more finding')}: see report.json"
            out.write(opening + bounded.encoded(_entry(said, _OWN, "info", ("cut",), _place())))
        out.write("\n]\n" if total else "[]\n")


def _is_shown(placed: bounded.Placed) -> bool:
    return placed.finding.disposition != "waived"


def _shown(issue: Issue) -> int:
    return sum(counts.new + counts.known for counts in tallies(issue).values())


def _verdicts(report: Report) -> Iterator[dict[str, Any]]:
    """An entry for each verdict that no finding explains."""
    problems = words.problems(report)
    for problem in problems:
        identity = ("verdict", problem.testcase, problem.site)
        said = f"{problem.where}: {problem.verdict}: {problem.reason}"
        yield _entry(said, _OWN, "blocker", identity, _place(problem.path))
    if not problems and not report.counts.findings.new and report.verdict in ("fail", "error"):
        yield _entry(f"{report.verdict}: {report.reason}", _OWN, "blocker", ("verdict",), _place())


def _finding(placed: bounded.Placed) -> dict[str, Any]:
    issue, finding, nth = placed
    where = f"{words.label(finding.testcase)} › {finding.site}"
    severity = _SEVERITIES[issue.severity] if finding.disposition == "new" else "info"
    said = f"{where}: {issue.title}" + (f" ({finding.note})" if finding.note else "")
    identity = (issue.fingerprint, finding.testcase, finding.site, str(nth))
    return _entry(said, issue.rule, severity, identity, _place(finding.path, finding.line, finding.end_line))


def _entry(said: str, check: str, severity: str, identity: tuple[str, ...], location: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": one_line(said, 500),
        "check_name": one_line(check, 100),
        "fingerprint": sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": severity,
        "location": location,
    }


def _place(path: str = "", line: int = 1, end_line: int = 1) -> dict[str, Any]:
    """Where an entry stands: at report.json if it has no place of its own."""
    lines = {"begin": max(line, 1), "end": max(line, end_line, 1)}
    return {"path": path_text(words.relative(path or "report.json")), "lines": lines}


FORMAT = GitlabFormat()
