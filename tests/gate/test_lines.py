"""A log's lines as their writers wrote them: records opened, parts joined, lanes apart, whatever the blocks."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import carriers
from gate.lines import CarriedLines, Lines, LogLines, PlainLines
from gate.window import Window
from tests.gate.carriers import carrier_samples as carried


def opened(data: bytes, name: str = "", block: int = 1 << 20) -> tuple[Window, LogLines]:
    window = Window(io.BytesIO(data), block)
    window.more()
    return window, CarriedLines(window, carriers.carrier(name)) if name else PlainLines(window)


@given(lines=st.lists(st.sampled_from(["a", "", "  b", "ERROR"]), min_size=1), block=st.sampled_from([1, 7, 1 << 20]))
def test_plain_lines_follow_each_other(lines: list[str], block: int) -> None:
    """From the first line on, all lines are given, and None behind them."""
    window, log = opened("".join(f"{line}\n" for line in lines).encode(), block=block)
    found = Lines(log, log.holding(0, window.line_end(0), 0), 1000)
    assert [found(number) for number in range(len(lines) + 1)] == [*lines, None]


def test_no_more_lines_than_asked_for() -> None:
    """An event has a most of lines, and what stands behind is not its own."""
    _, log = opened(b"a\nb\nc\n")
    found = Lines(log, log.holding(0, 2, 0), 2)
    assert [found(number) for number in range(3)] == ["a", "b", None]


PARTED = ["docker", "cri", "gitlab", "journal json", "journal export"]


@pytest.mark.parametrize("name", PARTED)
@pytest.mark.parametrize("block", [1, 1 << 20])
def test_a_line_in_parts_is_found_from_each(name: str, block: int) -> None:
    """From any of its parts the whole line is found, without the line before it, though another writes between."""
    carrier, write = carried.WRITERS[name]
    long = "x" * 90 + " ERROR"
    before, parts, other, behind = (
        write(0, "short " * 6 + "line"),
        write(0, long),
        write(1, "another's"),
        write(0, "behind"),
    )
    data = b"".join([*before, parts[0], *other, *parts[1:], *behind])
    window, log = opened(data, carrier, block)
    window.first_lines(len(data))
    for part in parts:
        start = data.find(part)
        unit = log.holding(start, data.find(b"\n", start) + 1, start)
        assert unit.text == long
        assert len(unit.spans) == len(parts)
        following, earlier = log.after(unit), log.before(unit, 0)
        assert following is not None and following.text == "behind"
        assert earlier is not None and earlier.text == "short " * 6 + "line"


@pytest.mark.parametrize("name", PARTED)
def test_a_record_is_the_same_when_asked_again(name: str) -> None:
    """What is remembered of a record is what it says, also when the view has moved on."""
    carrier, write = carried.WRITERS[name]
    records = [record for number in range(2000) for record in write(0, f"line {number} " + "y" * 90)]
    window, log = opened(b"".join(records), carrier, 4096)
    seen = 0
    while window.slide():
        start = window.line_start(max(0, window.end - 1))
        unit = log.holding(start, window.line_end(start), start)
        again = log.holding(start, window.line_end(start), start)
        assert unit == again
        assert unit.text.startswith("line ")
        seen += 1
    assert seen > 10


def test_foreign_lines_between_records_are_their_own() -> None:
    """A line that no carrier wrote belongs to no lane that has a name."""
    _, log = opened(b"web-1  | a\nstray\nweb-1  | b\n", "prefixed")
    unit = log.holding(0, 11, 0)
    following = log.after(unit)
    assert following is not None
    assert (unit.lane, unit.text, following.text) == ("web-1", "a", "b")
    assert log.holding(11, 17, 11).lane == ""
