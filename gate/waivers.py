"""Waivers: what a person decided to let pass, with a reason, an owner and an end (docs/design/decisions.md)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import msgspec

from gate import fingerprint, versions, yamlfile
from gate.errors import ConfigError, UsageError
from gate.model import Occurrence, Phase, Struct, WaiverReport, WaiverState
from gate.patterns import of_text

EMPTY = "version: 1\nwaivers: []\n"
"""A waivers file without any, to which entries are added."""

_HINT = "a waiver has a fingerprint or a pattern, a reason, an owner, and expires: a date such as 2027-01-31"


class Context(Struct, frozen=True):
    """What must stand before the event."""

    line: str
    """A regular expression that a line before it must match."""
    within: int = 20
    """At most so many lines before the event's first one."""


class Decision(Struct, frozen=True, kw_only=True):
    """A waiver as it is written. Either `fingerprint` or `pattern` is given; all keys that are given must fit."""

    fingerprint: str = ""
    """The issue, from a report."""
    pattern: str = ""
    """A regular expression, searched in the event's whole text."""
    reason: str
    """Why it may pass for now."""
    owner: str
    """Who sees to it."""
    expires: date
    """The last day on which it holds, in UTC."""
    link: str = ""
    """An issue or a page that tells more."""
    testcase: str = ""
    """Only in testcases whose names fit this glob."""
    site: str = ""
    """Only on sites whose names fit this glob."""
    file: str = ""
    """Only in logs whose file name fits this glob, or the end of whose path does (`fedavg/*/log.txt`)."""
    nvflare: str = ""
    """Only with these versions of NVFlare: `2.9.0`, `2.8.*`, `<2.9.1`, `>=2.8,<2.9`. Where nobody knows the version, it
    does not hold."""
    phase: Phase = ""
    """Only in this part of the run."""
    count: int | None = None
    """For so many findings of a testcase; the next one is new."""
    context: Context | None = None
    """Only where such a line stands before the event."""


class Waiver(Struct, frozen=True):
    """A decision and the place where it is written, such as `waivers.yaml:12`."""

    place: str
    decision: Decision

    def __str__(self) -> str:
        made = self.decision
        what = made.fingerprint or f"/{made.pattern}/"
        return f"{self.place}: {what} until {made.expires} (owner {made.owner}): {made.reason}"


class Waivers(Struct, frozen=True):
    """A waivers file."""

    file: str = ""
    entries: tuple[Waiver, ...] = ()


class Expired(Struct, frozen=True):
    """A waiver whose last day is over, and how many findings it would hide that no other waiver hides."""

    waiver: Waiver
    findings: int

    def __str__(self) -> str:
        made = self.waiver.decision
        return f"{self.waiver.place}: expired on {made.expires} (owner {made.owner}): {made.reason}"


# ---- matching --------------------------------------------------------------------------------------------------------

Search = Callable[[str], "re.Match[str] | None"]


def contexts(waivers: Waivers) -> tuple[str, ...]:
    """The patterns of lines that must be watched for, each once."""
    wanted = (waiver.decision.context for waiver in waivers.entries)
    return tuple(dict.fromkeys(context.line for context in wanted if context))


class Applying:
    """Waivers as they are applied to a run's occurrences, one after the other; `today` is what expiry is held against.

    `nvflare` is the version that ran; "" where nobody knows: then a waiver for certain versions hides nothing.
    """

    def __init__(self, waivers: Waivers, today: date, nvflare: str) -> None:
        self._waivers, self._today = waivers, today
        self._live = [waiver for waiver in waivers.entries if waiver.decision.expires >= today]
        self._over = [waiver for waiver in waivers.entries if waiver.decision.expires < today]
        self._index, self._index_over, self._nvflare = _Index(self._live), _Index(self._over), nvflare
        self._used: Counter[tuple[Waiver, str]] = Counter()
        self._missed: Counter[Waiver] = Counter()

    def waiver(self, found: Occurrence) -> Waiver | None:
        """The first waiver in the file's order that fits, has not expired and may hide one more; None without one."""
        for waiver in self._index.fitting(found, self._nvflare) if self._live else ():
            limit = waiver.decision.count
            if limit is None or self._used[waiver, found.testcase] < limit:
                self._used[waiver, found.testcase] += 1
                return waiver
        if self._over:
            self._missed.update(self._index_over.fitting(found, self._nvflare))
        return None

    def unused(self) -> tuple[Waiver, ...]:
        """Those that could have hidden something in a run on this NVFlare and did not."""
        used = {waiver for waiver, _ in self._used}
        return tuple(each for each in self._live if each not in used and _is_for(each.decision, self._nvflare))

    def expired(self) -> tuple[Expired, ...]:
        return tuple(Expired(each, self._missed[each]) for each in self._over)

    def told(self) -> tuple[WaiverReport, ...]:
        """What became of each waiver, in the order of their files' lines."""
        hidden: Counter[Waiver] = Counter()
        for (waiver, _), count in self._used.items():
            hidden[waiver] += count
        unused = set(self.unused())
        states: dict[Waiver, WaiverState] = dict.fromkeys(self._over, "expired")
        for each in self._live:
            states[each] = "used" if hidden[each] else "unused" if each in unused else "elsewhere"
        return tuple(
            _told(each, states[each], hidden[each] + self._missed[each], self._today) for each in self._waivers.entries
        )


def _told(waiver: Waiver, state: WaiverState, findings: int, today: date) -> WaiverReport:
    made = waiver.decision
    narrowed = {key: getattr(made, key) for key in ("testcase", "site", "file", "nvflare", "phase", "count")}
    if made.context:
        narrowed["context"] = f"at most {made.context.within} lines after {made.context.line}"
    return WaiverReport(
        fingerprint=made.fingerprint,
        pattern=made.pattern,
        reason=made.reason,
        owner=made.owner,
        expires=made.expires.isoformat(),
        days_left=(made.expires - today).days,
        state=state,
        findings=findings,
        place=waiver.place,
        link=made.link,
        scope={key: str(value) for key, value in narrowed.items() if value},
    )


class _Index:
    """Waivers, laid out so that those of a finding are found fast: with 100,000 findings each look counts."""

    def __init__(self, waivers: Sequence[Waiver]) -> None:
        self._waivers = waivers
        self._named: defaultdict[str, list[int]] = defaultdict(list)
        self._searches: list[tuple[int, Search]] = []
        for place, waiver in enumerate(waivers):
            if waiver.decision.fingerprint:
                self._named[waiver.decision.fingerprint].append(place)
            else:
                self._searches.append((place, of_text(waiver.decision.pattern).search))

    def fitting(self, found: Occurrence, nvflare: str) -> Iterator[Waiver]:
        """The waivers that are meant for this occurrence, in the file's order."""
        text, note = found.event.text, found.event.note
        places = [place for place, search in self._searches if search(text) or (note and search(note))]
        places += [place for name in found.fingerprints for place in self._named.get(name, ())]
        waivers = (self._waivers[place] for place in sorted(places))
        return (waiver for waiver in waivers if fits(waiver.decision, found, nvflare))


def fits(decision: Decision, found: Occurrence, nvflare: str) -> bool:
    """Whether the waiver is meant for this occurrence; its expiry and its count are not looked at."""
    return next(misses(decision, found, nvflare), None) is None


def misses(decision: Decision, found: Occurrence, nvflare: str) -> Iterator[str]:
    """The keys of the waiver that keep it from this occurrence, such as `testcase`; none where it fits."""
    if decision.fingerprint and decision.fingerprint not in found.fingerprints:
        yield "fingerprint"
    if decision.pattern and not any(map(of_text(decision.pattern).search, (found.event.text, found.event.note))):
        yield "pattern"
    if decision.testcase and not fnmatchcase(found.testcase, decision.testcase):
        yield "testcase"
    if decision.site and not fnmatchcase(found.site, decision.site):
        yield "site"
    if decision.file and not _is_file(decision.file, found.log.name, found.log.path):
        yield "file"
    if not _is_for(decision, nvflare):
        yield "nvflare"
    if decision.phase and decision.phase != found.phase:
        yield "phase"
    if decision.context and not _is_near(decision.context, found.near):
        yield "context"


def _is_file(glob: str, name: str, path: str) -> bool:
    path = path.replace("\\", "/")
    return fnmatchcase(name, glob) or fnmatchcase(path, glob) or fnmatchcase(path, f"*/{glob}")


def _is_for(decision: Decision, nvflare: str) -> bool:
    return not decision.nvflare or versions.fits(decision.nvflare, nvflare)


def _is_near(context: Context, near: tuple[tuple[str, int], ...]) -> bool:
    return any(pattern == context.line and lines <= context.within for pattern, lines in near)


# ---- reading ---------------------------------------------------------------------------------------------------------


class _File(Struct, frozen=True):
    version: Literal[1]
    waivers: tuple[Decision, ...] | None


def load(path: Path) -> Waivers:
    """A waivers file, checked; ConfigError names the file, the line and the key of what is wrong."""
    tree = _tree(path)
    decisions = yamlfile.convert(tree, _File, file=str(path), hint=_HINT).waivers or ()
    seen: dict[Decision, Waiver] = {}
    for index, decision in enumerate(decisions):
        at: list[str | int] = ["waivers", index]
        waiver = Waiver(f"{path}:{yamlfile.line_of(tree, at)}", decision)
        first = seen.setdefault(_scope(decision), waiver)
        twice = ("", f"has the same scope as {first.place}", "keep one of the two") if first is not waiver else None
        if wrong := problem(decision) or twice:
            keys = [*at, *filter(None, wrong[0].split("."))]
            line = yamlfile.line_of(tree, keys)
            raise ConfigError(wrong[1], file=str(path), line=line, key=yamlfile.dotted(keys), hint=wrong[2])
    return Waivers(str(path), tuple(seen.values()))


def _tree(path: Path) -> Any:
    """The file's tree. For a date that no calendar has, the YAML parser tells no line: it is looked up here."""
    try:
        return yamlfile.load_tree(path)
    except ValueError as error:
        from ruamel.yaml import YAML

        dates = _dates(YAML().compose(path.read_text(encoding="utf-8")))
        line = next((node.start_mark.line + 1 for node in dates if not _is_possible(node.value)), None)
        raise ConfigError(f"not a date: {error}", file=str(path), line=line, hint=_HINT) from error


def _dates(node: Any) -> Iterator[Any]:
    from ruamel.yaml.nodes import ScalarNode

    if isinstance(node, ScalarNode):
        yield from [node] if str(node.tag).endswith(":timestamp") else []
    else:
        for each in node if isinstance(node, tuple) else node.value:
            yield from _dates(each)


def _is_possible(text: str) -> bool:
    from ruamel.yaml import YAML

    try:
        YAML().load(text)
    except ValueError:
        return False
    return True


def same(waivers: Waivers, decision: Decision) -> Waiver | None:
    """The waiver that has the same scope as this decision; None where there is none."""
    wanted = _scope(decision)
    return next((waiver for waiver in waivers.entries if _scope(waiver.decision) == wanted), None)


def _scope(decision: Decision) -> Decision:
    """What the waiver is meant for, without who decided it and for how long."""
    return msgspec.structs.replace(decision, reason="", owner="", expires=date.min, link="", count=None)


# ---- checks ----------------------------------------------------------------------------------------------------------

Problem = tuple[str, str, str]
"""A key, what is wrong with its value, and a hint."""

_ATOM = r"(?:\\.|\[[^\]]*\]|[^()\\])"
_NESTED = re.compile(rf"(?<!\\)(?:[*+]|\{{\d*,\d*\}})\??(?:{_ATOM}[?*])*\)(?:[*+]|\{{\d*,)")
"""A group that repeats and ends in a repetition, as in `(a+)+` or `(a+ ?)*`: it may take longer than anyone waits."""

_UNRELATED = (
    (
        "2026-05-09 07:35:31,204 - TaskRunner - ERROR - [identity=site-1] - train failed",
        "2027-11-30 23:01:00,988 - CoreCell - WARNING - cannot forward: ConnectionException",
        "2026-12-24 18:44:59,071 - nvflare.app.stats - INFO - Traceback of 7 calls",
    ),
    (
        "Traceback (most recent call last):",
        "ERROR: disk full",
        "java.lang.NullPointerException",
    ),
    (
        '{"asctime": "2026-05-09 07:35:31", "levelname": "ERROR", "message": "job lost"}',
        '{"time": 1789000111.4, "level": "info", "msg": "got UnsafeComponentException"}',
        '{"ts": "2027-11-30T23:01:00Z", "severity": "WARNING", "text": "Traceback 1"}',
    ),
)
"""Findings that have nothing in common but the way in which some format writes entries."""


def problem(decision: Decision) -> Problem | None:
    """The first thing that is wrong with a waiver; None when it can be used."""
    return next(_problems(decision), None)


def _problems(decision: Decision) -> Iterator[Problem]:
    if bool(decision.fingerprint) == bool(decision.pattern):
        yield "", "expected either a fingerprint or a pattern", _HINT
    if decision.fingerprint and (wrong := fingerprint.problem(decision.fingerprint)):
        yield "fingerprint", wrong, "copy it from a report"
    if decision.pattern and (wrong := _pattern_problem(decision.pattern)):
        yield "pattern", wrong, _PATTERN_HINT
    for key in ("reason", "owner"):
        if not getattr(decision, key).strip():
            yield key, "is empty", _HINT
    if decision.count is not None and decision.count < 1:
        yield "count", f"expected a number from 1, got {decision.count}", ""
    if decision.nvflare:
        yield from _spec_problem(decision.nvflare)
    if decision.context:
        yield from _context_problems(decision.context)


def _spec_problem(spec: str) -> Iterator[Problem]:
    try:
        versions.check(spec)
    except UsageError as error:
        yield "nvflare", str(error), error.hint


def _context_problems(context: Context) -> Iterator[Problem]:
    if wrong := _pattern_problem(context.line):
        yield "context.line", wrong, _PATTERN_HINT
    if context.within < 1:
        yield "context.within", f"expected a number from 1, got {context.within}", ""


_PATTERN_HINT = "name what is particular to the one failure that may pass"


def _pattern_problem(pattern: str) -> str:
    """Why a pattern cannot be trusted to mean one failure; "" when it can."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    if _NESTED.search(pattern):
        return "repeats a repetition, as (a+)+ does: it could take for ever on a long line"
    if compiled.search(""):
        return "matches the empty text, so it would match everything"
    if any(all(compiled.search(line) for line in lines) for lines in _UNRELATED):
        return "matches everything: findings that have nothing in common"
    return ""


# ---- editing ---------------------------------------------------------------------------------------------------------


def add(text: str, waivers: Waivers, decision: Decision) -> str:
    """The text of these waivers with one more that was checked. UsageError where that is not safe."""
    values = msgspec.to_builtins(decision, builtin_types=(date,))
    written = {key: value for key, value in values.items() if value not in ("", None)}
    from gate import yamledit  # slow to import: only who edits needs it

    return yamledit.append(text, "waivers", written, _place(waivers, decision))


def _place(waivers: Waivers, decision: Decision) -> int:
    """The entry behind which a waiver is written: where its fingerprint lies between two neighbours', or the last.

    So two branches that each add one mostly write at different places, which git merges.
    """
    named = [waiver.decision.fingerprint for waiver in waivers.entries]
    gaps = (n for n in range(len(named) - 1) if named[n] and named[n] < decision.fingerprint < named[n + 1])
    return next(gaps, -1)


def remove(text: str, waivers: Waivers, fingerprint: str) -> str:
    """A waivers file's text without the waivers of a fingerprint."""
    found = (index for index, waiver in enumerate(waivers.entries) if waiver.decision.fingerprint == fingerprint)
    from gate import yamledit

    return yamledit.remove(text, "waivers", found)
