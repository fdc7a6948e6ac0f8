"""Literals of which every match of a regular expression holds at least one: what the fast search looks for."""

from __future__ import annotations

import itertools
import sys
from importlib import import_module
from typing import Any

# The parser of `re` is the one that says how a pattern is really read; it has no public name.
_NEW = sys.version_info >= (3, 11)
sre_parse: Any = import_module("re._parser" if _NEW else "sre_parse")
sre_constants: Any = import_module("re._constants" if _NEW else "sre_constants")

SHORTEST = 3
"""A shorter literal stops the fast search too often to be of use."""

_LONGEST_FOLDED = 5
"""Letters of a case-insensitive literal that are spelled out in both cases."""


def required(pattern: str) -> frozenset[bytes] | None:
    """Literals of which at least one is in every match of `pattern`; None when there are none to be had."""
    tree = sre_parse.parse(pattern)
    found = _of_sequence(list(tree), bool(tree.state.flags & sre_constants.SRE_FLAG_IGNORECASE))
    if not found or min(map(len, found)) < SHORTEST:
        return None
    return frozenset(literal.encode() for literal in found)


def _of_sequence(items: list[Any], folded: bool) -> set[str] | None:
    """The best candidate of a concatenation: a run of characters, or what one of its parts requires.

    Of equals the last: in `level=(fatal|panic)` it is the rarer one.
    """
    candidates: list[set[str]] = []
    run = ""
    for operator, argument in [*items, (None, None)]:
        if operator is sre_constants.LITERAL:
            run += chr(argument)
            continue
        if run:
            candidates.append(_spelled_out(run, folded))
            run = ""
        part = _of_part(operator, argument, folded)
        if part:
            candidates.append(part)
    return max(reversed(candidates), key=lambda literals: min(map(len, literals)), default=None)


def _of_part(operator: Any, argument: Any, folded: bool) -> set[str] | None:
    if operator is sre_constants.SUBPATTERN:
        _, added, removed, inner = argument
        flag = sre_constants.SRE_FLAG_IGNORECASE
        return _of_sequence(list(inner), bool((folded or added & flag) and not removed & flag))
    if operator is sre_constants.BRANCH:
        parts = [_of_sequence(list(branch), folded) for branch in argument[1]]
        return set().union(*(part for part in parts if part)) if all(parts) else None
    if operator in (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT) and argument[0] > 0:
        return _of_sequence(list(argument[2]), folded)
    return None


def _spelled_out(run: str, folded: bool) -> set[str]:
    if not folded:
        return {run}
    cases = [{char.lower(), char.upper()} for char in run[:_LONGEST_FOLDED]]
    return {"".join(spelling) for spelling in itertools.product(*cases)}
