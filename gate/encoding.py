"""A log's bytes as UTF-8, whatever its writers encoded, also where the encoding changes in its midst.

Two habits of Windows make this needed: PowerShell's `>` and `>>` write UTF-16, also behind what others wrote in
UTF-8, and programs write the machine's code page. Byte order marks are those of the Unicode Standard, 23.8; the code
page that is told from UTF-8 is Windows-1252, of which Latin-1 is a part. Code pages of other scripts (GBK, Shift-JIS,
KOI8) are not guessed: their bytes stay as they are.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from gate.window import Stream

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = re.compile(  # it does not begin with a LF, which may end the narrow line above text in big-endian order
    rb"(?:\xff\xfe)?(?P<le>[\t\r\x20-\x7e]\0(?:[\t\n\r\x20-\x7e\xa0-\xff]\0){4})"
    rb"|(?:\xfe\xff)?(?P<be>(?:\0[\t\n\r\x20-\x7e\xa0-\xff]){5})"
)
"""Where text in UTF-16 begins amid other text: as many characters with zeros as `ERROR` has."""

_ALTERNATING = re.compile(rb"\0[^\0]\0[^\0]\0[^\0]\0")
"""What all such text has, found fast."""

_MAYBE_WIDE = re.compile(rb"(?:(?:[\xff\xfe]{1,2}|[^\0]?\0)(?:[^\0]?\0)*[^\0]?|\xef\xbb?)\Z")
_MAYBE_NARROW = re.compile(rb"[^\0]+\Z")
_UNDECIDED = 24
"""Bytes at a block's end that may be the beginning of a section of the other kind, or of a mark."""

_TELLING = (b"\0", b"\xef", b"\xfe", b"\xff")
"""Narrow text without any of these bytes has neither marks nor wide text in it."""

_HOLE = bytes(1 << 20)
_ZEROS = re.compile(rb"\0{2,}")

_NO_LATIN = re.compile(rb"[^\0]{2,}")
"""High bytes of two characters, side by side, none of which is Latin: of wide text, or of no wide text at all."""

_NARROW = re.compile(
    rb"(?:[\t\n\r\x1b\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}){5,}"
)
_LONG = 12
"""A run of so many narrow bytes needs no line end to be seen as such."""

_NO_TEXT = re.compile(
    "[\u0a00-\u0aff\u0d00-\u0d7f\u202a-\u202e\u203a\u2041-\u207a\u2300-\u23ff\u2900-\u2aff\u2c00-\u2fff"
    "\u3200-\u4dff\ue000-\uf8ff\ufffd]"
)
"""Hardly any text has these characters; narrow text that is read as UTF-16 has one in each few words."""

_FOREIGN = re.compile(
    rb"[\x80-\xff]{3}"
    rb"|[\x81-\x84\x86-\x90\x98\x9b\x9d\xa4\xa6\xad\xaf\xb6\xb8\xb9\xd0\xde\xf0\xfe\xff]"
)
"""What Western text in Windows-1252 hardly ever has: three letters with accents side by side, and signs nobody uses."""

_WORD = re.compile(
    rb"[A-Za-z][\xb5\xdf-\xef\xf1-\xf6\xf8-\xfd]|[A-Z][\xc0-\xcf\xd1-\xd6\xd8-\xdd]"
    rb"|[\xb0\xb5\xc0-\xcf\xd1-\xd6\xd8-\xdd\xdf-\xef\xf1-\xf6\xf8-\xfd][A-Za-z]"
)
"""A letter with an accent beside one without; no capital behind a small one, as the cut beginning of UTF-8 stands."""

SINGLE_BYTE = "loggate.single_byte"
"""How decoders treat bytes that are no UTF-8 in a text of which `is_single_byte` holds: as Windows-1252."""


def as_utf8(stream: io.BufferedReader, start: bytes) -> Stream:
    """The text of a stream as UTF-8, without byte order marks. `start` is what can be peeked at its beginning.

    Each line end of the text is one LF, and there are no others. Bytes that are no text stay what they are, but zeros
    side by side become one: a hole of gigabytes, as a file has that was emptied while its writer went on, is no line.
    """
    text = _WithoutHoles(_Unicode(stream, _encoding(start)))
    return _SingleByte(text) if is_single_byte(start) else text


def _encoding(start: bytes) -> str:
    """The encoding by the mark; UTF-32 also without one. UTF-16 without a mark is found wherever it begins."""
    marked = next((encoding for bom, encoding in _BOMS if start.startswith(bom)), "")
    return marked or next((each for each in ("utf-32-le", "utf-32-be") if _decodes(start, each)), "")


def _decodes(start: bytes, encoding: str) -> bool:
    try:
        return "\0" not in (text := start[: len(start) & ~3].decode(encoding)) and len(text) > 3
    except UnicodeDecodeError:
        return False


def is_narrow(data: bytes) -> bool:
    """Whether bytes are text as it stands: without marks, holes, or sections in UTF-16 or UTF-32."""
    if data.isascii():
        return b"\0" not in data
    return not any(mark in data for mark in (b"\0", b"\xfe", b"\xff", codecs.BOM_UTF8))


def is_single_byte(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 are a text in Latin-1 or Windows-1252: words of Western languages."""
    return (
        not data.isascii()
        and _WORD.search(data) is not None
        and not _FOREIGN.search(data)
        and data.decode("utf-8", "ignore").isascii()
    )


def _windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "backslashreplace"), error.end


codecs.register_error(SINGLE_BYTE, _windows_1252)


class _SingleByte:
    """A text in Windows-1252 as UTF-8; what is UTF-8 in it already stays."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")(SINGLE_BYTE)

    def read1(self, size: int) -> bytes:
        while block := self._stream.read1(size):
            if text := self._decoder.decode(block):
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


class _WithoutHoles:
    """A stream in which zeros side by side are one."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._in_hole = False

    def read1(self, size: int) -> bytes:
        while block := self._stream.read1(size):
            text = b"\0" if _is_hole(block) else _ZEROS.sub(b"\0", block) if b"\0" in block else block
            if self._in_hole:
                text = text.removeprefix(b"\0")
            if text:
                self._in_hole = text.endswith(b"\0")
                return text
        return b""


class _Unicode:
    """Sections in UTF-16 and UTF-32 as UTF-8, the others as they are; without marks.

    `_rest` was read and not given out, as it may be the beginning of a section of the other kind; `_last` is the
    last byte that was given out of narrow text, as it may be, too: a letter is the same in both.
    """

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._rest, self._last = b"", b""
        self._switch(encoding)

    def _switch(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding or "ascii")("backslashreplace")

    def read1(self, size: int) -> bytes:
        while block := self._stream.read1(size):
            if text := self._read(block):
                return text
        return self._convert(b"", end=True)

    def _read(self, block: bytes) -> bytes:
        narrow = not self._encoding
        if narrow and not self._rest.strip(b"\0") and _is_hole(block):
            hole, self._rest, self._last = self._rest + block, b"", b""
            return hole
        if narrow and not self._rest and not any(byte in block for byte in _TELLING):
            self._last = _beginning(block[-1:])
            return block
        return self._convert(block, end=False)

    def _convert(self, block: bytes, *, end: bool) -> bytes:
        given = len(self._last)
        data = self._last + self._rest + block
        at, parts = 0, []
        while change := self._change(data, at, end=end):
            parts.append(self._text(data[at : change[0]], end=True))
            at = change[0]
            self._switch(change[1])
        decided = max(len(data) if end else self._decided(data, at), at, given)
        parts.append(self._text(data[at:decided], end=end))
        self._last = b"" if self._encoding else _beginning(data[max(at, decided - 1) : decided])
        self._rest = data[decided:]
        return b"".join(parts)[given:]

    def _text(self, data: bytes, *, end: bool) -> bytes:
        if self._encoding:
            return self._decoder.decode(data, end).replace("\ufeff", "").encode("utf-8", "backslashreplace")
        return data.replace(codecs.BOM_UTF8, b"") if b"\xef" in data else data

    def _change(self, data: bytes, at: int, *, end: bool) -> tuple[int, str] | None:
        """Where the next section begins, and its encoding ("" for narrow text); None where none does."""
        if self._encoding:
            starts = (self._narrow_start(data, at, run, end=end) for run in self._runs(data, at))
            return next(((start, "") for start in starts if start is not None), None)
        found = _WIDE.search(data, at) if _ALTERNATING.search(data, at) else None
        return (found.start(), f"utf-16-{found.lastgroup}") if found else None

    def _runs(self, data: bytes, at: int) -> Iterator[re.Match[bytes]]:
        """Runs of bytes in wide text that may be narrow text."""
        for found in _NO_LATIN.finditer(data[at + self._little :: 2]):
            first, last = (at + 2 * place for place in found.span())
            yield from _NARROW.finditer(data, max(at, first - self._width), last + self._width)

    def _narrow_start(self, data: bytes, at: int, found: re.Match[bytes], *, end: bool) -> int | None:
        """Where narrow text begins in such a run; None where it is wide."""
        start = found.start() + (at - found.start()) % self._width
        wide_follows = self._little and data[found.end() : found.end() + 1] == b"\0"
        run = data[start : found.end() - wide_follows]
        last = end and found.end() == len(data)
        ended = len(run) >= _LONG or b"\n" in run[4:] or (last and len(run) > 4)
        shifted = (wide_follows or last) and len(run) % self._width
        units = run[: len(run) - len(run) % self._width].decode(self._encoding, "replace")
        return start if ended and (shifted or _NO_TEXT.search(units)) else None

    def _decided(self, data: bytes, at: int) -> int:
        """How far it is clear what the bytes are, whatever follows."""
        maybe = _MAYBE_NARROW if self._encoding else _MAYBE_WIDE
        found = maybe.search(data, max(at, len(data) - _UNDECIDED))
        stop = found.start() if found else len(data)
        return stop - (stop - at) % self._width

    @property
    def _little(self) -> bool:
        return self._encoding.endswith("le")

    @property
    def _width(self) -> int:
        return 4 if "32" in self._encoding else 2 if self._encoding else 1


def _is_hole(block: bytes) -> bool:
    return len(block) > _UNDECIDED and block == _HOLE[: len(block)]


def _beginning(byte: bytes) -> bytes:
    """A byte, if it may be the first one of a character of wide text."""
    return byte.strip(b"\0\n\xfe\xff")
