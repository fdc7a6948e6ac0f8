"""What people have decided, as the page shows it: each waiver by what became of it, and what is fixed."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Literal

from gate.model import Report, Struct, WaiverReport, WaiverState

SHOWN = 100
SOON = 14
"""Days within which the end of a waiver is one to think of now."""

_State = WaiverState | Literal["soon"]
_TITLES: dict[_State, str] = {
    "expired": "Expired: hide nothing any more, and fail the gate",
    "soon": f"In use, and ending within {SOON} days",
    "used": "In use",
    "unused": "Unused: nothing needed them",
    "elsewhere": "For another NVFlare than this run's",
}


class Group(Struct, frozen=True):
    """Waivers of which the same is to be said, those first that end first: how many there are, and what is shown."""

    title: str
    state: _State
    total: int
    waivers: list[WaiverReport]


class Fixed(Struct, frozen=True):
    """An issue of the baseline that is gone; `told` is its title and how often it was seen."""

    fingerprint: str
    told: str


class DecisionsView(Struct, frozen=True):
    """The waivers, those first that need a person; how many found no room; and what is fixed since the baseline."""

    groups: list[Group]
    more: int
    fixed: list[Fixed]


def view(report: Report) -> DecisionsView | None:
    """None where there is nothing to tell."""
    ranked = sorted(report.waivers, key=lambda waiver: (list(_TITLES).index(_state(waiver)), waiver.days_left))
    fixed = [_fixed(text) for text in report.leftovers.fixed]
    if not ranked and not fixed:
        return None
    return DecisionsView(_groups(ranked), len(ranked[SHOWN:]), fixed)


def _groups(ranked: list[WaiverReport]) -> list[Group]:
    totals = Counter(map(_state, ranked))
    shown = {state: list(group) for state, group in groupby(ranked[:SHOWN], _state)}
    return [Group(title, state, totals[state], shown[state]) for state, title in _TITLES.items() if state in shown]


def _state(waiver: WaiverReport) -> _State:
    return "soon" if waiver.state == "used" and waiver.days_left <= SOON else waiver.state


def _fixed(text: str) -> Fixed:
    """An entry of `leftovers.fixed`: the fingerprint, and behind it all that is said of the issue."""
    fingerprint, _, told = text.partition(" ")
    return Fixed(fingerprint, told.removesuffix(": not seen any more"))
