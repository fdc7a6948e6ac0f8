"""Events → occurrences: sibling files folded one for one, shared logs given to their testcases, fingerprints."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from gate.model import SHARED, LogEvent, Occurrence, Phase, Place, Rule, SiteLog, Testcase


class Read(NamedTuple):
    """An event that was read of a log, the phase in which it stands, and what was seen before it."""

    log: SiteLog
    event: LogEvent
    phase: Phase = ""
    near: tuple[tuple[str, int], ...] = ()


_SIBLINGS = ("log.txt", "log_fl.txt", "error_log.txt", "log.json")
"""NVFlare's files that repeat each other's entries, the fullest first; a console log of the family comes last."""


def occurrences(events: Iterable[Read], testcases: tuple[Testcase, ...], rules: tuple[Rule, ...]) -> list[Occurrence]:
    """All events as occurrences, in the order given: nothing is dropped, an entry's copies stand in its `also`."""
    order = [rule.id for rule in rules]
    sites = {site for testcase in testcases for site in testcase.sites}
    jobs = {testcase.job_id: testcase.name for testcase in testcases if testcase.job_id}
    found = []
    for entry in _fold(events):
        log, event = entry.read.log, entry.read.event
        rule = min(event.rules, key=order.index)
        found.append(
            Occurrence(
                testcase=_named_testcase(event, jobs) if log.testcase == SHARED else log.testcase,
                site=log.site,
                log=log,
                event=event,
                rule=rule,
                fingerprint=fingerprint(rule, event, sites),
                also=tuple(entry.also),
                phase=entry.read.phase,
                near=entry.read.near,
            )
        )
    return found


def _named_testcase(event: LogEvent, jobs: dict[str, str]) -> str:
    """The testcase whose job a shared log's event names: by its id, or by the id's end, as NVFlare's cells do."""
    named = (name for job_id, name in jobs.items() if job_id in event.text or f".:{job_id[-7:]}" in event.text)
    return next(named, SHARED)


# ---- sibling files ---------------------------------------------------------------------------------------------------


class _Entry:
    """One entry of a family of sibling files, and where its copies stand."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.also: list[Place] = []


def _fold(events: Iterable[Read]) -> list[_Entry]:
    """Each entry once, with its places in sibling files: the n-th of a file is the n-th of its sibling.

    Siblings are files of one family, site and testcase; the shared logs of a site repeat those of its testcases too.
    Real repeats within a file stay. An entry without a time of its own cannot be told from another and stays as it is.
    """
    kept: list[_Entry] = []
    entries: dict[tuple[object, ...], list[_Entry]] = defaultdict(list)
    seen: dict[tuple[object, ...], int] = defaultdict(int)
    for read in sorted(events, key=lambda read: _rank(read.log)):
        log, event = read.log, read.event
        key = (log.site, log.family, event.time, event.level, event.logger, _first_line(event.message))
        if log.family and event.time:
            same = [entry for entry in entries[key] if log.testcase in (entry.read.log.testcase, SHARED)]
            file = (*key, log.testcase, log.streamed, base_name(log.name))
            number = seen[file]
            seen[file] += 1
            if number < len(same):
                same[number].also.append(Place(log.path, event.line, event.end_line))
                continue
        entry = _Entry(read)
        entries[key].append(entry)
        kept.append(entry)
    return kept


def _rank(log: SiteLog) -> tuple[bool, bool, int]:
    name = base_name(log.name)
    return log.testcase == SHARED, log.streamed, _SIBLINGS.index(name) if name in _SIBLINGS else len(_SIBLINGS)


def base_name(name: str) -> str:
    """`log.txt` for its rotations `log.txt.1` and `log.txt.2.gz`."""
    return re.sub(r"(\.\d+)?(\.(gz|xz|bz2|zst))?$", "", name)


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].strip()


# ---- fingerprints ----------------------------------------------------------------------------------------------------

_VARIABLE = re.compile(
    r"(?P<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<path>(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][\w.@+~ -]*[\w.@+~-]){2,}[\\/]?)"
    r"|(?P<address>\b0x[0-9a-fA-F]+\b|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)"
    r"|(?P<hex>\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b)"
    r"|(?P<number>\d+(?:\.\d+)?)"
)


def fingerprint(rule: str, event: LogEvent, sites: Iterable[str] = ()) -> str:
    """A stable identity of an event's cause: rule, logger, exception or matched line, without what varies."""
    parts = [rule, event.logger or "", event.exception, _mask(event.matched, sites)]
    if event.exception:
        parts.append(_mask(_first_line(event.message), sites))
    return "v1:" + hashlib.sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _mask(text: str, sites: Iterable[str]) -> str:
    for site in sorted(sites, key=len, reverse=True):
        text = text.replace(site, "<site>")
    return _VARIABLE.sub(lambda found: f"<{found.lastgroup}>", text)
