"""`journalctl -o export`: records of KEY=VALUE lines with an empty line behind.

Binary fields have their size before them. Source: systemd's Journal Export Format. journalctl writes the cursor first
in each record.
"""

from __future__ import annotations

from gate import clean
from gate.carriers import Carried
from gate.carriers.journal import FIELDS, carried

_BEGIN = b"__CURSOR="
_SIZE = 8


class SystemdExport:
    spans_lines = True

    def begins(self, line: bytes) -> bool:
        return line.startswith(_BEGIN)

    def open(self, record: bytes) -> Carried | None:
        return carried(_fields(record)) if record.startswith(_BEGIN) else None

    def shows(self, lines: list[bytes]) -> bool:
        return any(map(self.begins, lines)) and any(line.startswith(b"__REALTIME_TIMESTAMP=") for line in lines)


def _fields(record: bytes) -> dict[str, str]:
    """The fields of the record up to its empty line, or to where it is cut."""
    fields: dict[str, str] = {}
    start = 0
    while line := record[start : _line_end(record, start)]:
        key, is_text, value = line.partition(b"=")
        start += len(line) + 1
        if not is_text:
            size = int.from_bytes(record[start : start + _SIZE], "little")
            value = record[start + _SIZE : start + _SIZE + size]
            start += _SIZE + size + 1
        if (name := key.decode("ascii", "replace")) in FIELDS:
            fields.setdefault(name, clean.decode(value))
    return fields


def _line_end(record: bytes, start: int) -> int:
    end = record.find(b"\n", start)
    return end if end >= 0 else len(record)


CARRIER = SystemdExport()
