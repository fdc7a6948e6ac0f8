"""Findings for code scanning and for tools that compare analyses: SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and, for what GitHub takes of it,
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path, PurePath
from typing import Any, TextIO
from urllib.parse import quote

from gate.model import Place, Report, Rule
from gate.reports import bounded, markdown, words
from gate.reports.bounded import Placed, encoded
from gate.reports.escape import one_line, path_text, visible

RESULTS = 25_000
"""GitHub refuses a run with more results."""

COMPRESSED = 9_500_000
"""Bytes after gzip. GitHub refuses a file above 10 MB."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "%SRCROOT%"
_PROBLEM_SEVERITIES = {"error": "error", "warning": "warning", "note": "recommendation"}
_NOTIFICATIONS = 100
_RELATED = 10
_LINK = re.compile(r"(?<=\])(?=\()|(?<=\{)(?=\d+\})")
"""Where a message's text would hold a link, `[text](target)`, or a placeholder, `{0}`."""


class SarifFormat:
    """At most 25,000 results and 9.5 MB after compression, the worst kept; a notification says what was left out.

    A waived finding is suppressed with who waived it; a known one is `unchanged`. What the baseline knows and nobody
    found any more is a property of the run: a result without a place would make GitHub refuse the file.
    """

    filename = "report.sarif"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        measured = _Measured(out)
        rules = _rules(report)
        measured.write(f'{{\n"$schema": {encoded(_SCHEMA)},\n"version": "2.1.0",\n"runs": [\n{{\n')
        measured.write(f'"tool": {encoded({"driver": _driver(report, list(rules.values()))})},\n')
        measured.write(f'"originalUriBaseIds": {encoded({_BASE: {"description": _message(_WORKING)}})},\n"results": [')
        left_out = _write_results(report, {name: number for number, name in enumerate(rules)}, measured)
        measured.write(f'],\n"invocations": [{encoded(_invocation(report, left_out))}],\n')
        measured.write(f'"properties": {encoded(_properties(report))}\n}}\n]\n}}\n')


_WORKING = "The folder in which loggate was started."


class _Measured:
    """Writes on, and knows about how many bytes it would be after gzip."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._compress = zlib.compressobj()
        self.size = 0

    def write(self, text: str) -> None:
        self._out.write(text)
        self.size += len(self._compress.compress(text.encode()))


def _write_results(report: Report, rules: dict[str, int], measured: _Measured) -> int:
    """Write the results that fit, and say how many do not."""
    lines: Counter[tuple[str, str]] = Counter()
    for number, placed in enumerate(bounded.worst(report)):
        if number == RESULTS or measured.size > COMPRESSED:
            return sum(len(issue.findings) for issue in report.issues) - number
        key = (placed.issue.fingerprint, placed.finding.path)
        lines[key] += 1
        measured.write(("," if number else "") + "\n" + encoded(_result(placed, rules, lines[key])))
    return 0


# ---- the tool and its run --------------------------------------------------------------------------------------------


def _rules(report: Report) -> dict[str, Rule]:
    """Every rule of the run by its id, and those that only an issue names (a report of another release)."""
    rules = {rule.id: rule for rule in report.rules}
    for issue in report.issues:
        rules.setdefault(issue.rule, Rule(issue.rule, "", issue.rule, issue.severity))
    return rules


def _driver(report: Report, rules: list[Rule]) -> dict[str, Any]:
    tool = report.tool
    return {"name": tool.name, "version": tool.version, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    help_text = rule.help or rule.title
    return {
        "id": one_line(rule.id, 200),
        "shortDescription": _message(one_line(rule.title, 500)),
        "fullDescription": _message(one_line(help_text, 1_000)),
        "help": {**_message(visible(help_text)[:5_000]), "markdown": _help(rule, help_text)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["log"], "problem.severity": _PROBLEM_SEVERITIES[rule.severity]},
    }


def _help(rule: Rule, text: str) -> str:
    """What code scanning shows of a rule: its help, what it looks for, and how a finding is accepted."""
    looked_for = ("What matches:", markdown.fenced(rule.pattern[:2_000])) if rule.pattern else ()
    accepting = 'Accept a finding with `loggate waive FINGERPRINT --reason "..." --owner NAME --expires 30d`.'
    return "\n\n".join([markdown.prose(text, 5_000), *looked_for, accepting])


def _invocation(report: Report, left_out: int) -> dict[str, Any]:
    times = {"startTimeUtc": _utc(report.started), "endTimeUtc": _utc(report.finished)}
    return {
        "commandLine": one_line(report.command, 2_000),
        "exitCode": report.exit_code,
        "exitCodeDescription": words.exit_words(report),
        "executionSuccessful": report.verdict in ("pass", "fail"),
        **{name: time for name, time in times.items() if time},
        "toolExecutionNotifications": list(_notifications(report, left_out)),
    }


def _utc(time: str) -> str:
    """The time as SARIF wants it, in UTC; "" when its offset is not known."""
    try:
        moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def _notifications(report: Report, left_out: int) -> Iterator[dict[str, Any]]:
    if left_out:
        yield _notification(f"{words.number(left_out, 'more finding')} left out: see report.json", "warning")
    level = "note" if report.verdict == "pass" else "error"
    yield _notification(f"{report.verdict}: {report.reason}", level)
    for cause in report.causes[:_NOTIFICATIONS]:
        yield _notification(cause.text, "error")
    problems = words.problems(report)
    for problem in problems[:_NOTIFICATIONS]:
        yield _notification(f"{problem.where}: {problem.verdict}: {problem.reason}", "error")
    if len(problems) > _NOTIFICATIONS:
        yield _notification(f"{len(problems) - _NOTIFICATIONS:,} more problems: see report.json", "error")


def _notification(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": _message(one_line(text, 1_000))}


def _properties(report: Report) -> dict[str, Any]:
    environment = list(report.environment.items())[:100]
    leftovers = report.leftovers
    return {
        "verdict": report.verdict,
        "environment": {one_line(name, 100): one_line(value, 500) for name, value in environment},
        "fixed": _some(leftovers.fixed),
        "expiredWaivers": _some(leftovers.expired_waivers),
        "unusedWaivers": _some(leftovers.unused_waivers),
    }


def _some(texts: tuple[str, ...]) -> list[str]:
    rest = [f"and {len(texts) - 1_000:,} more"] if len(texts) > 1_000 else []
    return [one_line(text, 300) for text in texts[:1_000]] + rest


# ---- results ---------------------------------------------------------------------------------------------------------


def _result(placed: Placed, rules: dict[str, int], nth_here: int) -> dict[str, Any]:
    issue, finding, _ = placed
    said = f"{issue.title} ({words.label(finding.testcase)} › {finding.site})"
    made = {
        "ruleId": one_line(issue.rule, 200),
        "ruleIndex": rules[issue.rule],
        # code scanning knows no baseline: what is known must not look like news there
        "level": issue.severity if finding.disposition == "new" else "note",
        "message": _message(one_line(f"{said}: {finding.note}" if finding.note else said, 1_000)),
        "locations": [_location(placed)],
        "fingerprints": _fingerprint(placed),
        # GitHub goes by this name alone, and looks for it in the file's text if it is not given
        "partialFingerprints": {"primaryLocationLineHash": f"{_hash(issue.fingerprint)}:{nth_here}"},
        "baselineState": "new" if finding.disposition == "new" else "unchanged",
        "suppressions": _suppressions(placed),
        "properties": {
            "testcase": one_line(finding.testcase, 200),
            "site": one_line(finding.site, 200),
            "disposition": finding.disposition,
            "fails": finding.fails,
            **({"time": one_line(finding.time, 100)} if finding.time else {}),
            **({"by": one_line(finding.by, 300)} if finding.by else {}),
        },
    }
    if finding.also:
        made["relatedLocations"] = [_place(place) for place in finding.also[:_RELATED]]
    return made


def _suppressions(placed: Placed) -> list[dict[str, str]]:
    """Empty for what is not suppressed: by the standard that is known, then, and not merely unsaid."""
    if placed.finding.disposition != "waived":
        return []
    by = one_line(placed.finding.by, 500)
    return [{"kind": "external", "status": "accepted", **({"justification": by} if by else {})}]


def _fingerprint(placed: Placed) -> dict[str, str]:
    version = placed.issue.fingerprint.partition(":")[0]
    name = f"loggate/{version}" if re.fullmatch(r"v\d+", version) else "loggate"
    return {name: _hash(placed.issue.fingerprint)}


def _hash(fingerprint: str) -> str:
    return one_line(fingerprint, 200).rpartition(":")[2] or "0"


def _location(placed: Placed) -> dict[str, Any]:
    finding = placed.finding
    region = {
        "startLine": max(finding.line, 1),
        "endLine": max(finding.line, finding.end_line, 1),
        "snippet": {"text": visible(bounded.excerpt(finding, 20, 300))},
    }
    site = {"name": path_text(finding.site), "fullyQualifiedName": path_text(f"{finding.testcase}/{finding.site}")}
    return {
        "physicalLocation": {"artifactLocation": _artifact(finding.path), "region": region},
        "logicalLocations": [site],
    }


def _place(place: Place) -> dict[str, Any]:
    region = {"startLine": max(place.line, 1), "endLine": max(place.line, place.end_line, 1)}
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    relative = words.relative(path)
    uri = quote(path_text(relative), safe="/!")
    return {"uri": f"file://{uri}"} if PurePath(relative).is_absolute() else {"uri": uri, "uriBaseId": _BASE}


def _message(text: str) -> dict[str, str]:
    """A message whose text holds neither a link nor a placeholder."""
    return {"text": _LINK.sub(" ", visible(text)) or "(no words)"}


FORMAT = SarifFormat()
