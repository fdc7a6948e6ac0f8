"""Times as logs write them → ISO 8601: with an offset only where the log tells it, and never with an invented year."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

CLOCK = r"[0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?"
ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d\b| [+-]\d\d:?\d\d| (?:UTC|GMT)\b)?"
ISO = rf"(?P<date>\d{{4}}[-/.][01]\d[-/.][0-3]\d)(?:[T ]|, ?| - )(?P<clock>{CLOCK}){ZONE}"
"""A full date and a time of day; the groups are what `iso` takes."""

MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_SECONDS = 1e11
"""Seconds since 1970 are fewer; what is more counts milliseconds, microseconds or nanoseconds."""


def iso(date: str, clock: str, zone: str | None = None) -> str:
    """`2026/01/01`, `10:00:00,5`, ` +0100` → `2026-01-01T10:00:00.5+01:00`."""
    if date[4] != "-":
        date = f"{date[:4]}-{date[5:7]}-{date[8:]}"
    return f"{date}T{clock.replace(',', '.')}{offset(zone) if zone else ''}"


def offset(zone: str) -> str:
    """`Z`, `UTC`, ` +0100`, `+01` → `+00:00`, `+01:00`."""
    zone = zone.strip()
    if zone[0] not in "+-":
        return "+00:00"
    return f"{zone[:3]}:{zone[-2:]}" if len(zone) > 3 else f"{zone}:00"


def named(date: tuple[str, str, str], clock: str, zone: str | None = None, half: str | None = None) -> str:
    """A day, a month's name and a year; `half` is the AM or PM of a twelve-hour clock."""
    day, month, year = date
    hours, rest = clock.split(":", 1)
    hour = int(hours) % 12 + 12 * (half.upper() == "PM") if half else int(hours)
    return iso(f"{year}-{_MONTHS.index(month[:3]) + 1:02}-{int(day):02}", f"{hour:02}:{rest}", zone)


def epoch(number: float) -> str | None:
    """Seconds since 1970, or thousandths, millionths or billionths of them, as a time in UTC."""
    if not 0 <= number < 1e20:
        return None
    while number >= _SECONDS:
        number /= 1000
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=round(number, 6))
    return at.isoformat(timespec="microseconds" if at.microsecond else "seconds")


_WRITTEN = re.compile(rf"\s*{ISO}\s*")
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?|\d(?:\.\d+)?[eE]\+?\d\d")


def written(value: object) -> str | None:
    """The time that stands under a key: ISO 8601, one of its relatives, or a number; None where it is none of them."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return epoch(value) if value >= 1e8 else None
    if not isinstance(value, str):
        return None
    if found := _WRITTEN.fullmatch(value):
        return iso(found["date"], found["clock"], found["zone"])
    return epoch(float(value)) if _NUMBER.fullmatch(value) else None
