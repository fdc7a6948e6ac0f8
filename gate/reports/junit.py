"""Verdicts where a CI system looks for tests: JUnit XML.

A testcase is a test suite, each of its sites a test in it. Jenkins' xUnit plugin refuses what its schema (junit-10.xsd)
does not name, so that nothing else is written: no `file` of a test (GitLab looks for it in the repository), no
`properties` of one. https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TextIO

import msgspec

from gate.findings import Kind, Tallies, kinds, tallies
from gate.model import (
    SHARED,
    Finding,
    Issue,
    Report,
    SharedReport,
    SiteKey,
    Struct,
    TestcaseReport,
    Verdict,
)
from gate.reports import bounded, words
from gate.reports.escape import inert, one_line, path_text, picture, visible

LIMIT = 29_000_000
"""Bytes. GitLab refuses a file above 30 MB."""

_HEADROOM = 1_000
"""Bytes for the root, and for words about what was left out."""

WHOLE = "(testcase)"
"""The test that stands for a testcase itself: it has no sites, or failed for more than what they say."""

_TOLD = 20
"""Issues told of one site."""

_TAGS: dict[Verdict, str] = {"fail": "failure", "error": "error", "skipped": "skipped"}
_ORDER: tuple[Verdict, ...] = ("fail", "error", "skipped", "pass")
_ILLEGAL = re.compile("[\ufffe\uffff]")
_ATTACHMENT = re.compile(r"\[(?=\[ATTACHMENT\b)", re.IGNORECASE)
"""GitLab and Jenkins take `[[ATTACHMENT|path]]` in a test's output for an order to publish that file."""


class _Group(Struct, frozen=True):
    """The findings of one issue on one site that share a disposition: the first, and how many."""

    issue: Issue
    finding: Finding
    count: int


class _Found(msgspec.Struct):
    """What was found on a site: the groups that are told, the worst issue first, and how many others there are.

    What is `held` against it stands before what was `decided`.
    """

    held: list[_Group] = []
    decided: list[_Group] = []
    more_held: int = 0
    more_decided: int = 0

    def add(self, group: _Group) -> None:
        if group.finding.disposition == "new" or group.finding.fails:
            self.more_held += len(self.held) == _TOLD
            self.held += [group] * (len(self.held) < _TOLD)
        else:
            self.more_decided += len(self.decided) == _TOLD
            self.decided += [group] * (len(self.decided) < _TOLD)

    def join(self, other: _Found) -> None:
        for group in (*other.held, *other.decided):
            self.add(group)
        self.more_held += other.more_held
        self.more_decided += other.more_decided


class _Test(Struct, frozen=True):
    """One <testcase>, before it is written."""

    suite: int
    name: str
    verdict: Verdict
    reason: str
    found: _Found = msgspec.field(default_factory=_Found)


class _Suite(Struct, frozen=True):
    name: str
    time: float | None = None
    properties: dict[str, str] = {}


class JunitFormat:
    """Under 29 MB: first excerpts are left out, then tests, those that passed first; both is said."""

    filename = "junit.xml"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        suites, tests = _collected(report)
        kept, left_out = _fitting(suites, tests)
        if left_out:
            tests.append(_Test(len(suites), "report", "skipped", f"{left_out:,} more tests: see report.json"))
            kept.append(_element(tests[-1], "loggate", excerpts=False))
            suites.append(_Suite("loggate"))
        shown = [test for test, element in zip(tests, kept, strict=True) if element]
        out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="loggate"{_counts(shown)}>\n')
        elements: dict[int, list[tuple[_Test, str]]] = {}
        for test, element in zip(tests, kept, strict=True):
            if element:
                elements.setdefault(test.suite, []).append((test, element))
        for number, held in elements.items():
            out.write(_head(suites[number], [test for test, _ in held]))
            out.writelines(element for _, element in held)
            out.write("</testsuite>\n")
        out.write("</testsuites>\n")


# ---- report → suites and tests ---------------------------------------------------------------------------------------


def _collected(report: Report) -> tuple[list[_Suite], list[_Test]]:
    groups = _groups(report)
    suites: list[_Suite] = []
    tests: list[_Test] = []
    everything: list[TestcaseReport | SharedReport] = [*report.testcases]
    if report.shared.logs or report.shared.verdict in ("fail", "error"):
        everything.append(report.shared)
    for each in everything:
        tests += _tests(each, len(suites), groups)
        suites.append(_suite(each))
    if report.verdict in ("fail", "error") and not any(test.verdict in ("fail", "error") for test in tests):
        tests.append(_Test(len(suites), "verdict", report.verdict, report.reason))
        suites.append(_Suite("loggate"))
    return suites, tests


def _groups(report: Report) -> dict[SiteKey, _Found]:
    """What was found on each site."""
    found: dict[SiteKey, _Found] = {}
    for issue in words.ordered(report.issues):
        tally = tallies(issue)
        for (site, disposition), index in _firsts(issue, tally).items():
            on_site = found.setdefault(site, _Found())
            if disposition == "new" and len(on_site.held) == _TOLD:  # held against it, and no longer told
                on_site.more_held += 1
            else:
                count = getattr(tally[site], disposition)
                on_site.add(_Group(issue, issue.findings[index], count))
    return found


def _firsts(issue: Issue, tally: Tallies) -> dict[Kind, int]:
    """The index of the first finding of each disposition on each site."""
    wanted = sum(bool(counts.new) + bool(counts.known) + bool(counts.waived) for counts in tally.values())
    firsts: dict[Kind, int] = {}
    for index, kind in enumerate(kinds(issue)):
        if firsts.setdefault(kind, index) == index and len(firsts) == wanted:
            break
    return firsts


def _suite(each: TestcaseReport | SharedReport) -> _Suite:
    if isinstance(each, SharedReport):
        return _Suite(words.label(SHARED), properties={"verdict": each.verdict, "reason": each.reason})
    properties = {
        "verdict": each.verdict,
        "reason": each.reason,
        "job_id": each.job_id or "",
        "status": each.status or "",
        "attempts": str(each.attempts) if each.attempts > 1 else "",
        "flaky": "true" if each.flaky else "",
    }
    return _Suite(words.label(each.name), each.duration_s, {name: value for name, value in properties.items() if value})


def _tests(each: TestcaseReport | SharedReport, suite: int, groups: dict[SiteKey, _Found]) -> list[_Test]:
    testcase = each.name if isinstance(each, TestcaseReport) else SHARED
    tests = [
        _Test(suite, site.name, site.verdict, site.reason, groups.get((testcase, site.name), _Found()))
        for site in each.sites
    ]
    own = _own_reason(each)
    if not tests or (own and each.verdict in ("fail", "error")):
        named = {site.name for site in each.sites}
        other = _Found()
        for (name, site), found in groups.items():
            if name == testcase and site not in named:
                other.join(found)
        tests.append(_Test(suite, WHOLE, each.verdict, own, other))
    return tests


def _own_reason(each: TestcaseReport | SharedReport) -> str:
    """What the testcase says beside its sites, which its reason repeats at the end: a wrong status, say."""
    sites = "; ".join(f"{site.name}: {site.reason}" for site in each.sites if site.verdict != "pass")
    return each.reason.removesuffix(sites).removesuffix("; ")


# ---- what fits -------------------------------------------------------------------------------------------------------


def _fitting(suites: list[_Suite], tests: list[_Test]) -> tuple[list[str], int]:
    """Each test's element, "" for those for which there is no room, and how many these are. The worst go first."""
    worst = sorted(range(len(tests)), key=lambda number: _ORDER.index(tests[number].verdict))
    elements = [""] * len(tests)
    room = LIMIT - _HEADROOM
    headed: set[int] = set()
    for done, number in enumerate(worst):
        test = tests[number]
        suite = suites[test.suite]
        head = 0 if test.suite in headed else _size(_head(suite, [test])) + _HEADROOM // 10
        element = _element(test, suite.name, excerpts=room > LIMIT // 2)
        room -= head + _size(element)
        if room < 0:
            return elements, len(tests) - done
        headed.add(test.suite)
        elements[number] = element
    return elements, 0


def _size(text: str) -> int:
    return len(text.encode())


# ---- XML -------------------------------------------------------------------------------------------------------------


def _head(suite: _Suite, tests: list[_Test]) -> str:
    time = f' time="{suite.time:.3f}"' if suite.time is not None else ""
    skipped = sum(test.verdict == "skipped" for test in tests)
    opening = f'<testsuite name="{_name(suite.name)}"{_counts(tests)} skipped="{skipped}"{time}>'
    return f"{opening}\n{_properties(suite.properties)}"


def _counts(tests: list[_Test]) -> str:
    verdicts = Counter(test.verdict for test in tests)
    return f' tests="{len(tests)}" failures="{verdicts["fail"]}" errors="{verdicts["error"]}"'


def _properties(properties: dict[str, str]) -> str:
    if not properties:
        return ""
    listed = "".join(
        f'<property name="{name}" value="{_attribute(value, 500)}"/>\n' for name, value in properties.items()
    )
    return f"<properties>\n{listed}</properties>\n"


def _element(test: _Test, suite: str, *, excerpts: bool) -> str:
    found = test.found
    inside = ""
    told = _told(found, excerpts=excerpts)
    if tag := _TAGS.get(test.verdict):
        kind = found.held[0].issue.rule if found.held else test.verdict
        inside += f'<{tag} message="{_attribute(test.reason, 500)}" type="{_attribute(kind, 100)}">{told}</{tag}>\n'
        told = ""
    output = "\n".join([*([told] if told else []), *_decided(found)])
    if output:
        inside += f"<system-out>{output}</system-out>\n"
    opening = f'<testcase classname="{_name(suite)}" name="{_name(test.name)}"'
    return f"{opening}>\n{inside}</testcase>\n" if inside else f"{opening}/>\n"


def _told(found: _Found, *, excerpts: bool) -> str:
    """What is held against a test, for its body: each issue with its first place and excerpt."""
    parts: list[str] = []
    for group in found.held:
        finding = group.finding
        place = f"{path_text(words.relative(finding.path))}:{finding.line}"
        parts.append(_text(f"{_line(group)}\n{place} ({one_line(group.issue.fingerprint, 100)})"))
        if finding.note:
            parts.append(_text(one_line(finding.note, 300)))
        parts.append(_text(bounded.excerpt(finding, 30, 300)) + "\n" if excerpts else "(no room for the excerpt)\n")
    if found.more_held:
        parts.append(f"and {words.number(found.more_held, 'more issue')}: see the report")
    return "\n".join(parts)


def _decided(found: _Found) -> Iterator[str]:
    """What was found and is held against nobody."""
    for group in found.decided:
        by = f" ({one_line(group.finding.by, 200)})" if group.finding.by else ""
        yield _text(f"{group.finding.disposition}: {_line(group)}{by}")
    if found.more_decided:
        yield f"and {words.number(found.more_decided, 'more issue')}: see the report"


def _line(group: _Group) -> str:
    return f"{group.count:,}× {one_line(group.issue.rule, 100)}: {one_line(group.issue.title, 300)}"


def _name(text: str) -> str:
    return _attribute(path_text(text), 1_000)


def _attribute(text: str, limit: int) -> str:
    return escape(_plain(one_line(text, limit)))


def _text(text: str) -> str:
    return escape(_plain(visible(text)), quote=False)


def _plain(text: str) -> str:
    """Characters that XML 1.0 allows, and no order to whoever shows them."""
    return _ATTACHMENT.sub("[ ", _ILLEGAL.sub(lambda found: picture(found[0]), inert(text)))


FORMAT = JunitFormat()
