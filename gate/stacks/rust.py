"""Rust's panics with or without their backtraces, and errors with their causes as anyhow and color-eyre print them.

Source: std's panicking.rs and backtrace_rs (1.0 to 1.95), anyhow's fmt.rs, color-eyre's config.rs.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import (
    MESSAGE_LINES,
    begins_entry,
    behind,
    behind_death,
    find,
    innermost,
    place,
    without_blank_end,
)

_PANIC = re.compile(r"thread '[^']{0,200}' (?:\(\d+\) )?(?:panicked at (?P<rest>\S.*)|has overflowed its stack)")
_PLACE = re.compile(r".{1,400}:\d+:\d+:\s*$")
_OLD_END = re.compile(r"(?P<message>.*)', \S.{0,400}:\d+(?::\d+)?\s*$")
_STACK = re.compile(r"[Ss]tack backtrace:\s*$")
_NOTE = re.compile(r"note: (?:[Rr]un with|[Ss]ome details are omitted)")
_BEHIND_MESSAGE = re.compile(rf"{_STACK.pattern}|{_NOTE.pattern}")
_GOES_ON = re.compile(r"\s+\S|[)}\]]+[,;]?$")
_FRAME = re.compile(r" *\d+: +(?:0x[0-9a-f]+ - )?(?P<function>\S.*)|\s+at \S|\s+\[\.\.\. ")
_AT = re.compile(r"\s+at (?P<file>[^:]{1,400})(?::\d+){1,2}\s*$")
_ABORTING = re.compile(r"thread caused non-unwinding panic|thread panicked while p|fatal runtime error: ")
_CAUSED = re.compile(r"Caused by:\s*$")
_NUMBERED = re.compile(r"\s+0: \S")
_EYRE_BODY = re.compile(r"\s*$|\s+\S|Location:|Message: |Backtrace omitted|Run with ")
_CRASHED = "The application panicked (crashed)."
_HASH = re.compile(r"::h[0-9a-f]{16}$")
_LIBRARY = ("/rustc/", "/.cargo/", "/registry/src/", "/sysdeps/", "/csu/", "/nptl/")


class _Rust:
    def read(self, line: Line) -> Trace | None:
        first = line(0) or ""
        if first.startswith("thread '") and (found := _PANIC.match(first)):
            return _panic(line, found["rest"])
        if first.startswith(_CRASHED):
            return _report(line, (line(1) or "").removeprefix("Message:").strip())
        return _error(line, first) if "rror" in first and not first[0].isspace() else None


def _panic(line: Line, rest: str | None) -> Trace | None:
    if rest is None:
        return Trace(behind_death(line, behind(line, 1, _ABORTING)), "stack overflow")
    if rest.startswith("'"):
        message, end = _old_message(line, rest)
    elif _PLACE.match(rest):
        message, end = (line(1) or "").strip(), _message_end(line)
    else:
        return None
    end, frames = _backtrace(line, end)
    end = behind_death(line, behind(line, end, _ABORTING))
    return Trace(end, message or "panic", frames, whole=line(1) is not None or rest.startswith("'"))


def _old_message(line: Line, rest: str) -> tuple[str, int]:
    """`'message', place`: before Rust 1.73 the message stood in quotes, over as many lines as it had."""
    if found := _OLD_END.match(rest):
        return found["message"][1:], 1
    last = find(line, 1, _OLD_END, _PANIC, MESSAGE_LINES)
    return rest[1:], 1 if last is None else last + 1


def _message_end(line: Line) -> int:
    """Behind the message: where a note or a backtrace follows; else behind its first line and what is indented."""
    after = find(line, 1, _BEHIND_MESSAGE, _PANIC, MESSAGE_LINES)
    if after is not None:
        return after
    message = (line(1) or "").strip()
    return behind(line, 2, _GOES_ON) if message and not begins_entry(message) else 1


def _backtrace(line: Line, number: int) -> tuple[int, tuple[str, ...]]:
    """Behind the backtrace that may stand here, and the note below it; its frames."""
    first = number
    if _STACK.match(line(number) or ""):
        number = behind(line, number + 1, _FRAME)
    frames = _user_frames(line, first + 1, number)
    return number + bool(_NOTE.match(line(number) or "")), frames


def _error(line: Line, first: str) -> Trace | None:
    """`Error: message`, and its causes below: what anyhow and eyre print, and `main` when it returns one."""
    if _NUMBERED.match(line(1) or "") and first.rstrip().endswith("Error:"):
        return _report(line, (line(1) or "").partition(": ")[2].strip())
    number = 1 if (line(1) or "").strip() else 2
    end = number
    if _CAUSED.match(line(number) or ""):
        end = behind(line, number + 1, _GOES_ON)
        number = end + (not (line(end) or "").strip())
    end, frames = _backtrace(line, number) if _STACK.match(line(number) or "") else (end, ())
    return Trace(end, first.partition("Error: ")[2] or first.strip(), frames) if end > 2 else None


def _report(line: Line, message: str) -> Trace:
    """color-eyre's report: sections, indented or blank lines, and hints."""
    return Trace(without_blank_end(line, 0, behind(line, 1, _EYRE_BODY)), message)


def _user_frames(line: Line, first: int, end: int) -> tuple[str, ...]:
    named, function = [], ""
    for number in range(first, end):
        text = line(number) or ""
        if (at := _AT.match(text)) and not any(part in at["file"] for part in _LIBRARY):
            named.append(place(at["file"], _HASH.sub("", function)))
        elif (found := _FRAME.match(text)) and found["function"]:
            function = found["function"].strip()
    return innermost(named)


STACK = _Rust()
