"""The one seam for telemetry: the core tells typed events to a function that the caller gives, and logs nothing.

`str(event)` is one honest line, fit for a log. Only `Failed` is an error. `Gap`, `Missing`, `QuotaReached`, `Refused`
and `WriteFailed` deserve a warning; the others are information.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .frames import RefusalKind


@dataclass(frozen=True)
class Started:
    """Producer: the first acknowledgement came, after `waited` seconds and `attempts` attempts."""

    stream: str
    offset: int
    attempts: int
    waited: float

    def __str__(self) -> str:
        return f"{self.stream}: streaming from byte {self.offset} (attempt {self.attempts}, {self.waited:.1f} s)"


@dataclass(frozen=True)
class Retrying:
    """Producer: a frame was not acknowledged; the next attempt follows in `wait` seconds. No cause for alarm."""

    stream: str
    attempt: int
    reason: str
    wait: float

    def __str__(self) -> str:
        return f"{self.stream}: attempt {self.attempt} follows in {self.wait:.2f} s ({self.reason})"


@dataclass(frozen=True)
class Recovered:
    """Producer: acknowledged again after `seconds` of trouble; nothing was lost."""

    stream: str
    offset: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.stream}: resumed at byte {self.offset} after {self.seconds:.1f} s"


@dataclass(frozen=True)
class Gap:
    """LogTail: before byte `offset` of the stream, bytes of the log are missing.

    `size` is how many are known to be lost (there may be more), or None where that cannot be known and may be none.
    """

    path: str
    offset: int
    size: int | None
    reason: str

    def __str__(self) -> str:
        size = "an unknown number of (perhaps no) bytes" if self.size is None else f"{self.size} bytes"
        return f"{self.path}: {size} lost at byte {self.offset} of the stream: {self.reason}"


@dataclass(frozen=True)
class Missing:
    """LogTail: stopped, and the file to follow was never there."""

    path: str

    def __str__(self) -> str:
        return f"{self.path}: there was no such file up to the end"


@dataclass(frozen=True)
class Failed:
    """Producer: given up, exactly once. `offset` bytes are acknowledged. `phase` is starting, streaming or draining."""

    stream: str
    offset: int
    phase: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.stream}: {self.message}. {self.hint}"


@dataclass(frozen=True)
class Completed:
    """Producer: the receiver holds all `size` bytes and has acknowledged the End."""

    stream: str
    size: int
    gaps: int

    def __str__(self) -> str:
        return f"{self.stream}: complete, {self.size} bytes{_gaps(self.gaps)}"


@dataclass(frozen=True)
class Stored:
    """Receiver: a stream is complete."""

    site: str
    stream: str
    size: int
    gaps: int

    def __str__(self) -> str:
        return f"{self.site}/{self.stream}: complete, {self.size} bytes{_gaps(self.gaps)}"


@dataclass(frozen=True)
class QuotaReached:
    """Receiver, once for each stream: what would exceed `quota` is refused. `which` is stream, site or streams."""

    site: str
    stream: str
    which: str
    quota: int

    def __str__(self) -> str:
        what = {"stream": "bytes for a stream", "site": "bytes for a site", "streams": "streams for a site"}[self.which]
        return f"{self.site}/{self.stream}: the quota of {self.quota} {what} is reached; the rest is refused"


@dataclass(frozen=True)
class Refused:
    """Receiver, once for each site and kind: a frame that no honest producer sends, or that trust forbids."""

    site: str
    stream: str
    kind: RefusalKind
    message: str

    def __str__(self) -> str:
        return f"{self.site!r}/{self.stream!r}: refused ({self.kind.value}): {self.message}"


@dataclass(frozen=True)
class WriteFailed:
    """Receiver, once for each trouble: the disk did not take a chunk. `offset` bytes are kept; a retry follows."""

    site: str
    stream: str
    offset: int
    message: str

    def __str__(self) -> str:
        return f"{self.site}/{self.stream}: cannot write at byte {self.offset}: {self.message}"


Event: TypeAlias = (
    Started | Retrying | Recovered | Gap | Missing | Failed | Completed | Stored | QuotaReached | Refused | WriteFailed
)
EventSink: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The sink of those who do not want to know."""


def _gaps(gaps: int) -> str:
    return f", {gaps} gaps" if gaps else ""
