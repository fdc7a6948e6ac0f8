"""A time before each line, also before those that continue an entry.

Sources: the output of `docker logs -t`, `kubectl logs --timestamps` (nine digits and a zone), moreutils' ts, Jenkins'
timestamper (`[2026-01-01T10:00:00.123Z] text`, but a pipeline's own lines have no time), Buildkite (an escape sequence
with milliseconds).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from gate.carriers import Carried
from gate.carriers.evidence import TIME, cut_by_line, iso, level_first, nearly_all, text

_LINE = re.compile(
    rb"(?:(\[)?" + TIME + rb"(?(1)\])"
    rb"|\[?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\]?|\[?\d\d:\d\d:\d\d(?:\.\d{1,6})?\]?)(?: |\r?\n?\Z)"
    rb"|\x1b_bk;t=(\d{12,14})\x07"
    rb"|(?=\[Pipeline\] )"
)
_FULL = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)(?: |$)")
_ENTRY = re.compile(r'\{"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[IWEF]\d{4} \d\d:\d\d')
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Stamped:
    spans_lines = True

    def begins(self, line: bytes) -> bool:
        return _LINE.match(line) is not None

    def open(self, record: bytes) -> Carried | None:
        found = _LINE.match(record)
        if not found:
            return None
        _, date, clock, fraction, zone, milliseconds = found.groups()
        time = iso(date, clock, fraction, zone) if date else _since_1970(milliseconds) if milliseconds else None
        return Carried(text(record[found.end() :]), time=time)

    def shows(self, lines: list[bytes]) -> bool:
        known = [found for found in map(_LINE.match, lines) if found]
        if len(known) < 2 or not nearly_all(len(known), len(lines)):
            return False
        texts = [text(found.string[found.end() :]) for found in known]
        bare = [line for line in lines if not self.begins(line)]
        return _is_buildkite(known) or _is_container(known, texts) or _of_entries(texts) or cut_by_line(texts, bare)


def _is_buildkite(known: list[re.Match[bytes]]) -> bool:
    return all(found[6] for found in known)


def _is_container(known: list[re.Match[bytes]], texts: list[str]) -> bool:
    """Container runtimes write all nine digits; the few loggers that do so name a level next."""
    return all(_FULL.match(found.string) for found in known) and not any(map(level_first, texts))


def _of_entries(texts: list[str]) -> bool:
    """Whether entries with a time, or a structure, of their own stand behind the times."""
    return 2 * sum(_ENTRY.match(line) is not None for line in texts) >= len(texts)


def _since_1970(milliseconds: bytes) -> str | None:
    return (_EPOCH + timedelta(milliseconds=int(milliseconds))).isoformat()


CARRIER = Stamped()
