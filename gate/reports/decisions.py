"""What people have decided, as the page shows it: each waiver by what became of it, and what is fixed."""

from __future__ import annotations

from typing import Literal

from gate.model import Report, Struct, WaiverReport, WaiverState

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
    """Waivers of which the same is to be said, those first that end first."""

    title: str
    state: _State
    waivers: list[WaiverReport]


class Fixed(Struct, frozen=True):
    """An issue of the baseline that is gone; `told` is its title and how often it was seen."""

    fingerprint: str
    told: str


class DecisionsView(Struct, frozen=True):
    """The waivers, those first that need a person, and what is fixed since the baseline."""

    groups: list[Group]
    fixed: list[Fixed]


def view(report: Report) -> DecisionsView | None:
    """None where there is nothing to tell."""
    groups = [group for group in _groups(report) if group.waivers]
    fixed = [_fixed(text) for text in report.leftovers.fixed]
    return DecisionsView(groups, fixed) if groups or fixed else None


def _groups(report: Report) -> list[Group]:
    groups = {state: Group(title, state, []) for state, title in _TITLES.items()}
    for waiver in sorted(report.waivers, key=lambda waiver: waiver.days_left):
        groups[_state(waiver)].waivers.append(waiver)
    return list(groups.values())


def _state(waiver: WaiverReport) -> _State:
    return "soon" if waiver.state == "used" and waiver.days_left <= SOON else waiver.state


def _fixed(text: str) -> Fixed:
    """An entry of `leftovers.fixed`: the fingerprint, and behind it all that is said of the issue."""
    fingerprint, _, told = text.partition(" ")
    return Fixed(fingerprint, told.removesuffix(": not seen any more"))
