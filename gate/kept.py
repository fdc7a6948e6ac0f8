"""The events of a run, on disk until all logs are read: only then is it known what each of them is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, NamedTuple, cast

import msgspec

from gate import excerpt
from gate.errors import GateError
from gate.group import Read
from gate.model import LogEvent, LogStats, Place
from gate.readlog import Keep, Outcome, Part, Scan, Stored, read_part
from gate.rotation import Chain
from gate.watch import Watched

_decode = msgspec.msgpack.Decoder(list[Stored]).decode


class Batch(NamedTuple):
    """Events of one part of a chain: where they are kept, and how many of the chain's lines are above the part.

    `above` has what was watched for in the parts before; None in a chain that was read at one go.
    """

    start: int
    size: int
    lines: int
    above: Watched | None


class Log(NamedTuple):
    """The events of a chain, and what was watched for in all of it."""

    chain: Chain
    batches: tuple[Batch, ...]
    watched: Watched


class Kept:
    """Takes what was read and gives it back, log by log. The file has no name, so that nothing stays behind a kill."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self._new: list[tuple[int, int]] = []

    def keep(self, chain: Chain, read: Callable[[Keep], Iterable[Outcome]]) -> tuple[Log, tuple[LogStats, ...]]:
        """All that `read` gives of a chain, part by part; and what was read of each of its files."""
        self._new.clear()
        batches: list[Batch] = []
        stats: list[tuple[LogStats, ...]] = []
        watched, lines = Watched(), 0
        for outcome in read(self._write):
            above = watched if outcome.edges else None
            batches += [Batch(start, size, lines, above) for start, size in self._new]
            self._new.clear()
            watched = watched.then(outcome.watched, lines)
            lines += outcome.line_ends
            stats.append(outcome.stats)
        return Log(chain, tuple(batches), watched), stats[0] if len(stats) == 1 else (_total(stats),)

    def reads(self, log: Log) -> Iterator[Read]:
        """The events of a chain, in order, with their phases and what was seen before them."""
        phase = log.watched.seen.phase
        for batch in log.batches:
            for stored in _decode(self._read(batch)):
                event, near, line = stored.event, stored.near, stored.at + batch.lines
                if batch.above:
                    event = excerpt.noted(_shifted(event, batch.lines))
                    near += tuple(each for each in batch.above.near(line) if each[0] not in dict(near))
                yield Read(log.chain[stored.file], event, phase(line), near, stored.fingerprints)

    def _write(self, data: bytes) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="loggate-", buffering=1 << 20)  # noqa: SIM115 - kept open
            self._file.seek(self._end)
            self._file.write(data)
        except OSError as error:
            raise GateError(f"the events found cannot be kept: {error.strerror}", hint=_HINT) from error
        self._new.append((self._end, len(data)))
        self._end += len(data)

    def _read(self, batch: Batch) -> bytes:
        file = cast(IO[bytes], self._file)
        file.seek(batch.start)
        return file.read(batch.size)


_HINT = "let TMPDIR name a folder with room for all events, such as TMPDIR=/var/tmp"


def _total(stats: list[tuple[LogStats, ...]]) -> LogStats:
    """What was read of a file, part by part."""
    each = [of_part for (of_part,) in stats]
    size, lines = sum(part.bytes for part in each), sum(part.lines or 0 for part in each)
    return LogStats(size, lines, each[-1].problem, each[0].format)


def _shifted(event: LogEvent, lines: int) -> LogEvent:
    """An event of a part, by its lines in the whole log."""
    parts = tuple(Place(part.path, part.line + lines, part.end_line + lines) for part in event.parts)
    return msgspec.structs.replace(event, line=event.line + lines, end_line=event.end_line + lines, parts=parts)


def read_log(chain: Chain, scan: Scan) -> tuple[list[Read], tuple[LogStats, ...]]:
    """All events of one log, without fingerprints: who takes part is not known here; and what was read of each file."""
    kept = Kept()
    log, stats = kept.keep(chain, lambda keep: [read_part(Part(chain), scan, keep)])
    return [read._replace(fingerprints=()) for read in kept.reads(log)], stats
