"""`journalctl -o json`: a JSON object a line, of the journal's own fields.

Source: journalctl(1): a value that is no UTF-8 is a list of bytes, one that is too large null, repeated ones a list.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gate import clean
from gate.carriers import Carried
from gate.carriers.evidence import nearly_all
from gate.carriers.journal import FIELDS, carried


class JournalJson:
    spans_lines = False

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode

    def begins(self, line: bytes) -> bool:
        return line[:1] == b"{" and b'"__REALTIME_TIMESTAMP"' in line and b'"__CURSOR"' in line

    def open(self, record: bytes) -> Carried | None:
        try:
            entry = self._decode(record)
        except (msgspec.DecodeError, RecursionError):
            return None
        return carried({name: _text(value) for name, value in entry.items() if name in FIELDS})

    def shows(self, lines: list[bytes]) -> bool:
        return nearly_all(sum(self.begins(line) and self.open(line) is not None for line in lines), len(lines))


def _text(value: Any) -> str:
    if isinstance(value, list):
        if all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
            return clean.decode(bytes(value))
        return _first(value)
    return "" if value is None else str(value)


def _first(values: list[Any]) -> str:
    """A field may be given more than once; its first value is the one that counts."""
    return str(values[0]) if values else ""


CARRIER = JournalJson()
