"""What work costs, for tests that must not flake: calls counted, and CPU time only against a quadratic cost's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

QUADRATIC_S = 10.0
"""CPU seconds that linear work on a test's data stays far below, and that quadratic work exceeds."""


def counted(work: Callable[[], T]) -> tuple[T, int]:
    """The work's result, and how many calls, of Python's functions and of C's, it makes in this thread."""
    calls = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        return work(), calls
    finally:
        sys.setprofile(before)


@contextmanager
def linear(limit_s: float = QUADRATIC_S) -> Iterator[None]:
    """Fail where the block takes more CPU seconds than linear work could, however slow the machine."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < limit_s, f"took {took:.1f} s of CPU time, expected under {limit_s:g} s"
