"""The strict set loses nothing: each line that grep prints lies inside some finding's span, whatever the bytes."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate import config
from gate.window import LONG_LINE
from tests.gate.scanning import scan

STRICT = config.load_rules(("strict",))

# fmt: off
FRAGMENTS = [
    b"ERROR", b"Traceback", b"Exception", b"Traceback (most recent call last):", b"error", b" ", b"    ", b"\t",
    b'  File "a.py", line 1, in f', b"ValueError: x", b"KeyError", b"2026-01-01 10:00:00,000 - a - INFO - ",
    b"| ", b"+-+--",
    b"2026-01-01 10:00:00,000 - a - ERROR - ", b"INFO:root:", b"[WARN] ", b'{"level": "error"}', b"\r",
    b"\x00", b"\xff\xfe",
    b"\xc3\xa9", b"\x1b[31m", b"\x1b]0;title\x07",
    b"During handling of the above exception, another exception occurred:",
    b"SyntaxError: x", b"  at f (a.js:1:1)", b'"""', b"concurrent.futures.process._RemoteTraceback: ", b"x" * 50,
]
# fmt: on
LINES = st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(b"".join)
LOGS = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else b""),
    st.lists(LINES, max_size=60),
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r"]),
    st.booleans(),
)


def grepped(data: bytes) -> set[int]:
    """The numbers of the lines that `grep -aE` would print."""
    return {
        number for number, line in enumerate(data.split(b"\n"), 1) if re.search(rb"ERROR|Traceback|Exception", line)
    }


def covered(data: bytes, block: int) -> list[int]:
    return [number for event in scan(data, STRICT, block) for number in range(event.line, event.end_line + 1)]


@given(data=LOGS, block=st.sampled_from([1, 5, 64, 1 << 20]))
@example(data=b"ERROR", block=1)
def test_no_line_is_lost_and_none_is_claimed_twice(data: bytes, block: int) -> None:
    """Each matching line is in exactly one event, events are in order, and each holds a match of its own."""
    lines = covered(data, block)
    assert lines == sorted(set(lines))
    assert grepped(data) <= set(lines)
    for event in scan(data, STRICT, block):
        assert grepped(data) & set(range(event.line, event.end_line + 1))


@given(data=LOGS)
def test_blocks_do_not_matter(data: bytes) -> None:
    """A log read byte by byte gives the very events that it gives when read at once."""
    assert scan(data, block=1) == scan(data)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    """No bytes can break the reading."""
    assert grepped(data) <= set(covered(data, 16))


@pytest.mark.skipif(not shutil.which("grep"), reason="needs grep")
@given(data=LOGS)
def test_the_model_is_grep(data: bytes) -> None:
    """What these tests hold the gate against is what the real grep prints."""
    printed = subprocess.run(
        ["grep", "-anE", "ERROR|Traceback|Exception"], input=data, capture_output=True, check=False
    ).stdout
    numbers = {int(m[1]) for m in re.finditer(rb"^(\d+):", printed, re.MULTILINE)}
    assert grepped(data) <= numbers


def test_lines_longer_than_the_window() -> None:
    """A match anywhere in a line that is never held whole is found, also across the cut of its pieces; others stay."""
    size = LONG_LINE + (3 << 20)
    for at in (0, 5, LONG_LINE - 3, LONG_LINE, LONG_LINE + 1, size - 9):
        line = bytearray(b"x" * size)
        line[at : at + 9] = b"Exception"
        data = b"INFO first\n" + bytes(line) + b"\nlast ERROR\n"
        assert [(event.line, event.end_line) for event in scan(data, STRICT)] == [(2, 2), (3, 3)], at


def test_long_lines_are_cut_in_the_excerpt() -> None:
    """A long line's excerpt says how much of it was left out."""
    (event,) = scan(b"ERROR " + b"x" * (LONG_LINE + 100) + b"\n", STRICT)
    assert len(event.text) < 10_000
    assert "bytes cut" in event.text


def test_long_events_are_cut_in_the_excerpt() -> None:
    """A long event keeps its exact span, and its excerpt says how many lines were left out."""
    frames = b"".join(b'  File "a.py", line %d, in f\n    f()\n' % number for number in range(3000))
    data = b"Traceback (most recent call last):\n" + frames + b"ValueError: x\nnext\n"
    (event,) = scan(data, STRICT)
    assert (event.line, event.end_line) == (1, 6002)
    assert "lines cut" in event.text
    assert event.text.endswith("ValueError: x")


def test_the_match_in_a_long_line_is_shown() -> None:
    """Where a long line is cut, what a rule matched in it stands in the excerpt and in the name of the event."""
    (event,) = scan(b'{"a": "' + b"x" * 40_000 + b'", "level": "ERROR", "b": "' + b"y" * 40_000 + b'"}\n', STRICT)
    assert "ERROR" in event.text
    assert "ERROR" in event.matched


def test_deeply_nested_json_is_text() -> None:
    """A JSON line nested too deep to be read costs no finding."""
    data = b'2026-01-01 00:00:00 ERROR a\n{"msg": "ERROR", "a": ' + b"[" * 5000 + b"]" * 5000 + b"}\nERROR b\n"
    assert [event.line for event in scan(data, STRICT)] == [1, 2, 3]
