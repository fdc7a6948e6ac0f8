"""What the fast search looks for: of each pattern what stands in every line that it may match, and is found fast.

It may stop too often, never too seldom: not for lines whose text is coloured, or a JSON record's, either.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

# The parser of `re` is the one that says how a pattern is really read; it has no public name.
_NEW = sys.version_info >= (3, 11)
sre_parse: Any = import_module("re._parser" if _NEW else "sre_parse")
sre: Any = import_module("re._constants" if _NEW else "sre_constants")

SHORTEST = 3
"""A shorter literal stops the fast search too often to be of use."""

LONG = 5
"""A literal of so many characters is rare enough: a simpler pattern would only cost time."""


class Needle(NamedTuple):
    """A regular expression, simple enough for an automaton: a literal, or sets, repetitions and alternatives."""

    pattern: bytes
    caseless: bool = False
    literal: bool = True


def common(pattern: str) -> frozenset[Needle] | None:
    """Needles of which at least one is in every line that `pattern` matches; None when there are none to be had.

    Literals where it has any: an automaton of these is made in no time.
    """
    if found := required(pattern):
        return frozenset(Needle(_escaped(form), each.folded) for each in found for form in _in_json(each.text))
    simpler = _simpler(pattern, least=0)
    return frozenset([simpler]) if simpler else None


def rare(pattern: str) -> frozenset[Needle] | None:
    """The same with a simpler pattern in the place of literals that are short, and thus frequent."""
    found = required(pattern)
    simpler = _simpler(pattern, least=SHORTEST) if found and _shortest(found) < LONG else None
    return frozenset([simpler]) if simpler else common(pattern)


def word(text: str) -> Needle:
    """A word, whatever its case."""
    return Needle(_escaped(text.encode()), caseless=True)


def alternatives(pattern: str) -> tuple[str, ...]:
    """Patterns one of which matches where `pattern` does: those between its outermost bars, if it is made of such."""
    tree = sre_parse.parse(pattern)
    branches = tree[0][1][1] if len(tree) == 1 and tree[0][0] is sre.BRANCH else []
    flags, parts = _parts(pattern, bool(tree.state.flags & sre.SRE_FLAG_VERBOSE))
    if len(parts) != len(branches) or tree.state.groups > 1:  # a group may be referred to from another alternative
        return (pattern,)
    return tuple(flags + part for part in parts)


_FLAGS = re.compile(r"(?:\(\?[aimsx]+\))*")


def _parts(pattern: str, verbose: bool) -> tuple[str, list[str]]:
    """The flags before a pattern, and what stands between its outermost bars."""
    found = _FLAGS.match(pattern)
    flags = found[0] if found else ""
    token = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]" + (r"|#[^\n]*" if verbose else ""), re.DOTALL)
    depth, start, parts = 0, len(flags), []
    for each in token.finditer(pattern, start):
        depth += (each[0] == "(") - (each[0] == ")")
        if each[0] == "|" and not depth:
            parts.append(pattern[start : each.start()])
            start = each.end()
    return flags, [*parts, pattern[start:]]


# ---- literals --------------------------------------------------------------------------------------------------------


class Literal(NamedTuple):
    """A text; `folded` where upper and lower case (of ASCII) do not count."""

    text: str
    folded: bool = False


def required(pattern: str) -> frozenset[Literal] | None:
    """Literals of which at least one is in every match of `pattern`; None when there are none to be had."""
    tree = sre_parse.parse(pattern)
    found = _of_sequence(list(tree), bool(tree.state.flags & sre.SRE_FLAG_IGNORECASE))
    return frozenset(found) if found and _shortest(found) >= SHORTEST else None


def _of_sequence(items: list[Any], folded: bool) -> set[Literal] | None:
    """The best candidate of a concatenation: a run of characters, or what one of its parts requires.

    Of equals the last: in `level=(fatal|panic)` it is the rarer one.
    """
    candidates: list[set[Literal]] = []
    run = ""
    for operator, argument in [*items, (None, None)]:
        if operator is sre.LITERAL and (chr(argument).isascii() or not folded):
            run += chr(argument)
            continue
        if run:
            candidates.append({Literal(run, folded and run.lower() != run.upper())})
            run = ""
        part = _of_part(operator, argument, folded)
        if part:
            candidates.append(part)
    return max(reversed(candidates), key=_shortest, default=None)


def _shortest(literals: Iterable[Literal]) -> int:
    return min(len(literal.text) for literal in literals)


def _of_part(operator: Any, argument: Any, folded: bool) -> set[Literal] | None:
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = argument
        return _of_sequence(list(inner), _folds(folded, added, removed))
    if operator is sre.BRANCH:
        parts = [_of_sequence(list(branch), folded) for branch in argument[1]]
        return set().union(*(part for part in parts if part)) if all(parts) else None
    if operator in _REPEATS and argument[0] > 0:
        return _of_sequence(list(argument[2]), folded)
    return None


def _folds(folded: bool, added: int, removed: int) -> bool:
    return bool((folded or added & sre.SRE_FLAG_IGNORECASE) and not removed & sre.SRE_FLAG_IGNORECASE)


_REPEATS = [getattr(sre, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(sre, name)]

_ESCAPES = {'"': ['\\"'], "\\": ["\\\\"], "\t": ["\\t"], "\b": ["\\b"], "\f": ["\\f"], "/": ["\\/"]}
_ESCAPES |= {each: [f"\\u{ord(each):04x}", f"\\u{ord(each):04X}"] for each in "<>&'"}


def _in_json(text: str) -> set[bytes]:
    """A literal as it stands in a log, or within a JSON string: by most encoders, by those who escape HTML or `/`."""
    plain = {each: escapes[0] for each, escapes in _ESCAPES.items() if each in '"\\\t\b\f'}
    forms = [{}, plain, plain | {each: _ESCAPES[each][0] for each in "<>&"}, plain | {"/": "\\/"}]
    forms.append(plain | {each: _ESCAPES[each][-1] for each in "<>&'"})
    return {text.translate({ord(key): form for key, form in each.items()}).encode() for each in forms}


def _escaped(text: bytes) -> bytes:
    return b"".join(b"%c" % byte if chr(byte).isalnum() and byte < 128 else b"\\x%02x" % byte for byte in text)


# ---- simpler patterns ------------------------------------------------------------------------------------------------

_JSON = "\\\\(?:u[0-9a-fA-F]{4}|.)"
_END = '(?:$|["\\\\\\x1b\\r])'
_COUNTED = 8
_WIDE = 100
"""A set of so many bytes tells nothing."""


class _Gap(Exception):
    """Anything may stand there: what is before it and behind it cannot be held together."""


def _simpler(pattern: str, least: int) -> Needle | None:
    """A simpler pattern, with a literal of some length, that is in every line which `pattern` matches; or None."""
    tree = sre_parse.parse(pattern.encode())
    folded = bool(tree.state.flags & sre.SRE_FLAG_IGNORECASE)
    parts: list[str] = []
    for number, (operator, argument) in enumerate(tree):
        try:
            parts.append(_item(operator, argument, folded))
        except _Gap:
            tree = tree[:number]
            break
    literals = _of_sequence(list(tree), folded=False) or ()
    has_literal = not least or (literals and _shortest(literals) >= least)
    return Needle("".join(parts).encode(), literal=False) if has_literal and tree.getwidth()[0] else None


def _item(operator: Any, argument: Any, folded: bool) -> str:
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = argument
        return f"(?:{_whole(list(inner), _folds(folded, added, removed))})"
    if operator is sre.BRANCH:
        return f"(?:{'|'.join(_whole(list(branch), folded) for branch in argument[1])})"
    if operator in _REPEATS:
        least, most, inner = argument
        return f"(?:{_whole(list(inner), folded)}){_times(least, most)}"
    if operator is sre.AT:
        return _END if argument in (sre.AT_END, sre.AT_END_LINE, sre.AT_END_STRING) else ""
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return ""
    return _one(_bytes(operator, argument), folded)


def _times(least: int, most: int) -> str:
    """How often something is repeated; counts are costly, so that high ones are not told."""
    if most == 1:
        return "" if least else "?"
    return f"{{{least}}}" if least == most <= _COUNTED else f"{{{min(least, _COUNTED)},}}"


def _whole(items: list[Any], folded: bool) -> str:
    return "".join(_item(operator, argument, folded) for operator, argument in items)


def _one(found: set[int], folded: bool) -> str:
    """One character of a set, as it stands or as JSON has it."""
    if folded:
        found = found | {ord(form) for byte in found if byte < 128 for form in (chr(byte).lower(), chr(byte).upper())}
    if len(found) > _WIDE:
        raise _Gap
    text = "".join(f"\\x{byte:02x}" for byte in sorted(found - {10}))
    escaped = any(byte < 32 or chr(byte) in "\"\\/<>&'" for byte in found)
    return f"(?:[{text}]|{_JSON})" if escaped else f"[{text}]"


_CATEGORIES = {
    sre.CATEGORY_DIGIT: rb"\d",
    sre.CATEGORY_SPACE: rb"\s",
    sre.CATEGORY_WORD: rb"\w",
    sre.CATEGORY_NOT_DIGIT: rb"\D",
    sre.CATEGORY_NOT_SPACE: rb"\S",
    sre.CATEGORY_NOT_WORD: rb"\W",
}


def _bytes(operator: Any, argument: Any) -> set[int]:
    every = set(range(256))
    if operator is sre.LITERAL:
        return {argument}
    if operator is sre.ANY:
        return every
    if operator not in (sre.NOT_LITERAL, sre.IN):
        raise _Gap
    if operator is sre.NOT_LITERAL:
        return every - {argument}
    found: set[int] = set()
    negated = False
    for kind, value in argument:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.add(value)
        elif kind is sre.RANGE:
            found |= set(range(value[0], value[1] + 1))
        else:
            found |= {byte for byte in every if re.match(_CATEGORIES[value], bytes([byte]))}
    return every - found if negated else found
