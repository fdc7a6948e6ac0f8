"""Ways of running jobs: one file each, holding one constant RUNNER that satisfies the contract below."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

from gate.config import Suite
from gate.model import Evidence, Struct

State = Literal["queued", "running", "collected", "judged"]


class RunOptions(Struct, frozen=True):
    """What the command line says of a run.

    `output` is the report's folder; `python` the interpreter whose NVFlare is under test; `keep_workspace` leaves
    `output/poc` in place at the end.
    """

    output: Path
    python: Path
    keep_workspace: bool = False


class Progress(Protocol):
    """Told of every step as it happens."""

    def note(self, text: str) -> None:
        """A step of the whole run: preparing, starting, stopping."""

    def testcase(self, name: str, state: State, detail: str = "") -> None:
        """A testcase has changed its state."""


class Runner(Protocol):
    """Runs a suite's testcases and gives their evidence, a part for each testcase as it ends, shared logs last.

    Whatever happens, closing the iterator (or an exception, or Ctrl-C) stops every process that was started.
    """

    def run(self, suite: Suite, options: RunOptions, progress: Progress) -> Iterator[Evidence]: ...
