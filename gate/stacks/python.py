"""Where a Python traceback begins and ends: the grammar that CPython prints, for logs in which nothing else marks it.

Source: traceback.py, traceback.c, pythonrun.c, threading, asyncio, logging, multiprocessing and concurrent.futures of
CPython 2.7 to 3.14; what Twisted, torch and Ray write around it. Its frames are found in the event's text by others.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gate.stacks import Line, Trace
from gate.stacks.shared import behind, find, without_blank_end

_HEAD = "Traceback (most recent call last):"
_GROUP_HEAD = "  + Exception Group "
_OPENS = re.compile(
    r"\s*(?:Exception (?:in|ignored|occurred)\b|Process .{1,200}:\s*$|--- Logging error ---|Error in \S+:\s*$"
    r"|(?:Task|Future) exception was never retrieved|[Uu]nhandled (?:[Ee]rror\s*$|(?:error|exception) (?:in|during)\b))"
)
_BETWEEN = re.compile(r"\s|[a-z_]+: ")
_IGNORED = re.compile(r"\s*Exception ignored (?:in: |.*:\s*$)")
_REPORT = re.compile(
    r"\s*(?:Exception \w|Process |--- L|Error in |Task |Future |[Uu]nhandled )"
    r'|\s+(?:File ".*"|Cell In ?\[\d+\]), line \d+\s*$'
)
_BLANK = re.compile(r"\s*$")
_FRAME = re.compile(r'\s+File "')
_MARK = re.compile(
    r"\s*(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
    r"|Original exception was:|-- Process \d+ terminated with the following error:)\s*$"
)
_EXCEPTION = re.compile(r"[^\W\d][\w.<>-]*(?:\[[^\]]*\]|\([^)]*\))?(?::\s.*|:)?$")
_GROUP_LINE = re.compile(r"\s*(?:\||\+-|\+ Exception Group)")
_GROUP_EXCEPTION = re.compile(r"\s*\| (\S.*)")
_SYNTAX_FILE = re.compile(r'\s+(?:File ".*"|Cell In ?\[\d+\]), line \d+\s*$')
_SYNTAX_ERRORS = ("SyntaxError: ", "IndentationError: ", "TabError: ")
_ARGUMENTS = re.compile(r"Arguments: ")
_RAISED_FROM = re.compile(r"Exception raised from .* \(most recent call first\):\s*$")
_NATIVE_FRAME = re.compile(r"frame #\d+: ")
_ANOTHER = re.compile(r".*Traceback \(most recent call last\):")
_CAUGHT_HERE = "--- <exception caught here> ---"

OPENING_LINES = 60
"""Lines that may stand between the words that open a traceback and its head."""

SYNTAX_LINES = 20
"""Lines that a bare SyntaxError has at most."""

MIXED_LINES = 1_000
"""Lines of tracebacks that stand in each other that are read on to find their ends."""

_MIXED = "{} tracebacks stand line by line in each other here: which line belongs to which cannot be told"

GROUP_MESSAGE_LINES = 20
"""How many lines of a message inside an exception group are read on to find the group's next line."""

MESSAGE_LINES = 60
"""How many lines of an exception's message are read on to find the mark of a chained traceback."""


class _Part(NamedTuple):
    """One traceback of a chain: the line behind it, and the line that names its exception ("" where it breaks off)."""

    end: int
    exception: str


class _Python:
    def read(self, line: Line) -> Trace | None:
        first = line(0) or ""
        if "Traceback" not in first and not _REPORT.match(first):
            return None
        if _SYNTAX_FILE.match(first):
            return _syntax_error(line)
        head = _head_number(line, first)
        return _ignored(line, first) if head is None else _chain(line, head)


# ---- where it begins -------------------------------------------------------------------------------------------------


def _head_number(line: Line, first: str) -> int | None:
    """The line of the head if a traceback begins in line 0: with its head, or with words that open it.

    Such words stand over a thread's traceback, an ignored exception's, and one that a worker process sent home.
    """
    if _is_head(line, 0) or (_has_head(first) and _FRAME.match(line(1) or "")):
        return 0
    if not (_OPENS.match(first) or first.rstrip().endswith("RemoteTraceback:")):
        return None
    number = 1
    while number < OPENING_LINES and (text := line(number)) is not None and not _is_head(line, number):
        if text.strip() not in ("", '"""') and not _BETWEEN.match(text):
            return None
        number += 1
    return number if _is_head(line, number) else None


def _has_head(text: str) -> bool:
    """Whether a traceback begins somewhere in this line."""
    return text.rstrip().endswith(_HEAD)


def _is_head(line: Line, number: int) -> bool:
    """Whether a traceback begins in this line, behind nothing but indentation."""
    text = line(number) or ""
    return _has_head(text) and not text.rstrip().removesuffix(_HEAD).removesuffix(_GROUP_HEAD).strip()


# ---- reports without a traceback -------------------------------------------------------------------------------------


def _ignored(line: Line, first: str) -> Trace | None:
    """An exception that nobody could catch, as old Pythons and failing flushes report it: without frames."""
    text = first.strip()
    if _IGNORED.match(first) and _is_exception(below := line(1) or "", 0, any_frames=False):
        return Trace(2, below.strip())
    if text.startswith("Exception ") and text.endswith(" ignored") and " in <" in text:
        return Trace(1, text.removeprefix("Exception "))
    return None


def _syntax_error(line: Line) -> Trace | None:
    """A SyntaxError of the program's own file, which has no head: the file's line, indented ones, the error."""
    for number in range(1, SYNTAX_LINES):
        text = line(number) or ""
        if text.startswith(_SYNTAX_ERRORS):
            return Trace(number + 1, text)
        if text.strip() and not text.startswith("    "):
            return None
    return None


# ---- where it ends ---------------------------------------------------------------------------------------------------


def _chain(line: Line, head: int) -> Trace:
    """The traceback at `head`, with those that are chained to it or quoted in its message."""
    part = _part(line, head)
    exception = part.exception
    while (following := _next_head(line, part)) is not None:
        quoted = following == part.end
        part = _part(line, following)
        exception = exception if quoted else part.exception
    if not part.exception and head == 0 and _is_head(line, part.end):
        heads, end = _mixed(line, part.end)
        return Trace(end, _last_exception(line, end), note=_MIXED.format(heads))
    end = _logging_end(line, part.end)
    return Trace(end, exception, whole=bool(part.exception) or line(behind(line, end, _BLANK)) is not None)


def _part(line: Line, head: int) -> _Part:
    """The one traceback at `head`. A message's further lines belong to it where they are indented."""
    first = line(head) or ""
    if _GROUP_LINE.match(first):
        return _group(line, head)
    indent = _indent(first) if _is_head(line, head) else 0
    end = _behind_body(line, head + 1, indent)
    text = line(end)
    if text is None or not _is_exception(text, indent, any_frames=end > head + 1):
        return _Part(without_blank_end(line, head, end), "")
    return _Part(_behind_message(line, end + 1, indent), text.strip())


def _behind_body(line: Line, number: int, indent: int) -> int:
    while (text := line(number)) is not None and (_is_body(text, indent) or text.startswith(_CAUGHT_HERE)):
        number += 1
    return number


def _behind_message(line: Line, number: int, indent: int) -> int:
    """Behind the indented lines of a message, the exception of frames that Ray quotes, and torch's native frames."""
    frames = _FRAME.match(line(number) or "") is not None
    while (text := line(number)) is not None and text.strip() and _is_body(text, indent):
        number += 1
    number += frames and text is not None and _is_exception(text, indent, any_frames=True)
    raised = find(line, number, _RAISED_FROM, _ANOTHER, MESSAGE_LINES)
    return number if raised is None else behind(line, raised + 1, _NATIVE_FRAME)


def _group(line: Line, head: int) -> _Part:
    """An exception group. A message's further lines have no mark, but one of the group's lines follows them."""
    number, last, exception = head + 1, head, ""
    while (text := line(number)) is not None and number - last <= GROUP_MESSAGE_LINES and not _is_head(line, number):
        if _GROUP_LINE.match(text):
            last = number
            told = _GROUP_EXCEPTION.match(text)
            exception = exception or (told[1] if told else "")
        number += 1
    return _Part(last + 1, exception)


def _next_head(line: Line, part: _Part) -> int | None:
    """The next traceback's line: quoted directly below what announces it, or below the mark of a chain.

    Nothing but lines of a message may stand before that mark.
    """
    if part.exception and _is_quoted(line, part.end):
        return part.end
    for mark in range(part.end, part.end + MESSAGE_LINES):
        text = line(mark)
        if text is None or _has_head(text):
            return None
        if _MARK.match(text):
            head = behind(line, mark + 1, _BLANK)
            return head if _has_head(line(head) or "") else None
    return None


def _is_quoted(line: Line, number: int) -> bool:
    text = line(number) or ""
    if text.lstrip().startswith("Original ") and _has_head(text):
        return True
    return (line(number - 1) or "").rstrip().endswith(":") and _is_head(line, number)


def _logging_end(line: Line, number: int) -> int:
    """Behind what logging tells of a record that it could not write: where it was logged, and what."""
    text = line(number) or ""
    if text.startswith("Logged from file "):
        number += 1
    elif text.startswith("Call stack:"):
        number = _behind_body(line, number + 1, 0)
    else:
        return number
    if not (line(number) or "").startswith("Message: "):
        return number
    arguments = find(line, number, _ARGUMENTS, _ANOTHER, MESSAGE_LINES)
    return number + 1 if arguments is None else arguments + 1


# ---- several in each other -------------------------------------------------------------------------------------------


def _mixed(line: Line, number: int) -> tuple[int, int]:
    """How many tracebacks without an end of their own stand line by line in each other, and the number of lines."""
    heads = left = 1
    limit = number + MIXED_LINES
    while left and number < limit and (text := line(number)) is not None:
        if _is_head(line, number):
            heads, left = heads + 1, left + 1
        elif _is_exception(text, 0, any_frames=True):
            left -= 1
        elif not text.startswith(" "):
            break
        number += 1
    return heads, number


def _last_exception(line: Line, end: int) -> str:
    text = line(end - 1) or ""
    return text.strip() if _is_exception(text, 0, any_frames=True) else ""


# ---- single lines ----------------------------------------------------------------------------------------------------


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_body(text: str, indent: int) -> bool:
    return not text.strip() or _indent(text) > indent


def _is_exception(text: str, indent: int, *, any_frames: bool) -> bool:
    if _indent(text) != indent or _has_head(text):
        return False
    found = _EXCEPTION.match(text.strip())
    return found is not None and (any_frames or ":" in text or text.rstrip().endswith(("Error", "Exception")))


STACK = _Python()
