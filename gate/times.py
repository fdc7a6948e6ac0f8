"""Times as logs and reports write them → seconds, so that they can be compared whatever their offsets."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:?\d\d)?")


def seconds(time: str | None, zone: str = "") -> float | None:
    """An ISO 8601 time as seconds since 1970, read as of `zone` (`+01:00`) where it has no offset; None if it is none.

    Where nobody knows the offset the time counts as it stands, so that such times can be compared with each other.
    """
    found = _TIME.fullmatch(time or "")
    midnight = _midnight(found[1]) if found else None
    if not found or midnight is None:
        return None
    hours, minutes, seconds = int(found[2]), int(found[3]), int(found[4])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    fraction = float(f"0{found[5].replace(',', '.')}") if found[5] else 0.0
    return midnight + hours * 3600 + minutes * 60 + seconds + fraction - zone_seconds(found[6] or zone)


@lru_cache(maxsize=100)
def _midnight(date: str) -> float | None:
    """The beginning of a day as seconds since 1970; None of one that no calendar has."""
    try:
        return datetime.fromisoformat(date).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=100)
def zone_seconds(zone: str) -> int:
    """The seconds by which a zone's clocks are ahead of UTC; 0 for one that is none."""
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", zone)
    return int(f"{found[1]}1") * (int(found[2]) * 3600 + int(found[3]) * 60) if found else 0


def zone(time: str) -> str:
    """The offset that a time is written with (`+01:00`, `Z`); "" where it has none."""
    found = _TIME.fullmatch(time)
    return found[6] or "" if found else ""
