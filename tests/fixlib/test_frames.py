"""The wire: what is encoded comes back, and nothing else is let in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixlib import (
    MAX_DATA,
    Ack,
    Chunk,
    End,
    Frame,
    FrameError,
    Heartbeat,
    InvalidName,
    Refusal,
    RefusalKind,
    Reply,
    check_name,
    decode_frame,
    decode_reply,
    encode,
)

NUMBER = st.integers(0, 2**62)
ATTEMPT = st.integers(1, 2**62)
STREAM = st.text(min_size=1, max_size=128)
FRAMES = st.one_of(
    st.builds(Chunk, STREAM, ATTEMPT, NUMBER, st.binary(min_size=1, max_size=100)),
    st.builds(Heartbeat, STREAM, ATTEMPT, NUMBER),
    st.builds(End, STREAM, ATTEMPT, NUMBER, NUMBER),
)
REPLIES = st.one_of(
    st.builds(Ack, STREAM, ATTEMPT, NUMBER, st.booleans()),
    st.builds(Refusal, STREAM, ATTEMPT, st.sampled_from(RefusalKind), NUMBER, st.text(max_size=1000)),
)
GOOD = encode(Chunk("log.txt", 1, 0, b"x"))
WRONG: list[Any] = [None, 7, "7", [], b"", True, -1, 2**63, 1.0, {"x": 1}, bytearray(b"x"), "x" * 2000]


@given(FRAMES)
def test_frames_come_back(frame: Frame) -> None:
    """Decoding what was encoded gives the same frame."""
    assert decode_frame(encode(frame)) == frame


@given(REPLIES)
def test_replies_come_back(reply: Reply) -> None:
    """Decoding what was encoded gives the same reply."""
    assert decode_reply(encode(reply)) == reply


@given(FRAMES)
def test_a_frame_is_no_reply(frame: Frame) -> None:
    """The two directions cannot be confused."""
    with pytest.raises(FrameError):
        decode_reply(encode(frame))


@pytest.mark.parametrize("key", GOOD)
def test_a_field_is_missing(key: str) -> None:
    """Every field is required."""
    with pytest.raises(FrameError):
        decode_frame({name: value for name, value in GOOD.items() if name != key})


@given(st.sampled_from(sorted(GOOD)), st.sampled_from(WRONG))
def test_a_field_is_wrong(key: str, value: object) -> None:
    """Wrong types, negative, huge or empty values: FrameError and nothing else; what is let in is a frame."""
    changed: dict[str, Any] = GOOD | {key: value}
    try:
        frame = decode_frame(changed)
    except FrameError:
        return
    assert encode(frame) == changed


@given(
    st.recursive(st.none() | st.integers() | st.binary() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_junk(message: object) -> None:
    """Junk is a FrameError."""
    with pytest.raises(FrameError):
        decode_frame(message)


def test_limits() -> None:
    """Unknown fields, empty and oversized data, another version and attempt 0 are refused."""
    for change in (
        {"more": 1},
        {"data": b""},
        {"data": b"x" * (MAX_DATA + 1)},
        {"v": 2},
        {"attempt": 0},
        {"stream": ""},
    ):
        with pytest.raises(FrameError):
            decode_frame(GOOD | change)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "/etc",
        "a\0b",
        "a\nb",
        "a b",
        ".hidden",
        "-rf",
        "a..b",
        "ü",
        "a\\b",
        "x" * 129,
        "log.txt\n",
    ],
)
def test_names_that_are_refused(name: str) -> None:
    """A name is one harmless path component, or InvalidName."""
    with pytest.raises(InvalidName):
        check_name(name)


@pytest.mark.parametrize("name", ["log.txt", "log_fl.txt", "site-1", "a@b.c", "_", "x" * 128, "log.txt.1"])
def test_names_that_are_allowed(name: str) -> None:
    """What logs and sites are called is allowed."""
    assert check_name(name) == name
