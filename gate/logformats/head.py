"""What stands in an entry's head behind its time, in logs of any make: fields, then a level, then perhaps a logger.

A level is told from a word of the message by its form and by what stands before it: brackets, capitals, a colon;
and only fields (numbers, names with a digit or a point in them, brackets, capitals), at most one plain word.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gate.logformats.levels import BOXED, LETTERS, LOUD, word

REACH = 200
"""Characters behind the time in which the level is looked for."""

FIELDS = 8
"""Fields that may stand before the level."""

_T = r"[^\s\[\](){}<>|\"'=,;]"
_GAP = re.compile(r"[\s|,;:\])>-]*")
_FIELD = re.compile(
    r"\[[^\[\]]{0,80}(?:\[[^\[\]]{0,80}\][^\[\]]{0,80})?\]|\([^()]{0,80}\)|\{[^{}]{0,80}\}|<[^<>]{0,80}>"
    rf"|(?!0\s)(?=[^\s\d.:/@$#_-]{{0,80}}[\d.:/@$#_-]){_T}+(?!{_T})(?<![.!?])|[A-Z]{{2,20}}(?!{_T})"
)
_WORD = re.compile(
    r"(?!(?i:no|not|non|any|an?|the|with|without|for|found|got|gets?|receiv\w+|return\w*|is|was|has|had|to|of|in|on|at|if"
    rf"|and|or|as|last|first|next)\b)[A-Za-z]{{1,30}}(?!{_T})"
)
_LEVEL = re.compile(
    rf"[\[(<] *(?P<boxed>(?i:{BOXED})|(?<!\()[VDIWEF](?=[\]>])) *[\])>|]"
    rf"|(?:[\w-]{{1,60}}\.)?(?P<loud>{LOUD})(?![\w.=/@$-]|: *\d+$)"
    rf"|(?P<quiet>(?i:{LOUD}|FAIL|NOTE))(?:\[\d+\])?(?!: *\d+$)(?=: |:$|\t|  |,? \[| [-|] |\|)"
    r"|PHP (?P<php>Fatal|Parse|Warning|Notice|Deprecated)(?: error)?:"
    r"|(?P<letter>[TDINWECF]) \|"
    r"|(?<=[\d\]Z] )(?P<plain>trace|debug|info|notice|warn|err|crit|emerg|fatal) (?=\S)"  # no words of a sentence
)
_REST = re.compile(
    r"[\s\])>|:,-]*(?:[\[{(]?(?P<logger>[A-Za-z_][\w$-]*(?:(?:\.|::|/)[\w$<>-]+){1,12})[\])}]*"
    r"(?:: | +- | *\| |\] ?| +: |$))?"
)
_PHP = {"Fatal": "FATAL", "Parse": "FATAL", "Warning": "WARNING", "Notice": "NOTICE", "Deprecated": "DEPRECATED"}


class Head(NamedTuple):
    level: str | None
    logger: str | None
    message: str


def read(line: str, pos: int) -> Head:
    """What an entry's head tells from `pos` on, where its time ends."""
    found = _level(line, pos)
    if not found:
        return Head(None, None, line[pos:].lstrip(" ]-:|>)"))
    level = found["boxed"] or found["loud"] or found["quiet"] or found["plain"]
    if not level:
        level = _PHP[found["php"]] if found["php"] else LETTERS[found["letter"]]
    level = LETTERS[level] if len(level) == 1 else word(level)
    rest = _REST.match(line, found.end())
    return Head(level, rest["logger"], line[rest.end() :]) if rest else Head(level, None, line[found.end() :])


def _level(line: str, pos: int) -> re.Match[str] | None:
    """The level, found by going from field to field."""
    end, words = pos + REACH, 0
    for _ in range(FIELDS):
        gap = _GAP.match(line, pos, end)
        pos = gap.end() if gap else pos
        if found := _LEVEL.match(line, pos, end):
            return found
        field = _FIELD.match(line, pos, end)
        if not field:
            field = _WORD.match(line, pos, end)
            words += 1
        if not field or words > 1:
            return None
        pos = field.end()
    return None
