"""Why a decision holds for a finding or does not, and what its fingerprint is made of, in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from itertools import zip_longest
from typing import Literal

from gate.baseline import Baseline, Entry
from gate.fingerprint import VERSIONS
from gate.model import Occurrence, Struct
from gate.waivers import Context, Decision, Waiver, Waivers, misses

_ALIKE = 0.8
"""How much of two titles must be the same."""

State = Literal["holds", "expired", "nearly"]


class Fit(Struct, frozen=True):
    """How a waiver stands to an issue: how many of its findings it is meant for, or what keeps it from the nearest."""

    waiver: Waiver
    state: State
    findings: int = 0
    why: tuple[str, ...] = ()


def fits(
    waivers: Waivers, issue: Sequence[Occurrence], today: date, nvflare: str, *, is_read: bool = True
) -> list[Fit]:
    """The waivers that hold for some of an issue's findings, would if they had not expired, or nearly do.

    Nearly does one that names the finding and is kept from it by its scope, or whose pattern only just misses.
    `is_read` tells that the occurrences were read from their logs: where they come from a report, nobody knows the
    phase and what stands before them.
    """
    found = (_fit(waiver, issue, today, nvflare, is_read=is_read) for waiver in waivers.entries)
    return [fit for fit in found if fit]


def _fit(waiver: Waiver, issue: Sequence[Occurrence], today: date, nvflare: str, *, is_read: bool) -> Fit | None:
    made = waiver.decision
    missed = [(tuple(misses(made, found, nvflare)), found) for found in issue]
    if number := sum(not keys for keys, _ in missed):
        return Fit(waiver, "expired" if made.expires < today else "holds", number)
    keys, nearest = min(missed, key=lambda each: len(each[0]), default=((), None))
    if nearest is None or not _is_near(made, keys, nearest):
        return None
    words = (_why(key, made, nearest, nvflare, is_read=is_read) for key in keys)
    over = [f"expired on {made.expires}"] if made.expires < today else []
    return Fit(waiver, "nearly", why=(*words, *over))


def _is_near(made: Decision, keys: tuple[str, ...], found: Occurrence) -> bool:
    return "fingerprint" not in keys and ("pattern" not in keys or bool(_spelling(made.pattern, found)))


# ---- what keeps a waiver away ----------------------------------------------------------------------------------------


def _why(key: str, made: Decision, found: Occurrence, nvflare: str, *, is_read: bool) -> str:
    if key in ("phase", "context") and not is_read:
        return f"a report does not tell the {key}: ask for FILE:LINE"
    return _WHY[key](made, found, nvflare)


_WHY: dict[str, Callable[[Decision, Occurrence, str], str]] = {
    "pattern": lambda made, found, _: _spelling(made.pattern, found),
    "testcase": lambda made, found, _: f"testcase {found.testcase} is not '{made.testcase}'",
    "site": lambda made, found, _: f"site {found.site} is not '{made.site}'",
    "file": lambda made, found, _: f"file {found.log.path} is not '{made.file}'",
    "nvflare": lambda made, _, nvflare: f"NVFlare {nvflare or 'of unknown version'} is not {made.nvflare}",
    "phase": lambda made, found, _: f"its phase is {found.phase or 'not known'}, not {made.phase}",
    "context": lambda made, found, _: _context(made.context, found.near),
}


def _spelling(pattern: str, found: Occurrence) -> str:
    """How a pattern that does not match would: what people get wrong, or a message whose wording has changed."""
    event = found.event
    if re.search(pattern, event.text, re.IGNORECASE):
        return "its pattern fits but for upper and lower case"
    if pattern in event.text:
        return "its pattern stands there word for word: escape its special characters, such as ( [ . + with a backslash"
    if any(re.search(pattern, text) for text in (event.before, event.after)):
        return "its pattern matches beside the event, not in it: `context` is for lines before"
    said = re.findall(r"[^\W\d_]{3,}", re.sub(r"\\.", " ", pattern))
    missing = [word for word in said if word not in event.text]
    if not said or len(missing) * 3 > len(said):
        return ""
    return (
        f"the event has all of its pattern but {', '.join(missing)}" if missing else "its words stand there otherwise"
    )


def _context(context: Context | None, near: Iterable[tuple[str, int]]) -> str:
    if context is None:
        return ""
    away = next((lines for pattern, lines in near if pattern == context.line), None)
    if away is None:
        return f"no line before it matches the context '{context.line}'"
    return f"the context '{context.line}' stands {away:,} lines before it, more than {context.within}"


# ---- the baseline ----------------------------------------------------------------------------------------------------


def known(baseline: Baseline, found: Occurrence) -> Entry | None:
    """The baseline's entry for this finding; None where it has none."""
    return next((entry for entry in baseline.entries if entry.fingerprint in found.fingerprints), None)


def alike(baseline: Baseline, title: str) -> Entry | None:
    """The entry whose title is nearest to a masked one, where it is near enough to be the same failure, reworded."""
    titles = {entry.title: entry for entry in baseline.entries}
    return next((titles[near] for near in get_close_matches(title, titles, 1, _ALIKE)), None)


def against(entry: Entry, counts: Mapping[str, int]) -> Iterator[str]:
    """What the entry knows of each testcase beside what a report has there."""
    for testcase in dict.fromkeys([*entry.testcases, *counts]):
        have, has = entry.testcases.get(testcase, 0), counts.get(testcase, 0)
        beyond = f", {has - have:,} beyond it" if has > have else ""
        yield f"{testcase}: {have or 'none'} known, {has or 'none'} found{beyond}"


# ---- what a fingerprint is made of -----------------------------------------------------------------------------------

PARTS = {"v1": ("rule", "logger", "exception", "event", "message")}
"""What a version's first texts are; the others are frames of the user's own code."""


def made_of(found: Occurrence, sites: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What the occurrence's fingerprint was made of, named: each text as it was hashed; the empty ones are left out."""
    version = found.fingerprint.partition(":")[0]
    texts = VERSIONS[version](found.rule, found.event, sites)
    named = zip_longest(PARTS[version], texts, fillvalue="own frame")
    return ((name, text) for name, text in named if text)
