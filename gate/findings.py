"""The findings of a run on disk: a million of them must neither fill the memory nor be decoded to be counted.

Each stands there as the row that report.json will have: a JSON object in bytes, safe for every reader. In memory are
where it ends and its kind: testcase, site and disposition. Where an issue holds a plain tuple of findings instead (a
report that was read back), the functions below give the same of it.
"""

from __future__ import annotations

import re
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import FileIO
from typing import Any, overload

import msgspec

from gate.errors import GateError
from gate.model import Disposition, DispositionCounts, Finding, Issue, SiteKey
from gate.reports.escape import ALTERING, encodable

BUFFER = 1 << 20
"""Bytes of rows that are kept before they are written: the findings of most runs never see the disk."""

_AHEAD = 32 << 10
"""Bytes that one read takes where rows are asked for that stand close together."""

_CLOSE = 8
_FEW, _MANY = 8, 1_000
"""An issue of few findings shares its tallies with others that have the same; one of many keeps its own."""

_UNSEEN = re.compile(f"[{ALTERING}]")
_COMMAND = re.compile(r"##(?=\w*\[)")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Finding).decode

Kind = tuple[SiteKey, Disposition]
Tallies = Mapping[SiteKey, DispositionCounts]
"""How many findings of each disposition each site has, in the order in which the sites first appear."""


# ---- rows ------------------------------------------------------------------------------------------------------------


def encode(value: Any) -> bytes:
    """JSON on one line, valid for any text and harmless in a terminal; what it is put together to is so, too."""
    try:
        data = _encode(value)
    except UnicodeEncodeError:
        data = _encode(_encodable(msgspec.to_builtins(value)))
    if not data.isascii() or b"\x7f" in data:
        data = _UNSEEN.sub(_escape, data.decode()).encode()
    # `--format json=-` prints into CI logs, whose readers take `##[...]` anywhere for a command.
    return _COMMAND.sub(r"\\u0023#", data.decode()).encode() if b"##" in data else data


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(str(key)): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value


# ---- the spool -------------------------------------------------------------------------------------------------------


class Spool:
    """Takes rows and gives them back by their numbers, which count from 0. The file is gone when it is closed.

    The file has no name where the system allows that, so that nothing stays behind a kill either.
    """

    def __init__(self) -> None:
        self._file: FileIO | None = None
        self._written = 0  # bytes
        self._pending: list[bytes] = []
        self._ends = array("Q", [0])
        self._kind_of = array("I")
        self._kinds: list[Kind] = []
        self._number_of: dict[Kind, int] = {}
        self._alike: dict[tuple[tuple[int, int], ...], Tallies] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._kind_of)

    def close(self) -> None:
        """Drop all rows."""
        if self._file:
            self._file.close()

    def add(self, row: bytes, site: SiteKey, disposition: Disposition) -> int:
        """Keep a finding's row, which `encode` made or which is put together of what it made; gives its number."""
        number = len(self._kind_of)
        kind = site, disposition
        known = self._number_of.get(kind)
        if known is None:
            known = self._number_of[kind] = len(self._kinds)
            self._kinds.append(kind)
        self._kind_of.append(known)
        self._pending.append(row)
        end = self._ends[-1] + len(row)
        self._ends.append(end)
        if end - self._written >= BUFFER:
            self._write(end)
        return number

    def _write(self, end: int) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, prefix="loggate-")  # noqa: SIM115 - `close` does
            self._file.seek(self._written)
            rest = memoryview(b"".join(self._pending))
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _failed(error) from error
        self._written = end
        self._pending.clear()

    def _read(self, start: int, size: int) -> bytes:
        if self._file is None:
            raise ValueError("no row was written")
        try:
            self._file.seek(start)
            return self._file.read(size)
        except OSError as error:
            raise _failed(error) from error

    def rows(self, numbers: Iterable[int]) -> Iterator[bytes]:
        """The rows of these numbers; those that stand close together are read at once."""
        ends = self._ends
        block, begin, last = b"", 0, -_CLOSE
        for number in numbers:
            start, end = ends[number], ends[number + 1]
            if (after := len(self._kind_of) - number) <= len(self._pending):
                yield self._pending[-after]
                continue
            if not begin <= start <= end <= begin + len(block):
                ahead = min(_AHEAD, self._written - start) if 0 < number - last < _CLOSE else 0
                block, begin = self._read(start, max(end - start, ahead)), start
            last = number
            yield block[start - begin : end - begin]

    def kinds(self, numbers: Iterable[int]) -> Iterator[Kind]:
        return map(self._kinds.__getitem__, map(self._kind_of.__getitem__, numbers))

    def tallies(self, numbers: Sequence[int]) -> Tallies:
        counted = Counter(map(self._kind_of.__getitem__, numbers))
        alike = tuple(counted.items()) if len(numbers) <= _FEW else ()
        if known := self._alike.get(alike):
            return known
        made = _tallies({self._kinds[kind]: count for kind, count in counted.items()})
        if alike:
            self._alike[alike] = made
        return made

    def findings(self, numbers: array[int]) -> Findings:
        """What an issue holds: the findings of these numbers, in this order."""
        return Findings(self, numbers)


def _failed(error: OSError) -> GateError:
    try:
        folder = tempfile.gettempdir()
    except OSError:
        folder = "a temporary folder"
    hint = "let TMPDIR name a folder with room for all findings, such as TMPDIR=/var/tmp"
    return GateError(f"{folder}: cannot hold the findings: {error.strerror}", hint=hint)


# ---- what an issue holds ---------------------------------------------------------------------------------------------


class Findings(Sequence[Finding]):
    """Findings of a spool: as a tuple of them, but decoded one by one when asked for."""

    __slots__ = ("_numbers", "_spool", "_tallied")

    def __init__(self, spool: Spool, numbers: array[int]) -> None:
        self._spool, self._numbers = spool, numbers
        self._tallied: Tallies | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        if isinstance(index, slice):
            return tuple(self._decoded(self._numbers[index]))
        return next(self._decoded((self._numbers[index],)))

    def __iter__(self) -> Iterator[Finding]:
        return self._decoded(self._numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Findings, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _decoded(self, numbers: Sequence[int]) -> Iterator[Finding]:
        """With the names as they are: a row has a picture of what is no Unicode."""
        for row, (site, _) in zip(self._spool.rows(numbers), self._spool.kinds(numbers), strict=True):
            found = _decode(row)
            if (found.testcase, found.site) != site:
                found = msgspec.structs.replace(found, testcase=site[0], site=site[1])
            yield found

    def rows(self) -> Iterator[bytes]:
        return self._spool.rows(self._numbers)

    def kinds(self) -> Iterator[Kind]:
        return self._spool.kinds(self._numbers)

    def tallies(self) -> Tallies:
        if self._tallied is not None:
            return self._tallied
        made = self._spool.tallies(self._numbers)
        if len(self) >= _MANY:
            self._tallied = made
        return made


def rows(issue: Issue) -> Iterator[bytes]:
    """Each finding as the row of report.json."""
    held = issue.findings
    return held.rows() if isinstance(held, Findings) else map(encode, held)


def kinds(issue: Issue) -> Iterator[Kind]:
    """Each finding's testcase, site and disposition."""
    held = issue.findings
    if isinstance(held, Findings):
        return held.kinds()
    return (((found.testcase, found.site), found.disposition) for found in held)


def tallies(issue: Issue) -> Tallies:
    """How many findings of each disposition each site has, in the order in which the sites first appear."""
    held = issue.findings
    return held.tallies() if isinstance(held, Findings) else _tallies(Counter(kinds(issue)))


def _tallies(counted: Mapping[Kind, int]) -> Tallies:
    of_site: dict[SiteKey, dict[str, int]] = {}
    for (site, disposition), count in counted.items():
        of_site.setdefault(site, {})[disposition] = count
    return {site: DispositionCounts(**counts) for site, counts in of_site.items()}
