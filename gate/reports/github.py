"""Findings where a reviewer looks: annotations on a GitHub workflow run and its pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from gate.model import Finding, Issue, Report, Struct
from gate.reports import words
from gate.reports.escape import inert, lines, one_line, path_text, visible

LIMIT = 10
"""GitHub shows ten annotations of each kind (error, warning, notice) for a step and drops the rest in silence."""

_KINDS = {"error": "error", "warning": "warning", "note": "notice"}
_EXCERPT_LINES = 12
_EXCERPT_WIDTH = 200


class Annotation(Struct, frozen=True):
    """One workflow command; `kind` is error, warning or notice."""

    kind: str
    title: str
    message: str
    path: str = ""
    line: int = 0
    end_line: int = 0


class GithubFormat:
    """Workflow commands: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions"""

    filename = ""

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        left_out: Counter[str] = Counter()
        shown: Counter[str] = Counter()
        for kind, annotation in _annotations(report):
            if shown[kind] < LIMIT - (kind == "notice"):  # one notice is kept to say the rest
                shown[kind] += 1
                out.write(command(annotation()))
            else:
                left_out[kind] += 1
        out.write(command(_closing(report, left_out)))


def _annotations(report: Report) -> Iterator[tuple[str, Callable[[], Annotation]]]:
    """Each annotation's kind, and what makes it."""
    issues = words.ordered(report.issues)
    problems = words.problems(report)
    new = [issue for issue in issues if issue.disposition == "new"]
    yield from ((_kind(issue), partial(_of_issue, issue)) for issue in new)
    yield from (("error", partial(_of_problem, problem)) for problem in problems)
    if not new and not problems and report.verdict in ("fail", "error"):
        yield "error", partial(Annotation, "error", f"loggate: {report.verdict}", report.reason)
    yield from ((_kind(issue), partial(_of_issue, issue)) for issue in issues if issue.disposition == "known")


def _kind(issue: Issue) -> str:
    return _KINDS[issue.severity] if issue.disposition == "new" else "notice"


def _of_problem(problem: words.Problem) -> Annotation:
    return Annotation("error", f"{problem.where}: {problem.verdict}", problem.reason, problem.path)


def _of_issue(issue: Issue) -> Annotation:
    kind = _kind(issue)
    title = f"{issue.disposition} {issue.rule}: {issue.title}"
    finding = words.first_finding(issue)
    if finding is None:
        return Annotation(kind, title, words.number(issue.count, "finding"))
    where = (
        f"{words.number(issue.count, 'finding')} in {words.listing(words.testcases(issue), 5)}, "
        f"on {words.listing(words.sites(issue), 5)} ({issue.fingerprint})"
    )
    return Annotation(
        kind,
        title,
        f"{one_line(where)}\n{_note(finding)}{_excerpt(finding)}",
        finding.path,
        finding.line,
        finding.end_line,
    )


def _note(finding: Finding) -> str:
    return f"{one_line(finding.note)}\n" if finding.note else ""


def _excerpt(finding: Finding) -> str:
    text = lines(finding.excerpt)
    if len(text) > _EXCERPT_LINES:  # a traceback says what happened in its last lines
        kept = _EXCERPT_LINES // 2
        text = [*text[:kept], f"… {len(text) - 2 * kept:,} lines …", *text[-kept:]]
    return "\n".join(line if len(line) <= _EXCERPT_WIDTH else line[: _EXCERPT_WIDTH - 1] + "…" for line in text)


def _closing(report: Report, left_out: Counter[str]) -> Annotation:
    found = report.counts.findings
    summary = [report.reason, *(one_line(cause.text, 300) for cause in report.causes[:5])]
    summary += [f"findings: {words.dispositions(found) or 'none'}"]
    if left_out:
        rest = ", ".join(words.number(count, kind) for kind, count in left_out.items())
        summary.append(f"and {rest} more: see the report")
    return Annotation("notice", f"loggate: {report.verdict}", "\n".join(summary))


def command(annotation: Annotation) -> str:
    """The annotation as a line for the runner, in which nothing of its text is a command of its own."""
    properties = {"title": _property(one_line(annotation.title, 250))}
    if annotation.path:
        place = {"file": _property(path_text(words.relative(annotation.path)))}
        if annotation.line:
            place |= {"line": str(annotation.line), "endLine": str(annotation.end_line)}
        properties = place | properties
    listed = ",".join(f"{name}={value}" for name, value in properties.items())
    return f"::{annotation.kind} {listed}::{_data(annotation.message)}\n"


def _data(text: str) -> str:
    safe = inert(visible(text.replace("\r\n", "\n")))
    return safe.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMAT = GithubFormat()
