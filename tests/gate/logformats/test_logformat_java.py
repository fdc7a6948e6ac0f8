"""Java's loggers."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, knows, told

AT = "2026-01-31T10:00:00"
ROWS: list[Row] = [
    ("2026-01-31 10:00:00,123 [main] ERROR shop.Cart - lost it", f"{AT}.123", "ERROR", "shop.Cart", "lost it", "main"),
    ("10:00:00.123 [pool-1 thread 2] WARN  s.Cart - lost it", None, "WARN", "s.Cart", "lost it", "pool-1 thread 2"),
    (
        "2026-01-31T10:00:00.123+01:00 ERROR 12 --- [shop] [main] shop.Cart    : lost it",
        f"{AT}.123+01:00",
        "ERROR",
        "shop.Cart",
        "lost it",
        "12",
    ),
    ("260131 100000 148 INFO shop.Cart$Row: lost it", AT, "INFO", "shop.Cart$Row", "lost it", "148"),
    (
        "2026-01-31 10:00:00,123 - WARN  [Peer[id=1]/0:0:0:Vote@7] - lost it",
        f"{AT}.123",
        "WARN",
        "Vote",
        "lost it",
        "Peer[id=1]/0:0:0",
    ),
    (
        "2026-01-31 10:00:00,123 FATAL [main] org.shop.Cart: lost it",
        f"{AT}.123",
        "FATAL",
        "org.shop.Cart",
        "lost it",
        "main",
    ),
    ("26/01/31 10:00:00 ERROR shop.Cart: lost it", AT, "ERROR", "shop.Cart", "lost it", ""),
    ("26/01/31 10:00:00 ERROR Cart: lost it", AT, "ERROR", "Cart", "lost it", ""),
    (
        "2026-01-31 10:00:00,123 [myid:1] - ERROR [main:Vote@7] - lost it",
        f"{AT}.123",
        "ERROR",
        "Vote",
        "lost it",
        "main",
    ),
    (
        "[2026-01-31T10:00:00,123][ERROR][o.s.Cart         ] [node-1] lost it",
        f"{AT}.123",
        "ERROR",
        "o.s.Cart",
        "[node-1] lost it",
        "",
    ),
    (
        "31-Jan-2026 10:00:00.123 SEVERE [main] org.shop.Cart.add lost it",
        f"{AT}.123",
        "SEVERE",
        "org.shop.Cart.add",
        "lost it",
        "main",
    ),
    ("10:00:00,123 ERROR [org.shop.Cart] (main) lost it", None, "ERROR", "org.shop.Cart", "lost it", "main"),
    ("ERROR [main] 2026-01-31 10:00:00,123 Cart.java:12 - lost it", f"{AT}.123", "ERROR", "Cart", "lost it", "main"),
    ("ERROR 2026-01-31 10:00:00,123 [main] shop.Cart - lost it", f"{AT}.123", "ERROR", "shop.Cart", "lost it", "main"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_java(row: Row) -> None:
    """Each usual pattern tells time, level, logger, message and thread."""
    assert told(by("java", row[0])) == row[1:]
    assert knows(row[0]) == "java"


@pytest.mark.parametrize(
    "line",
    [
        "java.lang.Error: x",
        "Caused by: a.B: c",
        "ERROR [main] lost it",
        "10:00:00 ERROR lost it",
        "SEVERE: lost it",
        "Jan 31 is late",
    ],
)
def test_what_is_not_javas(line: str) -> None:
    """Exceptions and what any program may print are left to others."""
    assert by("java", line) is None


@pytest.mark.parametrize("space", [" ", "\u202f"])
def test_heads_of_two_lines(space: str) -> None:
    """java.util.logging's level stands in the second line of the head."""
    line = f"Jan 31, 2026 10:00:00{space}PM shop.Cart add"
    record = by("java", line, "SEVERE: lost it")
    assert told(record) == ("2026-01-31T22:00:00", "SEVERE", "shop.Cart", "lost it", "")
    assert record is not None
    assert record.lines == 2
    assert knows(line) == "java"


def test_a_head_of_which_the_second_line_is_missing() -> None:
    """A line that is no second one is not taken for it."""
    record = by("java", "Jan 31, 2026 12:00:00 AM shop.Cart add", "Jan 31, 2026 12:00:01 AM shop.Cart add")
    assert told(record) == ("2026-01-31T00:00:00", None, "shop.Cart", "", "")
    assert record is not None
    assert record.lines == 1
