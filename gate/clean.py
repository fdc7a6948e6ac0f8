"""Log text made fit to be read and shown: decoded, without control sequences, with obvious secrets masked.

Control sequences are those of ECMA-48 and of xterm; what a line shows, where a program moved the cursor in it, is what
stands between two moves: progress bars end in a carriage return, or go up a line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from gate.encoding import SINGLE_BYTE, is_single_byte
from gate.search import Words
from gate.secrets import KINDS

_CONTROL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"  # other escapes, and the beginning of a string that never ends
    r"|\x9b[0-?]*[ -/]*[@-~]"
)

_MOVE = re.compile(
    r"\r(?<!\r\r)\r*(?![\r\n]|\Z)"
    r"|\x08\x08+|\x0c"
    r"|\x1b\[[\d;]*[ABEFGHfsu]|\x1b\[[123]J|\x1b\[[12]K|\x1b[78DEM]"
)
"""Behind it a terminal writes elsewhere, or over what stands there: not so a CR at a line's end."""

_OVERSTRUCK = re.compile(r"[^\x08\n]\x08(?=[^\x08\n])")
_INVISIBLE = re.compile("[\0\x07\x08\x7f\ufeff]+")
_HAS_CONTROL = re.compile("[\0\x07\x08\x0c\r\x1b\x7f\x9b\ufeff]")
_TELLS_CONTROL = re.compile(
    rb"\0|\x07|\x08|\x0c|\x1b|\x7f|\r(?<!\r\r)\r*(?![\r\n]|\Z)|\xc2\x9b|\xef\xbb\xbf"  # literals first: it is fast
)

NEAR = 50
"""Pieces of a line, before the one that counts, in which an entry may begin; it may in the first one, too."""

MASK = "***"
T = TypeVar("T")

SHOWN = os.environ.get("LOGGATE_SHOW_SECRETS") == "1"
"""Nothing is masked. No file of a repository can ask for it: a change under review must not unmask what CI prints."""


def decode(data: bytes) -> str:
    """A line's text: UTF-8, or Windows-1252 where it clearly is; other bytes are shown as `\\xNN`, never dropped."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", SINGLE_BYTE if is_single_byte(data) else "backslashreplace")


def strip_control(text: str) -> str:
    """The text without terminal control sequences; other control characters are left for each report to show."""
    if "\x1b" not in text and "\x9b" not in text:
        return text
    return _CONTROL_SEQUENCE.sub("", text)


def visible(text: str, at: int | None = None, begins: Callable[[str], bool] | None = None) -> str:
    """What counts of a line: what stands between the cursor's moves around `text[at]`, without control sequences.

    Without `at` it is the last piece with text in it: an entry that was written behind a progress bar. Where an entry
    `begins` in an earlier piece, this one belongs to it, and all from there on counts: a message may hold a CR.
    """
    text = text.rstrip("\r\n")
    if not _HAS_CONTROL.search(text):
        return text
    moves = list(_MOVE.finditer(text))
    ends = [*(move.start() for move in moves), len(text)]
    pieces = [_shown(text[start:end]) for start, end in zip([0, *(move.end() for move in moves)], ends, strict=True)]
    if at is None:
        last = next((number for number in reversed(range(len(pieces))) if pieces[number].strip()), len(pieces) - 1)
    else:
        last = sum(move.start() <= at for move in moves)
    return " ".join(pieces[_beginning(pieces, last, begins) if begins else last : last + 1])


def _beginning(pieces: list[str], last: int, begins: Callable[[str], bool]) -> int:
    """The piece in which the entry begins that holds the last one; that one itself where none is near."""
    near = (*range(last, max(last - NEAR, 0), -1), 0)
    return next((number for number in near if pieces[number].strip() and begins(pieces[number])), last)


def plain(lines: bytes) -> bytes:
    """Lines as a reader sees them, for patterns: each piece on a line of its own, without control sequences.

    It is the same object where nothing in them is to be taken away.
    """
    if not _TELLS_CONTROL.search(lines):
        return lines
    text = _MOVE.sub("\n", lines.decode("utf-8", "surrogateescape"))
    return _shown(text).encode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return _INVISIBLE.sub("", _OVERSTRUCK.sub("", strip_control(text)))


def mask(text: str) -> str:
    """The text with passwords, tokens and keys replaced by `***`."""
    if SHOWN:
        return text
    found = _may_hold(text)
    for number in sorted(found) if found else ():
        gate, secret = _secret(number)
        if gate.search(text):
            text = secret.sub(_masked, text)
    return text


def masked(value: T) -> T:
    """The same with every text in it masked, through values, lists and maps: people's own words hold secrets, too."""
    made: Any = value
    if isinstance(value, str):
        made = mask(value)
    elif isinstance(value, tuple):
        made = tuple(map(masked, value))
    elif isinstance(value, dict):
        made = {mask(key): masked(each) for key, each in value.items()}
    elif isinstance(value, msgspec.Struct):
        made = msgspec.structs.replace(
            value, **{name: masked(each) for name, each in msgspec.structs.asdict(value).items()}
        )
    return cast(T, made)


@cache
def _secret(number: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What shows, fast, that a secret may be there, and what it looks like."""
    kind = KINDS[number]
    return re.compile(kind.gate or kind.pattern), re.compile(kind.pattern)


def may_hold_secrets(data: bytes) -> bool:
    """Whether `mask` may change what is decoded of these bytes."""
    return not data.isascii() or bool(_words().groups(data))


@cache
def _words() -> Words:
    shapes = {number: kind.shape for number, kind in enumerate(KINDS) if kind.shape}
    return Words([kind.traces for kind in KINDS], shapes)


def _may_hold(text: str) -> Collection[int]:
    """The numbers of the secrets that may be in a text."""
    plain = text.encode() if text.isascii() else _folded(text).encode("ascii", "replace")
    return _words().groups(plain)


def _masked(found: re.Match[str]) -> str:
    return (found["keep"] or "") + MASK


def _folded(text: str) -> str:
    """The text in small letters, as a search that ignores case sees it: it takes a dotless i for an i, too."""
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")
