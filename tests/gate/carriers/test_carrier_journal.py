"""What journalctl prints as records."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import carriers, clean
from gate.carriers import Carried, journal_json, systemd_export
from tests.gate.carriers.carrier_samples import export_record, records

EXPORT, JSON = systemd_export.CARRIER, journal_json.CARRIER
BASE = {"__CURSOR": "s=1", "__REALTIME_TIMESTAMP": "1767261600000001"}
TIME = "2026-01-01T10:00:00.000001+00:00"
REMOTE = Path("/usr/lib/systemd/systemd-journal-remote")
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x'


def both(**fields: str) -> Carried | None:
    """The record of these fields; the same from both forms."""
    each = {**BASE, **fields}
    found = EXPORT.open(export_record({key: value.encode() for key, value in each.items()}))
    assert JSON.open(json.dumps(each).encode()) == found
    return found


def test_a_record_of_a_program() -> None:
    """Time, level and program are read; a message may be several lines."""
    found = both(MESSAGE=TRACE, PRIORITY="3", _COMM="python3", _PID="12", _TRANSPORT="journal", _HOSTNAME="node")
    assert found == Carried(TRACE, "node/python3/12/journal", TIME, "ERROR", "python3")


@pytest.mark.parametrize(("priority", "level"), [("0", "EMERG"), ("4", "WARNING"), ("7", "DEBUG"), ("8", None)])
def test_priorities_are_levels(priority: str, level: str | None) -> None:
    """A program's own priority is the record's level."""
    found = both(MESSAGE="a", PRIORITY=priority, SYSLOG_IDENTIFIER="app", _TRANSPORT="syslog")
    assert found is not None
    assert found.level == level


def test_what_a_service_prints_has_no_level() -> None:
    """All that a service prints gets priority 6: it says nothing of the line. Another one was set by the program."""
    printed, marked = (both(MESSAGE="a", PRIORITY=priority, _TRANSPORT="stdout") for priority in "63")
    assert printed and marked
    assert (printed.level, marked.level) == (None, "ERROR")


def test_what_a_container_prints_has_no_level() -> None:
    """Docker gives stderr priority 3: that is a lane, not an error. Its long lines come in parts."""
    out, err = (both(MESSAGE="a", PRIORITY=each, CONTAINER_NAME="web", _COMM="dockerd") for each in "63")
    assert out and err
    assert out.level is err.level is None
    assert out.lane != err.lane
    part = both(MESSAGE="a", CONTAINER_NAME="web", CONTAINER_PARTIAL_MESSAGE="true")
    assert part and part.unfinished


def test_processes_are_lanes() -> None:
    """Records of one process and one of its streams have one lane, whatever varies in them."""
    fields = {"MESSAGE": "a", "_PID": "1", "_TRANSPORT": "stdout", "_STREAM_ID": "x"}
    same, other_time, other_stream = both(**fields), both(**fields, PRIORITY="3"), both(**{**fields, "_STREAM_ID": "y"})
    assert same and other_time and other_stream
    assert same.lane == other_time.lane != other_stream.lane


def test_a_long_line_goes_on() -> None:
    """The journal cuts a long line and says so."""
    cut, whole = (both(MESSAGE="a", _LINE_BREAK=each) for each in ("line-max", "eof"))
    assert cut and cut.unfinished
    assert whole and not whole.unfinished


@given(message=st.binary(max_size=300), size=st.sampled_from([0, 10, 13, 61, 2570]))
def test_a_binary_field_may_hold_anything(message: bytes, size: int) -> None:
    """A field with its size before it is read to its end, whatever bytes are in it or in its size."""
    fields = {key: value.encode() for key, value in BASE.items()}
    message = b"\n" + message.ljust(max(0, size - 1), b"x")
    found = EXPORT.open(export_record({**fields, "MESSAGE": message, "_COMM": b"a"}))
    assert found == Carried(clean.decode(message), "a", TIME, None, "a")


@given(cut=st.integers(0, 200))
def test_a_record_that_is_cut(cut: int) -> None:
    """Of the log's last record, cut anywhere, nothing is invented."""
    record = export_record({key: value.encode() for key, value in {**BASE, "MESSAGE": TRACE}.items()})
    found = EXPORT.open(record[:cut])
    assert found is None or TRACE.startswith(found.text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([98, 195, 188, 10], "bü\n"),
        (None, ""),
        (["first", "second"], "first"),
        ([[97], [98]], "[97]"),
        ([], ""),
        (1, "1"),
    ],
)
def test_values_of_json(value: object, text: str) -> None:
    """Bytes are a list of numbers, what is too large is null, a field given twice a list."""
    found = JSON.open(json.dumps({**BASE, "MESSAGE": value}).encode())
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("line", ["{}", '{"MESSAGE": "a"}', '{"__CURSOR": "", "__REALTIME_TIMESTAMP": "1"}', "[]", "{"])
def test_no_record(line: str) -> None:
    """JSON without a message and a time of the journal is none, nor is a line of KEY=VALUE."""
    assert JSON.open(line.encode()) is None
    assert EXPORT.open(b"MESSAGE=a\n\n") is None
    assert not EXPORT.begins(b"MESSAGE=a\n")


@pytest.mark.skipif(
    not (REMOTE.exists() and shutil.which("journalctl")), reason="needs journalctl and systemd-journal-remote"
)
def test_what_journalctl_prints(tmp_path: Path) -> None:
    """A real journal's records are read alike from both of journalctl's forms, with their texts."""
    texts = [b"started", TRACE.encode(), b"bytes \xff\x01", b"\n" + b"x" * (0x0A0A - 1), b""]
    base = {"_BOOT_ID": b"0" * 31 + b"1", "__MONOTONIC_TIMESTAMP": b"1", "_COMM": b"app", "PRIORITY": b"3"}
    data = [
        export_record({"__REALTIME_TIMESTAMP": b"%d" % (1767261600000001 + n), **base, "MESSAGE": text})
        for n, text in enumerate(texts)
    ]
    (tmp_path / "in").write_bytes(b"".join(data))
    journal = tmp_path / "x.journal"
    subprocess.run([REMOTE, "-o", journal, tmp_path / "in"], check=True, capture_output=True)
    expected = [clean.decode(text) for text in texts]
    for form, name in (("export", "systemd_export"), ("json", "journal_json")):
        printed = subprocess.run(
            ["journalctl", "--all", f"--file={journal}", "-o", form], check=True, capture_output=True
        ).stdout
        assert carriers.sniffed(printed) == name
        carrier = carriers.carrier(name)
        opened = [each for record in records(carrier, printed) if (each := carrier.open(record))]
        assert [each.text for each in opened] == expected
        assert {(each.level, each.logger) for each in opened} == {("ERROR", "app")}
