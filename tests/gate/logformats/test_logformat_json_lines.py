"""JSON lines of many loggers."""

from __future__ import annotations

import json

import pytest

from tests.gate.logformats.rows import Row, by, told

AT = "2026-01-31T10:00:00"
ROWS: list[Row] = [
    (
        '{"event":"lost it","level":"error","logger":"shop","timestamp":"2026-01-31T10:00:00Z"}',
        f"{AT}+00:00",
        "ERROR",
        "shop",
        "lost it",
        "",
    ),
    (
        '{"level":50,"time":1769853600000,"pid":12,"hostname":"h","msg":"lost it"}',
        f"{AT}+00:00",
        "ERROR",
        None,
        "lost it",
        "12",
    ),
    (
        '{"name":"shop","pid":1,"level":60,"msg":"lost it","time":"2026-01-31T10:00:00.000Z","v":0}',
        f"{AT}.000+00:00",
        "FATAL",
        "shop",
        "lost it",
        "1",
    ),
    (
        '{"level":"dpanic","ts":1769853600.5,"logger":"l","caller":"a.go:1","msg":"lost it"}',
        f"{AT}.500000+00:00",
        "DPANIC",
        "l",
        "lost it",
        "",
    ),
    (
        '{"timestamp":"2026-01-31T10:00:00Z","level":"ERROR","fields":{"message":"lost it"},"target":"shop::m"}',
        f"{AT}+00:00",
        "ERROR",
        "shop::m",
        "lost it",
        "",
    ),
    (
        '{"ts":"2026-01-31T10:00:00Z","@fields":{"lvl":"ERROR","msg":"lost it"}}',
        f"{AT}+00:00",
        "ERROR",
        None,
        "lost it",
        "",
    ),
    ('{"@t":"2026-01-31T10:00:00Z","@mt":"lost {it}","@l":"Error"}', f"{AT}+00:00", "ERROR", None, "lost {it}", ""),
    ('{"@t":"2026-01-31T10:00:00Z","@m":"all well"}', f"{AT}+00:00", "INFORMATION", None, "all well", ""),
    (
        '{"log":{"level":"error"},"message":"lost it","@timestamp":"2026-01-31T10:00:00Z","process":{"pid":7}}',
        f"{AT}+00:00",
        "ERROR",
        None,
        "lost it",
        "7",
    ),
    ('{"log.level":"ERROR","message":"lost it"}', None, "ERROR", None, "lost it", ""),
    ('{"level":{"name":"ERROR","no":40},"message":"lost it"}', None, "ERROR", None, "lost it", ""),
    (
        '{"record":{"level":{"name":"ERROR","no":40},"message":"lost it","time":{"repr":"2026-01-31 10:00:00+01:00"}}}',
        f"{AT}+01:00",
        "ERROR",
        None,
        "lost it",
        "",
    ),
    ('{"severity":"ERROR","message":"lost it"}', None, "ERROR", None, "lost it", ""),
    ('{"severity":3,"message":"lost it"}', None, "ERR", None, "lost it", ""),
    ('{"PRIORITY":"2","message":"lost it"}', None, "CRIT", None, "lost it", ""),
    ('{"level":3,"short_message":"lost it","timestamp":1769853600}', f"{AT}+00:00", "ERR", None, "lost it", ""),
    ('{"levelno":40,"msg":"lost it","time":"2026-01-31 10:00:00"}', AT, "ERROR", None, "lost it", ""),
    (
        '{"t":{"$date":"2026-01-31T10:00:00Z"},"s":"E","c":"NETWORK","ctx":"conn1","msg":"lost it"}',
        f"{AT}+00:00",
        "ERROR",
        "NETWORK",
        "lost it",
        "conn1",
    ),
    (
        '{"t":{"$date":"2026-01-31T10:00:00Z"},"s":"D2","c":"NETWORK","ctx":"conn1","msg":"lost it"}',
        f"{AT}+00:00",
        "DEBUG",
        "NETWORK",
        "lost it",
        "conn1",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_json_lines(row: Row) -> None:
    """Levels by word or number, times by text or number, keys at the top or one step down."""
    record = by("json_lines", row[0])
    assert told(record) == row[1:]
    assert record is not None
    assert record.whole


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"a": 1}',
        '{"message": "failed", "status": 500}',
        '{"level": 3, "nodes": 4}',
        '{"level": 50, "loss": 0.1}',
        '{"time": 1769853600}',
        '{"s": "E", "t": 1}',
        "{'level': 'error', 'msg': 'x'}",
        '["level", "error"]',
        "{level: error}",
    ],
)
def test_what_is_json_and_no_record(line: str) -> None:
    """An object that a program prints is no entry for that alone: it needs a level or a time, and a message."""
    assert by("json_lines", line) is None


@pytest.mark.parametrize(
    "value", [True, None, [], {}, "", 1e400, float("nan"), -1, 10**30, 5.5, {"name": None}, "9" * 50, "x" * 99]
)
@pytest.mark.parametrize("key", ["level", "time", "message", "pid", "name", "levelno", "severity"])
def test_odd_values(key: str, value: object) -> None:
    """A value that no logger writes costs the record no more than what it would have told."""
    entry = {"level": "error", "time": "2026-01-31T10:00:00Z", "message": "lost it", key: value}
    assert by("json_lines", json.dumps(entry)) is not None


def test_a_long_record_of_which_only_the_beginning_is_there() -> None:
    """The level is found where the record is cut, too."""
    record = by("json_lines", '{"level":"error","msg":"lost it","stack":"' + "x" * 100)
    assert record is not None
    assert (record.level, record.whole) == ("ERROR", True)
    assert by("json_lines", '{"a":"level error' + "x" * 100) is None


def test_traces_below_the_message() -> None:
    """A stack trace in a key of its own, or in an error's object, stands below the message."""
    for entry in (
        {"stacktrace": "a\nb"},
        {"err": {"stack": "a\nb"}},
        {"error": {"stack_trace": "a\nb"}},
        {"@x": "a\nb"},
    ):
        record = by("json_lines", json.dumps({"level": "error", "msg": "lost it", **entry}))
        assert record is not None
        assert record.message == "lost it\na\nb"
