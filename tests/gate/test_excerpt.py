"""What people see of an event: its lines, what was left out of them, its context as it stands in the log."""

from __future__ import annotations

from gate.excerpt import CONTEXT, EXCERPT_HEAD, EXCERPT_TAIL
from tests.gate.scanning import scan

COMPOSE = (
    b"web-1  | start\nweb-2  | hello\nweb-1  | Traceback (most recent call last):\nweb-2  | more\n"
    b'web-1  |   File "a.py", line 1, in f\nweb-1  | ValueError: x\nweb-2  | done\n'
)


def test_context_is_the_lines_around() -> None:
    """At most three lines before and behind an event are shown, and none of its own."""
    (event,) = scan(b"".join(b"line %d\n" % n for n in range(5)) + b"ERROR x\n" + b"behind\n" * 5)
    assert event.before.split("\n") == ["line 2", "line 3", "line 4"]
    assert event.after.split("\n") == ["behind"] * CONTEXT


def test_an_events_lines_are_shown_without_those_between() -> None:
    """Of a log with several writers an event shows its own lines, says which, and has the log's lines around it."""
    (event,) = scan(COMPOSE)
    assert [line.removeprefix("web-1  | ") for line in event.text.split("\n")] == [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "ValueError: x",
    ]
    assert event.note == "lines 3, 5-6; those between are another writer's"
    assert event.before == "web-1  | start\nweb-2  | hello"
    assert event.after == "web-2  | done"


def test_the_middle_of_a_long_event_is_cut() -> None:
    """The beginning and the end of a long event are shown, and how many lines were left out."""
    (event,) = scan(b"2026-01-01 10:00:00 ERROR x\n" + b"  more\n" * 500)
    lines = event.text.split("\n")
    assert len(lines) == EXCERPT_HEAD + EXCERPT_TAIL + 1
    assert "381" in lines[EXCERPT_HEAD]


def test_secrets_are_masked_around_it_too() -> None:
    """What a line before or behind an event tells is masked as the event is."""
    (event,) = scan(b"password=hunter2hunter2\nERROR password=hunter2hunter2\npassword=hunter2hunter2\n")
    assert "hunter2" not in event.before + event.text + event.after + event.matched + event.message
