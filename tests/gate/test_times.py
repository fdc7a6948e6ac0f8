"""Times of all forms, as seconds."""

from __future__ import annotations

import pytest

from gate import times


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        ("1970-01-01T00:00:10", "", 10.0),
        ("1970-01-01T00:00:10.5", "", 10.5),
        ("1970-01-01 00:00:10,250", "", 10.25),
        ("1970-01-01T00:00:10.123456789Z", "", 10.123456789),
        ("1970-01-01T01:00:10+01:00", "-05:00", 10.0),
        ("1969-12-31T18:30:10", "-0530", 10.0),
        ("1970-13-01T00:00:10", "", None),
        ("1970-01-01T00:00:61", "", None),
        ("10:00:00", "", None),
        ("", "", None),
        (None, "+01:00", None),
    ],
)
def test_seconds(time: str | None, zone: str, expected: float | None) -> None:
    """ISO 8601 in all the forms that logs give; what is no moment is None."""
    assert times.seconds(time, zone) == expected
