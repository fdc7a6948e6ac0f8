"""A log's bytes in bounded memory: a sliding view that knows its place and its line numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

BLOCK = 1 << 20
"""Bytes read at a time."""

LOOKBACK = 64 << 10
"""Bytes that stay in view before the search position, to find an entry's first line and its context."""

LONG_LINE = 8 << 20
"""A line longer than this is searched in pieces and never held whole."""

OVERLAP = 4 << 10
"""Bytes of a long line's piece that are searched again with the next piece, for a match across the cut."""


_count: Callable[[bytes, bytes, int, int], int] = bytes.count
try:
    import stringzilla
except ImportError:  # no wheel for this platform: the same number, slower
    pass
else:
    _count = stringzilla.count


def count_lines(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many lines end in `data[start:end]`."""
    return _count(data, b"\n", start, len(data) if end is None else end)


class Stream(Protocol):
    """A log's bytes: what is there now, at most `size`, as soon as some are there; b"" at the end."""

    def read1(self, size: int, /) -> bytes: ...


class Signs(NamedTuple):
    """Places in a log, in order, in whose lines a stack trace may stand: there is none without one before `end`."""

    places: list[int]
    end: int

    def between(self, start: int, end: int) -> Iterable[int] | None:
        """The places from `start` on before `end`; None where nobody has looked so far."""
        if end > self.end:
            return None
        first = bisect_left(self.places, start)
        return self.places[first : bisect_left(self.places, end, first)]


class Window:
    """What is in view of a stream.

    `data[:end]` is complete lines, or a piece of a very long one, or all there is; the search goes on at `pos`.
    Both are indexes into `data`; `more` only appends, so indexes stay valid until `slide`, `forget` or `skip_line`.
    Of a part of a log `base` is where it begins, `limit` where the search for hits ends, and `above` how many lines do
    not count.
    """

    def __init__(
        self, stream: Stream, block: int = BLOCK, *, base: int = 0, above: int = 0, limit: int | None = None
    ) -> None:
        self._stream = stream
        self._block = block
        self._limit = limit
        self._counted, self._count, self._dropped_lines = 0, 0, -above
        self.data = b""
        self.signs = Signs([], 0)
        self.base = base
        self.pos = 0
        self.end = 0
        self.eof = False

    def more(self) -> bool:
        """Read on until at least one more line, or a long piece of one, is complete; False at the log's end."""
        if self.eof:
            return False
        before, blocks, size = self.end, [self.data], len(self.data)
        while not self.eof:
            block = self._stream.read1(self._block)
            blocks.append(block)
            size += len(block)
            self.eof = not block
            if b"\n" in block or size - before > LONG_LINE:
                break
        self.data = b"".join(blocks)
        last_line = self.data.rfind(b"\n", before) + 1
        self.end = last_line if last_line and not self.eof else len(self.data)
        return self.end > before

    def first_lines(self, size: int) -> bytes:
        """The whole lines of the log's first `size` bytes; nothing may have been searched yet."""
        while len(self.data) <= size and self.more():
            pass
        start = self.data[:size]
        return start if len(self.data) <= size else start[: start.rfind(b"\n") + 1]

    @property
    def search_end(self) -> int:
        """Up to where the view is searched for hits."""
        return self.end if self._limit is None else min(self.end, self._limit - self.base)

    def slide(self) -> bool:
        """Go on to what was not searched yet, forgetting what lies far behind; False at the log's end."""
        if self._limit is not None and self.base + self.end >= self._limit:
            return False
        inside_a_line = self.end > 0 and self.data[self.end - 1] != ord("\n")
        self.pos = max(self.pos, self.end - OVERLAP) if inside_a_line else self.end
        self.forget()
        return self.more()

    def forget(self) -> None:
        """Forget what lies far behind the search position."""
        keep = max(0, self.pos - LOOKBACK)
        line_start = self.line_start(keep)
        self._forget(line_start if keep - line_start <= LOOKBACK else keep)

    def skip_line(self) -> None:
        """Go on behind the line that holds `pos`, however long it is."""
        while (found := self.data.find(b"\n", self.pos)) < 0:
            self.pos = self.end = len(self.data)
            self._forget(self.pos)
            if not self.more():
                return
        self.pos = found + 1

    def _forget(self, keep: int) -> None:
        self.line(keep)
        self._dropped_lines += self._count
        self._counted, self._count = 0, 0
        self.data = self.data[keep:]
        self.base += keep
        self.pos -= keep
        self.end -= keep

    def line(self, index: int) -> int:
        """The 1-based number of the line that holds `data[index]`."""
        if index >= self._counted:
            self._count += count_lines(self.data, self._counted, index)
        else:
            self._count -= count_lines(self.data, index, self._counted)
        self._counted = index
        return self._dropped_lines + self._count + 1

    def line_start(self, index: int) -> int:
        """Where the line that holds `data[index]` begins, as far as it is in view."""
        return self.data.rfind(b"\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Behind the LF of the line that holds `data[index]`; reads on when it must. A long line ends with the view."""
        while (found := self.data.find(b"\n", index)) < 0:
            if len(self.data) - index > LONG_LINE or not self.more():
                return len(self.data)
        return found + 1

    def complete(self, end: int) -> bool:
        """Whether a line that was found to end at `end` ends there, and not in the midst of a long line."""
        return self.eof or self.data[end - 1 : end] == b"\n"

    @property
    def lines(self) -> int | None:
        """The number of lines of the whole log; None before its end is reached."""
        if not self.eof:
            return None
        last_is_open = self.data[-1:] not in (b"\n", b"")
        return self.line(len(self.data)) - 1 + last_is_open

    @property
    def size(self) -> int:
        """Bytes of the log read so far."""
        return self.base + len(self.data)
