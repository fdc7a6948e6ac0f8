"""Events → occurrences: sibling files folded one for one, shared logs given to their testcases, fingerprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from gate import fingerprint
from gate.model import SHARED, LogEvent, Occurrence, Phase, Place, Rule, SiteLog, Testcase
from gate.rotation import base_name


class Read(NamedTuple):
    """An event that was read of a log, the phase in which it stands, and what was seen before it.

    `fingerprints` are the current one and those of older versions, where they are known already.
    """

    log: SiteLog
    event: LogEvent
    phase: Phase = ""
    near: tuple[tuple[str, int], ...] = ()
    fingerprints: tuple[str, ...] = ()


class Source(NamedTuple):
    """The files of one log, and what gives its events, in order and as often as it is called."""

    logs: Sequence[SiteLog]
    reads: Callable[[], Iterable[Read]]


_SIBLINGS = ("log.txt", "log_fl.txt", "error_log.txt", "log.json")
"""NVFlare's files that repeat each other's entries, the fullest first; a console log of the family comes last."""


def occurrences(events: Iterable[Read], testcases: tuple[Testcase, ...], rules: tuple[Rule, ...]) -> list[Occurrence]:
    """These events as occurrences."""
    return list(grouped([Source((read.log,), partial(iter, (read,))) for read in events], testcases, rules))


def grouped(
    sources: Iterable[Source], testcases: tuple[Testcase, ...], rules: tuple[Rule, ...]
) -> Iterator[Occurrence]:
    """All events as occurrences: nothing is dropped, an entry's copies stand in its `also`.

    None is kept in memory. The fullest of an entry's sibling files comes first, and the shared logs last.
    """
    places = {rule.id: place for place, rule in enumerate(rules)}
    sites = frozenset(site for testcase in testcases for site in testcase.sites)
    jobs = {testcase.job_id: testcase.name for testcase in testcases if testcase.job_id}
    ordered = sorted(sources, key=lambda source: _rank(source.logs[0]))
    copies = _copies(source for source in ordered if source.logs[0].family)
    number = 0
    for source in ordered:
        has_siblings = bool(source.logs[0].family)
        for read in source.reads():
            number += has_siblings
            if has_siblings and number in copies.folded:
                continue
            log, event = read.log, read.event
            rule = min(event.rules, key=places.__getitem__)
            prints = read.fingerprints or _fingerprints(rule, event, sites)
            yield Occurrence(
                testcase=_named_testcase(event, jobs) if log.testcase == SHARED else log.testcase,
                site=log.site,
                log=log,
                event=event,
                rule=rule,
                fingerprint=prints[0],
                older=prints[1:],
                also=tuple(copies.places.get(number, ())) if has_siblings else (),
                phase=read.phase,
                near=read.near,
            )


def _fingerprints(rule: str, event: LogEvent, sites: frozenset[str]) -> tuple[str, ...]:
    return fingerprint.fingerprint(rule, event, sites), *fingerprint.older(rule, event, sites)


def _named_testcase(event: LogEvent, jobs: dict[str, str]) -> str:
    """The testcase whose job a shared log's event names: by its id, or by the id's end, as NVFlare's cells do."""
    named = (name for job_id, name in jobs.items() if job_id in event.text or f".:{job_id[-7:]}" in event.text)
    return next(named, SHARED)


# ---- sibling files ---------------------------------------------------------------------------------------------------


class _Copies(NamedTuple):
    """By the number of an entry, counted from 1, where its copies stand; and the numbers of these copies."""

    places: dict[int, list[Place]]
    folded: set[int]


def _copies(sources: Iterable[Source]) -> _Copies:
    """Each entry once, with its places in sibling files: the n-th of a file is the n-th of its sibling.

    Siblings are files of one family, site and testcase; the shared logs of a site repeat those of its testcases too.
    Real repeats within a file stay. An entry without a time of its own cannot be told from another and stays as it is.
    """
    copies = _Copies({}, set())
    entries: defaultdict[tuple[object, ...], list[tuple[int, str]]] = defaultdict(list)
    seen: defaultdict[tuple[object, ...], int] = defaultdict(int)
    reads = (read for source in sources for read in source.reads())
    for number, (log, event, *_) in enumerate(reads, 1):
        if not event.time:
            continue
        key = (log.site, log.family, event.time, event.level, event.logger, _first_line(event.message))
        same = [entry for entry, testcase in entries[key] if log.testcase in (testcase, SHARED)]
        file = (*key, log.testcase, log.streamed, base_name(log.name))
        seen[file] += 1
        if seen[file] <= len(same):
            copies.places.setdefault(same[seen[file] - 1], []).append(Place(log.path, event.line, event.end_line))
            copies.folded.add(number)
        else:
            entries[key].append((number, log.testcase))
    return copies


def _rank(log: SiteLog) -> tuple[bool, bool, int]:
    name = base_name(log.name)
    return log.testcase == SHARED, log.streamed, _SIBLINGS.index(name) if name in _SIBLINGS else len(_SIBLINGS)


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].strip()
