"""One log looked at again: its events, and which rules match a line of it, or nearly do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gate import clean, group, kept, logfile, watch
from gate.collect import Selection, collect
from gate.errors import GateError, UsageError
from gate.match import Matcher
from gate.model import Rule, SiteLog
from gate.readlog import Scan
from gate.window import Stream

Raw = dict[int, bytes]
"""Lines by their numbers, without their ends."""


class Looked(NamedTuple):
    """A log's events, how many lines it has, and why it cannot be trusted to be whole ("" when it can)."""

    reads: list[group.Read]
    lines: int
    problem: str


def is_file(path: str) -> bool:
    """Whether a file is there; False for any text that is no path."""
    return os.path.isfile(path)  # noqa: PTH113 - Path's own may raise


def site_log(file: str) -> SiteLog | None:
    """The log that this path names, as a scan of it sees it; `archive.zip!/member` is one, too."""
    whole = next(filter(is_file, (file, file.partition("!/")[0])), None)
    if not whole:
        return None
    logs = collect([whole], Selection()).logs
    named = next((log for log in logs if log.path in (file, str(Path(file)))), None)
    if not named:
        members = "; ".join(log.path for log in logs[:3])
        raise UsageError(f"{file}: no log", hint=f"an archive's members: {members}" if members else "")
    return named


def look(log: SiteLog, rules: tuple[Rule, ...], contexts: tuple[str, ...]) -> Looked:
    """A log's events, with their phases and what of `contexts` stands before them. GateError if it does not open."""
    matcher = Matcher(rules, (*watch.MARKERS, *contexts))
    reads, (stats,) = kept.read_log((log,), Scan(matcher, contexts))
    if stats.problem and not stats.bytes:
        raise GateError(f"{log.path} {stats.problem}")
    return Looked(reads, stats.lines or 0, stats.problem)


def matches(rule: Rule, raw: Raw, number: int) -> bool:
    """Whether a rule matches this line, and its `previous` the line before."""
    before = raw[number - 1] + b"\n" if number - 1 in raw else b""
    return bool(
        Matcher((rule,)).matching(before + raw[number] + b"\n", len(before), len(before) + len(raw[number]) + 1)
    )


def raw_lines(log: SiteLog, first: int, last: int) -> Raw:
    """Lines of a log by their numbers, as bytes without their ends, as far as the log has them."""
    found = {}
    try:
        with logfile.opened(log) as stream:
            for number, line in enumerate(_each_line(stream), 1):
                if number > last:
                    break
                if number >= first:
                    found[number] = line
    except logfile.READ_ERRORS:
        pass  # what can be read was; the reading of events has told what is wrong
    return found


def _each_line(stream: Stream) -> Iterator[bytes]:
    rest = b""
    while block := stream.read1(1 << 20):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


def text(line: bytes) -> str:
    """A line as it may be shown: decoded, without control sequences, secrets masked."""
    return clean.mask(clean.strip_control(clean.decode(line)).rstrip("\r"))


def nearly(rule: Rule, raw: Raw, line: int) -> str:
    """Why a rule that does not match a line nearly does; "" when it does not."""
    if rule.trace and matches(rule, raw, line):
        return "matches this line, which is in no stack trace"
    if rule.level and matches(rule, raw, line):
        return f"matches this line, which begins no entry of level {rule.level} or a higher one"
    if rule.previous and matches(msgspec.structs.replace(rule, previous=""), raw, line):
        return f"matches this line, but the line before does not match {rule.previous}"
    folded = msgspec.structs.replace(rule, pattern=f"(?i:{rule.pattern})")
    if not re.match(r"\(\?[a-zA-Z]+\)", rule.pattern) and matches(folded, raw, line):
        return "matches only when upper and lower case do not count"
    return ""
