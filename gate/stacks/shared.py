"""What the readers of several languages share: walking along the lines of a trace, and naming its frames."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gate.stacks import Line

MESSAGE_LINES = 50
"""Lines of a message that are read on to find what must follow it."""

FRAMES = 3
"""Frames that a trace names."""

_ENTRY = re.compile(
    r"\W{0,3}(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d)"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
)
_DEATH = re.compile(
    r"(?:\S.{0,200}: line \d+: +\d+ |.{0,60}: +\d+ )?"
    r"(?:Aborted|Abort trap|Segmentation fault|Bus error|Illegal instruction|Floating point exception)\b"
)
_FOLDERS = re.compile(r"[/\\]")


def begins_entry(text: str) -> bool:
    """Whether a line looks like the beginning of a log entry: no message goes on in it."""
    return _ENTRY.match(text) is not None


def behind(line: Line, number: int, pattern: re.Pattern[str]) -> int:
    """The first line from `number` on in which the pattern does not begin."""
    while (text := line(number)) is not None and pattern.match(text):
        number += 1
    return number


def find(line: Line, number: int, wanted: re.Pattern[str], stop: re.Pattern[str], reach: int) -> int | None:
    """The first line from `number` on that begins with `wanted`; None behind one that stops or begins an entry."""
    for place in range(number, number + reach):
        text = line(place)
        if text is None or ((found := wanted.match(text)) is None and (stop.match(text) or begins_entry(text))):
            return None
        if found:
            return place
    return None


def is_blank(text: str | None) -> bool:
    """Whether a line is there, with nothing in it."""
    return text is not None and not text.strip()


def behind_death(line: Line, number: int) -> int:
    """Behind the line with which a shell says that the process died, if it stands here."""
    return number + (_DEATH.match(line(number) or "") is not None)


def without_blank_end(line: Line, first: int, number: int) -> int:
    """`number`, without the blank lines before it, but behind `first`."""
    while number > first + 1 and not (line(number - 1) or "").strip():
        number -= 1
    return number


def place(file: str, function: str) -> str:
    """A frame as a trace names it: the file without its folders, which differ from machine to machine."""
    return f"{_FOLDERS.split(file)[-1]}:{function}"


def innermost(frames: Iterable[str]) -> tuple[str, ...]:
    """The frames that a trace names, of all of them in order."""
    return tuple(dict.fromkeys(frame for frame in frames if frame))[:FRAMES]


# ---- heads over frames that begin with `at` --------------------------------------------------------------------------

_WORDS = ("Exception", "Error", "Throwable", "Failure")
_TYPE = rf"(?:[\w$`+-]+[./])*[\w$`+-]*(?:{'|'.join(_WORDS)})(?:\$\w+)?(?=:|\s*$| [\[({{]| --->)"
_EXCEPTION = re.compile(r"(?<![\w$`+./-])" + _TYPE)
_SPOKEN = re.compile(r"error|exception|throwable|uncaught|unhandled|reject|fail|fatal|severe|panic|abort|crash", re.I)
_NAMED = re.compile(r"\s*(?:(?:[\w$]+\.)+[\w$`+]+(?::.*)?$|[A-Z][\w$]*: )")
_OPENING = re.compile(
    r'\s*(?:Exception in thread "[^"]*" |(?:Caused|Wrapped) by: |Uncaught (?:\(in promise\) )?|Unhandled exception\. '
    r"|(?:\[ERROR\] FATAL )?(?i:Unhandled exception: ))(?=\S)"
)
_NO_HEAD = re.compile(
    r"\s*(?:(?:eval )?at |\.\.\.|---|Suppressed: |\[CIRCULAR|java\.lang\.Thread\.State"
    r"|(?i:stack ?trace|back ?trace|stack|trace|thread|location|caller|state|name)\s*(?::|$))"
)
ANOTHER = re.compile(r"\s*(?:at [^()]*\(|Exception in thread |Uncaught |Unhandled exception|" + _TYPE + ")")
"""Where a message ends before its trace began: another exception, or a frame of another language."""


def heads_message(text: str) -> bool:
    """Whether a line names an exception, so that a message of several lines may go on below it."""
    known = _OPENING.match(text) or (any(word in text for word in _WORDS) and _EXCEPTION.search(text))
    return bool(known) and _NO_HEAD.match(text) is None


def heads_frames(text: str) -> bool:
    """Whether a line directly above frames names what happened: by a type, or by words that speak of a failure."""
    if not (_SPOKEN.search(text) or _NAMED.match(text) or _OPENING.match(text)):
        return False
    return _NO_HEAD.match(text) is None


def below_head(line: Line, head: int, frame: re.Pattern[str]) -> int | None:
    """The first frame below a head, with nothing but further lines of its message between; None where there is none."""
    text, following = line(head), line(head + 1)
    if text is None or following is None:
        return None
    if frame.match(following):
        return head + 1 if heads_frames(text) else None
    return find(line, head + 1, frame, ANOTHER, MESSAGE_LINES) if heads_message(text) else None


def named(text: str) -> str:
    """A head without the words before the type that it names."""
    opening = _OPENING.match(text)
    text = text[opening.end() :] if opening else text
    found = None if _NAMED.match(text) else _EXCEPTION.search(text)
    return (text[found.start() :] if found else text).strip()
