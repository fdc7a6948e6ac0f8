"""Stack traces: one file for each language, holding one constant STACK that satisfies the contract below."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Protocol

from gate.model import Struct

NAMES = ("ruby", "php", "dart", "rust", "native", "python", "python_tools", "java", "javascript", "csharp", "go")
"""In the order in which a line is offered to them: the first that knows a trace reads it."""

Line = Callable[[int], "str | None"]
"""The n-th line from some first one, decoded, without line end and without what a carrier put before it; None behind
the log's end. Asking for a line costs little, once it was asked for."""


class Trace(Struct, frozen=True):
    """A recognised stack trace: a head that names what happened, and at least one frame.

    `lines` counts its lines from the head (or the words that open it) to its last one, with all that is chained,
    nested, suppressed or grouped in it. `exception` is the line that names the exception best, without indentation
    or words such as `Caused by:` ("" where it names none). `frames` are the innermost frames of the user's own code
    as `file:function`, the innermost first, at most three, without those of the language's own library or of
    installed packages. `whole` is False where the log ends before the trace's own end was seen; `note` is what a
    person should know of these lines ("" mostly).
    """

    lines: int
    exception: str = ""
    frames: tuple[str, ...] = ()
    whole: bool = True
    note: str = ""


class Stack(Protocol):
    def read(self, line: Line) -> Trace | None:
        """The trace that begins in line 0; None where none does (frames without a head are none)."""


_GOES_ON = re.compile(r"\s|[#|+]|Traceback |File |at |goroutine |note: |$|\S*(?:@\w+://|:\d+:in |\)\s?\[0x|:$)")


def goes_on(text: str) -> bool:
    """Whether a line looks like a later one of a trace: cheap, and true of other lines, too."""
    return _GOES_ON.match(text) is not None


@lru_cache(maxsize=1)
def _stacks() -> tuple[Stack, ...]:
    return tuple(import_module(f"gate.stacks.{name}").STACK for name in NAMES)


def read(line: Line) -> Trace | None:
    """The trace that begins in line 0, by the first language that knows it."""
    return next((trace for stack in _stacks() if (trace := stack.read(line)) is not None), None)
