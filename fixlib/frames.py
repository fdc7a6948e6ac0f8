"""What crosses the wire: frames from the producer, replies from the receiver, as plain dicts of str, int and bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from .errors import FrameError, InvalidName

VERSION = 1
"""The wire format's version; another one is refused."""

MAX_DATA = 16 << 20
"""Bytes that one chunk may carry."""

MAX_NAME = 128
"""Characters that a stream's or site's name may have."""

MAX_TEXT = 1000
"""Characters that a refusal's message may have."""

MAX_INT = 2**63 - 1

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]*", re.ASCII)

Message: TypeAlias = dict[str, "str | int | bytes"]
"""An encoded frame or reply."""


class RefusalKind(str, Enum):
    """Why a receiver refuses; `final` kinds cannot succeed however often they are tried."""

    OFFSET = "offset"
    """The frame is above the receiver's size; `Refusal.expected` is that size."""
    STALE = "stale"
    """A later attempt has taken over; `Refusal.expected` is the attempt in force."""
    STORAGE = "storage"
    """The receiver could not write (disk full); nothing of the frame was kept."""
    QUOTA = "quota"
    """The stream's or the site's byte quota is reached; `Refusal.expected` is what is stored."""
    NAME = "name"
    """The site's or the stream's name is not allowed."""
    UNSAFE = "unsafe"
    """What stands at the stream's place is a link, or not a file of the receiver's own."""
    CONFLICT = "conflict"
    """Bytes that were sent again differ from those stored."""
    CLOSED = "closed"
    """The stream is complete and takes no more."""
    INVALID = "invalid"
    """The message is not a frame."""

    @property
    def final(self) -> bool:
        return self not in (RefusalKind.OFFSET, RefusalKind.STALE, RefusalKind.STORAGE)


@dataclass(frozen=True)
class Chunk:
    """Bytes of the stream; `offset` counts bytes of the stream (not of a file) before `data`."""

    stream: str
    attempt: int
    offset: int
    data: bytes

    @property
    def end(self) -> int:
        """The offset of the byte that follows."""
        return self.offset + len(self.data)


@dataclass(frozen=True)
class Heartbeat:
    """The producer lives and has nothing to send; `offset` is what it knows to be acknowledged. Moves no data."""

    stream: str
    attempt: int
    offset: int


@dataclass(frozen=True)
class End:
    """Nothing follows: the stream has `size` bytes, and `gaps` times something was known to be lost on the way."""

    stream: str
    attempt: int
    size: int
    gaps: int = 0


@dataclass(frozen=True)
class Ack:
    """The receiver holds all bytes before `offset`, and expects that offset next; `complete` answers an End."""

    stream: str
    attempt: int
    offset: int
    complete: bool = False


@dataclass(frozen=True)
class Refusal:
    """The receiver kept nothing of the frame. `attempt` repeats the frame's, or is 0 where that could not be read."""

    stream: str
    attempt: int
    kind: RefusalKind
    expected: int = 0
    message: str = ""


Frame: TypeAlias = "Chunk | Heartbeat | End"
Reply: TypeAlias = "Ack | Refusal"


def check_name(name: str) -> str:
    """The name, if it is one harmless path component: letters, digits, `_ . @ + = -`; no `..`, no leading dot or dash.

    Raises InvalidName.
    """
    if len(name) > MAX_NAME:
        raise InvalidName(f"a name of {len(name)} characters; {MAX_NAME} are allowed")
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidName(f"{name!r} is not allowed as a name", hint="letters, digits and _ . @ + = - are")
    return name


def encode(item: Frame | Reply) -> Message:
    """A frame or reply as a dict of str, int and bytes, fit for an NVFlare Shareable, msgpack or the like."""
    head: Message = {"v": VERSION, "stream": item.stream, "attempt": item.attempt}
    match item:
        case Chunk():
            return head | {"kind": "chunk", "offset": item.offset, "data": item.data}
        case Heartbeat():
            return head | {"kind": "heartbeat", "offset": item.offset}
        case End():
            return head | {"kind": "end", "size": item.size, "gaps": item.gaps}
        case Ack():
            return head | {"kind": "ack", "offset": item.offset, "complete": int(item.complete)}
        case Refusal():
            why: Message = {"why": item.kind.value, "expected": item.expected, "message": item.message[:MAX_TEXT]}
            return head | {"kind": "refusal"} | why


def decode_frame(message: object) -> Frame:
    """What `encode` made of a frame. Every field is checked; raises FrameError."""
    fields = _Fields(message)
    stream, attempt = fields.text("stream", MAX_NAME, empty=False), fields.number("attempt", least=1)
    match fields.kind:
        case "chunk":
            most = MAX_INT - MAX_DATA
            item: Frame = Chunk(stream, attempt, fields.number("offset", most=most), fields.data("data"))
        case "heartbeat":
            item = Heartbeat(stream, attempt, fields.number("offset"))
        case "end":
            item = End(stream, attempt, fields.number("size"), fields.number("gaps"))
        case kind:
            raise FrameError(f"kind: expected a frame, got {kind!r}")
    fields.nothing_else()
    return item


def decode_reply(message: object) -> Reply:
    """What `encode` made of a reply. Every field is checked; raises FrameError."""
    fields = _Fields(message)
    stream, attempt = fields.text("stream", MAX_NAME), fields.number("attempt")
    match fields.kind:
        case "ack":
            item: Reply = Ack(stream, attempt, fields.number("offset"), bool(fields.number("complete", most=1)))
        case "refusal":
            expected, text = fields.number("expected"), fields.text("message", MAX_TEXT)
            item = Refusal(stream, attempt, _refusal_kind(fields.text("why", MAX_NAME)), expected, text)
        case kind:
            raise FrameError(f"kind: expected a reply, got {kind!r}")
    fields.nothing_else()
    return item


def _refusal_kind(value: str) -> RefusalKind:
    try:
        return RefusalKind(value)
    except ValueError:
        raise FrameError(f"why: {value!r} is not known") from None


class _Fields:
    """A message whose fields are taken out one by one; what is then left over is refused."""

    def __init__(self, message: object) -> None:
        if not isinstance(message, dict) or not all(type(key) is str for key in message):
            raise FrameError(f"expected a dict with names as keys, got {type(message).__name__}")
        self._left: dict[str, Any] = dict(message)
        if self.number("v") != VERSION:
            raise FrameError(f"v: this side speaks version {VERSION}")
        self.kind = self.text("kind", MAX_NAME)

    def _take(self, key: str, kind: type) -> Any:
        if key not in self._left:
            raise FrameError(f"{key}: missing")
        value = self._left.pop(key)
        # Exact types: True is an int to isinstance, and a subclass may bring its own behaviour.
        if type(value) is not kind:
            raise FrameError(f"{key}: expected {kind.__name__}, got {type(value).__name__}")
        return value

    def number(self, key: str, *, least: int = 0, most: int = MAX_INT) -> int:
        value: int = self._take(key, int)
        if not least <= value <= most:
            raise FrameError(f"{key}: not within {least} and {most}")
        return value

    def text(self, key: str, longest: int, *, empty: bool = True) -> str:
        value: str = self._take(key, str)
        if len(value) > longest or not (value or empty):
            raise FrameError(f"{key}: {len(value)} characters")
        return value

    def data(self, key: str) -> bytes:
        value: bytes = self._take(key, bytes)
        if not 0 < len(value) <= MAX_DATA:
            raise FrameError(f"{key}: {len(value)} bytes")
        return value

    def nothing_else(self) -> None:
        if self._left:
            # repr: a name from the network could otherwise bring line breaks into a log
            raise FrameError(f"unknown: {', '.join(map(repr, sorted(self._left)))[:MAX_TEXT]}")
