"""Which files are one rotated log, and in which order: their names tell, and the times in them where names mislead.

Names as made by logrotate (numbers, dateext), Python's RotatingFileHandler and TimedRotatingFileHandler, log4j 1 and 2,
logback, java.util.logging, lumberjack and winston (source: their manuals).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from gate.model import SiteLog

Chain = tuple[SiteLog, ...]
"""The files of one log, the oldest first, without a gap between them."""

FirstTime = Callable[[SiteLog], "str | None"]
"""The first time that stands in a log, in ISO 8601 form; None where none does."""


class Rotation(NamedTuple):
    """What a name tells: the log's own name, and the date or the number of this rotation of it.

    A log that is still written has neither. `date` is its digits. `sure` says that such a name is hardly given to
    anything but a rotation; otherwise it is one only beside the log that it is a rotation of.
    """

    base: str
    date: str = ""
    number: int | None = None
    sure: bool = True

    @property
    def current(self) -> bool:
        return not self.date and self.number is None


_PACKED = re.compile(r"\.(gz|bz2|xz|zst)$")
_DATE = (
    r"(?P<date>(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?"
    r"(?:[-_.T]?[0-2]\d(?:[-_:.]?[0-5]\d(?:[-_:.]?[0-5]\d(?:[._,]?\d{1,9})?)?)?)?)"
)
_SUFFIXED = re.compile(rf"(?P<base>.+?)(?:[-_.]{_DATE})?(?:\.(?P<number>\d{{1,3}}|old|bak|prev))?", re.DOTALL)
_INFIXED = re.compile(
    rf"(?P<stem>.+?)(?:[-_.]{{1,2}}{_DATE}(?:[-_.](?P<part>\d{{1,3}}))?|(?<!\d)\.(?P<number>\d{{1,3}}))"
    r"(?P<end>\.(?:log|txt|out|err|jsonl?))",
    re.DOTALL,
)
_SURE = re.compile(r".+\.(?:log|txt|jsonl?)", re.DOTALL | re.IGNORECASE)
_THE_ONE_BEFORE = 1


def read(name: str) -> Rotation:
    """What a log's file name tells of its rotation."""
    plain = _PACKED.sub("", name)
    if found := _INFIXED.fullmatch(plain):
        number = found["number"] or found["part"]
        return Rotation(found["stem"] + found["end"], _digits(found["date"]), int(number) if number else None, False)
    found = _SUFFIXED.fullmatch(plain)
    if not found or found["base"] == plain:
        return Rotation(plain)
    word = found["number"] or ""
    number = int(word) if word.isdigit() else _THE_ONE_BEFORE if word else None
    return Rotation(found["base"], _digits(found["date"]), number, _SURE.fullmatch(found["base"]) is not None)


def _digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


def base_name(name: str) -> str:
    """`log.txt` for its rotations `log.txt.1`, `log.txt.2.gz`, `log.txt-20260101` and `log.1.txt`."""
    return read(name).base


def oldest_first(logs: Iterable[SiteLog], base: str) -> list[SiteLog]:
    """The files of the log `base` as their names tell: by date, then by number, of which the highest is the oldest."""
    return sorted(logs, key=lambda log: _age(_told(log, base)))


def _told(log: SiteLog, base: str) -> Rotation:
    return Rotation(base) if _PACKED.sub("", log.name) == base else read(log.name)


def _age(rotation: Rotation) -> tuple[bool, bool, str, int]:
    number = rotation.number or 0
    return rotation.current, not rotation.date, rotation.date, number if rotation.date else -number


def chains(logs: Sequence[SiteLog], first_time: FirstTime) -> list[Chain]:
    """Each log in one chain: alone, or with the others of its rotation; in the order in which they appear first."""
    order = {id(log): place for place, log in enumerate(logs)}
    found = [chain for base, group in _groups(logs) for chain in _chained(base, group, first_time)]
    return sorted(found, key=lambda chain: min(order[id(log)] for log in chain))


def _groups(logs: Sequence[SiteLog]) -> Iterator[tuple[str, list[SiteLog]]]:
    """The logs that may be one by their names and folders; a rotation that may be none only beside its log."""
    names = {(_home(log), _PACKED.sub("", log.name)) for log in logs}
    bases = {(_home(log), base) for log in logs if (base := base_name(log.name)) != _PACKED.sub("", log.name)}
    groups: defaultdict[tuple[object, str], list[SiteLog]] = defaultdict(list)
    for log in logs:
        rotation, home, name = read(log.name), _home(log), _PACKED.sub("", log.name)
        beside = rotation.sure or (home, rotation.base) in names
        groups[home, rotation.base if beside and (home, name) not in bases else name].append(log)
    yield from ((base, group) for (_, base), group in groups.items())


def _home(log: SiteLog) -> tuple[object, ...]:
    folder = log.path[: max(log.path.rfind("/"), log.path.rfind(os.sep)) + 1]
    return log.testcase, log.site, log.attempt, log.streamed, folder


def _chained(base: str, group: list[SiteLog], first_time: FirstTime) -> Iterator[Chain]:
    if len(group) == 1:
        yield tuple(group)
        return
    files = {_age(_told(log, base)): log for log in sorted(group, key=lambda log: log.name, reverse=True)}
    yield from ((log,) for log in group if files[_age(_told(log, base))] is not log)
    ordered = _by_times(oldest_first(files.values(), base), base, first_time)
    yield from _unbroken(ordered, base) if ordered else ((log,) for log in files.values())


def _by_times(ordered: list[SiteLog], base: str, first_time: FirstTime) -> list[SiteLog]:
    """The files in the order of their first times, which is that of the names where times do not gainsay it.

    Nothing where neither can be trusted: where the log itself is missing and no times prove that these are its parts.
    """
    times = {id(log): (first_time(log) or "")[:19] for log in ordered}
    has_base = _told(ordered[-1], base).current
    if not has_base and not all(times.values()):
        return []
    upwards = [*reversed(ordered[:-1]), ordered[-1]] if has_base else ordered[::-1]
    for order in (ordered, upwards):
        known = [times[id(log)] for log in order if times[id(log)]]
        if known == sorted(known):
            return order
    return sorted(ordered, key=lambda log: times[id(log)]) if all(times.values()) else []


def _unbroken(ordered: list[SiteLog], base: str) -> Iterator[Chain]:
    """The files cut where one is missing between them: what is missing may have ended an event."""
    rotations = [_told(log, base) for log in ordered]
    numbers = [rotation.number or 0 for rotation in rotations if not rotation.date and not rotation.current]
    upwards = numbers != sorted(numbers, reverse=True)
    step = min((days for a, b in pairwise(rotations) if (days := _days(a, b)) > 0), default=0)
    chain = [ordered[0]]
    for log, (older, newer) in zip(ordered[1:], pairwise(rotations), strict=True):
        if not _adjoin(older, newer, step, upwards=upwards):
            yield tuple(chain)
            chain = []
        chain.append(log)
    yield tuple(chain)


def _adjoin(older: Rotation, newer: Rotation, step: int, *, upwards: bool) -> bool:
    """Whether nothing is missing between two files, as far as names tell."""
    if newer.current:
        return bool(older.date) or upwards or older.number in (0, 1)
    if older.date != newer.date:
        return bool(older.date and newer.date) and _days(older, newer) <= 1.5 * step
    return abs((older.number or 0) - (newer.number or 0)) == 1


def _days(older: Rotation, newer: Rotation) -> int:
    """The days between the dates of files that are rotated once in so many days; 0 where their names have times."""
    days = [_day(rotation.date) for rotation in (older, newer)]
    return days[1] - days[0] if all(days) else 0


def _day(digits: str) -> int:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal() if len(digits) == 8 else 0
    except ValueError:
        return 0
