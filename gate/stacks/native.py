"""What native code prints when it breaks: sanitizers, aborts, signal handlers, debuggers, the kernel, faulthandler.

Source: compiler-rt, glibc, libstdc++, glog, Abseil, c10 of PyTorch, GDB, dumpstack.c of Linux, faulthandler of CPython.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gate.stacks import Line, Trace
from gate.stacks.shared import behind, behind_death, find, innermost, is_blank, place, without_blank_end

REPORT_LINES = 5000
"""Lines of a sanitizer's report that are read on to its summary."""

NEAR = 30
"""Lines of a message, or of a crash's circumstances, that are read on to the frames."""

WHAT_LINES = 5
"""Lines of an exception's message that are read on to the line that says that the process was aborted."""

_NUMBERED = re.compile(r"\s*#\d+ +(?:0x[0-9a-f]+|\S.* \()")
_OTHER = re.compile(r"terminate called |\*\*\* |Traceback |==\d+==|={18}")
_AT_ADDRESS = re.compile(r"\s+@ +0x[0-9a-f]+")
_USER_FRAME = re.compile(
    r"\s*#\d+ +(?:0x[0-9a-f]+ )?(?:in )?(?P<function>[^\s(][^(]{0,300}?) ?(?:\([^)]*\) )?(?:at )?"
    r"(?P<file>[^\s(]{1,400}\.[A-Za-z+]{1,3}):\d+(?::\d+)?(?: \(.*\))?\s*$"
    r'|\s+File "(?P<script>.{1,400})", line \d+ in (?P<name>\S.*)'
)
_LIBRARY = (
    "/sysdeps/",
    "/csu/",
    "libsanitizer",
    "compiler-rt",
    "/nptl/",
    "./stdlib/",
    "/libstdc++",
    "/usr/include/",
    "/usr/lib",
)
_PACKAGES = ("/site-packages/", "/dist-packages/", "/lib/python", "<frozen ", "/threading.py")


class _Native:
    def read(self, line: Line) -> Trace | None:
        first = line(0) or ""
        if first[:1] == "F" and first[1:5].isdigit():
            return _check(line, first)
        for part, reader in _READERS:
            if part in first and (trace := reader(line, first)) is not None:
                return trace
        return None


# ---- sanitizers ------------------------------------------------------------------------------------------------------

_RULE = re.compile(r"={18,}\s*$")
_SANITIZER = re.compile(
    r"==\d+==\s?(?:ERROR|WARNING): (?P<what>\w+Sanitizer:? .*)|(?P<race>WARNING: ThreadSanitizer: .*)"
)
_SUMMARY = re.compile(r"SUMMARY: \w+Sanitizer: ")
_SHADOW = re.compile(r"Shadow byte|(?:  |=>)0x[0-9a-f]+:|  [A-Z][\w ]+: +[0-9a-f]{2}\b|\s*$")
_SANITIZER_LAST = re.compile(r"==\d+==ABORTING|Exiting\s*$|={18,}\s*$")
_NEXT_SANITIZER = re.compile(r"==\d+==\s?(?:ERROR|WARNING): \w+Sanitizer|WARNING: ThreadSanitizer: ")
_REPORT = re.compile(r"\s|$|==\d+==|\S+ of size |[a-z ]+ by thread |0x[0-9a-f]+ is |Address 0x|(?:Ind|D)irect leak ")
_UB = re.compile(r"\S{1,400}:\d+(?::\d+)?: (?P<what>runtime error: .*)")
_UB_NOTE = re.compile(r"\S+: note: |\s+[0-9a-f]{2} |\s*\^")


def _sanitizer(line: Line, _: str) -> Trace | None:
    """A report, from the rule or the signal above it to what follows its summary."""
    head = next((n for n in range(3) if _SANITIZER.match(line(n) or "")), None)
    if head is None or any(not _opens_report(line(n) or "") for n in range(head)):
        return None
    found = _SANITIZER.match(line(head) or "")
    what = ((found["what"] or found["race"]) if found else "").removeprefix("WARNING: ").strip()
    summary = _summary(line, head + 1)
    if summary is None:
        end = without_blank_end(line, head, behind(line, head + 1, _REPORT))
        return Trace(end, what, _user_frames(line, 1, end), whole=False)
    end = _behind_summary(line, summary + 1)
    return _with_death(line, end, what, _user_frames(line, head, summary))


def _opens_report(text: str) -> bool:
    return not text.strip() or text.endswith("DEADLYSIGNAL") or _RULE.match(text) is not None


def _summary(line: Line, number: int) -> int | None:
    for at in range(number, number + REPORT_LINES):
        text = line(at)
        if text is None or _NEXT_SANITIZER.match(text):
            return None
        if _SUMMARY.match(text):
            return at
    return None


def _behind_summary(line: Line, number: int) -> int:
    last = behind(line, number, _SHADOW)
    return last + 1 if _SANITIZER_LAST.match(line(last) or "") else without_blank_end(line, number - 1, last)


def _undefined(line: Line, first: str) -> Trace | None:
    """UndefinedBehaviorSanitizer's one line, the memory below it, and frames where they were asked for."""
    found = _UB.match(first)
    if found is None:
        return None
    frames = behind(line, 1, _UB_NOTE)
    end = behind(line, frames, _NUMBERED)
    summary = end + (end > frames and is_blank(line(end)))
    if _SUMMARY.match(line(summary) or ""):
        end = summary + 1
    return Trace(end, found["what"], _user_frames(line, 1, end))


# ---- aborts ----------------------------------------------------------------------------------------------------------

_TERMINATE = re.compile(
    r"(?:libc\+\+abi(?:\.dylib)?: )?(?P<what>terminate called (?:after throwing|without an active|recursively).*"
    r"|terminating (?:due to|with) (?:uncaught|unexpected) .*)"
)
_WHAT = re.compile(r"  what\(\):  (?P<what>.*)")
_C10 = re.compile(r"(?P<what>Exception raised from .{1,500} \(most recent call first\):)")
_C10_FRAME = re.compile(r"frame #\d+: ")
_ABORTED = re.compile(r"(?:\S.{0,200}: line \d+: +\d+ |.{0,60}: +\d+ )?Aborted\b")
_GLIBC = re.compile(
    r"\*\*\* (?:stack smashing detected|buffer overflow detected|%n in writable|longjmp causes)"
    r"|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate|sysmalloc|_int_malloc|_int_free)\(\): \w"
    r"|double free or corruption|corrupted (?:size vs|double-linked)|Fatal glibc error: "
)
_ASSERTS = re.compile(
    r"(?:.{1,300}: )?\S{1,300}:\d+: (?:.{1,1000}: )?Assertion [`'].* failed\.\s*$"
    r"|Assertion failed: .{1,1000}(?:, file |\().*(?:line \d+|: \d+\))"
)
_BOOST_FRAME = re.compile(r" {1,2}\d+# \S")
_OLD_GLIBC = re.compile(
    r"={7} (?:Backtrace|Memory map): ={8}|\S{0,400}\[0x[0-9a-f]+\]\s*$|[0-9a-f]{6,16}-[0-9a-f]{6,16} [r-]"
)


def _terminate(line: Line, first: str) -> Trace | None:
    """An exception that nobody caught; its message may have several lines, then the process aborts."""
    found = _TERMINATE.match(first)
    if found is None:
        return None
    what = _WHAT.match(line(1) or "")
    end = _behind_what(line) if what else 1
    thrown = re.search(r"instance of '(?P<type>[^']{1,300})'", first)
    named = f"{thrown['type']}: {what['what']}" if thrown and what else found["what"]
    return _with_death(line, end, named)


def _behind_what(line: Line) -> int:
    """Behind a message, as far as C++ frames or the process's end show where it ends; else behind its first line."""
    frames = find(line, 2, _C10, _OTHER, NEAR)
    if frames is not None:
        return behind(line, frames + 1, _C10_FRAME)
    return find(line, 2, _ABORTED, _OTHER, WHAT_LINES) or 2


def _virtual(line: Line, first: str) -> Trace | None:
    """`pure virtual method called`, and what the runtime says then."""
    found = re.match(r"(?:pure|deleted) virtual method called\s*$", first)
    return _with_death(line, 1 + bool(_TERMINATE.match(line(1) or "")), first) if found else None


def _with_death(line: Line, end: int, what: str, frames: tuple[str, ...] = ()) -> Trace:
    """The line with which a shell says that the process died belongs to what it died of."""
    return Trace(behind_death(line, without_blank_end(line, 0, end)), what.strip(), frames)


def _glibc(line: Line, first: str) -> Trace | None:
    return _with_death(line, 1, first) if _GLIBC.match(first) else None


def _assertion(line: Line, first: str) -> Trace | None:
    return _with_death(line, behind(line, 1, _BOOST_FRAME), first) if _ASSERTS.match(first) else None


def _old_glibc(line: Line, first: str) -> Trace | None:
    """`*** Error in ...`, the backtrace and the memory map that glibc printed before 2.26."""
    end = behind(line, 1, _OLD_GLIBC)
    return _with_death(line, end, first.strip("* \t")) if "*** Error in `" in first else None


def _c10(line: Line, first: str) -> Trace | None:
    """The C++ frames in the message of a PyTorch error."""
    end = behind(line, 1, _C10_FRAME)
    found = _C10.search(first)
    return Trace(end, found["what"]) if found and end > 1 else None


# ---- failure handlers ------------------------------------------------------------------------------------------------

_CHECK = re.compile(r".*?(?P<what>Check failed: \S.*)|F\d{4,8} [\d:.]+ +\d+ \S+:\d+\] (?P<fatal>.*)")
_CHECK_STACK = re.compile(r"\*\*\* Check failure stack trace: \*\*\*")
_FATAL_STACK = re.compile(rf"{_CHECK_STACK.pattern}|#\d+ 0x[0-9a-f]+ ")
_SIGNAL = re.compile(r"\*\*\* (?P<what>SIG[A-Z]+ (?:received at|\(@)|Aborted at \d+ \(unix)")
_SYMBOLS = re.compile(r"\S{1,400}\([^)]{0,400}\) ?\[0x[0-9a-f]+\]\s*$")
_SIGNAL_BODY = re.compile(r"\*\*\* SIG[A-Z]+ |PC: @|\s+@ +0x[0-9a-f]+|\s+@ +\(nil\)|\[failure_signal_handler")


def _check(line: Line, first: str) -> Trace | None:
    """A failed CHECK of glog, Abseil or Chromium, with its stack trace."""
    found = _CHECK.match(first)
    stack = find(line, 1, _FATAL_STACK, _OTHER, NEAR) if found else None
    if stack is None:
        return None
    end = behind(line, stack + 1, _NUMBERED if "#" in (line(stack) or "")[:1] else _AT_ADDRESS)
    return _with_death(line, end, found["what"] or found["fatal"]) if found else None


def _check_stack(line: Line, _: str) -> Trace | None:
    end = behind(line, 1, _AT_ADDRESS)
    return _with_death(line, end, "Check failure") if end > 1 else None


def _signal(line: Line, first: str) -> Trace | None:
    end = behind(line, 1, _SIGNAL_BODY)
    return _with_death(line, end, first.strip("* \t")) if end > 1 else None


def _handled(line: Line, first: str) -> Trace | None:
    """A program's own words about a signal, above what glibc's backtrace_symbols gives."""
    found = re.search(r"\bSIG(?:SEGV|ABRT|BUS|FPE|ILL|TRAP)\b|[Ss]egmentation fault", first)
    end = behind(line, 1, _SYMBOLS)
    return _with_death(line, end, first) if found and end > 1 else None


def _mpi(line: Line, first: str) -> Trace | None:
    """Open MPI's report, in which each line names the process."""
    process, _, mark = first.partition("] ")
    if not process.startswith("[") or not mark.startswith("*** "):
        return None
    end = behind(line, 1, re.compile(re.escape(process) + r"\] "))
    signal = (line(1) or "").partition("] ")[2]
    return Trace(end, signal.strip(), whole="*** End of error message" in (line(end - 1) or "")) if end > 1 else None


# ---- debugger, kernel, faulthandler ----------------------------------------------------------------------------------

_GDB = re.compile(r'(?:Program|Thread [\d.]+ ".*") (?P<what>(?:received|terminated with) signal SIG.*)')
_GDB_BODY = re.compile(
    r"#\d+ +\S|0x[0-9a-f]+ in |\S.*\) at \S|\d+\t|\[(?:Current|Switching)|Thread \d+ \(|\(gdb\)|\s+\S|\s*$"
)
_KERNEL_HEAD = re.compile(
    r"BUG: (?:kernel|unable|soft|sched|Bad|workq)|Unable to handle kernel|general protection fault[:,]"
    r"|kernel BUG at |Oops: |WARNING: CPU: \d|Kernel panic - not syncing|INFO: task \S+ blocked for"
    r"|-\[ cut here \]-"
)
_KERNEL_PREFIX = re.compile(r"(?:.{0,120}? kernel: )?(?:<\d>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
_KERNEL_FRAME = re.compile(r".{0,200}\+0x[0-9a-f]+/0x[0-9a-f]+")
_KERNEL_END = re.compile(r"---\[ end (?:trace|Kernel panic)")
_FATAL_PYTHON = re.compile(r"(?P<what>Fatal Python error: .*|Windows fatal exception: .*|Timeout \([\d:.]+\)!)")
_FAULT_PART = re.compile(
    r"(?:Current thread|Thread) 0x|Current thread's C stack|Extension modules: |Python runtime state: |Stack \(most"
    r"|\w+Error: |<Cannot show"
)
_FAULT_FRAME = re.compile(r"\s+(?:File \"|Binary file \"|<|\.\.\.|Garbage)")


def _gdb(line: Line, first: str) -> Trace | None:
    """What GDB says of a signal, and the frames that follow."""
    found = _GDB.match(first)
    end = behind(line, 1, _GDB_BODY) if found else 1
    while end > 1 and not re.match(r"#\d+ +\S", line(end - 1) or ""):
        end -= 1
    return Trace(end, found["what"], _user_frames(line, 1, end)) if found and end > 1 else None


def _kernel(line: Line, first: str) -> Trace | None:
    """A kernel's report: to its end mark, or to the last frame of its call trace."""
    inner = _without_prefix(line)
    end, whole = 0, False
    if not _KERNEL_HEAD.search(first):
        return None
    for number in range(1, 40 * NEAR):
        text = inner(number)
        if text is None or number - end > 2 * NEAR or (end and _KERNEL_HEAD.search(text)):
            break
        if _KERNEL_END.match(text):
            end, whole = number, True
            break
        end = number if _KERNEL_FRAME.match(text) else end
    what = inner(1 if "cut here" in first else 0) or first
    whole = whole or "INFO: task " in first or inner(end + 1) is not None
    return Trace(end + 1, what.strip(), whole=whole) if end else None


def _without_prefix(line: Line) -> Line:
    """The lines without the time that the kernel puts before each; they end where a line has none, if the first has."""
    prefixed = _KERNEL_PREFIX.match(line(0) or "") is not None

    def inner(number: int) -> str | None:
        text = line(number)
        found = _KERNEL_PREFIX.match(text) if text is not None and prefixed else None
        if text is None or (prefixed and not found):
            return None
        return text[found.end() :] if found else text

    return inner


def _python(line: Line, first: str) -> Trace | None:
    """A crash of the Python interpreter: what faulthandler tells of each thread."""
    found = _FATAL_PYTHON.search(first)
    end = _behind_threads(line)
    if found is None or end == 1:
        return None
    current = next((n for n in range(1, end) if (line(n) or "").startswith("Current thread ")), 1)
    return _with_death(line, end, found["what"], _user_frames(line, current, end))


def _behind_threads(line: Line) -> int:
    end = number = 1
    while (text := line(number)) is not None and (_FAULT_PART.match(text) or not text.strip()):
        number += 1
        if text.strip():
            end = behind(line, number, _FAULT_FRAME)
            number = end
        elif not _FAULT_PART.match(line(number) or ""):
            break
    return end


# ---- all of them -----------------------------------------------------------------------------------------------------

_READERS: tuple[tuple[str, Callable[[Line, str], Trace | None]], ...] = (
    ("Sanitizer", _sanitizer),
    ("==================", _sanitizer),
    (": runtime error: ", _undefined),
    ("terminat", _terminate),
    ("virtual method called", _virtual),
    ("Check failed: ", _check),
    ("*** Check failure stack trace", _check_stack),
    ("*** Error in `", _old_glibc),
    ("*** SIG", _signal),
    ("*** Process received signal ***", _mpi),
    ("SIG", _handled),
    ("egmentation fault", _handled),
    ("*** Aborted at ", _signal),
    ("ssertion ", _assertion),
    ("Exception raised from ", _c10),
    ("signal SIG", _gdb),
    ("Fatal Python error: ", _python),
    ("Windows fatal exception: ", _python),
    ("Timeout (", _python),
    ("[ cut here ]", _kernel),
    ("BUG", _kernel),
    ("Oops: ", _kernel),
    ("general protection fault", _kernel),
    ("Unable to handle kernel", _kernel),
    ("WARNING: CPU: ", _kernel),
    ("Kernel panic", _kernel),
    ("INFO: task ", _kernel),
    (" detected ***", _glibc),
    ("(): ", _glibc),
    ("double free or", _glibc),
    ("corrupted ", _glibc),
    ("Fatal glibc error", _glibc),
)
"""What a head must hold, and who reads it then: a line without any of these costs next to nothing."""


def _user_frames(line: Line, first: int, end: int) -> tuple[str, ...]:
    return innermost(_user_frame(line(number) or "") for number in range(first, min(end, first + NEAR)))


def _user_frame(text: str) -> str:
    found = _USER_FRAME.match(text)
    if found is None:
        return ""
    file, function = found["file"] or found["script"], found["function"] or found["name"]
    strangers = _LIBRARY if found["file"] else _PACKAGES
    return "" if any(part in file for part in strangers) else place(file, function.strip())


STACK = _Native()
