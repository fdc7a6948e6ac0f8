"""The report as a Markdown document, for a wiki, a comment or a mail.

Whatever a log says stands in code, as code. In a code span or block no renderer looks for links, images, mentions,
HTML or headings. `summary.py` uses the same pieces in the bounds of GitHub's step summary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from gate.findings import tallies
from gate.model import (
    SHARED,
    Disposition,
    Issue,
    Report,
    SharedReport,
    SiteKey,
    SiteReport,
    Struct,
    TestcaseReport,
    Verdict,
)
from gate.reports import bounded, words
from gate.reports.escape import inert, one_line, path_text, visible

SIGNS: dict[Verdict, str] = {"pass": "✅", "fail": "❌", "error": "⚠️", "skipped": "➖"}
_TICKS = re.compile(r"`+")
_SIGN = re.compile(r"[\\`*_{}\[\]<>()#+!|&~$@:-]|\.(?=\S)|(?<=\d)\.")


class Limits(Struct, frozen=True):
    """How much of each is shown: rows and site columns of the table, issues, other lines; `size` in bytes of UTF-8."""

    size: int
    testcases: int
    sites: int
    issues: dict[Disposition, int]
    others: int


_LIMITS = Limits(
    size=8_000_000, testcases=5_000, sites=30, issues={"new": 2_000, "known": 2_000, "waived": 2_000}, others=1_000
)


class MarkdownFormat:
    """GitHub's dialect (tables); any other shows it too. Under 8 MB; what is left out is said."""

    filename = "report.md"

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None:
        write(document(report, _LIMITS), _LIMITS.size, out)
        out.write(f"\n{_environment(report)}")


def write(blocks: Iterator[str], size: int, out: TextIO) -> None:
    """Write the blocks with a blank line between them, up to `size` bytes; say how many did not fit."""
    room = size - 1_000  # for the words about the rest
    left_out = 0
    for block in blocks:
        taken = len(block.encode()) + 2
        if left_out or taken > room:
            left_out += 1
            continue
        room -= taken
        out.write(f"{block}\n\n")
    if left_out:
        out.write(f"**Cut here: {words.number(left_out, 'more part')}, see report.html or report.json.**\n")


def document(report: Report, limits: Limits) -> Iterator[str]:
    """The report as Markdown blocks, what matters first: verdict, causes, new issues, the table, the rest."""
    yield f"## {SIGNS[report.verdict]} loggate: {report.verdict}"
    yield _verdict(report)
    yield from _causes(report, limits)
    yield from _issues(report, "new", limits)
    yield from _problems(report, limits)
    yield from _table(report, limits)
    yield from _issues(report, "known", limits)
    yield from _issues(report, "waived", limits)
    yield from _leftovers(report, limits)


def _verdict(report: Report) -> str:
    found = words.dispositions(report.counts.findings) or "none"
    text = f"{code(report.reason, 2_000)}; findings: {found}; {words.exit_words(report)}"
    said = words.stream_words(words.streams(report))
    return f"{text}\n\n{said}" if said else text


def _causes(report: Report, limits: Limits) -> Iterator[str]:
    if report.causes:
        yield "### What failed first"
        yield _list([code(cause.text, 500) for cause in report.causes], limits.others, "more cause")


# ---- the table of testcases and sites --------------------------------------------------------------------------------


def _table(report: Report, limits: Limits) -> Iterator[str]:
    testcases = list(report.testcases)
    if len(testcases) > limits.testcases:
        testcases = words.worst_first(testcases)[: limits.testcases]
    rows: list[TestcaseReport | SharedReport] = [*testcases, *([report.shared] if report.shared.logs else [])]
    if not rows:
        return
    yield "### Testcases and sites"
    names = list(dict.fromkeys(site.name for row in rows for site in row.sites))
    many = len(names) > limits.sites
    new = _new_findings(report)
    heads = ["testcase", "verdict", "time", *(["sites"] if many else [_cell(name, 60) for name in names]), "why"]
    table = [_row(heads), _row(["---"] * len(heads))]
    table += [_row(_cells(row, None if many else names, new)) for row in rows]
    yield "\n".join(table)
    if len(report.testcases) > len(testcases):
        yield f"{len(report.testcases) - len(testcases):,} more testcases: see the report."


def _new_findings(report: Report) -> dict[SiteKey, int]:
    counts: dict[SiteKey, int] = {}
    for issue in report.issues:
        for site, found in tallies(issue).items():
            counts[site] = counts.get(site, 0) + found.new
    return counts


def _cells(row: TestcaseReport | SharedReport, names: list[str] | None, new: dict[SiteKey, int]) -> list[str]:
    """One testcase's cells: a column for each named site, or how many sites have which verdict."""
    name, time, flaky = SHARED, None, ""
    if isinstance(row, TestcaseReport):
        name, time = row.name, row.duration_s
        flaky = f", flaky: {words.number(row.attempts, 'attempt')}" if row.flaky else ""
    why = _cell(row.reason, 160) if row.verdict != "pass" else ""
    head = [_cell(words.label(name), 200), f"{SIGNS[row.verdict]} {row.verdict}{flaky}", words.duration(time)]
    if names is None:
        return [*head, _tally(row.sites), why]
    sites = {site.name: site for site in row.sites}
    return [*head, *(_site(sites.get(site), new.get((name, site), 0)) for site in names), why]


def _site(site: SiteReport | None, new: int) -> str:
    if site is None:
        return ""
    return f"{SIGNS[site.verdict]} {new:,} new" if new else SIGNS[site.verdict]


def _tally(sites: tuple[SiteReport, ...]) -> str:
    verdicts = [site.verdict for site in sites]
    return " ".join(f"{sign} {verdicts.count(verdict):,}" for verdict, sign in SIGNS.items() if verdict in verdicts)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str, limit: int) -> str:
    """Renderers disagree on what a backslash before `|` means in code, so that a box-drawing line stands for it."""
    return code(text, limit).replace("|", "│")


# ---- issues and the rest ---------------------------------------------------------------------------------------------


def _issues(report: Report, disposition: Disposition, limits: Limits) -> Iterator[str]:
    found = [issue for issue in words.ordered(report.issues) if issue.disposition == disposition]
    if not found:
        return
    yield f"### {words.number(len(found), f'{disposition} issue')}"
    shown, rest = found[: limits.issues[disposition]], len(found) - limits.issues[disposition]
    if disposition == "new":
        for issue in shown:
            yield from _issue(issue)
    else:
        yield "\n".join(f"- {_issue_line(issue)}" for issue in shown)
    if rest > 0:
        yield f"{words.number(rest, f'more {disposition} issue')}: see the report."


def _issue(issue: Issue) -> Iterator[str]:
    mixed = f"({words.mixed(issue)}) " if words.mixed(issue) else ""
    yield f"**{issue.count:,}×** {mixed}{issue.severity} {code(issue.title, 300)}"
    where = f"{_names(words.testcases(issue))} on {_names(words.sites(issue))}"
    yield f"{where}; rule {code(issue.rule, 100)}, {code(issue.fingerprint, 100)}"
    finding = words.first_finding(issue)
    if finding is None:
        return
    place = code(f"{words.relative(finding.path)}:{finding.line}", 1_000, path_text)
    yield f"{place} {code(finding.note, 300)}".rstrip()
    yield fenced(bounded.excerpt(finding, 15, 300))


def _issue_line(issue: Issue) -> str:
    finding = words.first_finding(issue)
    by = f": {code(finding.by, 200)}" if finding is not None and finding.by else ""
    return f"{issue.count:,}× {issue.severity} {code(issue.title, 200)} on {_names(words.sites(issue))}{by}"


def _names(names: list[str]) -> str:
    shown = ", ".join(code(name, 100) for name in names[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown


def _problems(report: Report, limits: Limits) -> Iterator[str]:
    problems = words.problems(report)
    if problems:
        yield "### Without a finding"
        said = [f"{SIGNS[each.verdict]} {code(f'{each.where}: {each.reason}', 500)}" for each in problems]
        yield _list(said, limits.others, "more problem")


def _leftovers(report: Report, limits: Limits) -> Iterator[str]:
    leftovers = report.leftovers
    skipped = tuple(f"{path_text(each.path)}: {each.reason}" for each in report.skipped)
    for names, noun in (
        (leftovers.fixed, "issue fixed since the baseline"),
        (leftovers.expired_waivers, "expired waiver"),
        (leftovers.unused_waivers, "unused waiver"),
        (skipped, "file not judged"),
    ):
        if names:
            first, _, rest = noun.partition(" ")
            plural = f"{first}s {rest}" if first in ("issue", "file") else f"{noun}s"
            yield f"### {words.number(len(names), noun, plural)}"
            yield _list([code(name, 300) for name in names], limits.others, "more")


def _list(items: list[str], limit: int, rest: str) -> str:
    shown = [f"- {item}" for item in items[:limit]]
    if len(items) > limit:
        noun = rest if rest == "more" else f"{rest}s"
        shown.append(f"- and {len(items) - limit:,} {noun}: see the report")
    return "\n".join(shown)


def _environment(report: Report) -> str:
    facts = [f"- {code(report.command, 500)}", f"- {code(f'{report.started} to {report.finished}', 100)}"]
    facts += [f"- {code(f'{name}: {value}', 300)}" for name, value in list(report.environment.items())[:100]]
    facts.append(f"- {code(f'{report.tool.name} {report.tool.version}', 100)}")
    return "### Run\n\n" + "\n".join(facts) + "\n"


# ---- text that stays text --------------------------------------------------------------------------------------------


def code(text: str, limit: int, clean: Callable[[str], str] = one_line) -> str:
    """The text on one line in a code span, up to `limit` characters; "" for nothing."""
    shown = inert(clean(text)).strip(" ")
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    if not shown:
        return ""
    fence = "`" * _longer_than(shown)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, limit: int) -> str:
    """Words of a person, on one line and without Markdown of their own."""
    return _SIGN.sub(lambda sign: f"&#{ord(sign[0])};", one_line(text, limit))


def fenced(text: str) -> str:
    """The lines in a code block that none of them can end."""
    shown = inert(visible(text))
    fence = "`" * max(3, _longer_than(shown))
    return f"{fence}text\n{shown}\n{fence}"


def _longer_than(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0) + 1


FORMAT = MarkdownFormat()
