"""Stack traces of the JVM (Java, Kotlin, Scala, Android), for output in which nothing else says how far they go.

Source: Throwable.printStackTrace, StackTraceElement.toString, and how logback and log4j2 print a throwable.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gate.stacks import Line, Trace
from gate.stacks.shared import ANOTHER, MESSAGE_LINES, behind, below_head, find, innermost, named, place

_FRAME = re.compile(
    r"\s*at (?=[^\s()][^()]*\.)(?P<method>[^()]*[^\s()])"
    r"\((?P<file>[^()\s:]+|Native Method|Unknown Source)(?::-?\d+)?\)(?: ~?\[[^\]]*\])?\s*$"
)
_BODY = re.compile(rf"{_FRAME.pattern}|\s+\.\.\. (?:suppressed )?\d+ \w|\s*\[CIRCULAR REFERENCE: ?\S")
_CHAINED = re.compile(r"(?P<indent>\s*)(?P<mark>Caused by|Suppressed|Wrapped by): +\[?[\w$.]")
_NESTED = re.compile(r"\s*nested exception is:\s*$")
_ANDROID = "FATAL EXCEPTION: "
_ANDROID_PROCESS = re.compile(r"(?:.{0,120}: )?(?:Process|PID): ")
_FOREIGN = re.compile(
    r"(?:\S*/)?(?:javax?|jdk|sun|com\.sun|jakarta|kotlinx?|scala|groovy|clojure|akka|dalvik|androidx?|com\.android"
    r"|org\.(?:springframework|apache|junit|hibernate|eclipse|gradle|codehaus|jboss|mockito|slf4j|testng|scalatest)"
    r"|io\.(?:netty|grpc|reactivex|vertx|quarkus|micronaut)|reactor|com\.fasterxml|com\.google\.(?:common|inject)"
    r"|ch\.qos|okhttp3|retrofit2|com\.zaxxer|_COROUTINE)\."
)


class _Section(NamedTuple):
    """One exception of a chain: what stands before it, its head, and its frames in the user's own code."""

    mark: str
    head: str
    frames: list[str]


class _Java:
    def read(self, line: Line) -> Trace | None:
        head = _head(line)
        first = below_head(line, _message(line, head), _FRAME)
        if first is None:
            return None
        sections = [_Section("", line(head) or "", [])]
        end = _sections(line, first, sections)
        ordered = _root_first(sections)
        return Trace(
            lines=end,
            exception=named(ordered[-1].head),
            frames=innermost(frame for section in ordered for frame in section.frames),
            whole=line(end) is not None,
        )


def _head(line: Line) -> int:
    """The line that names the exception: Android says before it what it means, and for which process."""
    return behind(line, 1, _ANDROID_PROCESS) if _ANDROID in (line(0) or "") else 0


def _message(line: Line, head: int) -> int:
    """The line with which a head's message ends, where it nests others with words of its own."""
    while (text := line(head)) and text.endswith(";") and _NESTED.match(line(head + 1) or ""):
        head += 2
    return head


def _sections(line: Line, number: int, sections: list[_Section]) -> int:
    """Fill in what the chain holds from its first frame on; gives the first line behind it."""
    while (text := line(number)) is not None:
        if (found := _BODY.match(text)) is not None:
            sections[-1].frames.append(_own_frame(found))
        elif (found := _CHAINED.match(text)) is not None:
            sections.append(_Section(found["indent"] + found["mark"], text[found.end("mark") + 2 :], []))
            number = (find(line, _message(line, number) + 1, _BODY, ANOTHER, MESSAGE_LINES) or number + 1) - 1
        else:
            break
        number += 1
    return number


def _own_frame(found: re.Match[str]) -> str:
    """A frame of the user's own code by name, "" for one of a well-known library, or without a file."""
    method, file = found["method"], found["file"]
    if method is None or "." not in file or _FOREIGN.match(method):
        return ""
    return place(file, method.rpartition(".")[2])


def _root_first(sections: list[_Section]) -> list[_Section]:
    """The exceptions of a chain without what was suppressed, the one that caused the others first."""
    marks = ("", "Caused by", "Wrapped by")
    chain = [section for section in sections if section.mark in marks and not section.head.startswith("[CIRCULAR")]
    return chain if any(section.mark == "Wrapped by" for section in chain) else chain[::-1]


STACK = _Java()
