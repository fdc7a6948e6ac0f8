"""Logs → what was read of them, on all cores: small logs side by side, large ones in parts.

Whatever the number of processes and parts, what is read is the same as if one process had read it all: parts overlap,
and where two neighbours do not see the same events there, the log is read again as a whole.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

import msgspec

from gate import logfile
from gate.errors import InfrastructureError
from gate.logfile import Large
from gate.model import Struct
from gate.readlog import Keep, Outcome, Part, Scan, read_part
from gate.rotation import Chain

PART = 8 << 20
"""Bytes of a large log, or of several small ones, that one process reads at a time."""

PARALLEL = 4 << 20
"""Fewer bytes are not worth a second process."""

PROCESSES = 4
"""Processes at most: what they give is put together by one."""

FILES = 100
"""Small logs that one process reads at a time."""

LINE = 1 << 20
"""Bytes among which the line is looked for at whose beginning a large log may be cut."""

ORPHANED_S = 1.0
"""How often a process looks whether the one that it works for is still there."""

Read = Callable[[Keep], Iterator[Outcome]]
"""Gives the parts of a log, in order, and their events to who keeps them."""

Next = Callable[[Keep], Outcome]
"""Gives the next part of all."""


class NotAlone(Exception):
    """The parts of a log cannot be read one without the other."""


class Planned(NamedTuple):
    """A log, the parts in which it is read, and its file where these are several."""

    chain: Chain
    parts: tuple[Part, ...]
    large: Large | None = None


def read_all(chains: Sequence[Chain], scan: Scan) -> Iterator[tuple[Chain, Read]]:
    """Each log, in order, with what reads it: in its parts or, when called again, as a whole.

    NotAlone comes out of the first call where only the second one can tell.
    """
    with ExitStack() as stack:
        few = len(chains) < _cores()
        plan = [_planned(chain, stack, unpack=few) for chain in chains]
        following = stack.enter_context(_in_order([part for planned in plan for part in planned.parts], scan))
        for planned in plan:
            yield planned.chain, _Tries(planned, following, scan)


class _Tries:
    """Reads a log in parts at the first call; as a whole at the next one."""

    def __init__(self, planned: Planned, following: Next, scan: Scan) -> None:
        self._planned, self._following, self._scan = planned, following, scan
        self._left = len(planned.parts)
        self._tried = False

    def __call__(self, keep: Keep) -> Iterator[Outcome]:
        if not self._tried:
            self._tried = True
            yield from _joined(self._parts(keep), self._planned.large)
            return
        for _ in self._parts(_drop):
            pass
        yield read_part(Part(self._planned.chain), self._scan, keep)

    def _parts(self, keep: Keep) -> Iterator[Outcome]:
        while self._left:
            self._left -= 1
            yield self._following(keep)


def _drop(_: bytes) -> None:
    """Keeps nothing of a part whose log is read again."""


def _joined(outcomes: Iterator[Outcome], large: Large | None) -> Iterator[Outcome]:
    """The parts of a log; NotAlone where two neighbours differ in what they know of their edge."""
    before: Outcome | None = None
    for outcome in outcomes:
        if outcome.edges and not (outcome.edges.alone and _meet(before, outcome)):
            raise NotAlone
        before = outcome
        yield outcome
    if large and large.problem():
        raise NotAlone


def _meet(before: Outcome | None, outcome: Outcome) -> bool:
    if before is None or not before.edges or not outcome.edges:
        return before is None
    one, other = before.edges, outcome.edges
    return one.behind == other.before and one.last <= other.first


# ---- parts -----------------------------------------------------------------------------------------------------------


def _planned(chain: Chain, stack: ExitStack, *, unpack: bool) -> Planned:
    """How a log is read; `unpack` is for packed ones where they are too few to be read side by side."""
    try:
        large = logfile.large(chain[0], 2 * PART, stack, unpack=unpack) if len(chain) == 1 else None
        parts = tuple(_parts(chain, large)) if large else ()
    except logfile.READ_ERRORS:
        parts = ()  # reading it as a whole says what is wrong
    return Planned(chain, parts, large) if len(parts) > 1 else Planned(chain, (Part(chain),))


def _parts(chain: Chain, large: Large) -> Iterator[Part]:
    begin, chain = 0, (msgspec.structs.replace(chain[0], file=large.path),)
    for place in range(PART, large.size - PART // 2, PART):
        end = large.line_start(place, LINE)
        if end and begin < end < large.size:
            yield Part(chain, begin, end, large.identity)
            begin = end
    yield Part(chain, begin, large.size, large.identity)


# ---- processes -------------------------------------------------------------------------------------------------------


@contextmanager
def _in_order(parts: Sequence[Part], scan: Scan) -> Iterator[Next]:
    """What gives the parts, one with each call, in order."""
    jobs = list(_jobs(parts))
    processes = min(PROCESSES, _cores(), len(jobs))
    if processes < 2 or sum(job.size for job in jobs) < PARALLEL:
        left = iter(parts)
        yield lambda keep: read_part(next(left), scan, keep)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("fork" if sys.platform == "linux" else "spawn")
    with _folder() as folder:
        pool = ProcessPoolExecutor(processes, context, _begin, (parts, scan, folder))
        try:
            results = _results(pool.map(_read, [(job.first, job.end) for job in jobs]))
            yield lambda keep: _taken_over(*next(results), keep)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _folder() -> TemporaryDirectory[str]:
    """Where the processes leave what they have read."""
    try:
        return TemporaryDirectory(prefix="loggate-")
    except OSError as error:
        hint = "let TMPDIR name a folder that can be written, such as TMPDIR=/var/tmp"
        raise InfrastructureError(f"no temporary folder can be made: {error.strerror}", hint=hint) from error


def _results(encoded: Iterator[tuple[str, bytes]]) -> Iterator[tuple[IO[bytes], _Filed]]:
    """What the processes have read, part by part, and the file with its events."""
    from concurrent.futures import BrokenExecutor

    try:
        for path, data in encoded:
            with open(path, "rb") as file:  # noqa: PTH123 - there are many
                yield from ((file, filed) for filed in _decode(data))
            os.unlink(path)  # noqa: PTH108
    except BrokenExecutor as error:
        hint = "the system may have run out of memory: look at the kernel's log"
        raise InfrastructureError("a process that read logs was ended from outside", hint=hint) from error


def _taken_over(file: IO[bytes], filed: _Filed, keep: Keep) -> Outcome:
    for size in filed.sizes:
        keep(file.read(size))
    return filed.outcome


class Job(NamedTuple):
    """Parts that one process reads at a time: those from `first` on before `end`."""

    first: int
    end: int
    size: int


def _jobs(parts: Sequence[Part]) -> Iterator[Job]:
    first = size = 0
    for number, part in enumerate(parts):
        size += part.end - part.begin if part.end else _size(part.chain)
        if size >= PART // 2 or number + 1 - first >= FILES or number + 1 == len(parts):
            yield Job(first, number + 1, size)
            first, size = number + 1, 0


def _size(chain: Chain) -> int:
    try:
        return sum(os.stat(log.file).st_size for log in chain if log.file != logfile.STDIN)  # noqa: PTH116 - many files
    except OSError:
        return 0


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class _Filed(Struct, frozen=True, array_like=True):
    """A part that was read, and the sizes of its batches of events, which stand in a file."""

    outcome: Outcome
    sizes: tuple[int, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Filed]).decode
_work: tuple[Sequence[Part], Scan, str]


def _begin(parts: Sequence[Part], scan: Scan, folder: str) -> None:
    """Before a process reads its first part; Ctrl-C ends it by way of the one that it works for."""
    global _work  # noqa: PLW0603 - a process of its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(), folder), daemon=True).start()
    _work = parts, scan, folder


def _end_with(parent: int, folder: str) -> None:
    """End when the process that this one works for was killed: nothing may be left running, or in the way."""
    while os.getppid() == parent:
        time.sleep(ORPHANED_S)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _read(job: tuple[int, int]) -> tuple[str, bytes]:
    """The events of a job's parts go into a file: they may be more than what the memory should hold."""
    parts, scan, folder = _work
    path = os.path.join(folder, str(job[0]))  # noqa: PTH118 - there are many
    try:
        with open(path, "wb") as file:  # noqa: PTH123
            return path, _encode([_filed(part, scan, file) for part in parts[job[0] : job[1]]])
    except OSError as error:
        raise InfrastructureError(f"{path}: cannot be written: {error.strerror}") from error


def _filed(part: Part, scan: Scan, file: IO[bytes]) -> _Filed:
    sizes: list[int] = []

    def keep(data: bytes) -> None:
        file.write(data)
        sizes.append(len(data))

    return _Filed(read_part(part, scan, keep), tuple(sizes))
