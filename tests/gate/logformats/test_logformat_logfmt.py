"""logfmt."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, told

AT = "2026-01-31T10:00:00+00:00"
ROWS: list[Row] = [
    ("level=error ts=2026-01-31T10:00:00Z caller=a.go:1 msg=lost", AT, "ERROR", "a.go:1", "lost", ""),
    ('msg="lost it" level=fatal time="2026-01-31T10:00:00Z" pid=3', AT, "FATAL", None, "lost it", "3"),
    ('t=2026-01-31T10:00:00+0000 lvl=eror msg="a \\"b\\"\\nc"', AT, "ERROR", None, 'a "b"\nc', ""),
    ("time=2026-01-31T10:00:00Z msg=started", AT, None, None, "started", ""),
    ("level=info msg=", None, "INFO", None, "level=info msg=", ""),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_logfmt(row: Row) -> None:
    """Keys in any order, values with and without quotes and escapes."""
    assert told(by("logfmt", row[0])) == row[1:]


@pytest.mark.parametrize(
    "line", ["a=1 b=2", "x=error", "level=3 hp=20", "level = error", "level:error", "see level=error"]
)
def test_what_is_no_logfmt(line: str) -> None:
    """Assignments are no entries without a level or a time, and prose with a pair in it is none."""
    assert by("logfmt", line) is None
