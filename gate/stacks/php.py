"""PHP's exceptions: as the interpreter and Xdebug print and log them, as `echo`, Monolog and FastCGI hand them on.

Source: Zend/zend_exceptions.c and main/main.c (PHP 5 to 8), Xdebug's develop mode, Monolog's LineFormatter.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import MESSAGE_LINES, behind, find, innermost, place

_UNCAUGHT = re.compile(r"(?:Fatal error(?:</b>)?: +|^)Uncaught (?:exception ')?(?P<exception>[A-Za-z_\\].*)")
_PROBLEM = re.compile(
    r"\b(?P<kind>[Ff]atal error|(?:Parse|User) error)(?:</b>)?: +(?P<message>.*)"  # warnings may have a stack, too
)
_ECHOED = re.compile(r"exception '|(?:[A-Za-z_\\][\w\\]{0,200})?(?:Exception|Error|Throwable)(?:: | in |$)")
_PLACE = re.compile(r" in (?P<file>(?:\w+:)?[^\s:][^:]{0,400})(?::| on line )\d+$")
_STACK = re.compile(r"(?:PHP )?Stack trace:\s*$|Call Stack:\s*$")
_ALL_IN_ONE = re.compile(r".* Stack trace:\s+#0 ")
_FRAME = re.compile(
    r"#\d+ (?:(?P<file>[^(\s\[].{0,400}?)\(\d+\)|\[internal function\]): (?P<function>[^(]{1,300})\(|#\d+ \{main\}"
    r"|(?:PHP)? +(?:\d+\.\d+ +\d+ +)?\d+\. (?P<called>[^(]{1,300})\(.*\) (?P<by>\S.*):\d+$"
)
_NEXT = re.compile(r"Next [A-Za-z_\\]")
_THROWN = re.compile(r"  thrown in ")
_OTHER = re.compile(
    r"(?:PHP )?(?:<b>)?(?:Fatal error|Warning|Notice|Deprecated|Parse error)(?:</b>)?: |#\d+ |Traceback "
)
_OBJECT = re.compile(r".*\[object\] \((?P<class>[A-Za-z_\\][\w\\]{0,200})\([^)]{0,40}\): (?P<message>.*)")
_OBJECT_STACK = re.compile(r"\[stacktrace\]\s*$")
_OBJECT_NEXT = re.compile(r"\[previous exception\]")
_OBJECT_END = re.compile(r'"\}')
_PACKAGES = ("/vendor/", "/usr/share/php")

NEAR = 10
"""Lines of a message that are read on where its first line does not say `Uncaught`."""


class _Php:
    def read(self, line: Line) -> Trace | None:
        first = (line(0) or "").rstrip()
        if "Uncaught " in first and (found := _UNCAUGHT.search(first)):
            return _uncaught(line, first, found["exception"])
        if "[object] (" in first:
            return _monolog(line)
        if _ECHOED.match(first):
            return _chain(line, first, NEAR)
        if first[-1:].isdigit() and _PLACE.search(first) and (found := _PROBLEM.search(first)):
            return _problem(line, f"{found['kind']}: {found['message']}")
        return None


def _problem(line: Line, message: str) -> Trace | None:
    """What is no exception: a trace where Xdebug prints its stack, or where the program ends at the place it names."""
    ends = message.startswith(("Fatal", "Parse"))
    return _chain(line, message, 2) or (Trace(1, _without_place(message)) if ends else None)


def _uncaught(line: Line, first: str, exception: str) -> Trace | None:
    if _ALL_IN_ONE.match(first):
        return Trace(1, _without_place(exception.partition(" Stack trace:")[0]))
    found = _chain(line, exception, MESSAGE_LINES)
    if found is None or not (line(found.lines - 1) or "").startswith("#"):
        return found
    thrown = line(found.lines)
    if thrown is not None and _THROWN.match(thrown):
        return Trace(found.lines + 1, found.exception, found.frames)
    return Trace(found.lines, found.exception, found.frames, whole=thrown is not None)


def _chain(line: Line, exception: str, reach: int) -> Trace | None:
    """An exception with its message and frames, and those that were thrown because of it: the last names them all."""
    head = end = 0
    frames: tuple[str, ...] = ()
    while (stack := find(line, head + 1, _STACK, _OTHER, reach)) is not None:
        below = behind(line, stack + 1, _FRAME)
        thrown = _place_above(line, stack)
        if below == stack + 1 or not (thrown or stack == head + 1):
            break
        end, frames = below, _user_frames(line, thrown, stack + 1, below)
        exception = (line(head) or "").removeprefix("Next ") if head else exception
        if (line(end) or "").strip() or not _NEXT.match(line(end + 1) or ""):
            break
        head, reach = end + 1, MESSAGE_LINES
    return Trace(end, _without_place(exception), frames) if end else None


def _place_above(line: Line, stack: int) -> str:
    """The file in which what stands above the frames was thrown; "" where that does not end with a place."""
    above = (line(stack - 1) or "").strip() or (line(stack - 2) or "" if stack > 1 else "").strip()
    found = _PLACE.search(above)
    return found["file"] if found else ""


def _without_place(exception: str) -> str:
    """`X: message`, of old PHP's `X' with message 'message'` too."""
    text = _PLACE.sub("", exception.strip()).removeprefix("exception '")
    return text.replace("' with message '", ": ", 1).rstrip("'") if "' with message '" in text else text


def _monolog(line: Line) -> Trace | None:
    """An exception in an entry's context, with those that came before it, up to the end of the JSON around them."""
    found = _OBJECT.match(line(0) or "")
    stack = find(line, 1, _OBJECT_STACK, _OBJECT_NEXT, MESSAGE_LINES)
    if found is None or stack is None:
        return None
    end = behind(line, stack + 1, _FRAME)
    thrown = re.search(r" at (?P<file>\S[^:]{0,400}):\d+\)", line(stack - 1) or "")
    frames = _user_frames(line, thrown["file"] if thrown else "", stack + 1, end)
    while _OBJECT_NEXT.match(line(end + 1) or "") and (
        stack := find(line, end + 2, _OBJECT_STACK, _OTHER, MESSAGE_LINES)
    ):
        end = behind(line, stack + 1, _FRAME)
    closed = _OBJECT_END.match(line(end) or "") is not None
    message = re.sub(r" at \S[^:]{0,400}:\d+\).*", "", found["message"])
    return Trace(
        end + closed,
        f"{found['class']}: {message}".replace("\\\\", "\\"),
        frames,
        whole=closed or line(end) is not None,
    )


def _user_frames(line: Line, thrown: str, first: int, end: int) -> tuple[str, ...]:
    """Where each frame ran: a line of PHP's tells the function, and the file that called it."""
    found = [_FRAME.match(line(number) or "") for number in range(first, end)]
    calls = [
        (each["function"] or each["called"] or "{main}", each["file"] or each["by"] or "") for each in found if each
    ]
    if found and found[0] and found[0]["called"]:
        calls.reverse()
    files = [thrown, *(file for _, file in calls)]
    return innermost(
        place(file, function)
        for (function, _), file in zip(calls, files, strict=False)
        if file and not any(part in file for part in _PACKAGES)
    )


STACK = _Php()
