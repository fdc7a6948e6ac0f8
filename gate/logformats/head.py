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
    rf"|(?!0\s(?!\[))(?=[^\s\d.:/@$#_-]{{0,80}}[\d.:/@$#_-]){_T}+(?!{_T})(?<![.!?])|[A-Z]{{2,20}}(?!{_T})"
)
_WORD = re.compile(
    r"(?!(?i:no|not|non|any|an?|the|with|without|for|found|got|gets?|receiv\w+|return\w*|is|was|has|had|to|of|in|on|at|if"
    rf"|and|or|as|last|first|next)\b)[A-Za-z]{{1,30}}(?!{_T})"
)
_LEVEL = re.compile(
    rf"[\[(<] *(?:[\w #-]{{1,60}}/)?(?P<boxed>(?i:{BOXED})|(?<!\()[TVDIWECF](?=[\]>])) *[\])>|]"
    rf"|(?:[\w-]{{1,60}}\.)?(?P<loud>{LOUD})(?![\w.=/@$-]|: *\d+$)"
    rf"|(?P<quiet>(?i:{LOUD}|FAIL|NOTE))(?:\[\d+\])?(?!: *\d+$)(?=: |:$|\t|  |,? \[| [-|] |\|)"
    r"|PHP (?P<php>Fatal|Parse|Warning|Notice|Deprecated)(?: error)?:"
    r"|(?P<letter>[TDINWECF])(?: \|| (?=[A-Z-]{1,12} +\[|\d+ \d+\] |[\w./-]{1,200}\.(?:cc|cpp|h|cu):\d+\])|!? (?=\[))"
    r"|(?<=[\d\]Z] )(?P<plain>(?:trace\d?|debug\d?|info|notice|warn|err|crit|emerg|fatal)(?= \S)"  # no sentence's words
    r"|(?:warning|error|critical|panic)(?= [\w.-]{1,60}\[\w+\] ))"  # VMware's
)
_REST = re.compile(
    r"[\s\])>|:,-]*(?:[\[{(]?(?P<logger>[A-Za-z_][\w$-]{0,100}(?:(?:\.|::|/)[\w$<>-]{1,100}){1,12})[\])}]*"
    r"(?:: | +- | *\| ?|\] ?| +: |$| (?=\[))"
    r"|(?<=    )(?P<column>[A-Z]\w{1,20})  +(?=\S))?"  # Windows' component-based servicing
)
_PIPED = re.compile(r"\|(?P<logger>[A-Za-z_][\w.]{0,100})\|\d{1,10}\|")
_PHP = {"Fatal": "FATAL", "Parse": "FATAL", "Warning": "WARNING", "Notice": "NOTICE", "Deprecated": "DEPRECATED"}


class Head(NamedTuple):
    level: str | None
    logger: str | None
    message: str


def read(line: str, pos: int) -> Head:
    """What an entry's head tells from `pos` on, where its time ends."""
    found = _level(line, pos)
    if not found:
        return _without_level(line, pos)
    level = found["boxed"] or found["loud"] or found["quiet"] or found["plain"]
    if not level:
        level = _PHP[found["php"]] if found["php"] else LETTERS[found["letter"]]
    level = LETTERS[level] if len(level) == 1 else word(level)
    rest = _REST.match(line, found.end())
    logger = (rest["logger"] or rest["column"]) if rest else None
    return Head(level, logger or _capitals(line[pos : found.start()]), line[(rest or found).end() :])


def _without_level(line: str, pos: int) -> Head:
    piped = _PIPED.match(line, pos)
    if piped:
        return Head(None, piped["logger"], line[piped.end() :])
    return Head(None, None, line[pos:].lstrip(" ]-:|>)"))


def _capitals(before: str) -> str | None:
    """The second of two words in capitals before the level (`RAS KERNEL FATAL`)."""
    words = before.rsplit(" ", 3)
    named = len(words) == 4 and not words[3] and all(word.isalpha() and word.isupper() for word in words[1:3])
    return words[2] if named else None


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
