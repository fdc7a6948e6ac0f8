"""The baseline: a machine's snapshot of what was known, so that a gate may fail on what is new alone.

The file has no times and no line numbers. Each entry is one line, in the order of the fingerprints, with a comma at its
end (the last item is null), and a blank line ends each of the 256 groups of entries whose fingerprints begin with the
same two digits: git then sees what two branches add or remove as far apart, and merges it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from gate import fingerprint, yamlfile
from gate.errors import ConfigError, UsageError
from gate.findings import tallies
from gate.model import SHARED, Finding, Issue, Occurrence, Report, Struct, TestcaseReport, Verdict

VERSION = 1
BY = "baseline"
"""A finding's `by` begins so when the baseline made it known."""

_Number = Annotated[int, msgspec.Meta(ge=1)]


class Entry(Struct, frozen=True):
    """An issue that is known."""

    fingerprint: str
    """What it is known by."""
    rule: str
    """The rule that found it, for people."""
    title: str
    """What it is called, for people."""
    testcases: dict[str, _Number]
    """How many findings of each testcase are known, at most."""
    runs: _Number
    """In how many runs it was seen."""
    of: _Number
    """How many runs were looked at."""

    def __str__(self) -> str:
        often = "" if self.runs == self.of else f" (seen in {self.runs} of {self.of} runs)"
        return f"{self.fingerprint} {self.title}{often}"


class Baseline(Struct, frozen=True):
    """A baseline file; `entries` in the order of their fingerprints."""

    file: str = ""
    entries: tuple[Entry, ...] = ()


class Fixed(Struct, frozen=True):
    """An entry of which some did not occur: testcase → (how many did, how many are known), for those that ran."""

    entry: Entry
    counts: dict[str, tuple[int, int]]

    @property
    def is_gone(self) -> bool:
        """Whether none of the entry is left in any testcase: it can leave the baseline."""
        return self.counts.keys() == self.entry.testcases.keys() and not any(seen for seen, _ in self.counts.values())

    def __str__(self) -> str:
        if self.is_gone:
            return f"{self.entry}: not seen any more"
        parts = (f"{seen} of {known} in {testcase}" for testcase, (seen, known) in sorted(self.counts.items()))
        return f"{self.entry}: {', '.join(parts)}"


# ---- matching --------------------------------------------------------------------------------------------------------


class Applying:
    """A baseline as it is applied to a run's occurrences, one after the other: where it knows 3, a 4th stays new."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._entries = {entry.fingerprint: entry for entry in baseline.entries}
        self._used: Counter[tuple[str, str]] = Counter()
        self._seen: Counter[tuple[str, str]] = Counter()

    def see(self, found: Occurrence) -> None:
        """Note an occurrence, whatever becomes of it: what it is one of is not fixed."""
        for name in found.fingerprints if self._entries else ():
            if name in self._entries:
                self._seen[name, found.testcase] += 1

    def known(self, found: Occurrence) -> str:
        """What makes the occurrence known, in words; "" where it is new."""
        if not self._entries:
            return ""
        entry = next((self._entries[name] for name in found.fingerprints if name in self._entries), None)
        known = entry.testcases.get(found.testcase, 0) if entry else 0
        if not entry or self._used[entry.fingerprint, found.testcase] >= known:
            return ""
        self._used[entry.fingerprint, found.testcase] += 1
        return f"{BY}: {known} known in {found.testcase}, seen in {entry.runs} of {entry.of} runs"

    def fixed(self, ran: Collection[str]) -> tuple[Fixed, ...]:
        """What did not occur, or less often, of the testcases whose evidence is whole (`SHARED`: the shared logs')."""
        return _fixed(self._baseline, self._seen, ran)


def _fixed(baseline: Baseline, seen: Mapping[tuple[str, str], int], ran: Collection[str]) -> tuple[Fixed, ...]:
    fixed = []
    for entry in baseline.entries:
        counts = {
            testcase: (seen.get((entry.fingerprint, testcase), 0), known)
            for testcase, known in entry.testcases.items()
            if testcase in ran and seen.get((entry.fingerprint, testcase), 0) < known
        }
        if counts:
            fixed.append(Fixed(entry, counts))
    return tuple(fixed)


# ---- from reports ----------------------------------------------------------------------------------------------------


def build(reports: Sequence[Report], file: str = "") -> Baseline:
    """What the runs show that is new or known by a baseline; what their suite expects or a waiver hides needs none."""
    entries: dict[str, Entry] = {}
    for report in reports:
        for issue in report.issues:
            counts = _counts(issue)
            if counts:
                entry = _entry(issue, counts, len(reports), _sites(report))
                entries[issue.fingerprint] = _joined(entries.get(issue.fingerprint), entry)
    return Baseline(file, _sorted(entries.values()))


def _entry(issue: Issue, counts: dict[str, int], runs: int, sites: frozenset[str]) -> Entry:
    if wrong := fingerprint.problem(issue.fingerprint):
        raise UsageError(f"in a report: {wrong}", hint="run again, or scan its logs again, with this loggate")
    title = fingerprint.mask(issue.title, sites)
    return Entry(issue.fingerprint, issue.rule, title, dict(sorted(counts.items())), 1, runs)


def _sites(report: Report) -> frozenset[str]:
    return frozenset(site.name for testcase in report.testcases for site in testcase.sites)


def _joined(former: Entry | None, entry: Entry) -> Entry:
    if not former:
        return entry
    testcases = _most(former.testcases, entry.testcases)
    return msgspec.structs.replace(former, testcases=testcases, runs=former.runs + 1)


def _counts(issue: Issue) -> dict[str, int]:
    """How many findings of each testcase are new, or known by a baseline."""
    found = tallies(issue)
    counts: Counter[str] = Counter()
    for (testcase, _), tally in found.items():
        counts[testcase] += tally.new
    if any(tally.known for tally in found.values()):
        counts.update(each.testcase for each in issue.findings if _is_by_baseline(each))
    return +counts


def _is_by_baseline(found: Finding) -> bool:
    return found.disposition == "known" and found.by.startswith(BY)


def _most(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in sorted({*one, *other})}


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.fingerprint))


def judged(reports: Iterable[Report]) -> set[str]:
    """The testcases whose evidence was whole in some run; `SHARED` stands for the shared logs."""
    whole = {testcase.name for report in reports for testcase in report.testcases if _is_whole(testcase)}
    return whole | {SHARED for report in reports if _was_judged(report.shared.verdict)}


def _is_whole(testcase: TestcaseReport) -> bool:
    logs = (log for site in testcase.sites for log in site.logs)
    verdicts = (testcase.verdict, *(site.verdict for site in testcase.sites))
    return all(map(_was_judged, verdicts)) and not any(log.problem for log in logs)


def _was_judged(verdict: Verdict) -> bool:
    return verdict in ("pass", "fail")


class Updated(Struct, frozen=True):
    """A baseline after the ratchet: what left it, wholly or in part, and what the runs show that it does not have."""

    baseline: Baseline
    fixed: tuple[Fixed, ...]
    unknown: tuple[Entry, ...]


def update(baseline: Baseline, reports: Sequence[Report], add: Collection[str] = ()) -> Updated:
    """Take out what no run shows any more and lower the counts; only what `add` names (fingerprints) comes in."""
    shown = {entry.fingerprint: entry for entry in build(reports).entries}
    if strangers := [name for name in add if name not in shown]:
        raise UsageError(f"--add {strangers[0]}: no finding in these reports that is new or known by a baseline")
    fixed = _fixed(baseline, _seen(reports), judged(reports))
    entries = {entry.fingerprint: entry for entry in baseline.entries}
    entries |= {each.entry.fingerprint: _lowered(each) for each in fixed}
    entries |= {name: _raised(entries.get(name), shown[name]) for name in add}
    unknown = tuple(more for entry in shown.values() if (more := _beyond(entry, entries.get(entry.fingerprint))))
    left = (entry for entry in entries.values() if entry.testcases)
    return Updated(Baseline(baseline.file, _sorted(left)), fixed, unknown)


def _seen(reports: Iterable[Report]) -> dict[tuple[str, str], int]:
    """How often each issue occurred in each testcase, whatever became of it: the most of any run."""
    most: dict[tuple[str, str], int] = {}
    for report in reports:
        for issue in report.issues:
            counts: Counter[str] = Counter()
            for (testcase, _), tally in tallies(issue).items():
                counts[testcase] += tally.total
            for testcase, count in counts.items():
                most[issue.fingerprint, testcase] = max(count, most.get((issue.fingerprint, testcase), 0))
    return most


def _lowered(fixed: Fixed) -> Entry:
    counts = fixed.entry.testcases | {testcase: seen for testcase, (seen, _) in fixed.counts.items()}
    return msgspec.structs.replace(fixed.entry, testcases={name: count for name, count in counts.items() if count})


def _raised(known: Entry | None, shown: Entry) -> Entry:
    return msgspec.structs.replace(known, testcases=_most(known.testcases, shown.testcases)) if known else shown


def _beyond(shown: Entry, known: Entry | None) -> Entry | None:
    """The testcases in which an issue occurs more often than the baseline knows; None where there are none."""
    have = known.testcases if known else {}
    more = {testcase: count for testcase, count in shown.testcases.items() if count > have.get(testcase, 0)}
    return msgspec.structs.replace(shown, testcases=more) if more else None


# ---- the file --------------------------------------------------------------------------------------------------------


class _File(Struct, frozen=True):
    version: Literal[1]
    issues: tuple[Entry | None, ...]


def dump(baseline: Baseline) -> str:
    """The file's text: JSON in which an entry is a line, laid out so that git merges what two branches change."""
    lines = ["{", f'"version": {VERSION},', '"issues": [']
    for group in range(256):
        begin = f":{group:02x}"
        lines += [f"{_line(entry)}," for entry in baseline.entries if begin in entry.fingerprint]
        lines.append("")
    return "\n".join([*lines, "null]", "}", ""])


def _line(entry: Entry) -> str:
    return json.dumps(msgspec.to_builtins(entry, order="deterministic"))


def load(path: Path) -> Baseline:
    """A baseline file; ConfigError when it is none, is broken, or is of a newer version."""
    text = _text(path)
    tree = _tree(text, path)
    entries = [entry for entry in yamlfile.convert(tree, _File, file=str(path)).issues if entry]
    _check([entry.fingerprint for entry in entries], text, path)
    return Baseline(str(path), _sorted(entries))


def _check(names: list[str], text: str, path: Path) -> None:
    """ConfigError for a fingerprint that is not understood, or that stands twice: one of the two would be lost."""
    seen: set[str] = set()
    for name in names:
        wrong = fingerprint.problem(name)
        if wrong or name in seen:
            lines = [number for number, line in enumerate(text.split("\n"), 1) if name in line]
            message, hint = (wrong, _WRITE) if wrong else (f"{name} stands twice", "keep one of the two lines")
            raise ConfigError(message, file=str(path), line=max(lines, default=None), hint=hint)
        seen.add(name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), hint=_WRITE) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is no baseline: not UTF-8 text", file=str(path), hint=_WRITE) from error


_WRITE = "`loggate baseline write REPORT.json...` writes one"


def _tree(text: str, path: Path) -> Any:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        conflict = any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.split("\n"))
        hint = "a merge left its marks: keep the lines of both sides" if conflict else _WRITE
        raise ConfigError("is no JSON", file=str(path), line=getattr(error, "lineno", None), hint=hint) from error
    version = tree.get("version") if isinstance(tree, dict) and "issues" in tree else None
    if not isinstance(version, int) or "tool" in tree:
        raise ConfigError("is no baseline", file=str(path), hint=_WRITE)
    if version > VERSION:
        message = f"is a baseline of version {version}; this loggate reads version {VERSION}"
        raise ConfigError(message, file=str(path), key="version", hint="a newer loggate wrote it: use that one")
    return tree
