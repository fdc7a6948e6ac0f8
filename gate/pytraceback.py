"""Where a Python traceback ends: the grammar that CPython prints, for logs in which nothing else marks the end.

Source: CPython's Lib/traceback.py and Python/traceback.c, 3.9 to 3.14 (chained, grouped, notes, carets, recursion
folding, SyntaxError, no message), and the RemoteTraceback of multiprocessing and concurrent.futures.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Line = Callable[[int], "str | None"]
"""The n-th line from some first one, decoded, without its line end; None behind the log's end."""

_HEAD = re.compile(r"(?P<prefix>.*?)(?P<group>  \+ Exception Group )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'\s+File "')
_CHAIN = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_EXCEPTION = re.compile(r"[^\W\d][\w.<>-]*(?:\[[^\]]*\]|\([^)]*\))?(?::\s.*|:)?$")
_OPENING = re.compile(r"\s*Exception (?:in|ignored|occurred)\b.*")
_REMOTE = re.compile(r"[\w.]*RemoteTraceback:\s*$")
_GROUP_LINE = re.compile(r"\s*(?:\||\+-|\+ Exception Group)")
_SYNTAX_FILE = re.compile(r'\s+File ".*", line \d+\s*$')
_TIME_TOKEN = re.compile(r"\d{4}[-/]\d\d[-/]\d\d|\S*\d:\d\d\S*|\d{10,}(?:\.\d+)?")

OPENING_LINES = 2
"""Lines that may stand between the words that open a traceback and its head."""

GROUP_MESSAGE_LINES = 20
"""How many lines of a message inside an exception group are read on to find the group's next line."""

MESSAGE_LINES = 200
"""How many lines of an exception's message are read on to find the mark of a chained traceback."""


def is_head(line: str) -> bool:
    """Whether a traceback begins in this line (behind nothing but indentation)."""
    found = _HEAD.match(line)
    return found is not None and not found["prefix"].strip()


def has_head(line: str) -> bool:
    """Whether a traceback begins somewhere in this line."""
    return _HEAD.match(line) is not None


def is_chain_mark(line: str) -> bool:
    return line.strip() in _CHAIN


def head_number(line: Line) -> int | None:
    """The line of the head if a bare traceback begins in line 0: with its head, or with words that open it.

    Such words stand over a thread's traceback, an ignored exception's, and one that a worker process sent home.
    """
    first = line(0) or ""
    if is_head(first) or (has_head(first) and _FRAME.match(line(1) or "")):
        return 0
    if _OPENING.match(first):
        for number in range(1, OPENING_LINES + 1):
            if is_head(line(number) or ""):
                return number
    if _REMOTE.match(first) and (line(1) or "").strip() == '"""' and is_head(line(2) or ""):
        return 2
    return None


def exception_line(text: str) -> str:
    """The line that names the last exception in an event's text, without what stands before it ("" if none)."""
    found, after_frames = "", False
    for raw in _without_prefix(text.splitlines()):
        line = raw.lstrip(" |+-")
        grouped = _GROUP_LINE.match(raw) is not None
        indented = raw[:1].isspace() and not grouped
        if after_frames and not indented and _EXCEPTION.match(line):
            found = line
        after_frames = indented or line.startswith(("File ", "Traceback (")) or (after_frames and "|   " in raw)
    return found


def _without_prefix(lines: list[str]) -> list[str]:
    """An event's lines without the prefix, or the indentation, that all lines of its traceback have."""
    for number, line in enumerate(lines):
        head = _HEAD.match(line)
        if head and number + 1 < len(lines):
            shape = _shape(head["prefix"])
            if shape.match(lines[number + 1]) and head["prefix"]:
                return [shape.sub("", each, count=1) for each in lines]
    return lines


def _shape(prefix: str) -> re.Pattern[str]:
    """What a prefix looks like on the next line: the same text, its times at will."""
    if not prefix.strip():
        return re.compile(re.escape(prefix))
    tokens = [
        r"\S+" if _TIME_TOKEN.fullmatch(token.strip("[]()<>,|")) else re.escape(token)
        for token in prefix.rstrip().split(" ")
    ]
    return re.compile(" ".join(tokens) + " ?")


def syntax_error_start(lines_before: list[str]) -> int:
    """How many lines before a bare `SyntaxError: ...` line belong to it (nearest line first)."""
    for count, line in enumerate(lines_before[:20], 1):
        if _SYNTAX_FILE.match(line):
            return count
        if line.strip() and not line.startswith("    "):
            return 0
    return 0


def prefixed_end(line: Line, is_opening: Callable[[str], bool]) -> int | None:
    """The number of lines of a traceback of which every line has the same prefix (times may differ); None without one.

    Such prefixes come from docker compose, `kubectl logs --timestamps`, GitHub Actions and loggers that split lines.
    Line 0 holds the head, or a line with the same prefix that opens the traceback or, by `is_opening`, logs it.
    """
    for number in range(OPENING_LINES + 1):
        if (shape := _prefix_shape(line, number)) is None:
            continue
        first = _inside(line, shape)(0)
        if number == 0 or head_number(_inside(line, shape)) == number or (number == 1 and is_opening(first or "")):
            return number + end(_inside(line, shape, number))
    return None


def _prefix_shape(line: Line, number: int) -> re.Pattern[str] | None:
    """The prefix of a traceback whose head is in this line, if the next line has it too; None for a bare head."""
    head, following = _HEAD.match(line(number) or ""), line(number + 1)
    if not head or not head["prefix"].strip() or following is None:
        return None
    shape = _shape(head["prefix"])
    found = shape.match(following)
    return shape if found and following[found.end() :].startswith(" ") else None


def _inside(line: Line, shape: re.Pattern[str], first: int = 0) -> Line:
    """The lines from `first` on without their prefix; they end where a line has none."""

    def inner(number: int) -> str | None:
        raw = line(first + number)
        found = shape.match(raw) if raw is not None else None
        return raw[found.end() :] if raw is not None and found else None

    return inner


def end(line: Line) -> int:
    """The number of lines of the bare traceback that begins in line 0, its chained tracebacks included.

    A message's further lines belong to it when they are indented, or when the mark of a chained traceback follows.
    """
    number = head_number(line) or 0
    while True:
        number = _exception_end(line, number)
        chained = _chained_head(line, number)
        if chained is None:
            return number
        number = chained


def _exception_end(line: Line, head: int) -> int:
    """Behind the exception's line (and the indented lines below it) of the traceback at `head`."""
    first = line(head) or ""
    if _GROUP_LINE.match(first):
        return _group_end(line, head)
    indent = len(first) - len(first.lstrip()) if is_head(first) else 0
    number = head + 1
    while (text := line(number)) is not None and _is_body(text, indent):
        number += 1
    if text is None or not _is_exception(text, indent, any_frames=number > head + 1):
        return _without_blank_end(line, head, number)
    number += 1
    while (text := line(number)) is not None and text.strip() and _is_body(text, indent):
        number += 1
    return number


def _group_end(line: Line, head: int) -> int:
    """Behind an exception group. A message's further lines have no mark, but one of the group's lines follows them."""
    number, last = head + 1, head
    while (text := line(number)) is not None and number - last <= GROUP_MESSAGE_LINES and not is_head(text):
        if _GROUP_LINE.match(text):
            last = number
        number += 1
    return last + 1


def _is_body(text: str, indent: int) -> bool:
    return not text.strip() or len(text) - len(text.lstrip()) > indent


def _is_exception(text: str, indent: int, *, any_frames: bool) -> bool:
    if len(text) - len(text.lstrip()) != indent or has_head(text):
        return False
    found = _EXCEPTION.match(text.strip())
    return found is not None and (any_frames or ":" in text or text.rstrip().endswith(("Error", "Exception")))


def _chained_head(line: Line, number: int) -> int | None:
    """The line of the next traceback of a chain, if its mark follows with nothing but message lines between."""
    for mark in range(number, number + MESSAGE_LINES):
        text = line(mark)
        if text is None or has_head(text):
            return None
        if is_chain_mark(text):
            head = mark + 1
            while (text := line(head)) is not None and not text.strip():
                head += 1
            return head if text is not None and has_head(text) else None
    return None


def _without_blank_end(line: Line, head: int, number: int) -> int:
    while number > head + 1 and not (line(number - 1) or "").strip():
        number -= 1
    return number
