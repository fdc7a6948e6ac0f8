"""Formats whose level is a letter or an abbreviation: glog, logcat, Ruby's, .NET's; and Kubernetes' events."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, knows, told

ROWS: list[tuple[str, Row]] = [
    ("glog", ("E0131 10:00:00.123456   12 a.cc:34] lost it", None, "ERROR", "a.cc", "lost it", "12")),
    (
        "glog",
        (
            "F20260131 10:00:00.123456 12 a.cc:34] lost it",
            "2026-01-31T10:00:00.123456",
            "FATAL",
            "a.cc",
            "lost it",
            "12",
        ),
    ),
    (
        "glog",
        (
            "W260131 10:00:00.1 12 kv/a.go:34 ⋮ lost it",
            "2026-01-31T10:00:00.1",
            "WARNING",
            "kv/a.go",
            "⋮ lost it",
            "12",
        ),
    ),
    (
        "glog",
        (
            "E0000 00:00:1769853600.123456   12 a.cc:34] lost it",
            "2026-01-31T10:00:00.123456+00:00",
            "ERROR",
            "a.cc",
            "lost it",
            "12",
        ),
    ),
    ("glog", ("[E 2026-01-31 10:00:00.1 Shop] lost it", "2026-01-31T10:00:00.1", "ERROR", "Shop", "lost it", "")),
    ("glog", ("[E 260131 10:00:00 web:12] lost it", "2026-01-31T10:00:00", "ERROR", "web", "lost it", "")),
    ("glog", ("[W 2026-01-31 10:00:00,1] lost it", "2026-01-31T10:00:00.1", "WARNING", None, "lost it", "")),
    ("glog", ("[rank0]:[E131 10:00:00.123456789 a.cpp:12] lost it", None, "ERROR", "a.cpp", "lost it", "")),
    ("glog", ("[E a.cpp:12] lost it", None, "ERROR", "a.cpp", "lost it", "")),
    ("glog", ("[12:34:0131/100000.123456:ERROR:a.cc(12)] lost it", None, "ERROR", "a.cc", "lost it", "12:34")),
    ("logcat", ("01-31 10:00:00.123  123  456 E Shop: lost it", None, "ERROR", "Shop", "lost it", "123 456")),
    (
        "logcat",
        (
            "2026-01-31 10:00:00.123 +0100 123 456 F libc    : lost it",
            "2026-01-31T10:00:00.123+01:00",
            "FATAL",
            "libc",
            "lost it",
            "123 456",
        ),
    ),
    ("logcat", ("01-31 10:00:00.123 W/Shop ( 123): lost it", None, "WARNING", "Shop", "lost it", "123")),
    ("logcat", ("E/AndroidRuntime(  123): lost it", None, "ERROR", "AndroidRuntime", "lost it", "123")),
    (
        "ruby_logger",
        (
            "E, [2026-01-31T10:00:00.123456 #12] ERROR -- shop: lost it",
            "2026-01-31T10:00:00.123456",
            "ERROR",
            "shop",
            "lost it",
            "12",
        ),
    ),
    (
        "ruby_logger",
        (
            "I, [2026-01-31T10:00:00.123456 #12]  INFO -- : all well",
            "2026-01-31T10:00:00.123456",
            "INFO",
            None,
            "all well",
            "12",
        ),
    ),
    ("dotnet", ("crit: Shop.Orders[3] lost it", None, "CRITICAL", "Shop.Orders", "lost it", "")),
    (
        "kubernetes_events",
        (
            "5m30s       Warning   BackOff   pod/shop-1   Back-off restarting",
            None,
            "WARNING",
            "pod/shop-1",
            "BackOff: Back-off restarting",
            "",
        ),
    ),
    (
        "kubernetes_events",
        ("shop   2m   Normal   Pulled   pod/shop-1   all well", None, "NORMAL", "pod/shop-1", "Pulled: all well", ""),
    ),
]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda value: value if isinstance(value, str) else value[0])
def test_letters(name: str, row: Row) -> None:
    """Each form tells its level as a word, and its time only where the year stands in it."""
    assert told(by(name, row[0])) == row[1:]
    assert knows(row[0]) == name


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("glog", "E0131 is a room"),
        ("glog", "I0131 10:00:00 and no place"),
        ("glog", "[E 12] is a room"),
        ("glog", "[E] [a.cpp:12] x"),
        ("glog", "[E notes.txt:12] x"),
        ("logcat", "01-31 10:00:00.123 E Shop: no pid"),
        ("logcat", "E/mail sent (12)"),
        ("logcat", "A/B test (3 of 4): done"),
        ("ruby_logger", "E, [12] ERROR -- x"),
        ("dotnet", "fail: it broke"),
        ("dotnet", "info: see [1]"),
        ("kubernetes_events", "LAST SEEN   TYPE      REASON    OBJECT       MESSAGE"),
        ("kubernetes_events", "5m Warning of a storm"),
    ],
)
def test_what_only_looks_like_it(name: str, line: str) -> None:
    """A line that begins alike is no entry."""
    assert by(name, line) is None


def test_a_message_in_the_line_below() -> None:
    """.NET's console and logcat's long form have their message in the next line, which belongs to the head."""
    record = by("dotnet", "fail: Shop.Orders[3]", "      lost it")
    assert record is not None
    assert (record.level, record.message, record.lines) == ("ERROR", "lost it", 2)
    record = by("logcat", "[ 01-31 10:00:00.123  123: 456 E/Shop ]", "lost it")
    assert record is not None
    assert (record.level, record.message, record.lines) == ("ERROR", "lost it", 2)


def test_no_message_in_the_line_below() -> None:
    """The next entry is no message."""
    record = by("dotnet", "fail: Shop.Orders[3]", "info: Shop.Orders[4]")
    assert record is not None
    assert (record.message, record.lines) == ("", 1)
