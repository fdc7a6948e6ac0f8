"""The words of the house, frozen. Each stage takes and gives these and nothing else.

Offsets count bytes; line numbers are 1-based and count LF bytes as grep does; times are ISO 8601 or None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

Verdict = Literal["pass", "fail", "error", "skipped"]
Disposition = Literal["new", "known", "waived"]
Severity = Literal["error", "warning", "note"]
Phase = Literal["", "startup", "run", "shutdown"]

SiteKey = tuple[str, str]
"""A testcase's and a site's name."""

CI_RUN = "ci run"
OF_ONE_RUN = ("commit", CI_RUN)
"""The keys of an environment that tell runs apart which stand on the same ground."""

SHARED = "_shared"
"""Stands where a testcase's name would, for what belongs to no single testcase."""


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value: compared by content, refused when a key is unknown."""


# ---- what to look for ------------------------------------------------------------------------------------------------


class Rule(Struct, frozen=True):
    """One thing to look for in a line.

    Of the rules that match one event the first in the packs' order names the finding. A rule without a pattern is not
    searched for: its findings come from a comparison.
    """

    id: str
    """Its name, in reports and in the settings' `policy`."""
    pattern: str
    """A regular expression, searched in each line's bytes."""
    title: str
    """What its findings are called where nothing else names them."""
    severity: Severity = "error"
    """What the settings' `policy` goes by."""
    help: str = ""
    """What a person should know who sees such a finding."""
    previous: str = ""
    """A regular expression that must be found in the line before."""
    level: str = ""
    """It counts only where the line begins an entry of this level or a higher one, such as WARNING."""
    trace: bool = False
    """Whether it counts only where the line lies in a stack trace that was recognised as such."""


Effect = Literal["fail", "warn", "ignore"]


class Policy(Struct, frozen=True):
    """What a finding does to the gate: `fail` it, be reported only (`warn`), or be known from the outset (`ignore`)."""

    error: Effect = "fail"
    """What a finding of severity error does."""
    warning: Effect = "fail"
    """What a finding of severity warning does."""
    note: Effect = "fail"
    """What a finding of severity note does."""
    rules: dict[str, Effect] = {}
    """What holds for single rules instead, by their id."""
    total: bool = False
    """Whether what the baseline knows fails, too."""
    flaky: Literal["fail", "pass"] = "pass"
    """What becomes of a testcase that passed only when it was run again."""

    def effect(self, rule: Rule) -> Effect:
        by_severity: dict[Severity, Effect] = {"error": self.error, "warning": self.warning, "note": self.note}
        return self.rules.get(rule.id, by_severity[rule.severity])


# ---- evidence: what collect and the runners find ---------------------------------------------------------------------


class SiteLog(Struct, frozen=True):
    """One log of one site in one testcase, and how to open it.

    `path` is what a person sees (openable from where the command ran; `archive.zip!/member` inside archives);
    `file` is the real file, `members` the way through nested archives. `family` names a framework whose sibling
    files repeat each other's entries ("" when every entry stands once); `name` is the file name within it.
    `streamed` marks the copy that a server received over the network. `zone` is the offset of times that are written
    without one (`+01:00`; "" when nobody knows); `attempt` counts from 1 how often the testcase was run. `format` names
    its log format or its carrier ("" to find out).
    """

    testcase: str
    site: str
    path: str
    name: str
    file: str
    members: tuple[str, ...] = ()
    family: str = ""
    required: bool = False
    streamed: bool = False
    zone: str = ""
    attempt: int = 1
    format: str = ""


class Stream(Struct, frozen=True):
    """A log that a site was to stream: its file there, and the copy that the server received.

    `written` is the file with its rotations, the oldest first; `cut` says that its first bytes are rotated away.
    `stored` is None where the server has no copy. `required` is how many bytes must have arrived; None where nothing
    more is owed than what was acknowledged.
    """

    testcase: str
    site: str
    name: str
    written: tuple[SiteLog, ...]
    stored: SiteLog | None
    required: int | None
    cut: bool = False


class Skipped(Struct, frozen=True):
    """A file that was not judged."""

    path: str
    """The file."""
    reason: str
    """Why it was not judged."""


class ExpectedFinding(Struct, frozen=True):
    """Entries that must appear and are then not held against the testcase."""

    pattern: str
    """A regular expression, searched in the entry's text."""
    site: str = ""
    """The site on which they appear; left out: any."""
    count: int | None = None
    """How many, exactly; left out: one or more (none or more if `optional`)."""
    optional: bool = False
    """Whether they need not appear."""

    def __str__(self) -> str:
        some = "any number of" if self.optional else "at least 1"
        number = some if self.count is None else f"{'0 or ' * self.optional}{self.count}"
        return f"{number} x {self.pattern}" + (f" on {self.site}" if self.site else "")


class ExpectedLine(Struct, frozen=True):
    """A line that must appear."""

    pattern: str
    """A regular expression, searched in each line."""
    site: str = ""
    """The site in whose log it appears; left out: any."""
    count: int | None = None
    """How many, exactly; left out: one or more."""

    def __str__(self) -> str:
        number = "a line" if self.count is None else f"{self.count} lines"
        return f"{number} {self.pattern}" + (f" on {self.site}" if self.site else "")


class Expect(Struct, frozen=True):
    """What a testcase must show."""

    status: str = ""
    """The job's final status; left out: `FINISHED:COMPLETED`."""
    findings: tuple[ExpectedFinding, ...] = ()
    """Entries that must appear, and are then known. Any other finding fails as ever."""
    lines: tuple[ExpectedLine, ...] = ()
    """Lines that must appear."""
    ordered: bool = False
    """Whether these lines must appear in this order."""
    complete: bool = False
    """Whether each site's log must reach the line with which its part of the run ends."""


class Testcase(Struct, frozen=True):
    """One job run and what is expected of it.

    `problem` says why it could not be run or collected ("" when it could); `sites` are those that must have logs.
    """

    name: str
    job_id: str | None = None
    status: str | None = None
    started: str | None = None
    duration_s: float | None = None
    attempts: int = 1
    sites: tuple[str, ...] = ()
    expect: Expect = Expect()
    problem: str = ""
    skipped: str = ""


class Evidence(Struct, frozen=True):
    """All that there is to judge. Every file that was found is in `logs` or in `skipped`."""

    testcases: tuple[Testcase, ...]
    logs: tuple[SiteLog, ...]
    skipped: tuple[Skipped, ...] = ()
    environment: dict[str, str] = {}
    streams: tuple[Stream, ...] = ()


# ---- what the search and the reading give ----------------------------------------------------------------------------


class Hit(NamedTuple):
    """A line to stop at, as indexes into the bytes in view: start, end, about where the match is.

    `rules` are the ids of those that matched it (none where it was only watched for), `traced` tells whether one of
    them asks for a stack trace; `seen` are the watched patterns that matched it.
    """

    start: int
    end: int
    at: int
    rules: tuple[str, ...] = ()
    traced: bool = False
    seen: tuple[str, ...] = ()


class LogEvent(Struct, frozen=True):
    """One entry of a log with all of its lines (a traceback is part of its entry).

    `text` is decoded, without control sequences, secrets masked, and cut in the middle when long (the cut is said).
    `message` is the first line's; `matched` names the event: the exception's line, or the message, or the later line
    that a rule matched; `exception` is the type of the last exception. `time`, `level` and `logger` are None where
    the log does not tell; `time` has no offset where the log gives none. `note` says what the lines do not say
    themselves. `parts` are the runs of its lines where others stand between (each `path` "" for its own log), or where
    they go on in the next file of a rotated log; `frames` are the innermost of the user's own (`file:function`).
    """

    line: int
    end_line: int
    text: str
    before: str = ""
    after: str = ""
    time: str | None = None
    level: str | None = None
    logger: str | None = None
    message: str = ""
    matched: str = ""
    exception: str = ""
    rules: tuple[str, ...] = ()
    note: str = ""
    parts: tuple[Place, ...] = ()
    frames: tuple[str, ...] = ()


class Seen(Struct, frozen=True):
    """What was watched for in a log: how often each pattern matched a line, in which order, and where phases begin.

    `order` leaves out a pattern that follows itself; `begins` has the line at which a phase begins, in order; `ended`
    tells whether the last line of the run stands in it.
    """

    counts: dict[str, int] = {}
    order: tuple[str, ...] = ()
    begins: tuple[tuple[Phase, int], ...] = ()
    ended: bool = False

    def phase(self, line: int) -> Phase:
        """The phase in which a line of the log stands; "" where no marker tells."""
        before: Phase = "startup" if self.begins and self.begins[0][0] == "run" else ""
        return next((phase for phase, begin in reversed(self.begins) if begin <= line), before)


def cut_mark(lines: int) -> str:
    """The line that stands in an event's text where lines were left out; `cut_lines` reads it back."""
    return f"… {lines:,} lines cut …"


def cut_lines(line: str) -> int:
    """How many lines this line of an event's text stands for: 0 unless it is a `cut_mark`."""
    found = re.fullmatch(r"… ([\d,]+) lines cut …", line)
    return int(found[1].replace(",", "") or 0) if found else 0


class Place(Struct, frozen=True):
    """Lines of a file: the same entry in a sibling file, or a part of an event."""

    path: str
    """The file."""
    line: int
    """The first line."""
    end_line: int
    """The last line."""


class Occurrence(Struct, frozen=True):
    """A rule matched an event of a log: what becomes a finding. `also` are the same entry's places in sibling files.

    `phase` is the part of the run in which the log was ("" where no marker tells); `near` has each watched pattern that
    was seen before the event, and how many lines before its first one; `older` are its fingerprints of older versions.
    """

    testcase: str
    site: str
    log: SiteLog
    event: LogEvent
    rule: str
    fingerprint: str
    also: tuple[Place, ...] = ()
    phase: Phase = ""
    near: tuple[tuple[str, int], ...] = ()
    older: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """All that it goes by: files may hold a fingerprint of an older version."""
        return (self.fingerprint, *self.older)

    @property
    def time(self) -> str | None:
        """The event's time with its offset; None when the offset is not known."""
        time = self.event.time
        if time is None or re.search(r"([+-]\d\d:\d\d|Z)$", time):
            return time
        return time + self.log.zone if self.log.zone else None

    def title(self, otherwise: str) -> str:
        """What a person calls it: what names its event, without the context in brackets before it, or `otherwise`.

        Of a very long line that is its beginning, with the entry's time and level, which say nothing here.
        """
        named = self.event.matched
        if self.event.message and named.endswith(" bytes cut …"):
            named = named[max(named.find(self.event.message[:40]), 0) :]
        text = re.sub(r"^\[[^\]]*\] +(?=\w)", "", named) or otherwise
        return (f"{self.event.logger}: {text}" if self.event.logger else text)[:200]


GREW = "grew while it was read"
"""How a `problem` begins that only says that a log was still written: what stood in it at first was read."""


class LogStats(Struct, frozen=True):
    """What was read of a log. `problem` says why its content cannot be trusted to be whole ("" when it can)."""

    bytes: int = 0
    lines: int | None = None
    problem: str = ""
    format: str = ""


# ---- report: the JSON contract, version 1 ----------------------------------------------------------------------------


class Finding(Struct, frozen=True, kw_only=True):
    """A rule matched an event.

    What is long stands last: it is written down before the rest is known.
    """

    testcase: str
    """Whose it is; `_shared` for what belongs to no single testcase."""
    site: str
    """The site in whose log it stands."""
    path: str
    """The log."""
    line: int
    """The event's first line."""
    end_line: int
    """Its last line (in `path`, where it goes on elsewhere)."""
    time: str | None
    """The event's time; null where its offset is not known."""
    disposition: Disposition
    """What was decided of it."""
    also: tuple[Place, ...] = ()
    """The same entry in sibling files."""
    by: str = ""
    """What made it known or waived; empty for new."""
    fails: bool = False
    """Whether the gate fails for it, as the policy has it."""
    parts: tuple[Place, ...] = ()
    """The runs of its lines, where these are not one run of one file."""
    note: str = ""
    """What the excerpt does not say itself, such as how much of a stream is missing."""
    excerpt: str
    """Its lines: decoded, masked, cut in the middle when long (the cut is said)."""
    before: str = ""
    """Lines before it."""
    after: str = ""
    """Lines behind it."""
    rules: tuple[str, ...] = ()
    """All rules that matched it, by their ids."""
    level: str | None = None
    """The entry's level, as the log has it."""
    logger: str | None = None
    """The entry's logger, as the log has it."""
    clock: str | None = None
    """The time that the log has, where its offset is not known; null where `time` tells it."""


class DispositionCounts(Struct, frozen=True):
    """How many findings there are of each disposition."""

    new: int = 0
    """Nobody has decided anything: these fail the gate, unless the policy says otherwise."""
    known: int = 0
    """Expected, ignored by the policy, or in the baseline."""
    waived: int = 0
    """Waived by a person."""

    @property
    def total(self) -> int:
        return self.new + self.known + self.waived


class Cause(Struct, frozen=True):
    """An error that comes first in one or more testcases."""

    fingerprint: str
    """The issue's."""
    title: str
    """The issue's."""
    rule: str
    """The issue's."""
    testcases: tuple[str, ...]
    """Those in which it comes first, in the order in which it struck them."""
    site: str
    """The site of its first appearance."""
    path: str
    """The log of its first appearance."""
    line: int
    """The line of its first appearance."""
    time: str | None
    """When it first appeared."""
    followed: int
    """How many other findings these testcases have."""
    text: str
    """All of it in a line."""


if TYPE_CHECKING:
    _Findings = Sequence[Finding]
else:
    _Findings = tuple[Finding, ...]  # what a report that is read back gets


class Issue(Struct, frozen=True):
    """The findings that share a fingerprint.

    They may lie on disk: `gate.findings` counts them without reading them.
    """

    fingerprint: str
    """What it is known by: the same in every run, on every site and machine."""
    rule: str
    """The rule that found it."""
    severity: Severity
    """The rule's."""
    title: str
    """What it is called."""
    disposition: Disposition
    """The worst of its findings': new before known before waived."""
    count: int
    """How many findings it has."""
    counts: DispositionCounts
    """How many of each disposition."""
    findings: _Findings
    """Each of them."""
    first_time: str | None = None
    """The first of its findings' times, ISO 8601 with an offset; null where none has one."""
    last_time: str | None = None
    """The last of them."""


class LogReport(Struct, frozen=True):
    """One log that was judged."""

    path: str
    """The log."""
    bytes: int
    """Its size; decompressed."""
    lines: int | None
    """How many lines it has; null where nothing needed counting."""
    findings: int
    """How many findings stand in it."""
    problem: str = ""
    """Why its content cannot be trusted to be whole."""
    format: str = ""
    """Its carrier and its log format."""


class StreamReport(Struct, frozen=True):
    """What became of one streamed log, in bytes."""

    name: str
    """The log's file name on the site."""
    path: str
    """The server's copy; empty where there is none."""
    written: int
    """What the site wrote."""
    stored: int
    """What the server has."""
    required: int | None
    """What the server must have; null where nothing more is owed than what was acknowledged."""
    problem: str = ""
    """What is wrong with it."""


class SiteReport(Struct, frozen=True):
    """A site in a testcase."""

    name: str
    """The site's name."""
    verdict: Verdict
    """Its verdict."""
    reason: str
    """Why, in a line."""
    logs: tuple[LogReport, ...] = ()
    """Its logs."""
    streams: tuple[StreamReport, ...] = ()
    """What it streamed to the server."""


class TestcaseReport(Struct, frozen=True):
    """A testcase: one job run, and what came of it."""

    name: str
    """Its name."""
    verdict: Verdict
    """Its verdict."""
    reason: str
    """Why, in a line."""
    job_id: str | None
    """The framework's id of the job."""
    status: str | None
    """The status with which the framework says that it ended."""
    duration_s: float | None
    """Seconds."""
    attempts: int
    """How often it was run."""
    flaky: bool
    """Whether it passed only when it was run again."""
    sites: tuple[SiteReport, ...]
    """Its sites."""
    started: str | None = None
    """When its job began, ISO 8601 with an offset; null where nobody knows."""


class SharedReport(Struct, frozen=True):
    """What belongs to no single testcase."""

    verdict: Verdict
    """Its verdict."""
    reason: str
    """Why, in a line."""
    logs: tuple[LogReport, ...] = ()
    """Those of all `sites`."""
    sites: tuple[SiteReport, ...] = ()
    """The sites with such logs."""


class TestcaseCounts(Struct, frozen=True, rename={"passed": "pass"}):
    """How many testcases there are of each verdict."""

    passed: int = 0
    """All went as it should."""
    fail: int = 0
    """A finding, or a job that ended in another way than expected."""
    error: int = 0
    """It could not be run or judged."""
    skipped: int = 0
    """It was not run on purpose."""


class Counts(Struct, frozen=True):
    """The report in figures."""

    testcases: TestcaseCounts
    """By verdict."""
    findings: DispositionCounts
    """By disposition."""


class Leftovers(Struct, frozen=True):
    """What of the decisions is over, each in a line."""

    unused_waivers: tuple[str, ...] = ()
    """Waivers that hid nothing."""
    expired_waivers: tuple[str, ...] = ()
    """Waivers whose last day is over."""
    fixed: tuple[str, ...] = ()
    """What the baseline knows and did not occur."""


WaiverState = Literal["used", "unused", "expired", "elsewhere"]


class WaiverReport(Struct, frozen=True, kw_only=True):
    """What became of a waiver. Either `fingerprint` or `pattern` is given."""

    fingerprint: str = ""
    """The issue that it is for."""
    pattern: str = ""
    """The regular expression that it is for."""
    reason: str
    """Why it was decided."""
    owner: str
    """Who sees to it."""
    expires: str
    """Its last day, an ISO date."""
    days_left: int
    """From the day of the run to its last day; negative where it has expired."""
    state: WaiverState
    """`used`, `unused`, `expired`, or `elsewhere`: for another NVFlare than the one that ran."""
    findings: int
    """How many it hides, or would hide if it had not expired."""
    place: str
    """Where it is written: `waivers.yaml:12`."""
    link: str = ""
    """Where more is said about it."""
    scope: dict[str, str] = {}
    """What else narrows it, by its key."""


class Tool(Struct, frozen=True):
    """Who wrote the report."""

    name: str
    """`loggate`."""
    version: str
    """Its release."""


# ---- runs over time --------------------------------------------------------------------------------------------------


class RunSummary(Struct, frozen=True):
    """One run of a history."""

    started: str
    """When it began: UTC, ISO 8601."""
    verdict: Verdict
    """Its verdict."""
    environment: dict[str, str]
    """What it stood on."""
    counts: DispositionCounts = DispositionCounts()
    """Its findings by disposition."""


class Outcome(Struct, frozen=True):
    """What became of a testcase in one run."""

    verdict: Verdict
    """Its verdict."""
    duration_s: float | None
    """Seconds."""
    flaky: bool
    """Whether it passed only when it was run again."""


class TestcaseTrend(Struct, frozen=True):
    """A testcase over the trend's runs."""

    name: str
    """Its name."""
    outcomes: tuple[Outcome | None, ...]
    """One for each run, the oldest first; null where it was not in it."""
    median_s: float | None
    """The median of its durations, in seconds."""
    drift: float | None
    """How much longer the newer half of its durations takes than the older half, by their medians: 0.2 is 20 % more."""
    flaky: bool
    """Whether it passed after failing, within a run, or to and fro between runs on the same ground."""


class Trend(Struct, frozen=True):
    """The last runs of a history."""

    runs: tuple[RunSummary, ...]
    """The oldest first."""
    testcases: tuple[TestcaseTrend, ...]
    """Each testcase of any of them."""


# ---- the report ------------------------------------------------------------------------------------------------------


class Report(Struct, frozen=True, kw_only=True):
    """Everything a format needs; the sole input of every format. `trend` is None where no history is kept."""

    version: int = 1
    """The version of the report's form."""
    tool: Tool
    """Who wrote it."""
    verdict: Verdict
    """The gate's."""
    reason: str
    """Why, in a line."""
    exit_code: int
    """The command's, but for `--exit-zero`."""
    started: str
    """When the run began."""
    finished: str
    """When it ended."""
    command: str
    """The command line, with secrets masked."""
    environment: dict[str, str]
    """What it ran on: releases and the like."""
    counts: Counts
    """It in figures."""
    testcases: tuple[TestcaseReport, ...]
    """Each testcase."""
    shared: SharedReport
    """What belongs to no single testcase."""
    issues: tuple[Issue, ...]
    """What was found."""
    leftovers: Leftovers
    """What of the decisions is over."""
    causes: tuple[Cause, ...] = ()
    """What came first, in which testcases."""
    rules: tuple[Rule, ...]
    """What was looked for."""
    skipped: tuple[Skipped, ...]
    """Files that were found and not judged."""
    waivers: tuple[WaiverReport, ...] = ()
    """What became of each waiver of the file that was read."""
    trend: Trend | None = None
    """The last 30 runs of the history, this one among them; null where none is kept."""
