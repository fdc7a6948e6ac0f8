"""syslog."""

from __future__ import annotations

import pytest

from tests.gate.logformats.rows import Row, by, knows, told

AT = "2026-01-31T10:00:00"
ROWS: list[Row] = [
    ("<34>1 2026-01-31T10:00:00Z host shop 12 ID7 - lost it", f"{AT}+00:00", "CRIT", "shop", "lost it", "12"),
    (
        '<11>1 2026-01-31T10:00:00.5+01:00 host shop - - [a@1 b="c\\"]" d="e"][f] lost it',
        f"{AT}.5+01:00",
        "ERR",
        "shop",
        "lost it",
        "",
    ),
    ("1 2026-01-31T10:00:00Z host shop 12 - - lost it", f"{AT}+00:00", None, "shop", "lost it", "12"),
    ("<11>Jan 31 10:00:00 host shop[12]: lost it", None, "ERR", "shop", "lost it", "12"),
    ("Jan  1 10:00:00 host sshd(pam_unix)[12]: lost it", None, None, "sshd(pam_unix)", "lost it", "12"),
    ("<6>shop[12]: lost it", None, "INFO", "shop", "lost it", "12"),
    ("2026-01-31T10:00:00+0100 host shop[12]: lost it", f"{AT}+01:00", None, "shop", "lost it", "12"),
    ("Jan  1 10:00:00 host last message repeated 2 times", None, None, None, "last message repeated 2 times", ""),
    ("<14>Jan 31 10:00:00 host shop[12]: ERROR lost it", None, "ERROR", "shop", "lost it", "12"),
    ("<11>Jan 31 10:00:00 host shop[12]: INFO all well", None, "INFO", "shop", "all well", "12"),
    ("Jan 31 10:00:00 host sshd[12]: error: lost it", None, "ERROR", "sshd", "lost it", "12"),
    ("Jan 31 10:00:00 host kernel: WARNING: CPU: 3", None, "WARNING", "kernel", "CPU: 3", ""),
    (
        "- 1769853600 2026.01.31 n1 Jan 31 10:00:00 n1/n1 shop[12]: lost it",
        f"{AT}+00:00",
        None,
        "shop",
        "lost it",
        "12",
    ),
    ("Jan 31 10:00:00 host kubelet[12]: E0131 10:00:00.1 3 a.go:1] lost it", None, "ERROR", "kubelet", "lost it", "12"),
    (
        "Jan 31 10:00:00 host docker[12]: time=2026-01-31T10:00:00Z level=error msg=lost",
        f"{AT}+00:00",
        "ERROR",
        "docker",
        "lost",
        "12",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_syslog(row: Row) -> None:
    """The program is the logger; the level is the message's own, else that of the priority; no year is invented."""
    assert told(by("syslog", row[0])) == row[1:]
    assert knows(row[0]) == "syslog"


@pytest.mark.parametrize(
    "line",
    [
        "<999>no priority",
        "<b>no priority</b>",
        "Jan 31 was cold",
        "2026-01-31T10:00:00Z ERROR shop: lost it",
        "2026-01-31 10:00:00 host shop: lost it",
        "1 2026-01-31 apples",
    ],
)
def test_what_is_no_syslog(line: str) -> None:
    """Other times, tags and levels in the place of a host are left to others."""
    assert by("syslog", line) is None


@pytest.mark.parametrize(
    "message",
    [
        "no errors found",
        "0 errors",
        "ALERT exited abnormally",
        "NOTICE x",
        "status: OK, error_count=0",
        "the error is gone",
    ],
)
def test_a_message_that_only_speaks_of_errors(message: str) -> None:
    """The message's own level stands at its beginning; a word further on is none."""
    record = by("syslog", f"Jan 31 10:00:00 host shop[12]: {message}")
    assert record is not None
    assert record.level is None


def test_records_in_records() -> None:
    """A message that looks like syslog itself, and so on, is no deep matter."""
    assert by("syslog", "<3>a: " * 20_000) is not None
