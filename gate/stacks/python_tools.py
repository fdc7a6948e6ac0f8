"""Python exceptions that are not printed as CPython prints them: test runners' reports, and tracebacks in boxes.

Source: unittest, doctest and cgitb of CPython 2.7 to 3.14, pytest's long and short style, rich.traceback, IPython.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gate.stacks import Line, Trace, python
from gate.stacks.shared import behind, find, innermost, place, without_blank_end

_FORMS = re.compile(
    r"(?P<unittest>(?:ERROR|FAIL): [\w.<>]+ \()"
    r'|(?P<doctest>File ".*", line \d+, in \S+\s*$)'
    r"|(?P<pytest>_+ [A-Za-z\[].* _+\s*$)"
    r"|(?P<ipython>-{60,}\s*$|\w+ +Traceback \(most recent call last\)\s*$)"
    r"|(?P<cgitb>[\w.]+\s*$)"
    r"|\s*(?P<box>[╭┌+][─-]+ Traceback )"
)
_BLANK = re.compile(r"\s*$")
_DASHES = re.compile(r"-{20,}\s*$")
_RAISED = re.compile(r"Exception raised:\s*$")
_UNINDENTED = re.compile(r"\S")
_INDENTED = re.compile(r"\s+\S")
_TOLD = re.compile(r"E(?:\s+(?P<text>\S.*))?\s*$")
_PLACE = re.compile(r"\S.*:\d+:(?: in \S.*| ?\w*)\s*$")
_SECTION = re.compile(r"_+ [A-Za-z\[].* _+\s*$|=+ .* =+\s*$|-+ Captured .* -+\s*$")
_IPYTHON_HEAD = re.compile(r"(?P<name>\w+) +Traceback \(most recent call last\)\s*$")
_IPYTHON_BODY = re.compile(r"\s|$|-+> |File |Cell |Input |[~/<]|[A-Za-z]:[\\/]")
_BORDER = re.compile(r"\s*[│|]")
_BOTTOM = re.compile(r"\s*[╰└+][─-]")
_BOX = re.compile(r"\s*[╭┌+][─-]+ Traceback ")
_EXCEPTION = re.compile(r"\s*[^\W\d][\w.]*(?:: .*|:?\s*)$")
_MARK = re.compile(r"\s*(?:During handling of the above exception|The above exception was the direct cause)")
_FRAME = re.compile(r"[│|\s]*(?:File )?(?P<file>[^\s:│|][^:]*):\d+[:,]? in (?P<function>[^\s(]+)")
_FOREIGN = re.compile(r"^<|[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/]python\d")
_ORIGINAL = "the original traceback:"

PYTEST_LINES = 2_000
"""Lines of one test's failure."""

EXAMPLE_LINES = 200
"""Lines of an example that doctest shows."""

CGITB_LINES = 5_000
"""Lines with which cgitb describes an exception."""


class _PythonTools:
    def read(self, line: Line) -> Trace | None:
        found = _FORMS.match(line(0) or "")
        return _READERS[found.lastgroup or ""](line) if found else None


# ---- a traceback below a head of its own -----------------------------------------------------------------------------


def _below(line: Line, number: int) -> Trace | None:
    """The traceback that begins in a later line, with all that stands above it."""
    trace = python.STACK.read(lambda n: line(number + n))
    return trace and Trace(number + trace.lines, trace.exception, whole=trace.whole, note=trace.note)


def _unittest(line: Line) -> Trace | None:
    """`ERROR: test (class)`, the first line of its docstring, dashes, the traceback."""
    dashes = next((number for number in (1, 2) if _DASHES.match(line(number) or "")), None)
    return None if dashes is None else _below(line, dashes + 1)


def _doctest(line: Line) -> Trace | None:
    """The place, `Failed example:`, its source, `Exception raised:`, the traceback."""
    if not (line(1) or "").startswith("Failed example:"):
        return None
    raised = find(line, 2, _RAISED, _UNINDENTED, EXAMPLE_LINES)
    return None if raised is None else _below(line, raised + 1)


def _cgitb(line: Line) -> Trace | None:
    """A type, the interpreter, the time, each frame with its source and values, and the traceback once more."""
    if not (line(1) or "").startswith("Python ") or not (line(4) or "").startswith("A problem occurred in a Python"):
        return None
    for number in range(5, CGITB_LINES):
        text = line(number)
        if text is None or text.strip() == _ORIGINAL:
            return _below(line, number + 2)
    return None


# ---- pytest ----------------------------------------------------------------------------------------------------------


def _pytest(line: Line) -> Trace | None:
    """A test's name between underscores, source, `E` before what is told, places; the last of these is the end."""
    number, end, exception, placed, told = 1, 0, "", False, False
    while (text := line(number)) is not None and number < PYTEST_LINES and not _SECTION.match(text):
        was_told, found = told, _TOLD.match(text)
        told = found is not None
        if found and not was_told:
            exception = found["text"] or exception
        at = _PLACE.match(text) is not None
        end = number + 1 if told or at else end
        placed, number = placed or at, number + 1
    exception = f"AssertionError: {exception}" if exception.startswith("assert ") else exception
    return Trace(end, exception.strip(), _frames(line, end)) if placed and exception else None


# ---- rich ------------------------------------------------------------------------------------------------------------


def _box(line: Line) -> Trace | None:
    """Frames in a box and the exception below it; those that are chained to it."""
    end, exception = _below_box(line, 0)
    while (following := _chained(line, end)) and _BOX.match(line(following) or ""):
        end, exception = _below_box(line, following)
    return _trace(line, end, exception)


def _below_box(line: Line, top: int) -> tuple[int, str]:
    """Behind a box and its exception, and the line that names it."""
    bottom = behind(line, top + 1, _BORDER)
    if not _BOTTOM.match(line(bottom) or ""):
        return bottom, ""
    text = line(bottom + 1) or ""
    return (bottom + 2, text.strip()) if _EXCEPTION.match(text) else (bottom + 1, "")


# ---- IPython ---------------------------------------------------------------------------------------------------------


def _ipython(line: Line) -> Trace | None:
    """Dashes, a type beside `Traceback`, frames, and the exception by the same type; those that are chained to it."""
    head = 0 if _IPYTHON_HEAD.match(line(0) or "") else 1
    found = _IPYTHON_HEAD.match(line(head) or "")
    if found is None:
        return None
    end, exception = _below_head(line, head, found["name"])
    while (following := _chained(line, end)) and (found := _IPYTHON_HEAD.match(line(following) or "")):
        end, exception = _below_head(line, following, found["name"])
    return _trace(line, end, exception)


def _below_head(line: Line, head: int, name: str) -> tuple[int, str]:
    """Behind the exception of the frames below a head, and the line that names it."""
    number = behind(line, head + 1, _IPYTHON_BODY)
    text = line(number) or ""
    if not text.startswith(name):
        return without_blank_end(line, head, number), ""
    return behind(line, number + 1, _INDENTED), text.strip()


# ---- parts -----------------------------------------------------------------------------------------------------------


def _trace(line: Line, end: int, exception: str) -> Trace:
    whole = bool(exception) or line(behind(line, end, _BLANK)) is not None
    return Trace(end, exception, _frames(line, end), whole=whole)


def _chained(line: Line, number: int) -> int | None:
    """The line below the mark of a chain, if blank lines and that mark follow here."""
    mark = behind(line, number, _BLANK)
    return behind(line, mark + 1, _BLANK) if _MARK.match(line(mark) or "") else None


def _frames(line: Line, end: int) -> tuple[str, ...]:
    """The innermost frames of the user's own code, which stand last."""
    found = (_FRAME.match(line(number) or "") for number in range(end - 1, 0, -1))
    own = (each for each in found if each and not _FOREIGN.search(each["file"]))
    return innermost(place(each["file"], each["function"]) for each in own)


_READERS: dict[str, Callable[[Line], Trace | None]] = {
    "unittest": _unittest,
    "doctest": _doctest,
    "pytest": _pytest,
    "ipython": _ipython,
    "cgitb": _cgitb,
    "box": _box,
}

STACK = _PythonTools()
