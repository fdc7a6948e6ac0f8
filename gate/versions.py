"""Version specs such as `<2.9.1`, `2.8.*` or `>=2.8,<2.9`: which releases a person means."""

from __future__ import annotations

import re
from typing import NamedTuple

from gate.errors import UsageError

_STAGES = {"dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "": 4, "post": 5}
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:[-_.]?(dev|alpha|a|beta|b|rc|c|post)[-_.]?(\d*))?(?:\+[\w.]+)?")
_CLAUSE = re.compile(r"(<=|>=|==|!=|<|>|)\s*([^\s*]+?)(\.\*)?")


class Version(NamedTuple):
    """Orders as releases do: 2.9.0 < 2.9.1rc1 < 2.9.1 = 2.9.1.0. `numbers` has no zeros at its end."""

    numbers: tuple[int, ...]
    stage: int
    number: int


def parsed(text: str) -> Version | None:
    """The version that a text such as `2.9.1rc5` names; None when it is none."""
    found = _VERSION.fullmatch(text.strip())
    if not found:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return Version(tuple(numbers), _STAGES[found[2] or ""], int(found[3] or 0))


def check(spec: str) -> None:
    """UsageError when this is no version spec."""
    for clause in spec.split(","):
        found = _CLAUSE.fullmatch(clause.strip())
        if not found or not parsed(found[2]) or (found[3] and found[1] not in ("", "==", "!=")):
            raise UsageError(f"not a version spec: '{clause.strip()}'", hint="for example <2.9.1, 2.8.* or >=2.8,<2.9")


def fits(spec: str, version: str) -> bool:
    """Whether a version is one of those that a checked spec names, all of its clauses; one that is unknown is not."""
    known = parsed(version)
    return known is not None and all(_clause_fits(clause.strip(), known) for clause in spec.split(","))


def _clause_fits(clause: str, version: Version) -> bool:
    found = _CLAUSE.fullmatch(clause)
    bound = parsed(found[2]) if found else None
    if not found or not bound:
        return False
    if found[3]:
        return _begins(version.numbers, found[2]) != (found[1] == "!=")
    return {
        "<": version < bound and not _leads_to(version, bound),
        "<=": version <= bound,
        ">": version > bound,
        ">=": version >= bound,
        "!=": version != bound,
    }.get(found[1], version == bound)


def _begins(numbers: tuple[int, ...], prefix: str) -> bool:
    """Whether these are numbers of `prefix.*`: 2.8 and 2.8.0rc1 are of 2.8.*, 2.80 is not."""
    wanted = tuple(int(number) for number in re.findall(r"\d+", prefix))
    return (numbers + (0,) * len(wanted))[: len(wanted)] == wanted


def _leads_to(version: Version, release: Version) -> bool:
    """Whether this is a preview of that release: `<2.9.1` is not meant to name 2.9.1rc5, as in PEP 440."""
    return version.numbers == release.numbers and version.stage < _STAGES[""] <= release.stage
