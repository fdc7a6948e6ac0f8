"""All formats together: which one reads a log, and that no line can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import logformats
from gate.logformats import NAMES, Record, parse, rank, reading
from tests import cost

JAVA = [
    "2026-01-31 10:00:00,123 [main] ERROR shop.Cart - lost it",
    "2026-01-31 10:00:01,123 [main] INFO shop.Cart - well",
]
TRACE = ["java.lang.IllegalStateException: no", "\tat shop.Cart.add(Cart.java:12)", "Caused by: a.B: c"] * 9


def test_the_format_of_a_log() -> None:
    """The format of most entries is the log's own, however long its traces are."""
    assert reading("", [*TRACE, *JAVA]).name == "java"
    assert reading("", [JAVA[0], "2026-01-31 10:00:00 up", "2026-01-31 10:00:01 up"]).name == "timestamped"
    assert reading("", []).name == reading("", ["hello", "", "  there"]).name == ""


def test_weak_entries_make_no_format_alone() -> None:
    """A few lines of output that begin with a level do not make a log of them."""
    assert reading("", ["INFO: a", "hello", "you", "there"]).name == ""
    assert reading("", ["INFO: a", "WARNING: b", "you", "  there"]).name == "level_first"


def test_lines_of_other_formats() -> None:
    """What is not of the log's own format is read by the others: consoles are mixed."""
    log = reading("", JAVA)
    assert log.parse('{"level":"error","msg":"lost it"}') == parse('{"level":"error","msg":"lost it"}')
    assert log.parse("Caused by: a.B: c") is None


def test_a_format_that_was_set() -> None:
    """Where the user has named a format, nothing else begins an entry; with `plain` nothing does."""
    assert reading("java").parse(JAVA[0]) is not None
    assert reading("java").parse('{"level":"error","msg":"lost it"}') is None
    assert reading("plain").parse(JAVA[0]) is None
    assert reading("plain", JAVA).name == "plain"


def test_only_the_beginning_is_looked_at() -> None:
    """A log of any length is found out from its first 64 KB."""
    lines = (line for line in ["x" * 100] * 700 + ["never asked for"])
    reading("", lines)
    assert next(lines) != "never asked for"
    assert "never asked for" in lines


@pytest.mark.parametrize(
    "line",
    ["", " ", "\t2026-01-31 10:00:00 ERROR x", "  ERROR x", "ValueError: x", "Traceback (most recent call last):", "}"],
)
def test_continuation_lines(line: str) -> None:
    """An indented line, and one without a head, begins no entry."""
    assert parse(line) is None


def test_the_first_characters_are_those_of_the_entries() -> None:
    """A format that says with which characters its entries begin reads no line that begins with another."""
    lines = [chr(code) + rest for code in range(33, 127) for rest in _SEEDS]
    for name in NAMES:
        known = logformats._format(name)
        for line in lines:
            assert not known.first or line[0] in known.first or known.parse(line) is None, (name, line)


_SEEDS = (
    "RROR:root:x",
    ", [2026-01-31T10:00:00 #1] ERROR -- : x",
    "0131 10:00:00.1 1 a.c:1] x",
    "/Tag( 1): x",
    "ail: A.B[3]",
)
_WORDS = (
    '2026-01-31|10:00:00|T|Z|[|]|ERROR|INFO|-|:|main|a.b.C|{|}|error|50|level=|"|\\|<11>|1|host|app[12]|E/|(12)|#|=|é| '
    '|  |,123|"level":|Jan 31 |E0131 |\x00|\u2028|1769853600|.5|(F)|'
    "NaN|1e999|UTC |[31/Jan/2026:10:00:00 +0100]|31-Jan-2026"
)
_PARTS = st.sampled_from(["|", *_WORDS.split("|")])


@given(st.one_of(st.text(), st.lists(_PARTS, max_size=20).map("".join)), st.text(max_size=20))
def test_any_line_may_come(line: str, below: str) -> None:
    """No line breaks a format; a record's time is in ISO form and its level in capitals."""
    for name in NAMES:
        record = logformats._format(name).parse(line, below)
        if isinstance(record, Record):
            assert record.time is None or record.time[10] == "T"
            assert record.level is None or record.level == record.level.upper()
            assert rank(record.level) >= 0


_LONG = (
    "a",
    "1",
    "[",
    "(",
    "<",
    "{",
    '"',
    "-",
    "/",
    "|",
    "=",
    "\t",
    "a.",
    "[a]",
    "(a)",
    '\\"',
    "a=b ",
    " - ",
    "a::",
    " ",
    "AB ",
    "1 ",
)
_HEADS = ["", "2026-01-31 10:00:00,123 ", "[2026-01-31 10:00:00 ", "2026-01-31 10:00:00 UTC ", "E0131 10:00:00.1 1 "]
_HEADS += ["<34>1 2026-01-31T10:00:00Z h a 1 2 ", "01-31 10:00:00.123 1 2 E ", "level=error ", 'a="', "ERROR [", '{"']
_HEADS += [
    "Jan 31 10:00:00 host ",
    "fail: ",
    "E/",
    "ERROR:",
    "Jan 31, 2026 10:00:00 AM ",
    "[31/Jan/2026:10:00:00 ",
    "5m Warning ",
]


@pytest.mark.parametrize("name", NAMES)
def test_long_lines(name: str) -> None:
    """Time is linear in the line's length: 100,000 characters of anything are read at once."""
    known = logformats._format(name)
    for line in (head + part * (100_000 // len(part)) + "\x00" for head in _HEADS for part in _LONG):
        with cost.linear():
            known.parse(line)
