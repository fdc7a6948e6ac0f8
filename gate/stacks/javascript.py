"""Stack traces of JavaScript: V8's (Node, Deno, Bun, Chrome, Edge) and those of Firefox and Safari.

Source: V8's stack trace API, lib/internal/util/inspect.js of Node (causes, properties, AggregateError), and how Node
prints what nobody caught: the place, the source with a caret, the error, its own version.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import (
    ANOTHER,
    MESSAGE_LINES,
    behind,
    below_head,
    find,
    heads_message,
    innermost,
    is_blank,
    named,
    place,
)

_OTHER = r"(?!.*(?:(?<![^\sT(])\d{1,2}:\d\d|\.(?:rs|dart|swift|zig|c|cc|cpp|h|py|rb):\d+):\d+\)*$)"
"""A time, or the place of a frame of another language."""

_LOCATED = rf"(?:eval )?at {_OTHER}.*:\d+:\d+\)*"
_BUILT_IN = r"at (?:.* )?\((?:<anonymous>|native|unknown location|index \d+)\)|at (?:async )?<anonymous>"
_WASM = r"at .*wasm-function\[\d+\]:0x[0-9a-f]+\)?"
_GECKO = r"(?=\S)[^@\t]{0,200}@(?:(?:[a-z-]+:/|/)\S*:\d+|\[native code\])"
_FRAME = re.compile(rf"\s*(?:{_LOCATED}|{_BUILT_IN}|{_WASM}|{_GECKO})(?:,| \{{)?\s*$")
_FURTHER = re.compile(
    rf"{_FRAME.pattern}|\s{{2,}}at [\w$.<>#]+(?: \[as [\w$]+\])?$|\s+\.\.\. \d+ lines matching cause |\[native code\]$"
)
_CHAINED = re.compile(r"\s*(?:Caused by: \S|From previous event:|Emitted 'error' event )")
_CAUSE = re.compile(r"\s*(?:\[cause\]|Caused by): ")

_PLACE = re.compile(r"\S.*[^\s:]:\d+$")
_CARET = re.compile(r"\s*\^+\s*$")
_RUNTIME = re.compile(r"(?:Node\.js|Bun) v\d")

_NAMES = re.compile(
    r"\s*(?:at (?:async )?(?:(?P<function>[^()]+?) \()?|(?P<gecko>[^@]*)@)"
    r"(?P<file>[^()\s]+?\.\w{2,4})(?:\?[^:]{0,300})?:\d+"
)
_FOREIGN = re.compile(r".*(?:node_modules|node:|\binternal/|native code)|(?:async )?\w+\.js:")

BLOCK_LINES = 1_000
"""Lines of the properties that are printed behind an error in braces."""


class _JavaScript:
    def read(self, line: Line) -> Trace | None:
        head = _thrown(line)
        end = _end(line, head)
        if end is None:
            return None
        tail = _version(line, end)
        return Trace(
            lines=tail or end,
            exception=_name(line(head) or ""),
            frames=_frames(line, head, end),
            whole=tail is not None or line(end) is not None,
        )


def _thrown(line: Line) -> int:
    """How many lines Node prints before an error that nobody caught: the place, its source, a caret, a blank line."""
    first = line(0) or ""
    if not first[-1:].isdigit() or not _PLACE.match(first) or not _CARET.match(line(2) or ""):
        return 0
    return 3 if (line(3) or "").strip() else 4


def _end(line: Line, head: int) -> int | None:
    """Behind the frames below a head, with all that is printed in braces; None where there are no frames."""
    text = line(head) or ""
    if text.endswith("{") and heads_message(text):
        end = _behind_block(line, head)
        return end if any(_FRAME.match(line(number) or "") for number in range(head, end)) else None
    if (frame := below_head(line, head, _FRAME)) is None:
        return find(line, head, _RUNTIME, ANOTHER, MESSAGE_LINES) if head else None
    end = behind(line, frame, _FURTHER)
    while _CHAINED.match(line(end) or "") and _FRAME.match(line(end + 1) or ""):
        end = behind(line, end + 1, _FURTHER)
    return _behind_block(line, head, end) if (line(end - 1) or "").endswith("{") else end


def _behind_block(line: Line, head: int, number: int = 0) -> int:
    """Behind the brace that closes what was opened at the head, or below its frames."""
    indent = _indent(line(head) or "")
    for end in range(number or head + 1, head + BLOCK_LINES):
        if (text := line(end)) is None:
            return end
        if text.strip() and _indent(text) <= indent:
            return end + text.lstrip().startswith("}")
    return number or head + 1


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _version(line: Line, end: int) -> int | None:
    """Behind the version that a runtime prints last of all; None where it does not."""
    if _RUNTIME.match(line(end) or ""):
        return end + 1
    return end + 2 if is_blank(line(end)) and _RUNTIME.match(line(end + 1) or "") else None


def _name(text: str) -> str:
    """A head's error, without the braces and brackets that an inspected value has around it."""
    text = text.strip().removesuffix(" {")
    return named(text[1:-1] if text.startswith("[") and text.endswith("]") else text)


def _frames(line: Line, head: int, end: int) -> tuple[str, ...]:
    """The innermost frames of the user's own code, first those of the error that caused the others."""
    frames, above = list[str](), list[str]()
    for number in range(head, end):
        text = line(number) or ""
        if _CAUSE.match(text):
            frames, above = [], frames + above
        elif (found := _NAMES.match(text)) is not None and not _FOREIGN.match(text.strip().removeprefix("at ")):
            frames.append(place(found["file"], found["function"] or found["gecko"] or "<anonymous>"))
    return innermost(frames + above)


STACK = _JavaScript()
