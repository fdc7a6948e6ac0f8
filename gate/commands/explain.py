"""`loggate explain`: why something is or is not a finding, and which decisions apply to it or nearly do."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timezone
from difflib import get_close_matches
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from gate import baseline as baselines
from gate import clean, config, fingerprint, group, place, readlog, streams
from gate import waivers as store
from gate.dispose import EXPECTED, Decisions, Disposing
from gate.errors import UsageError
from gate.explain import Fit, against, alike, fits, known, made_of
from gate.globs import Chosen
from gate.match import Matcher
from gate.model import (
    SHARED,
    Evidence,
    Finding,
    Issue,
    LogEvent,
    Occurrence,
    Report,
    Rule,
    SiteLog,
    Testcase,
    cut_lines,
)
from gate.read import Reader
from gate.reports import json_reader, words
from gate.reports.escape import fitting, inert, one_line, visible
from gate.window import Window

_SHOWN = 5
_CONTEXT = 3
_WIDTH = 400
_LABEL = 12
_HINT = "give a fingerprint of a report, a rule's id (`loggate rules` lists them), or FILE:LINE of a log"
_path = click.Path(path_type=Path)

Lines = Iterator[str]


@click.command()
@click.argument("target", metavar="FINGERPRINT|RULE|FILE:LINE")
@click.option("--report", "report_file", type=_path, metavar="FILE", help="Default: the last run's report.json.")
@click.option("--rules", multiple=True, metavar="PACK", help="A shipped pack's name or a YAML file. Repeatable.")
@click.option("--waivers", "waivers_file", type=_path, metavar="FILE", help="Default: as set, or waivers.yaml.")
@click.option("--baseline", "baseline_file", type=_path, metavar="FILE", help="Default: as set, or baseline.json.")
@click.option("--config", "settings_file", metavar="FILE", help="Instead of the discovered loggate.yaml.")
def explain(
    target: str,
    *,
    report_file: Path | None,
    rules: tuple[str, ...],
    waivers_file: Path | None,
    baseline_file: Path | None,
    settings_file: str | None,
) -> int:
    """Why something is or is not a finding, and which waiver or baseline entry applies to it or nearly does.

    FILE:LINE is read from the log; a fingerprint is looked up in the last report.
    """
    settings = config.load_settings(settings_file)
    waived = config.wanted_decision_file(waivers_file, settings, "waivers")
    snapshot = config.wanted_decision_file(baseline_file, settings, "baseline")
    report = _report(report_file, settings)
    ground = _Ground(
        settings=settings,
        packs=_packs(rules, settings),
        waivers=store.load(waived) if waived else store.Waivers(),
        baseline=baselines.load(snapshot) if snapshot else baselines.Baseline(),
        report_file=report if report_file or report.is_file() else None,
        report=json_reader.load(report) if report_file or report.is_file() else None,
        today=datetime.now(timezone.utc).date(),
    )
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in list(_explained(target, ground)):
        click.echo(fitting(inert(clean.mask(line)), encoding).rstrip(" "))
    return 0


class _Ground(NamedTuple):
    """What an explanation stands on. `packs` has the rules by the name of their pack, where packs were named."""

    settings: config.Settings
    packs: dict[str, tuple[Rule, ...]]
    waivers: store.Waivers
    baseline: baselines.Baseline
    report_file: Path | None
    report: Report | None
    today: date

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of the packs that were named, or of the report, or the default ones."""
        given: dict[str, Rule] = {}
        for rule in chain.from_iterable(self.packs.values()):
            given.setdefault(rule.id, rule)
        return tuple(given.values()) or self.reported or config.load_rules(config.DEFAULT_PACKS)

    @property
    def reported(self) -> tuple[Rule, ...]:
        """The report's rules that are searched for."""
        return tuple(rule for rule in self.report.rules if rule.pattern) if self.report else ()

    @property
    def nvflare(self) -> str:
        return self.report.environment.get("nvflare", "") if self.report else ""

    @property
    def testcases(self) -> tuple[Testcase, ...]:
        """The report's testcases, as far as they tell whose an event is."""
        told = self.report.testcases if self.report else ()
        return tuple(Testcase(each.name, each.job_id, sites=tuple(site.name for site in each.sites)) for each in told)

    @property
    def sites(self) -> frozenset[str]:
        return frozenset(site for testcase in self.testcases for site in testcase.sites)

    @property
    def findings(self) -> Iterator[tuple[Issue, Finding]]:
        return ((issue, found) for issue in (self.report.issues if self.report else ()) for found in issue.findings)


def _report(given: Path | None, settings: config.Settings) -> Path:
    return given or config.output_folder(None, settings) / "report.json"


def _packs(given: tuple[str, ...], settings: config.Settings) -> dict[str, tuple[Rule, ...]]:
    folder = None if given else settings.folder
    return {name: config.load_rules((name,), relative_to=folder) for name in given or settings.rules}


def _explained(target: str, ground: _Ground) -> Lines:
    if re.fullmatch(r"v\d+:[0-9a-f]+", target):
        return _fingerprint(target, ground)
    if found := _rules(ground).get(target):
        return _rule(*found, ground)
    file, _, line = target.rpartition(":")
    is_file, is_line = place.is_file(target), bool(re.fullmatch(r"[0-9]{1,18}", line))
    if file and is_line and (place.is_file(file) or not is_file):
        return _at_line(file, int(line), ground)
    if is_file:
        raise UsageError(f"{target}: is a file", hint=f"which line of it? {target}:LINE")
    raise UsageError(f"'{target}' is no fingerprint, no rule and no FILE:LINE", hint=_closest(target, ground) or _HINT)


def _closest(target: str, ground: _Ground) -> str:
    """What of the report, or which rule, somebody may have meant; "" when there is nothing like it."""
    issues = ground.report.issues if ground.report else ()
    named = [issue for issue in issues if target.casefold() in f"{issue.fingerprint} {issue.title}".casefold()]
    titles = {issue.title: issue for issue in issues}
    named += [titles[title] for title in get_close_matches(target, titles, 3)]
    like = [*get_close_matches(target, _rules(ground), 3), *(f"{each.fingerprint} {each.title}" for each in named)]
    return f"is it one of these? {'; '.join(_clean(text, 120) for text in dict.fromkeys(like[:3]))}" if like else ""


# ---- a rule ----------------------------------------------------------------------------------------------------------


def _rules(ground: _Ground) -> dict[str, tuple[Rule, str]]:
    """Every rule that is known by its id, those in use before the others, and where it comes from."""
    shipped = [name for name in config.shipped_packs() if name not in ground.packs]
    told = {rule.id: (rule, "") for rule in (*streams.RULES, *(ground.report.rules if ground.report else ()))}
    for name in reversed(shipped):
        told |= {rule.id: (rule, name) for rule in reversed(config.load_rules((name,)))}
    for name, pack in reversed(ground.packs.items()):
        told |= {rule.id: (rule, name) for rule in reversed(pack)}
    return told


def _rule(rule: Rule, pack: str, ground: _Ground) -> Lines:
    yield f"{_clean(rule.id)}: {_clean(rule.title)}"
    yield from _field("help", [rule.help] if rule.help else [])
    yield from _field("pack", [_pack(rule, pack, ground)])
    yield from _field("pattern", [rule.pattern or "none: found by comparing streams with their files"])
    yield from _field("previous", [f"{rule.previous} (in the line before)"] if rule.previous else [])
    yield from _field("only", ["in a stack trace that is recognised"] if rule.trace else [])
    yield from _field("only", [f"where an entry of level {rule.level} or a higher one begins"] if rule.level else [])
    yield from _field("severity", [rule.severity])
    yield from _field("policy", [_policy(rule, ground)])
    yield from _field("report", _found_by(rule, ground))


def _pack(rule: Rule, pack: str, ground: _Ground) -> str:
    if not rule.pattern:
        return "none: it is looked for wherever logs are streamed"
    in_use = any(rule.id == each.id for each in ground.rules)
    return (pack or "the report's") + ("" if in_use else ": not in use here, so it finds nothing")


def _policy(rule: Rule, ground: _Ground) -> str:
    policy = ground.settings.policy
    effects = {"fail": "fails the gate", "warn": "is reported, and fails nothing", "ignore": "is known from the outset"}
    why = f"policy.rules.{rule.id}" if rule.id in policy.rules else f"severity {rule.severity}"
    return f"a new finding {effects[policy.effect(rule)]} ({why})"


def _found_by(rule: Rule, ground: _Ground) -> Iterator[str]:
    if not ground.report:
        yield f"there is none at {_report(None, ground.settings)}: --report names one"
        return
    issues = [issue for issue in ground.report.issues if issue.rule == rule.id]
    counts = Counter(found.disposition for issue in issues for found in issue.findings)
    told = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("new", "known", "waived") if counts[kind])
    findings = words.number(sum(counts.values()), "finding")
    yield f"{ground.report_file}: {words.number(len(issues), 'issue')}, {findings}{f': {told}' if told else ''}"
    others = sum(rule.id in found.rules and issue.rule != rule.id for issue, found in ground.findings)
    if others:
        yield f"it also matches in {words.number(others, 'finding')} that an earlier rule names"
    yield from _capped([f"{issue.fingerprint} {_clean(issue.title, 120)}" for issue in words.ordered(issues)])


# ---- a fingerprint ---------------------------------------------------------------------------------------------------


def _fingerprint(name: str, ground: _Ground) -> Lines:
    if wrong := fingerprint.problem(name):
        raise UsageError(wrong, hint=_closest(name, ground) or _HINT)
    issue = (
        next((issue for issue in ground.report.issues if issue.fingerprint == name), None) if ground.report else None
    )
    if issue:
        yield from _issue(issue, ground)
        return
    named = [waiver for waiver in ground.waivers.entries if waiver.decision.fingerprint == name]
    entry = next((entry for entry in ground.baseline.entries if entry.fingerprint == name), None)
    if not named and not entry:
        raise UsageError(f"{name}: nothing is known of it", hint=_closest(name, ground) or _looked_in(ground))
    yield f"{name}: {'no finding in ' + str(ground.report_file) if ground.report else 'there is no report to look in'}"
    yield from _field("waivers", [f"names it: {waiver}" for waiver in named] or ["none names it"])
    yield from _field("baseline", [str(entry), *against(entry, {})] if entry else ["has no entry of it"])


def _looked_in(ground: _Ground) -> str:
    files = [str(file) for file in (ground.report_file, ground.waivers.file, ground.baseline.file) if file]
    missing = [] if ground.report else [f"{_report(None, ground.settings)} is not there (--report names another)"]
    return "; ".join([f"looked in {', '.join(files)}"] * bool(files) + missing)


def _issue(issue: Issue, ground: _Ground) -> Lines:
    yield f"{_clean(issue.fingerprint)}: {_clean(issue.title)}"
    unheard_of = Rule(issue.rule, "", "a rule that is not known here", issue.severity)
    rule, _ = _rules(ground).get(issue.rule, (unheard_of, ""))
    yield from _field("rule", [f"{rule.id} ({rule.title})", _policy(rule, ground)])
    counts = f"{issue.count:,}: {words.dispositions(issue.counts)}"
    yield from _field("findings", [f"{counts}, in {ground.report_file}", *_capped(_places(issue.findings))])
    by = Counter(f"{found.disposition}: {found.by}" for found in issue.findings if found.by)
    yield from _field("by", _capped([f"{count:,} {what}" for what, count in by.most_common()]))
    occurrences = [_occurrence(issue, found) for found in issue.findings]
    yield from _waivers(occurrences, ground, is_read=False)
    counted = Counter(found.testcase for found in issue.findings)
    yield from _baseline(occurrences[0], issue.title, ground, counted)
    yield from _made_of(next(_rebuilt(occurrences, ground), None), ground)


def _places(findings: Iterable[Finding]) -> list[str]:
    """A testcase and site a line, with the first place there."""
    by: dict[tuple[str, str, str], list[Finding]] = {}
    for found in findings:
        by.setdefault((found.disposition, found.testcase, found.site), []).append(found)
    return [
        f"{len(same):,} {kind}: {words.label(testcase)} › {site}, {same[0].path}:{same[0].line}"
        for (kind, testcase, site), same in by.items()
    ]


def _occurrence(issue: Issue, found: Finding) -> Occurrence:
    """The occurrence of which a finding was made, as far as a report tells."""
    name = re.split(r"[\\/]", found.path)[-1]
    log = SiteLog(found.testcase, found.site, found.path, name, found.path)
    event = LogEvent(found.line, found.end_line, found.excerpt, found.before, found.after, note=found.note)
    return Occurrence(found.testcase, found.site, log, event, issue.rule, issue.fingerprint)


def _rebuilt(occurrences: list[Occurrence], ground: _Ground) -> Iterator[Occurrence]:
    """Occurrences read again from their excerpts, of which the same fingerprint can be made."""
    matcher = Matcher(ground.reported)
    for found in occurrences[:_SHOWN]:
        excerpt = BytesIO(found.event.text.encode("utf-8", "replace"))
        for event in readlog.events(Reader(Window(excerpt)), matcher):
            if _sites(again := msgspec.structs.replace(found, event=event), ground) is not None:
                yield again


# ---- a place in a log ------------------------------------------------------------------------------------------------


class _Log(NamedTuple):
    """A log, its occurrences, how many lines it has, and why it cannot be trusted to be whole ("" when it can)."""

    site_log: SiteLog
    found: list[Occurrence]
    lines: int
    problem: str


def _stands_in(line: int, event: LogEvent) -> bool:
    own = [(part.line, part.end_line) for part in event.parts if not part.path] or [(event.line, event.end_line)]
    return any(first <= line <= last for first, last in own)


def _at_line(file: str, line: int, ground: _Ground) -> Lines:
    site_log = place.site_log(file)
    if not site_log:
        yield from _gone(file, line, ground)
        return
    set_format = Chosen(ground.settings.log_formats).of(site_log.path)
    site_log = msgspec.structs.replace(site_log, format=set_format)
    known_as = _known_as(site_log, ground)
    looked = place.look(known_as or site_log, ground.rules, store.contexts(ground.waivers))
    found = _occurrences(looked.reads, line, ground)
    log = _Log(known_as or site_log, found, looked.lines, looked.problem)
    _check_line(file, line, log)
    event = next((found for found in log.found if _stands_in(line, found.event)), None)
    yield from _event(event, line, log, ground) if event else _no_event(line, log, ground)
    if log.problem:
        yield from _field("log", [f"{log.problem}: what would follow is not known"])
    if not known_as and ground.report:
        yield from _field("report", _not_there(site_log, ground))


def _check_line(file: str, line: int, log: _Log) -> None:
    if not 0 < line <= log.lines:
        damage = f", and {log.problem}" if log.problem else ""
        hint = f"lines are counted from 1, here to {log.lines}" if log.lines else ""
        raise UsageError(
            f"{file}: there is no line {line}: it has {words.number(log.lines, 'line')}{damage}", hint=hint
        )


def _gone(file: str, line: int, ground: _Ground) -> Lines:
    """Where the log is not here, the report may still have the finding."""
    for issue, found in ground.findings:
        if any(path == file and first <= line <= last for path, first, last in _spans(found)):
            yield f"{file} is not here; {ground.report_file} has a finding there:"
            yield from _issue(issue, ground)
            return
    raise UsageError(f"{file}: no such file", hint=_closest(file, ground) or _HINT)


def _spans(found: Finding) -> list[tuple[str, int, int]]:
    places = [(copy.path, copy.line, copy.end_line) for copy in found.also]
    return [(found.path, found.line, found.end_line), *places]


def _known_as(log: SiteLog, ground: _Ground) -> SiteLog | None:
    """The log with testcase, site and path as the report has them, from wherever it was written."""
    if not ground.report or not ground.report_file:
        return None
    folders = [Path.cwd(), *Path.cwd().parents, *ground.report_file.resolve().parents]
    wanted, name = os.path.realpath(log.path), os.path.basename(log.path)  # noqa: PTH119 - `archive.zip!/member`
    for testcase, site, path in _logs(ground.report):
        if path.endswith(name) and any(os.path.realpath(folder / path) == wanted for folder in folders):
            return msgspec.structs.replace(log, testcase=testcase, site=site, path=path)
    return None


def _logs(report: Report) -> Iterator[tuple[str, str, str]]:
    homes = [(testcase.name, testcase.sites) for testcase in report.testcases]
    for testcase, sites in [*homes, (SHARED, report.shared.sites)]:
        yield from ((testcase, site.name, log.path) for site in sites for log in site.logs)


def _not_there(log: SiteLog, ground: _Ground) -> Iterator[str]:
    report = ground.report
    for skipped in report.skipped if report else ():
        if os.path.realpath(skipped.path) == os.path.realpath(log.path):
            yield f"{ground.report_file} has not judged this log: {skipped.reason}"
            return
    yield f"{ground.report_file} does not know this log"


def _occurrences(reads: list[group.Read], line: int, ground: _Ground) -> list[Occurrence]:
    """With the sites known, or without: as the report's fingerprint has it."""
    nameless = tuple(msgspec.structs.replace(testcase, sites=()) for testcase in ground.testcases)
    made = [group.occurrences(reads, testcases, ground.rules) for testcases in (ground.testcases, nameless)]
    reported = {issue.fingerprint for read in reads[:1] for issue, _ in _reported(read.log, line, ground)}
    return next((found for found in made if reported & {each.fingerprint for each in found}), made[0])


def _reported(log: SiteLog, line: int, ground: _Ground) -> list[tuple[Issue, Finding]]:
    """What the report has at this place."""
    return [
        (issue, found)
        for issue, found in ground.findings
        if any(path == log.path and first <= line <= last for path, first, last in _spans(found))
    ]


# ---- an event --------------------------------------------------------------------------------------------------------


def _event(found: Occurrence, line: int, log: _Log, ground: _Ground) -> Lines:
    first, last = found.event.line, found.event.end_line
    where = f"{log.site_log.path}:{line}"
    yield f"{where} is an event:" if first == last else f"{where} lies in an event, lines {first} to {last}:"
    yield from _excerpt(found.event, line)
    yield ""
    yield from _field("finding", [found.fingerprint, *_outcome(found, log, ground)])
    yield from _field("where", [_whose(found, ground)])
    yield from _field("rules", _matching(found, log, ground))
    yield from _field("report", _said(found, line, log, ground))
    yield from _waivers([found], ground, is_read=True)
    counts = Counter(each.testcase for issue, each in ground.findings if issue.fingerprint == found.fingerprint)
    yield from _baseline(found, found.title(found.rule), ground, counts)
    yield from _made_of(found, ground)


def _excerpt(event: LogEvent, line: int) -> Lines:
    """The event between its context, each line with its number; `>` marks the one that was asked for."""
    before, after = _split(event.before)[-_CONTEXT:], _split(event.after)
    numbered = [(event.line - len(before) + number, text) for number, text in enumerate(before)]
    number = event.line
    for text in _split(event.text):
        numbered.append((number, text))
        number += cut_lines(text) or 1
    numbered += [(event.end_line + 1 + number, text) for number, text in enumerate(after)]
    yield from _numbered(numbered, line)


def _split(text: str) -> list[str]:
    return text.split("\n") if text else []


def _numbered(lines: Iterable[tuple[int, str]], line: int) -> Lines:
    for number, text in lines:
        shown = visible(text.expandtabs(4)).replace("\n", " ")
        yield f"{'>' if number == line else ' '} {number:>6} | {shown[:_WIDTH]}{'…' if len(shown) > _WIDTH else ''}"


def _outcome(found: Occurrence, log: _Log, ground: _Ground) -> Iterator[str]:
    """What the gate makes of it now: the suite's word of the last run stands, as the suite is not known here."""
    by_suite = [each for _, each in _reported(log.site_log, found.event.line, ground) if _is_by_suite(each)]
    told = by_suite[0] if by_suite else _ruled(found, _peers(found, log, ground), ground)
    yield f"{told.disposition}: {told.by}" if told.by else "new: no waiver and no baseline entry holds for it"
    if told.disposition == "new":
        yield _policy(next(rule for rule in ground.rules if rule.id == found.rule), ground)


def _ruled(found: Occurrence, peers: list[Occurrence], ground: _Ground) -> Finding:
    decisions = Decisions(ground.settings.policy, ground.waivers, ground.baseline, ground.today)
    testcases = tuple(Testcase(name) for name in {each.testcase for each in peers} - {SHARED})
    evidence = Evidence(testcases, (), environment={"nvflare": ground.nvflare})
    disposing = Disposing(evidence, ground.rules, decisions)
    return next(ruled for each in peers if (ruled := disposing.finding(each)) and each is found)


def _peers(found: Occurrence, log: _Log, ground: _Ground) -> list[Occurrence]:
    """What counts together with it: the report's findings of its fingerprint, or, where it is not there, its log's."""
    same = [(issue, each) for issue, each in ground.findings if issue.fingerprint == found.fingerprint]
    here = [id(each) for _, each in _reported(log.site_log, found.event.line, ground)]
    others = [(_occurrence(issue, each), each) for issue, each in same if not _is_by_suite(each)]
    peers = [found if id(each) in here else other for other, each in others]
    return peers if found in peers else log.found


def _is_by_suite(found: Finding) -> bool:
    return found.by.startswith((EXPECTED, "attempt "))


def _whose(found: Occurrence, ground: _Ground) -> str:
    phase = f", phase {found.phase}" if found.phase else ""
    return f"testcase {words.label(found.testcase)}, site {found.site}{phase}"


def _matching(found: Occurrence, log: _Log, ground: _Ground) -> Iterator[str]:
    """Which rule matches which lines of the event; the one that names the finding first."""
    first, last = found.event.line, min(found.event.end_line, found.event.line + 2_000)
    raw = place.raw_lines(log.site_log, first - 1, last)
    for rule in ground.rules:
        if rule.id in found.event.rules:
            numbers = [str(number) for number in range(first, last + 1) if place.matches(rule, raw, number)]
            is_first = rule.id == found.rule and len(found.event.rules) > 1
            names = " (names the finding: the first in the packs' order)" if is_first else ""
            yield f"{rule.id} on {'line' if len(numbers) == 1 else 'lines'} {words.listing(numbers, 8)}{names}"


def _said(found: Occurrence | None, line: int, log: _Log, ground: _Ground) -> Iterator[str]:
    """What the last report has at this place: the event, or what another rule or loggate made of it."""
    for issue, told in _reported(log.site_log, line, ground):
        by = f": {told.by}" if told.by else ""
        copy = "" if told.path == log.site_log.path else f" (as {told.path}:{told.line}, of which this is a copy)"
        is_it = found and issue.fingerprint == found.fingerprint
        what = "it" if is_it else f"{issue.fingerprint} ({issue.rule}) here: {_clean(issue.title, 120)}"
        yield f"{ground.report_file} has {what}{copy}, {told.disposition}{by}"


# ---- no event --------------------------------------------------------------------------------------------------------


def _no_event(line: int, log: _Log, ground: _Ground) -> Lines:
    raw = place.raw_lines(log.site_log, line - _CONTEXT - 1, line + _CONTEXT)
    yield f"{log.site_log.path}:{line} is in no event:"
    shown = range(max(1, line - _CONTEXT), line + _CONTEXT + 1)
    yield from _numbered(((number, place.text(raw[number])) for number in shown if number in raw), line)
    yield ""
    yield from _field("report", _said(None, line, log, ground))
    near = {rule.id: why for rule in ground.rules if (why := place.nearly(rule, raw, line))}
    yield from _field("rules", [f"{rule}: {why}" for rule, why in near.items()])
    others = [rule.id for rule in ground.rules if rule.id not in near]
    yield from _field("" if near else "rules", [f"no line of an event, and no match for {', '.join(others)}"])
    yield from _field("nearest", list(_neighbours(line, log)) or ["the log holds no event"])


def _neighbours(line: int, log: _Log) -> Iterator[str]:
    before = [found for found in log.found if found.event.end_line < line]
    after = [found for found in log.found if found.event.line > line]
    for found in (*before[-1:], *after[:1]):
        first, last = found.event.line, found.event.end_line
        away = f"{line - last:,} above" if last < line else f"{first - line:,} below"
        span = f"line {first}" if first == last else f"lines {first} to {last}"
        yield f"{away}: {span}, {found.fingerprint} {_clean(found.title(found.rule), 120)}"


# ---- decisions -------------------------------------------------------------------------------------------------------


def _waivers(issue: list[Occurrence], ground: _Ground, *, is_read: bool) -> Lines:
    found = fits(ground.waivers, issue, ground.today, ground.nvflare, is_read=is_read)
    file = ground.waivers.file
    nothing = f"none of the {len(ground.waivers.entries)} in {file} comes near" if file else "there is no waivers file"
    yield from _field("waivers", [_fit(fit, len(issue)) for fit in found] or [nothing])


def _fit(fit: Fit, of: int) -> str:
    made = fit.waiver.decision
    if fit.state == "nearly":
        return f"nearly: {fit.waiver}; but {', and '.join(fit.why)}"
    number = "" if of == 1 else f" for {fit.findings:,} of {of:,}"
    limit = f", at most {made.count:,} of a testcase" if made.count else ""
    return (
        f"expired, would hold{number}: {fit.waiver}"
        if fit.state == "expired"
        else f"holds{number}{limit}: {fit.waiver}"
    )


def _baseline(found: Occurrence, title: str, ground: _Ground, counts: Counter[str]) -> Lines:
    file, entry = ground.baseline.file, known(ground.baseline, found)
    if entry:
        seen = f"{file}: seen in {entry.runs} of {entry.of} runs"
        yield from _field("baseline", [seen, *against(entry, counts)])
        return
    near = alike(ground.baseline, fingerprint.mask(title, ground.sites))
    nearly = [f"nearly: {near}; but it has another fingerprint"] if near else []
    yield from _field("baseline", [f"{file} has no entry of it" if file else "there is no baseline file", *nearly])


def _made_of(found: Occurrence | None, ground: _Ground) -> Lines:
    """What the fingerprint was made of; nothing where it cannot be made again."""
    if found and (sites := _sites(found, ground)) is not None:
        yield from _field("made of", [f"{name}: {text}" for name, text in made_of(found, sites)])


def _sites(found: Occurrence, ground: _Ground) -> frozenset[str] | None:
    """The sites' names with which the occurrence's fingerprint comes out again; None where it does not."""
    version = found.fingerprint.partition(":")[0]
    tried = (ground.sites, frozenset[str]())
    same = (names for names in tried if fingerprint.of(version, found.rule, found.event, names) == found.fingerprint)
    return next(same, None)


# ---- words -----------------------------------------------------------------------------------------------------------


def _field(name: str, texts: Iterable[str]) -> Lines:
    """A name, and its texts below each other beside it; nothing for no text."""
    for number, text in enumerate(texts):
        yield f"{name if number == 0 else '':<{_LABEL}}{_clean(text, 400)}"


def _capped(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return lines if rest <= 0 else [*lines[:_SHOWN], f"and {rest:,} more"]


def _clean(text: str, limit: int = 0) -> str:
    return one_line(text, limit)
