"""What a site had to stream: each log with its rotations, and the byte up to which the server must have it."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable
from pathlib import Path

from gate import rotation
from gate.model import SiteLog, Stream
from gate.runners.flare.collect import SiteFile

COMPLETED = "FINISHED:COMPLETED"
ABORTED = "FINISHED:ABORTED"
BACKUPS = 10
"""How many rotations of a log NVFlare keeps; with that many, the first bytes may be gone."""

_LAST_LINE = re.compile(rb"[^\n]*\bClientRunner\b[^\n]*(?<!ABOUT_TO_)END_RUN fired[^\n]*\n?")
_TIME = re.compile(rb"(?:\{\"asctime\": \")?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+)")


class Sites:
    """The logs of one testcase's sites, and which of them were to be streamed."""

    def __init__(self, testcase: str, logs: Iterable[SiteLog], status: str) -> None:
        self._testcase, self._status = testcase, status
        self._logs = [log for log in logs if Path(log.file).is_file()]

    def streams(self, expected: Iterable[SiteFile], stored: dict[SiteFile, SiteLog]) -> tuple[Stream, ...]:
        """A stream for each expected site and file, and for each other copy that the server has in `stored`.

        A file that the site does not have cannot be compared: that it is missing is for others to say.
        """
        keys = dict.fromkeys((*expected, *stored))
        found = ((*key, parts) for key in keys if (parts := self._parts(*key)))
        return tuple(
            Stream(
                testcase=self._testcase,
                site=site,
                name=name,
                written=parts,
                stored=stored.get((site, name)),
                required=self._required(site, parts),
                cut=len(parts) > BACKUPS,
            )
            for site, name, parts in found
        )

    def _parts(self, site: str, name: str) -> tuple[SiteLog, ...]:
        """The site's file and its rotations, the oldest first."""
        own = [log for log in self._logs if log.site == site and not log.streamed]
        parts = [log for log in own if log.name in (name, f"{name}.{rotation.read(log.name).number}")]
        return tuple(rotation.oldest_first(parts, name))

    def _required(self, site: str, parts: tuple[SiteLog, ...]) -> int | None:
        """Everything up to the client runner's last line; of a file that does not hold it, all that is not later.

        None for a job that was aborted, and for a site whose process ended before that line.
        """
        if self._status == ABORTED:
            return None
        if (end := _after_last_line(parts)) is not None:
            return end
        if (moment := _last_moment(self._parts(site, "log.txt"))) is not None:
            return _up_to(parts, moment)
        return _up_to(parts, None) if self._status == COMPLETED else None


def _after_last_line(parts: tuple[SiteLog, ...]) -> int | None:
    """The offset behind the line, in all the parts together."""
    before = sum(Path(part.file).stat().st_size for part in parts)
    for part in reversed(parts):
        before -= Path(part.file).stat().st_size
        if found := _last_line(Path(part.file)):
            return before + found[0]
    return None


def _last_moment(parts: tuple[SiteLog, ...]) -> bytes | None:
    found = next((found for part in reversed(parts) if (found := _last_line(Path(part.file)))), None)
    time = _TIME.match(found[1]) if found else None
    return time[1] if time else None


def _last_line(path: Path) -> tuple[int, bytes] | None:
    """Where the client runner's last line ends, and the line."""
    if not path.stat().st_size:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = len(data)
        while (at := data.rfind(b"END_RUN fired", 0, at)) >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            if found := _LAST_LINE.match(data, start):
                return found.end(), found[0]
    return None


def _up_to(parts: tuple[SiteLog, ...], moment: bytes | None) -> int:
    """The offset of the first entry that is later than the moment, or of the end."""
    offset = 0
    for part in parts:
        with Path(part.file).open("rb") as file:
            for line in file:
                if moment is not None and (time := _TIME.match(line)) and time[1] > moment:
                    return offset
                offset += len(line)
    return offset
