"""Ruby exceptions, as the interpreter prints them (either order, with causes), and as loggers and Rails write them.

Source: eval_error.c, error_highlight, did_you_mean and Logger::Formatter (Ruby 1.9 to 3.4), DebugExceptions of Rails.
"""

from __future__ import annotations

import re

from gate.stacks import Line, Trace
from gate.stacks.shared import MESSAGE_LINES, behind, find, innermost, is_blank, place, without_blank_end

_PLACE = r"(?P<file>\S.{0,400}?):\d{1,9}:in [`'](?P<function>[^'`\n]{1,300})'"
_HEAD = re.compile(rf"(?!\s|from ){_PLACE}: (?!warning: )(?P<message>.*)")
_FRAME = re.compile(rf"\s*{_PLACE}\s*$")
_FROM = re.compile(rf"\s+from {_PLACE}|\s+\.\.\. \d+ levels\.\.\.")
_COUNTED = re.compile(rf"\s+\d+: from {_PLACE}|\s+\.\.\. \d+ levels\.\.\.")
_REVERSED = "Traceback (most recent call last):"
_THREAD = re.compile(r"#<Thread:0x\w+ .{0,400}> terminated with exception")
_SYNTAX = re.compile(r"\S.{0,400}?:\d{1,9}: syntax errors? ?(?:found|,)")
_SNIPPET = re.compile(r"[> ] ?[ \d]*\||\s+\S|~{3}|\s*\^|\S.{0,400}?:\d{1,9}: (?:syntax|unterminated|unexpected)")
_CARETS = re.compile(r"\s*[\^~]+\s*$")
_HINT = re.compile(r"Did you mean\?|\s+\S")
_CLASS = r"[A-Z]\w*(?:::[A-Z]\w*)*"
_MESSAGE_CLASS = re.compile(rf"(?P<message>.*)\((?P<class>{_CLASS})\)$")
_NAMES_EXCEPTION = re.compile(
    rf".*(?:\({_CLASS}\)$|(?i:error|exception|fail)|\b(?:[A-Z]\w*(?:Timeout|NotFound)|Errno::[A-Z])\b)"
)
_HINTS = (")", "rror", "xception", "ail", "Timeout", "NotFound", "Errno::")
_RAILS = re.compile(rf"\s*(?P<class>{_CLASS}) \((?P<message>.*?)(?P<end>\):?)?$")
_RAILS_END = re.compile(r".*\):$")
_RAILS_FRAME = re.compile(rf"{_FRAME.pattern}|\s*\S{{1,400}}:\d{{1,9}}$")
_RAILS_BODY = re.compile(r"\s*$|\s+\S|Caused by: |Causes:|Information for")
_PACKAGES = ("/gems/", "/lib/ruby/", "/vendor_ruby/", "<internal:", "/vendor/bundle/", "(eval")
_GEM = re.compile(r"[\w-]+ \([\w.]+\) ")
_NEXT = re.compile(r"Traceback \(most recent|#<Thread:")

RAILS_LINES = 20
"""Lines without a frame that may stand in a Rails trace: a message's further lines, the source of a template."""


class _Ruby:
    def read(self, line: Line) -> Trace | None:
        first = line(0) or ""
        if ":in " in first:
            return _printed(line, 0)
        if first.startswith(_REVERSED):
            return _reversed(line, 0)
        if first.startswith("#<Thread:") and _THREAD.match(first):
            return _reversed(line, 1) if (line(1) or "").startswith(_REVERSED) else _printed(line, 1)
        if ": syntax error" in first:
            return _syntax_error(line, first)
        if " (" in first and (trace := _rails(line)):
            return trace
        return _logged(line, first)


def _printed(line: Line, head: int) -> Trace | None:
    """An exception with its frames below it, and its causes below them."""
    first = _HEAD.match(line(head) or "")
    if first is None or not _is_whole_head(line, head, first["message"]):
        return None
    end, outermost = _end_of_one(line, head)
    heads = {first[0]}
    while (cause := _HEAD.match(line(end) or "")) and cause[0] not in heads:
        behind_cause, above = _end_of_one(line, end)
        if above != outermost or not _is_whole_head(line, end, cause["message"]):
            break
        heads.add(cause[0])
        end = behind_cause
    frames = [_user_frame(first), *_user_frames(line, head + 1, end)]
    return Trace(end, _exception(first["message"]), innermost(frames))


def _is_whole_head(line: Line, head: int, message: str) -> bool:
    """Whether a place with a message is an exception's: it names a class, or frames stand below it."""
    return bool(
        _MESSAGE_CLASS.match(message.rstrip()) or message == "unhandled exception" or _FROM.match(line(head + 1) or "")
    )


def _end_of_one(line: Line, head: int) -> tuple[int, str]:
    """Behind the exception whose head this is, and its outermost frame without line numbers."""
    frames = find(line, head + 1, _FROM, _HEAD, MESSAGE_LINES)
    if frames is None:
        return _end_without_frames(line, head + 1), _outer(_HEAD.match(line(head) or ""))
    end = behind(line, frames, _FROM)
    return end, _outer(_FROM.match(line(end - 1) or ""))


def _outer(found: re.Match[str] | None) -> str:
    return found["file"] if found and found["file"] else ""


def _end_without_frames(line: Line, number: int) -> int:
    """Behind the snippet that error_highlight prints below a message, and a suggestion."""
    if is_blank(line(number)) and _CARETS.match(line(number + 2) or ""):
        number += 3
    if (line(number) or "").startswith("Did you mean?"):
        number = behind(line, number, _HINT)
    return number


def _reversed(line: Line, head: int) -> Trace | None:
    """`Traceback (most recent call last):`, the frames, the exception; causes stand above what they caused."""
    number, last = head + 1, None
    while (frames := find(line, number, _COUNTED, _NEXT, 1 if last is None else MESSAGE_LINES)) is not None:
        below = behind(line, frames, _COUNTED)
        found = _HEAD.match(line(below) or "")
        if found is None:
            return Trace(below, whole=line(below) is not None)
        number, last, counted = below + 1, found, range(below - 1, frames - 1, -1)
    if last is None:
        return None
    user = [_user_frame(_COUNTED.match(line(place) or "")) for place in counted]
    return Trace(_end_without_frames(line, number), _exception(last["message"]), innermost([_user_frame(last), *user]))


def _syntax_error(line: Line, first: str) -> Trace | None:
    if not _SYNTAX.match(first) or not (".rb:" in first or _SNIPPET.match(line(1) or "")):
        return None
    end = behind(line, 1, _SNIPPET)
    return Trace(without_blank_end(line, 0, end), f"SyntaxError: {first}")


def _rails(line: Line) -> Trace | None:
    """`Class (message):`, blank lines, frames: what Rails writes for a request that failed."""
    head = _RAILS.match((line(0) or "").rstrip())
    if head is None or (head["end"] == ")" and not (line(1) or "").startswith(("Caused by: ", "Causes:"))):
        return None
    body = 1
    if not head["end"]:
        closed = find(line, 1, _RAILS_END, _RAILS, RAILS_LINES)
        if closed is None:
            return None
        body = closed + 1
    end = _rails_end(line, body)
    frames = _user_frames(line, body, end)
    return Trace(end, f"{head['class']}: {head['message']}", innermost(frames)) if end > body else None


def _rails_end(line: Line, number: int) -> int:
    """Behind the last frame; before it stand blank lines, a template's source, causes."""
    end = last = number
    while (text := line(number)) is not None and number - last <= RAILS_LINES:
        if _RAILS_FRAME.match(text):
            end = number + 1
            last = number
        elif not _RAILS_BODY.match(text):
            break
        number += 1
    return end


def _logged(line: Line, first: str) -> Trace | None:
    """A line that names an exception, its backtrace below it without `from`: how Logger writes one."""
    if not any(part in first for part in _HINTS) or ":in " not in (below := line(1) or "") or not _FRAME.match(below):
        return None
    if not _NAMES_EXCEPTION.match(first.rstrip()):
        return None
    end = behind(line, 1, _FRAME)
    return Trace(end, _exception(first), innermost(_user_frames(line, 1, end)))


def _exception(message: str) -> str:
    """`message (Class)` as `Class: message`, or the message where it names no class."""
    found = _MESSAGE_CLASS.match(message.rstrip())
    return f"{found['class']}: {found['message'].strip()}".removesuffix(": ") if found else message.strip()


def _user_frames(line: Line, first: int, end: int) -> list[str]:
    return [_user_frame(_FROM.match(text) or _FRAME.match(text)) for n in range(first, end) if (text := line(n))]


def _user_frame(found: re.Match[str] | None) -> str:
    if found is None or not found["file"] or any(part in found["file"] for part in _PACKAGES):
        return ""
    return "" if _GEM.match(found["file"]) else place(found["file"], found["function"])


STACK = _Ruby()
