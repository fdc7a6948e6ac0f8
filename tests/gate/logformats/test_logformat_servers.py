"""Web servers and databases."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, knows, told

AT = "2026-01-31T10:00:00"
ROWS: list[tuple[str, Row]] = [
    (
        "web_server",
        (
            '::1 - ann [31/Jan/2026:10:00:00 +0100] "GET /error HTTP/1.1" 500 -',
            f"{AT}+01:00",
            None,
            None,
            '"GET /error HTTP/1.1" 500 -',
            "",
        ),
    ),
    (
        "web_server",
        ('10.0.0.1 - - [31/Jan/2026 10:00:00] "GET / HTTP/1.1" 200 -', AT, None, None, '"GET / HTTP/1.1" 200 -', ""),
    ),
    ("web_server", ("2026/01/31 10:00:00 [crit] 12#3: *1 lost it", AT, "CRIT", None, "*1 lost it", "12#3")),
    (
        "web_server",
        (
            "[pid: 12|app: 0|req: 1/1] 10.0.0.1 () {3 vars in 5 bytes} [Sat Jan 31 10:00:00 2026] GET /cart => 5 B",
            AT,
            None,
            None,
            "GET /cart => 5 B",
            "12",
        ),
    ),
    ("web_server", ("[Sat Jan 31 10:00:00 2026] [error] lost it", AT, "ERROR", None, "lost it", "")),
    (
        "web_server",
        (
            "[Sat Jan 31 10:00:00.5 2026] [core:trace3] [pid 12:tid 3] lost it",
            f"{AT}.5",
            "TRACE",
            "core",
            "lost it",
            "12:tid 3",
        ),
    ),
    (
        "database",
        ("2026-01-31 10:00:00.123 UTC [12] ERROR:  lost it", f"{AT}.123+00:00", "ERROR", None, "lost it", "12"),
    ),
    ("database", ("2026-01-31 10:00:00 CET [12-1] ann@shop FATAL:  lost it", AT, "FATAL", None, "lost it", "12")),
    (
        "database",
        (
            "2026-01-31 10:00:00 UTC [12] STATEMENT:  select error",
            f"{AT}+00:00",
            None,
            None,
            "STATEMENT: select error",
            "12",
        ),
    ),
    ("database", ("12:M 31 Jan 2026 10:00:00.123 # lost it", f"{AT}.123", "WARNING", None, "lost it", "12")),
]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda value: value if isinstance(value, str) else value[0])
def test_servers(name: str, row: Row) -> None:
    """Each tells what it has: a requested path named error is no level."""
    assert told(by(name, row[0])) == row[1:]
    assert knows(row[0]) == name


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("web_server", "we met - then [31 of them]"),
        ("web_server", "2026/01/31 10:00:00 [error] no worker"),
        ("database", "2026-01-31 10:00:00 ERROR:  lost it"),
        ("database", "2026-01-31 10:00:00 UTC it was an ERROR: one space"),
        ("database", "12:M 31 of them"),
    ],
)
def test_what_only_looks_like_it(name: str, line: str) -> None:
    """A line that begins alike is left to others."""
    assert by(name, line) is None
