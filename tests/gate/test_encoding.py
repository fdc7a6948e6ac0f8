"""A log in any encoding that can be told is read as UTF-8, whatever follows what, and however its bytes come."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate.encoding import as_utf8, is_single_byte
from tests import cost

BLOCK = 1 << 20


class Raw(io.RawIOBase):
    """Bytes that come in pieces, as from a pipe."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._data = io.BytesIO(data)
        self._piece = piece
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._data.read(min(len(buffer), self._piece))
        buffer[: len(part)] = part
        self.given += len(part)
        return len(part)


def read(data: bytes, piece: int = BLOCK) -> bytes:
    """What `as_utf8` gives of these bytes; its beginning is known as it is of a file."""
    stream = as_utf8(io.BufferedReader(Raw(data, piece)), data[: 8 << 10])
    blocks = iter(lambda: stream.read1(BLOCK), b"")
    return b"".join(blocks)


def hits(text: bytes) -> list[int]:
    return [number for number, line in enumerate(text.split(b"\n"), 1) if b"ERROR" in line or b"Traceback" in line]


TEXT = "2026-01-01 10:00:00 INFO größer → 中文, していない\n2026-01-01 10:00:01 ERROR x\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("piece", [1, 7, BLOCK])
def test_unicode_encodings(encoding: str, piece: int) -> None:
    """Each Unicode encoding is read, with a mark and without, and no mark is left."""
    assert read(TEXT.encode(encoding), piece) == TEXT.encode()


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\xef\xbb\xbf"])
def test_marks_alone(mark: bytes) -> None:
    """A log that holds a byte order mark only is empty."""
    assert read(mark) == b""


@pytest.mark.parametrize("text", ["größer als zulässig", "échec: fichier bloqué", "señal inválida", "Zażółć 10 µs ±1"])
def test_western_text_of_one_byte(text: str) -> None:
    """Windows-1252 is told from UTF-8 by its words."""
    data = text.encode("cp1252", "ignore")
    assert is_single_byte(data)
    assert read(b"ERROR " + data + b"\n").decode() == f"ERROR {data.decode('cp1252')}\n"


@pytest.mark.parametrize(
    "data",
    [
        "ERROR größer".encode(),
        "ERROR größer".encode() + b" bad \xff\xe9t\xe9 bytes",
        b"ERROR bad bytes \x80\xfe\xff",
        b"ERROR \xc3",
        b"ERROR Gr\xc3",
        b"ERROR red\xff\xff blue\xff",
        "ERROR 数据错误".encode("gbk"),
        "ERROR データの読み込みに失敗".encode("shift-jis"),
        "ERROR ошибка чтения".encode("koi8-r"),
        "ERROR ошибка чтения".encode("cp1251"),
        "ERROR 오류가 발생했습니다".encode("euc-kr"),
        b"ERROR in ASCII",
    ],
)
def test_what_is_no_western_text(data: bytes) -> None:
    """UTF-8 with bad bytes, and code pages of other scripts, stay as they are."""
    assert not is_single_byte(data)
    assert read(data) == data


def test_utf_8_in_western_text_stays() -> None:
    """Where two writers share a log, each one's letters are read."""
    assert read("für\n".encode("latin-1") * 3000 + "für → ok\n".encode()).decode() == "für\n" * 3000 + "für → ok\n"


def test_a_mark_between_two_files() -> None:
    """Logs that were joined leave no mark between their lines, where it would hide an entry's head."""
    one, other = "a ü\n".encode("utf-8-sig"), "2026-01-01 10:00:00 ERROR x\n".encode("utf-8-sig")
    assert read(one + other) == one[3:] + other[3:]


def test_powershell_appends_utf_16() -> None:
    """What is appended in UTF-16 to a log in UTF-8 is read, and what follows in UTF-8 too."""
    lines = ["2026-01-01 10:00:00 INFO größer\r\n", "2026-01-01 10:00:01 ERROR é → 中文\r\n", "ERROR\r\n", "ERROR x"]
    encoded = [lines[0].encode(), lines[1].encode("utf-16-le"), lines[2].encode(), lines[3].encode("utf-16-le")]
    assert read(b"".join(encoded)) == "".join(lines).encode()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf_8_is_appended_to_utf_16(encoding: str) -> None:
    """What grep finds in the raw bytes of a log that began in UTF-16 is found; a short line, too, and the last one."""
    for appended in (
        "ERROR\n",
        "ERROR",
        "ERROR x\nINFO y\n",
        "an Exception\r\n",
        "Traceback (most recent call last):\n",
    ):
        for start in ("INFO größer\r\n", "INFO ohne Ende", "上海 していないと\n"):
            assert read(f"\ufeff{start}".encode(encoding) + appended.encode()) == (start + appended).encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "text", ["している・ないと思う上に\n" * 9, "……………上海…\n" * 9, "═══════════\n" * 9, "⠸⠼⠴⠦⠧ 50% ✔ ①②③ ❌ 上\n" * 9]
)
def test_wide_text_of_other_scripts(encoding: str, text: str) -> None:
    """Characters whose two bytes look like ASCII are no ASCII."""
    assert read(("2026 start\n" + text).encode(encoding)) == ("2026 start\n" + text).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0\0\0 2026-01-01 10:00:00 ERROR x\n",
        b"a\0b\0ERROR\0\0c\n",
        b"ERROR\0\n\0",
        bytes(3 << 20) + b"ERROR\n",
        b"name\0value\0ERROR\0",
        b"",
        b"\0",
        b"A",
        b"A\0",
    ],
)
def test_zeros_are_no_other_encoding(data: bytes) -> None:
    """Zeros between words stay, and a hole becomes one."""
    assert read(data) == re.sub(rb"\0+", b"\0", data)
    assert read(data[-5000:], 1) == read(data[-5000:])


def test_a_hole_is_told_at_once() -> None:
    """Whoever looks at a log's beginning need not wait for a hole's end."""
    source = Raw(bytes(64 << 20) + b"ERROR\n", BLOCK)
    assert as_utf8(io.BufferedReader(source), bytes(8 << 10)).read1(BLOCK) == b"\0"
    assert source.given <= 2 * BLOCK


def test_wide_words_in_a_narrow_line() -> None:
    """A value in UTF-16 within a line is read as text, and the line goes on behind it."""
    assert read(b"key=" + "Software".encode("utf-16-le") + b" ERROR x\n") == b"key=Software ERROR x\n"


WORDS = [
    "ERROR",
    "INFO x",
    "中文日志",
    "していないと",
    "……",
    "════════",
    "→ ok",
    "größer",
    "上海",
    "ない上に",
    "x",
    " ",
]
LINES = st.builds(
    lambda head, words, end: head + "".join(words) + end,
    st.sampled_from(["2026-01-01 10:00:00 ", "Line: ", "Traceback (most recent call last):"]),
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.sampled_from(["\n", "\r\n"]),
)
SECTION = st.builds("".join, st.lists(LINES, min_size=1, max_size=4))
PIECES = st.sampled_from([1, 2, 3, 7, 50, 333, BLOCK])


@given(sections=st.lists(SECTION, max_size=5), wide=st.sampled_from(["utf-16-le", "utf-16-be"]), piece=PIECES)
def test_sections_in_turns(sections: list[str], wide: str, piece: int) -> None:
    """Text in UTF-8 and in UTF-16 in turns is all read, however the bytes come."""
    data = b"".join(text.encode(wide if number % 2 else "utf-8") for number, text in enumerate(sections))
    assert read(data, piece) == "".join(sections).encode()


@given(text=st.text(max_size=200), encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]), piece=PIECES)
def test_any_text_with_a_mark(text: str, encoding: str, piece: int) -> None:
    """Any text keeps its line ends and its matches in each encoding that a mark tells."""
    text = f"2026-01-01 10:00:00 {text}\n2026-01-01 10:00:00 ERROR\n"
    got = read(text.encode(encoding, "replace"), piece)
    assert hits(got)[-1:] == [got.count(b"\n")]


@given(data=st.binary(max_size=300), piece=PIECES)
@example(data=b"\xff\xfe\x00\xd8", piece=1)
@example(data=b"\xff", piece=1)
def test_any_bytes(data: bytes, piece: int) -> None:
    """No bytes break the reading, and an ASCII line behind them is found."""
    read(data, piece)
    assert b"ERROR here it is\n" in read(data + b"\n2026-01-01 10:00:00,000 ERROR here it is\n", piece)


@given(data=st.binary(max_size=300).filter(lambda data: b"\0" not in data), piece=PIECES)
def test_narrow_bytes_stay(data: bytes, piece: int) -> None:
    """Without zeros and marks, and where no words tell another encoding, nothing is changed."""
    data = data.replace(b"\xff", b"").replace(b"\xfe", b"").replace(b"\xef", b"") + b"\x81\n"
    assert read(data, piece) == data


@pytest.mark.parametrize(
    "unit",
    [b"\0", b"A\0", b"\0A", b"A\0\0\0", b"\xff\xfe", b"0D", b"A\0B\0C\0D\0x", b"\xc3\xa9\0", b"\xe9t", b"aERROR"],
)
@pytest.mark.parametrize("start", [b"", b"\xff\xfe"])
def test_time_is_linear(unit: bytes, start: bytes) -> None:
    """Bytes that look like several encodings at once cost no more than others."""
    with cost.linear():
        read(start + unit * ((2 << 20) // len(unit)), 8 << 10)
