"""What launchers and time stampers put before each line of other programs."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from gate import carriers
from gate.carriers import Carried, named, prefixed, stamped
from tests.gate.carriers import carrier_samples as samples


@pytest.mark.parametrize(
    ("line", "lane", "text"),
    [
        ("web-1  |   File 'a.py'", "web-1", "  File 'a.py'"),
        ("web-1  | ", "web-1", ""),
        ("web-1  |", "web-1", ""),
        ("\x1b[36mweb-1  | \x1b[0m  a", "web-1", "  a"),
        ("10:00:00 system   | web.1 started", "system", "web.1 started"),
        ("[1,0]<stderr>:  File 'a.py'", "[1,0]<stderr>", "  File 'a.py'"),
        ("[prterun-a-1@1,0]<stderr>:   File", "[prterun-a-1@1,0]<stderr>", "  File"),
        ("[rank0]:   File 'a.py'", "[rank0]", "  File 'a.py'"),
        ("[rank0]:[W101 10:00:00.1 a.cpp:1] b", "[rank0]", "[W101 10:00:00.1 a.cpp:1] b"),
        ("[default0]:  File 'a.py'", "[default0]", "  File 'a.py'"),
        ("(train pid=12, ip=10.0.0.1)   File", "train pid=12, ip=10.0.0.1", "  File"),
        ("(pid=12) a", "pid=12", "a"),
        ("(raylet, ip=10.0.0.1) a", "raylet, ip=10.0.0.1", "a"),
        ("(autoscaler +1m15s) a", "autoscaler", "a"),
        ("[pod/web-5d4c/app] a", "pod/web-5d4c/app", "a"),
    ],
)
def test_a_prefix_is_a_lane(line: str, lane: str, text: str) -> None:
    """What the launcher printed is the lane, without what varies; the program's own indentation stays."""
    found = prefixed.CARRIER.open(f"{line}\n".encode())
    assert found
    assert (found.lane.strip("[]"), found.text) == (lane.strip("[]"), text)


@pytest.mark.parametrize(
    "line",
    [
        "INFO | a",
        "| a | b |",
        "web-1 a",
        "web-1 || a",
        "10:00:00 INFO     | a",
        "[rank0] a",
        "[rank0]:a",
        "[rank a]: b",
        "[1,0]: a",
        "(see pid=12 there) a",
        "(a) b",
        "(pid=12)a",
        "[pod/web] a",
        "[main] a",
        "",
    ],
)
def test_no_prefix(line: str) -> None:
    """Loggers, tables and prose have other forms."""
    assert not prefixed.CARRIER.begins(line.encode())


@pytest.mark.parametrize("line", ["[INFO] a", "[error] a", "WARN | a", "[a b] c", "[1/4] a", "[10:00:00] a", "a: b"])
def test_no_name(line: str) -> None:
    """The name of a level, a time, or words are no writer's name."""
    assert not named.CARRIER.begins(line.encode())


@pytest.mark.parametrize("form", [*samples.NAMED.values(), *samples.STAMPED.values()])
def test_continuation_lines_decide(form: str) -> None:
    """Names and times are a carrier's where a traceback's lines have them, and a logger's where it has none."""
    before = form.replace("{n}", "1")
    trace = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "ValueError: x"]
    entries = ["reading a", "reading b", "failed"] * 10
    assert carriers.sniffed("".join(f"{before}{line}\n" for line in [*entries, *trace]).encode())
    if form not in (*list(samples.STAMPED.values())[:2], samples.STAMPED["buildkite"]):
        logged = "".join(f"{before}{line}\n" for line in entries)
        assert carriers.sniffed(logged.encode()) == ""
        assert carriers.sniffed((logged + "\n".join(trace)).encode()) == ""


def test_a_numbered_list_is_not_carried() -> None:
    """A list has another number in each line, where a launcher's come again, though its lines be indented."""
    listed = "".join(f"{n}:   a\n{n + 1}: b\n" for n in range(0, 900, 2))
    assert carriers.sniffed(listed.encode()) == ""


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("2026-01-01T10:00:00.123456789Z a", "2026-01-01T10:00:00.123456+00:00"),
        ("2026-01-01T10:00:00.5-0130 a", "2026-01-01T10:00:00.500000-01:30"),
        ("[2026-01-01T10:00:00.123Z] a", "2026-01-01T10:00:00.123+00:00"),
        ("2026-01-01 10:00:00 a", "2026-01-01T10:00:00"),
        ("\x1b_bk;t=1767261600123\x07a", "2026-01-01T10:00:00.123000+00:00"),
        ("Jan  1 10:00:00 a", None),
        ("00:00:01 a", None),
    ],
)
def test_a_stamp_is_a_time(line: str, time: str | None) -> None:
    """A date and a time of day give the record's time, in a form that all Pythons read."""
    assert stamped.CARRIER.open(line.encode()) == Carried("a", time=time)


@pytest.mark.parametrize("line", ["2026-01-01 10:00:00,123 a", "[2026-01-01 10:00:00 INFO] a", "1:00:00 a", "a"])
def test_no_stamp(line: str) -> None:
    """A comma, and brackets around more than the time, are a logger's."""
    assert not stamped.CARRIER.begins(line.encode())


def test_a_line_without_a_stamp_belongs_to_the_one_above() -> None:
    """Where a message of several lines was stamped once, its record has all of them."""
    assert stamped.CARRIER.spans_lines
    assert stamped.CARRIER.open(b"2026-01-01 10:00:00 a\n  b\n") == Carried("a\n  b", time="2026-01-01T10:00:00")


def test_a_pipeline_of_jenkins() -> None:
    """A pipeline's own lines have no time; they neither hide the carrier nor belong to what a step printed."""
    before = "[2026-01-01T10:00:00.123Z] "
    steps = "".join(f"[Pipeline] sh\n{before}+ run\n{before}{line}\n" for line in ("", "  a", "b"))
    assert carriers.sniffed(steps.encode()) == "stamped"
    assert stamped.CARRIER.begins(b"[Pipeline] sh\n")
    assert stamped.CARRIER.open(b"[Pipeline] sh\n") == Carried("[Pipeline] sh")


@pytest.mark.skipif(not shutil.which("ts"), reason="needs ts of moreutils")
@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%.S", "%Y-%m-%dT%H:%M:%SZ", "[%F %T]", "%b %d %H:%M:%S"])
def test_what_ts_prints(form: str) -> None:
    """The real ts is opened again, line by line."""
    program = "import traceback\nprint('a')\ntry: {}[1]\nexcept KeyError: traceback.print_exc()\nprint()"
    run = subprocess.run([sys.executable, "-uc", program], capture_output=True, check=True)
    printed = run.stdout + run.stderr
    stamped_too = subprocess.run(["ts", form], input=printed, capture_output=True, check=True).stdout
    assert carriers.sniffed(stamped_too) == "stamped"
    assert samples.read(carriers.carrier("stamped"), stamped_too) == {"": printed.decode().splitlines()}
