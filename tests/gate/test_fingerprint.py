"""One cause, one fingerprint: equal where only what varies differs, different where the cause does."""

from __future__ import annotations

import pytest

from gate import group
from tests.gate.scanning import DEFAULT_RULES, scan

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n{}\n'


def fingerprints(text: str) -> list[str]:
    order = [rule.id for rule in DEFAULT_RULES]
    return [
        group.fingerprint(min(event.rules, key=order.index), event, {"site-1", "site-2"})
        for event in scan(text.encode())
    ]


def prefixed(prefix: str, text: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "prefix", ["", "web_1  | ", "2026-01-01T10:00:00.1234567Z ", "Jan  1 10:00:00 host app[12]: ", "    "]
)
def test_different_exceptions_are_different(prefix: str) -> None:
    """Two exceptions never share a fingerprint, whatever stands before each of their lines."""
    one, other = (prefixed(prefix, TRACEBACK.format(end)) for end in ("KeyError: 1", "MemoryError: out of it"))
    assert len(set(fingerprints(f"{one}end\n{other}end\n"))) == 2


def test_different_lines_of_one_entry_are_different() -> None:
    """What a rule matched in a later line of an entry names it, not the entry's harmless first line."""
    entry = "2026-01-01 10:00:00 INFO training started\n{}\n"
    assert len(set(fingerprints(entry.format("ERROR one") + entry.format("ERROR two")))) == 2


def test_what_stands_before_a_progress_bars_traceback() -> None:
    """A traceback behind a progress bar is named by its exception."""
    bar = "50%|##  | {}/10"
    texts = [bar.format(5) + TRACEBACK.format("KeyError: 1"), bar.format(7) + TRACEBACK.format("ValueError: 1")]
    assert len(set(fingerprints("end\n".join(texts)))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "ERROR job 1f0e8032-a813-4313-9d01-c97f08a50c64 failed",
            "ERROR job 29a6ec29-bdad-4313-9086-a55c7e8da3b0 failed",
        ),
        ("ERROR took 3.5 s", "ERROR took 14 s"),
        ("ERROR on site-1", "ERROR on site-2"),
        ("ERROR at 0x7f3cad65ea00", "ERROR at 0x7f3cad65eb11"),
        ("ERROR connecting to 10.0.0.1:8002", "ERROR connecting to 10.0.0.2:9003"),
        ("ERROR reading /tmp/a1b2/x.txt", "ERROR reading /var/tmp/c3d4/x.txt"),
        ("2026-01-01 10:00:00 ERROR x", "2026-02-02 11:11:11 ERROR x"),
    ],
)
def test_what_varies_makes_no_difference(one: str, other: str) -> None:
    """Ids, numbers, sites, addresses, paths and times do not make another issue."""
    first, second = fingerprints(f"{one}\nend\n{other}\n")
    assert first == second
