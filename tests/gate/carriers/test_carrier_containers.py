"""What Docker and the kubelet's container runtimes write."""

from __future__ import annotations

import pytest

from gate.carriers import Carried, cri, docker_json

DOCKER = docker_json.CARRIER
CRI = cri.CARRIER


def test_a_docker_record() -> None:
    """Text, stream and time are read, in any order of the keys, behind the NUL bytes of a crash, with attributes."""
    expected = Carried("<a> & b\u2028", "stderr", "2026-01-01T10:00:00.123456+00:00")
    text = r'"log":"\u003ca\u003e \u0026 b\u2028\n"'
    time = '"time":"2026-01-01T10:00:00.123456789Z"'
    for record in (
        f'{{{text},"stream":"stderr",{time}}}\n',
        f'{{{time},"attrs":{{"tag":"a"}},"stream":"stderr",{text}}}',
        f'\0\0\0{{{text},"stream":"stderr",{time}}}\n',
    ):
        assert DOCKER.begins(record.encode())
        assert DOCKER.open(record.encode()) == expected


def test_a_part_of_a_docker_line() -> None:
    """A text without a line end goes on; one of a terminal loses its carriage return."""
    record = '{"log":"%s","stream":"stdout","time":"2026-01-01T10:00:00.5Z"}'
    part, end = DOCKER.open((record % "a").encode()), DOCKER.open((record % r"b\r\n").encode())
    assert part == Carried("a", "stdout", "2026-01-01T10:00:00.500000+00:00", unfinished=True)
    assert end == Carried("b", "stdout", "2026-01-01T10:00:00.500000+00:00")


@pytest.mark.parametrize(
    "line",
    [
        '{"log":"a\\n","stream":"stdout"}',
        '{"log":"a\\n","stream":"other","time":"2026-01-01T10:00:00Z"}',
        '{"log":{"level":"info"},"stream":"stdout","time":"2026-01-01T10:00:00Z"}',
        '{"log":"a\\n","stream":"stdout","time":17672616}',
        '{"log":"a\\n","stream":"stdout","time":"2026-01-01T1',
        '["log", "stream", "time"]',
    ],
)
def test_no_docker_record(line: str) -> None:
    """Other JSON, and a record that is cut, is not opened."""
    assert DOCKER.open(line.encode()) is None


def test_a_cri_record() -> None:
    """Stream, time and text are read; P says that the line goes on, whatever tags follow."""
    assert CRI.open(b"2026-01-01T10:00:00.123456789+01:00 stderr F   a\n") == Carried(
        "  a", "stderr", "2026-01-01T10:00:00.123456+01:00"
    )
    assert CRI.open(b"2026-01-01T10:00:00Z stdout P:x a") == Carried(
        "a", "stdout", "2026-01-01T10:00:00+00:00", unfinished=True
    )
    assert CRI.open(b"2026-01-01T10:00:00Z stdout F\n") == Carried("", "stdout", "2026-01-01T10:00:00+00:00")


@pytest.mark.parametrize("line", ["stdout F a", "2026-01-01T10:00:00Z stdlog F a", "2026-01-01T10:00:00Z stdout X a"])
def test_no_cri_record(line: str) -> None:
    """Another stream or tag, and a line without a time, is none."""
    assert not CRI.begins(line.encode())
    assert CRI.open(line.encode()) is None
