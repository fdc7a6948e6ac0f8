"""Stack traces of .NET and Mono (C#, F#, Visual Basic), in English as everything but a desktop prints them.

Source: Exception.ToString, AggregateException.ToString and StackTrace.ToString of .NET Framework and .NET, mono's
icall.c and exception.c.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import ANOTHER, MESSAGE_LINES, behind, below_head, find, innermost, is_blank, named, place

_ARGUMENTS = r"(?!Native Method|Unknown Source|unknown location)(?=[?)]|[^()\s][^()]* [A-Za-z_@])[^()]*"
_WHERE = r"(?: \[0x[0-9a-f]+\])?(?: in (?P<file>.+):(?:line )?\d+| \+ 0x[0-9a-f]+)?"
_FRAME = re.compile(
    rf"\s*at (?:\(wrapper [^()]*\) \S+ ?\([^()]*\)|(?P<method>[^\s()][^()]*?) ?\({_ARGUMENTS}\){_WHERE})"
    r"\s*(?:<---\s*)?$"
)
_BODY = re.compile(rf"{_FRAME.pattern}|\s*--- End of (?:inner exception )?stack trace|\s*<---\s*$")
_INNER = re.compile(r"\s*---> (?:\(Inner Exception #\d+\) )?(?=\S)")
_ENCLOSED = re.compile(f"{_BODY.pattern}|{_INNER.pattern}")
_OPENING = "Unhandled Exception:"
_OVERFLOW = "Stack overflow."
_REPEATED = re.compile(r"Repeat \d+ times:|-{32}$|   at \S.*\)$")
_DATA = "  Exception data:"
_DATUM = re.compile(r" {4}\S")
"""What Npgsql adds to an exception's text, in the midst of it."""

_AGAIN = re.compile(r"\[ERROR\] FATAL UNHANDLED EXCEPTION: ")
"""Mono prints what nobody caught twice."""

_FOREIGN = re.compile(r"(?:async |new )?(?:System|Microsoft|Windows|Mono|MS|Internal|FSharp|Newtonsoft|Xunit|NUnit)\.")


class _CSharp:
    def read(self, line: Line) -> Trace | None:
        if line(0) == _OVERFLOW:
            return _overflow(line)
        head = int((line(0) or "").rstrip().endswith(_OPENING))
        first = _below(line, head) if head else below_head(line, head, _ENCLOSED)
        if first is None:
            return None
        end, frames = _behind(line, first)
        if not frames:
            return None
        end = _behind_again(line, end)
        return Trace(
            lines=end,
            exception=named((line(head) or "").partition(" ---> ")[0]),
            frames=innermost(map(_own, frames)),
            whole=line(end) is not None,
        )


def _overflow(line: Line) -> Trace | None:
    """The stack that .NET prints of an overflow, what repeats in it once."""
    end = behind(line, 1, _REPEATED)
    return Trace(end, _OVERFLOW, whole=line(end) is not None) if end > 1 else None


def _below(line: Line, head: int) -> int | None:
    """The first line below a head's message: a frame, or the exception that it encloses."""
    return find(line, head + 1, _ENCLOSED, ANOTHER, MESSAGE_LINES)


def _behind_again(line: Line, number: int) -> int:
    """Behind the same trace, where it is printed once more."""
    again = number + is_blank(line(number))
    if not _AGAIN.match(line(again) or "") or (first := _below(line, again)) is None:
        return number
    return _behind(line, first)[0]


def _behind(line: Line, number: int) -> tuple[int, list[re.Match[str]]]:
    """Behind the last line of a trace's body, and its frames."""
    frames = []
    while (text := line(number)) is not None:
        if (found := _BODY.match(text)) is not None:
            frames += [found] if found["method"] else []
        elif text == _DATA:
            number = behind(line, number + 1, _DATUM) - 1
        elif _INNER.match(text):
            number = (_below(line, number) or number + 1) - 1
        elif text.strip() or not _INNER.match(line(number + 1) or ""):
            break
        number += 1
    return number, frames


def _own(found: re.Match[str]) -> str:
    """A frame of the user's own code by name, "" for one of a library."""
    method = found["method"] or ""
    if not method or _FOREIGN.match(method):
        return ""
    path, _, function = method.rpartition(".")
    file = found["file"] or "<"
    return place(path.rpartition(".")[2] if file.startswith("<") else file, function) if path else ""


STACK = _CSharp()
