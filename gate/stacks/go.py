"""Stack traces of Go: panics, fatal errors, signals, recovered panics of servers, and errors that carry their stack.

Source: runtime/panic.go, traceback.go and signal_unix.go (Go 1.4 to 1.26), net/http, and the `%+v` of pkg/errors (zap
writes stacks in the same form). A dump after SIGQUIT counts, as it ends the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate.stacks import Line, Trace
from gate.stacks.shared import MESSAGE_LINES, begins_entry, behind_death, find, innermost, is_blank, place

_PANIC = re.compile(r"panic: |fatal error: |SIG[A-Z]+: ")
_HTTP = "http: panic serving "
_BEFORE_FATAL = re.compile(r"runtime: |unexpected fault address ")
_STACK = re.compile(r"goroutine \d+ (?:\w+=\S+ )*\[[^\]]*\].*:$|runtime stack:$")
_SPOKEN = re.compile(r".*(?i:panic|fatal|error|recover|fail)")

_CALL = re.compile(r"[^\s(]+(?:\([^\s()]*\)[^\s(]*)?\(.*\)$|created by \S|non-Go function")
_PLACE = re.compile(r"[\t ]+(?P<file>\S.*?)(?::\d+(?: \+0x[0-9a-f]+.*)?)?$")
_ALONE = re.compile(r"\.\.\..*frames elided\.\.\.|[\t ]+goroutine running on other thread")
_REGISTER = re.compile(r"[a-z]\w{1,6} +0x[0-9a-f]+$|(?:[re][a-z]x|[re][sd]i|[re][sbi]p|r\d\d?|rflags|[cfg]s) +\d+$")
_EXIT = re.compile(r"exit status \d+$")

_FUNCTION = re.compile(r"(?=\S*\w\.)[\w./~()*\[\]-]+$")
_FILE = re.compile(r"\t(?P<file>\S.*\.(?:go|s|c|cc|cpp|y)):\d+$")
_CLEAR = re.compile(r".*(?:(?i:error|fail|panic|fatal|cannot|unable|invalid|not found|denied|refused|exceeded)|\w: )")

_FOREIGN_FUNCTION = re.compile(
    r"created by |panic\(|non-Go|(?:archive|bufio|bytes|compress|container|context|crypto|database|encoding|errors|fmt"
    r"|go|hash|html|internal|io|log|math|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall"
    r"|testing|text|time)[./]"
)
_FOREIGN_FILE = re.compile(r".*(?:/pkg/mod/|/vendor/|_cgo_)")


class _Go:
    def read(self, line: Line) -> Trace | None:
        first = line(0)
        if not first or first[0] in " \t":
            return None
        stack = _first_stack(line, first)
        if stack is None:
            return _with_error(line, first)
        starts = [stack]
        while (following := _next_stack(line, end := _behind_frames(line, starts[-1] + 1))) is not None:
            starts.append(following)
        end, told = _tail(line, end)
        own = (innermost(_own(line, start + 1, _CALL)) for start in starts)
        return Trace(
            lines=end,
            exception=_exception(line, first),
            frames=next((frames for frames in own if frames), ()),
            whole=told or line(end) is not None,
        )


def _first_stack(line: Line, first: str) -> int | None:
    """The line over the first stack: directly below words that speak of a failure, or below a panic's message."""
    if _BEFORE_FATAL.match(first):
        head = find(line, 1, _PANIC, _STACK, 4)
        return find(line, head + 1, _STACK, _PANIC, MESSAGE_LINES) if head else None
    if _PANIC.match(first) or _HTTP in first:
        return find(line, 1, _STACK, _PANIC, MESSAGE_LINES)
    return 1 if _STACK.match(line(1) or "") and _SPOKEN.match(first) else None


def _behind_frames(line: Line, number: int) -> int:
    while (text := line(number)) is not None:
        if _CALL.match(text) and _PLACE.match(line(number + 1) or ""):
            number += 2
        elif _ALONE.match(text):
            number += 1
        else:
            break
    return number


def _next_stack(line: Line, number: int) -> int | None:
    """The line over the next stack, with or without a blank line before it."""
    number += is_blank(line(number))
    return number if _STACK.match(line(number) or "") else None


def _tail(line: Line, number: int) -> tuple[int, bool]:
    """Behind the registers and the exit status (or death) that may follow the last stack; whether a status ended it."""
    if is_blank(line(number)) and _REGISTER.match(line(number + 1) or ""):
        number += 1
        while _REGISTER.match(line(number) or ""):
            number += 1
    ended = _EXIT.match(line(number) or "") is not None
    return number + 1 if ended else behind_death(line, number), ended


def _exception(line: Line, first: str) -> str:
    if _BEFORE_FATAL.match(first) and (head := find(line, 1, _PANIC, _STACK, 4)):
        first = line(head) or ""
    at = first.find(_HTTP)
    return first[max(at, 0) :].partition(" [recovered")[0].strip()


def _with_error(line: Line, first: str) -> Trace | None:
    """An error that was printed with its stack, or an entry that was: its message, then functions and their files."""
    if not _is_pair(line, 1) or _FUNCTION.match(first) or not _CLEAR.match(first):
        return None
    end = 1
    while _is_pair(line, end) or _is_wrapped(line, end):
        end += 2 if _is_pair(line, end) else 1
    return Trace(end, first.strip(), innermost(_own(line, 1, _FUNCTION)), whole=line(end) is not None)


def _is_pair(line: Line, number: int) -> bool:
    return bool(_FUNCTION.match(line(number) or "") and _FILE.match(line(number + 1) or ""))


def _is_wrapped(line: Line, number: int) -> bool:
    """Whether the message of an error that wraps the one above stands here, over its own stack."""
    text = line(number) or ""
    return (
        bool(text.strip()) and not begins_entry(text) and _CLEAR.match(text) is not None and _is_pair(line, number + 1)
    )


def _own(line: Line, number: int, call: re.Pattern[str]) -> Iterator[str]:
    """The frames of the user's own code in the stack whose first frame is this line."""
    while (text := line(number)) is not None and (call.match(text) or _ALONE.match(text)):
        found = _PLACE.match(line(number + 1) or "")
        if found and not _FOREIGN_FUNCTION.match(text) and not _FOREIGN_FILE.match(found["file"]):
            yield place(found["file"], text.rpartition("(")[0] if call is _CALL else text)
        number += 1 if _ALONE.match(text) else 2


STACK = _Go()
