"""Dart's exceptions: as its VM, Flutter and package:stack_trace print them.

Source: the VM's StackTrace.toString and errors_patch.dart, Flutter's FlutterError.dumpErrorToConsole.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import MESSAGE_LINES, behind, find, innermost, place

_UNHANDLED = re.compile(r"(?:.{0,200}\] )?Unhandled (?:[eE]xception|error):?(?: (?P<message>\S.*))?$")
_NAMED = re.compile(
    r"[\w$.]*(?:Exception|Error)\b|Bad state|Invalid argument|Unsupported operation|Concurrent modification"
    r"|Stack Overflow|Out of Memory|Assertion failed|Instance of '|Reading static variable|Cannot instantiate"
    r"|'[^']{1,300}': "
)
_FRAME = re.compile(
    r"#\d+ +(?P<function>\S.{0,400}?) \((?P<file>[^()]{0,400}\bdart\b[^()]{0,400})\)\s*$"
    r"|\s+#\d+ abs |<asynchronous suspension>|\(elided \d+ frame"
)
_TERSE = re.compile(
    r"\s*(?P<file>(?:package:|dart:|file:)\S{1,400}|\S{1,400}\.dart)(?: \d+(?::\d+)?)? {2,}(?P<function>\S.*)"
    r"|={3,} asynchronous gap ="
)
_FIRST = re.compile(rf"#0 {{2,}}\S|\s+#00 abs |(?!=){_TERSE.pattern}")
_BOX = re.compile(r".{0,60}(?:═╡ EXCEPTION CAUGHT BY .{1,100} ╞═|═ Exception caught by .{1,100} ═)")
_BOX_END = re.compile(r".{0,60}═{20,}\s*$")
_BOX_SAYS = re.compile(r"The following ")
_COMPILE = re.compile(r"'[^']{1,300}': [\w ]{0,20}error: line \d+ pos \d+: |[^\s:]{1,300}\.dart:\d+:\d+: Error: ")
_CARET = re.compile(r"\s*\^+\s*$")
_OTHER = re.compile(r"Unhandled [eE]xception:|#\d+ +\S|Traceback ")
_LIBRARY = ("dart:", "package:flutter/", "package:test", "package:async/", "package:stack_trace/")

BOX_LINES = 2000
"""Lines of a Flutter box that are read on to its end."""

NEAR = 8
"""Lines of a message that are read on where only the name of an exception says that one may begin."""


class _Dart:
    def read(self, line: Line) -> Trace | None:
        first = (line(0) or "").rstrip()
        if "Unhandled " in first and (found := _UNHANDLED.match(first)):
            return _thrown(line, found["message"] or (line(1) or "").strip(), MESSAGE_LINES)
        if "═" in first:
            return _box(line) if _BOX.match(first) else None
        if "rror: " in first and _COMPILE.match(first):
            return _compile_error(line, first)
        return _thrown(line, first, NEAR) if _NAMED.match(first) else None


def _thrown(line: Line, exception: str, reach: int) -> Trace | None:
    """An exception's message, then its frames."""
    frames = find(line, 1, _FIRST, _OTHER, reach)
    if frames is None:
        return None
    end = behind(line, frames, _FRAME if _FRAME.match(line(frames) or "") else _TERSE)
    return Trace(end, exception, _user_frames(line, frames, end)) if end > frames else None


def _box(line: Line) -> Trace:
    """Flutter's report between two rules."""
    end, last = None, 0
    for number in range(1, BOX_LINES):
        text = line(number)
        if text is None or _BOX.match(text):
            break
        if _BOX_END.match(text):
            end = number
            break
        last = number if _FRAME.match(text) else last
    says = next((n for n in range(1, 5) if _BOX_SAYS.match(line(n) or "")), 0)
    named = line(says + 1)
    count = (last if end is None else end) + 1
    return Trace(count, (named or "").strip(), _user_frames(line, 1, count), whole=end is not None)


def _compile_error(line: Line, first: str) -> Trace:
    """A compiler's message, with the line of source and the caret below it."""
    caret = next((number for number in (2, 3) if _CARET.match(line(number) or "")), 0)
    return Trace(caret + 1, first)


def _user_frames(line: Line, first: int, end: int) -> tuple[str, ...]:
    found = [_FRAME.match(text) or _TERSE.match(text) for n in range(first, end) if (text := line(n))]
    return innermost(
        place(re.sub(r"(?::\d+)+$", "", each["file"]), each["function"])
        for each in found
        if each and each["file"] and not each["file"].startswith(_LIBRARY)
    )


STACK = _Dart()
