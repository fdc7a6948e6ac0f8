"""Any other time first, and a level first; what is a level there and what is a word of the message."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, told

AT = "2026-01-31T10:00:00"
ROWS: list[Row] = [
    ("2026-01-31 10:00:00 ERROR lost it", AT, "ERROR", None, "lost it", ""),
    ("2026-01-31 10:00:00 main ERROR lost it", AT, "ERROR", None, "lost it", ""),
    (
        "2026-01-31 10:00:00.008 25746 ERROR shop.cart [req-1] lost it",
        f"{AT}.008",
        "ERROR",
        "shop.cart",
        "[req-1] lost it",
        "",
    ),
    (
        "shop.log.1 2026-01-31 10:00:00.008 25746 INFO shop.cart: all well",
        f"{AT}.008",
        "INFO",
        "shop.cart",
        "all well",
        "",
    ),
    ("[2026-01-31T10:00:00Z ERROR shop::cart] lost it", f"{AT}+00:00", "ERROR", "shop::cart", "lost it", ""),
    (
        "2026-01-31T10:00:00.123456Z  WARN shop::cart: lost it",
        f"{AT}.123456+00:00",
        "WARN",
        "shop::cart",
        "lost it",
        "",
    ),
    ("[2026-01-31 10:00:00.123][12][error][config] lost it", f"{AT}.123", "ERROR", None, "[config] lost it", ""),
    ("2026.01.31 10:00:00.5 [ 12 ] {q} <Error> shop: lost it", f"{AT}.5", "ERROR", None, "shop: lost it", ""),
    ("2026-01-31 10:00:00.123|ERROR|Shop.Cart|lost it", f"{AT}.123", "ERROR", "Shop.Cart", "lost it", ""),
    ("[2026-01-31 10:00:00] production.ERROR: lost it", AT, "ERROR", None, "lost it", ""),
    ("[31-Jan-2026 10:00:00 UTC] PHP Fatal error:  lost it", f"{AT}+00:00", "FATAL", None, "lost it", ""),
    ("2026-01-31T10:00:00Z error: lost it", f"{AT}+00:00", "ERROR", None, "lost it", ""),
    ("2026-01-31T10:00:00Z\terror\tlost it", f"{AT}+00:00", "ERROR", None, "lost it", ""),
    ("2026-01-31 10:00:00, Error                 CSI    (F) lost it", AT, "ERROR", "CSI", "(F) lost it", ""),
    ("2026-01-31 10:00:00 err lost it", AT, "ERR", None, "lost it", ""),
    ("2026-01-31 10:00:00.123456 E | shop: lost it", f"{AT}.123456", "ERROR", None, "shop: lost it", ""),
    (
        "2026-01-31T10:00:00.123456Z 12 [ERROR] [MY-1] lost it",
        f"{AT}.123456+00:00",
        "ERROR",
        None,
        "[MY-1] lost it",
        "",
    ),
    (
        "- 1769853600 2026.01.31 R02 2026-01-31-10.00.00.1 R02 RAS KERNEL FATAL lost it",
        f"{AT}+00:00",
        "FATAL",
        "KERNEL",
        "lost it",
        "",
    ),
    ("1769853600.5 ERROR lost it", f"{AT}.500000+00:00", "ERROR", None, "lost it", ""),
    ("[1769853600] lost it", f"{AT}+00:00", None, None, "lost it", ""),
    ("20260131-1:02:3:606|Step|300|lost it", "2026-01-31T01:02:03.606", None, "Step", "lost it", ""),
    ("Sat Jan 31 10:00:00 2026 ERROR lost it", AT, "ERROR", None, "lost it", ""),
    ("January 31, 2026 1:00:00 PM ERROR lost it", "2026-01-31T13:00:00", "ERROR", None, "lost it", ""),
    ("31 Jan 2026 10:00:00,5 +0100 ERROR lost it", f"{AT}.5+01:00", "ERROR", None, "lost it", ""),
    ("[   12.345678] ERROR lost it", None, "ERROR", None, "lost it", ""),
    ("[0.123s][error][gc] lost it", None, "ERROR", None, "[gc] lost it", ""),
    ("10:00AM ERR lost it", None, "ERR", None, "lost it", ""),
    ("[10:00:00 FTL] lost it", None, "FTL", None, "lost it", ""),
    ("1/2/2026 10:00:00 AM ERROR lost it", None, "ERROR", None, "lost it", ""),
    ("2026-01-31T10:00:00.5Z 0 [ERROR] [MY-1] lost it", f"{AT}.5+00:00", "ERROR", None, "[MY-1] lost it", ""),
    ("2026-01-31 10:00:00 0 [Note] all well", AT, "NOTE", None, "all well", ""),
    ("2026-01-31 10:00:00.5: E shop/cart.cc:12] lost it", f"{AT}.5", "ERROR", None, "shop/cart.cc:12] lost it", ""),
    ("2026-01-31T10:00:00Z E STORAGE  [main] lost it", f"{AT}+00:00", "ERROR", None, "STORAGE  [main] lost it", ""),
    ("[2026-01-31 10:00:00.5] E [ID: 1] lost it", f"{AT}.5", "ERROR", None, "[ID: 1] lost it", ""),
    ("[2026-01-31 10:00:00,5 E 12 34] shop.cc:1: lost it", f"{AT}.5", "ERROR", None, "12 34] shop.cc:1: lost it", ""),
    ("2026-01-31T10:00:00Z E! lost it", f"{AT}+00:00", None, None, "E! lost it", ""),
    (
        "2026-01-31T10:00:00Z warning shop[12] [a=b] lost it",
        f"{AT}+00:00",
        "WARNING",
        None,
        "shop[12] [a=b] lost it",
        "",
    ),
    ("2026-01-31 10:00:00 debug2 well", AT, "DEBUG2", None, "well", ""),
    ("[10:00:00] [Server thread/ERROR]: lost it", None, "ERROR", None, "lost it", ""),
    ("[Nest] 12  - 01/31/2026, 10:00:00 AM   ERROR [Cart] lost it", None, "ERROR", None, "[Cart] lost it", ""),
    ("1234 node-2 shop.hw change.gone 1769853600 1 lost it", f"{AT}+00:00", None, None, "lost it", ""),
    ("@40000000697dd2aa00000000 shop: lost it", f"{AT}+00:00", None, None, "shop: lost it", ""),
    ("TCF 30:04.735: lost it", None, None, None, "lost it", ""),
    ("[10.30 16:49:06] shop.exe - lost it", None, None, None, "shop.exe - lost it", ""),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_timestamped(row: Row) -> None:
    """The time in ISO form, with an offset only where one stands, None without a full date that can be read one way."""
    assert told(by("timestamped", row[0])) == row[1:]


@pytest.mark.parametrize(
    "rest",
    [
        "error_count=0",
        "ERROR=0",
        "no errors found",
        "no ERROR found",
        "0 ERROR, 3 WARN",
        "ERROR: 0",
        "errors: 0",
        "wrote exception_handler.py",
        "wrote error.log",
        "the service reports ERROR in its page",
        "setting the log level to ERROR",
        "error opening is nothing new",
        "GET /error HTTP/1.1",
        '{"errors": []}',
        "SERVICE ALERT: host;shop;ok",
        "shop has 3 err codes",
        "received ERROR from a peer",
        "log.level.ERROR is set",
        "E is a letter",
        "E 12 apples",
        "warning lights are on",
        "RAS KERNEL well",
        "0 errors",
    ],
)
def test_words_of_a_message(rest: str) -> None:
    """A word of the message is no level."""
    record = by("timestamped", f"2026-01-31 10:00:00 {rest}")
    assert record is not None
    assert record.level is None


@pytest.mark.parametrize("rest", ["errors: ERROR", "ERROR: 3 of 4", "error_count=0 ERROR", "[ERROR] x", "error: x"])
def test_the_first_level_counts(rest: str) -> None:
    """What an entry says of errors does not change its own level."""
    record = by("timestamped", f"2026-01-31 10:00:00 INFO {rest}")
    assert record is not None
    assert record.level == "INFO"


@pytest.mark.parametrize(
    "line",
    [
        "12345 items",
        "1769853600 items",
        "1234 apples of tree 1769853600 1 x",
        "1234 node-2 5 6 1769853600 1 x",
        "@4000 shop",
        "1.5 seconds",
        "12:30 lunch",
        "3-4 of them",
        "2026-01-31 was cold",
        "Jan the first",
        "v1.2.3",
    ],
)
def test_what_is_no_time(line: str) -> None:
    """A number at a line's beginning is no time for that."""
    assert by("timestamped", line) is None


@pytest.mark.parametrize(
    ("line", "level", "weak"),
    [
        ("ERROR lost it", "ERROR", True),
        ("INFO:     lost it", "INFO", True),
        ("[warn] lost it", "WARN", True),
        ("<Error> lost it", "ERROR", True),
        ("ERRO[0012] lost it", "ERROR", False),
        ("FATAL[01-31|10:00:00.123] lost it", "FATAL", False),
        ("shop: error: lost it", "ERROR", True),
        ("a/b.c:3:5: fatal error: lost it", "ERROR", True),
        ("shop: fatal: lost it", "FATAL", True),
        ("ALERT: lost it", "ALERT", True),
        ("=CRASH REPORT==== 31-Jan-2026::10:00:00 ===", "ERROR", False),
    ],
)
def test_level_first(line: str, level: str, weak: bool) -> None:
    """Any program may print a line that begins with a level; one with a clock in brackets is a logger's."""
    record = by("level_first", line)
    assert record is not None
    assert (record.level, record.weak) == (level, weak)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR 1064 (42000): bad",
        "Error: x",
        "error lost it",
        "ERRORS: 3",
        "[config]",
        "<log>",
        "<error>no</error>",
        "ERROR: 0",
        "ERROR",
        "[0012] x",
        "ALERT exited",
        "NOTICE to all",
        "shop: error: 0",
        "shop: errors: x",
        "the shop: error: x",
        "a.b.error: x",
        "error: x",
    ],
)
def test_what_is_no_level(line: str) -> None:
    """Numbers of errors, words of a sentence and sections of a file are none."""
    assert by("level_first", line) is None
