"""Events → occurrences: sibling files folded one for one, shared logs given to their testcases, fingerprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from gate import fingerprint
from gate.model import SHARED, LogEvent, Occurrence, Phase, Place, Rule, SiteLog, Testcase
from gate.rotation import base_name


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
    sites = frozenset(site for testcase in testcases for site in testcase.sites)
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
                fingerprint=fingerprint.fingerprint(rule, event, sites),
                older=fingerprint.older(rule, event, sites),
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


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].strip()
