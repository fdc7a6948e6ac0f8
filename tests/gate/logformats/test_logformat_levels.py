"""The order of levels, and times in ISO form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.logformats import times
from gate.logformats.levels import by_number, rank


@pytest.mark.parametrize(
    "same",
    [
        ("WARN", "WARNING", "WRN", "warn"),
        ("ERROR", "ERR", "SEVERE", "FAIL", "FAILURE", "EROR", "error"),
        ("FATAL", "CRIT", "CRITICAL", "PANIC", "ALERT", "EMERG", "DPANIC", "FTL"),
        ("INFO", "INFORMATION", "INF"),
        ("DEBUG", "DEBUG1", "DEBUG5", "FINE"),
        ("TRACE", "TRACE1", "FINEST", "NOTSET"),
    ],
)
def test_names_of_one_rank(same: tuple[str, ...]) -> None:
    """One level goes by several names."""
    assert len({rank(name) for name in same}) == 1


def test_the_order() -> None:
    """From what nobody knows to what ends a program."""
    names = [None, "TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL"]
    assert [rank(name) for name in names] == list(range(8))
    assert rank("") == rank("BEGINNER") == rank("12") == 0


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (0, "EMERG"),
        (3, "ERR"),
        (7, "DEBUG"),
        (8, None),
        (10, "TRACE"),
        (35, "INFO"),
        (50, "ERROR"),
        (60, "FATAL"),
        (70, None),
        (-1, None),
    ],
)
def test_numbers(number: int, level: str | None) -> None:
    """Syslog's small numbers, and the tens of pino and bunyan."""
    assert by_number(number) == level


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026/01/31 10:00:00,5 +0100", "2026-01-31T10:00:00.5+01:00"),
        (1769853600, "2026-01-31T10:00:00+00:00"),
        (1769853600123, "2026-01-31T10:00:00.123000+00:00"),
        (1769853600123456789, "2026-01-31T10:00:00.123457+00:00"),
        ("1769853600.25", "2026-01-31T10:00:00.250000+00:00"),
        (1.7698536e9, "2026-01-31T10:00:00+00:00"),
        (12, None),
        (True, None),
        (None, None),
        ("10:00:00", None),
        ("soon", None),
        (float("inf"), None),
    ],
)
def test_times_of_records(value: object, time: str | None) -> None:
    """A number counts from 1970 in UTC, in seconds or their thousandths; half a date is none."""
    assert times.written(value) == time


@given(st.one_of(st.integers(), st.floats(), st.text(), st.text("0123456789.eE+-")))
def test_any_value_may_stand_for_a_time(value: object) -> None:
    """No value breaks the reading."""
    assert times.written(value) is None or isinstance(times.written(value), str)
