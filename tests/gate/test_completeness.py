"""The strict set loses nothing: each line that grep prints lies inside some finding's span, whatever the bytes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate import config
from gate.kept import read_log
from gate.match import Matcher
from gate.model import LogEvent, SiteLog
from gate.readlog import Scan
from gate.window import LONG_LINE
from tests import cost
from tests.gate.scanning import scan

STRICT = config.load_rules(("strict",))

# fmt: off
FRAGMENTS = [
    b"ERROR", b"Traceback", b"Exception", b"Traceback (most recent call last):", b"error", b" ", b"    ", b"\t",
    b'  File "a.py", line 1, in f', b"ValueError: x", b"KeyError", b"2026-01-01 10:00:00,000 - a - INFO - ",
    b"| ", b"+-+--",
    b"2026-01-01 10:00:00,000 - a - ERROR - ", b"INFO:root:", b"[WARN] ", b'{"level": "error"}', b"\r",
    b"\x00", b"\xff\xfe",
    b"\xc3\xa9", b"\x1b[31m", b"\x1b]0;title\x07",
    b"During handling of the above exception, another exception occurred:",
    b"SyntaxError: x", b"  at f (a.js:1:1)", b'"""', b"concurrent.futures.process._RemoteTraceback: ", b"x" * 50,
]
# fmt: on
LINES = st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(b"".join)
LOGS = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else b""),
    st.lists(LINES, max_size=60),
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r"]),
    st.booleans(),
)


def grepped(data: bytes) -> set[int]:
    """The numbers of the lines that `grep -aE` would print."""
    return {
        number for number, line in enumerate(data.split(b"\n"), 1) if re.search(rb"ERROR|Traceback|Exception", line)
    }


def of_event(event: LogEvent) -> list[int]:
    """The numbers of the lines that an event has."""
    runs = [part for part in event.parts if not part.path] or [event]
    return [number for run in runs for number in range(run.line, run.end_line + 1)]


def assert_complete(text: bytes, events: list[LogEvent]) -> None:
    """Each line that grep prints is in exactly one event, none is in two, and each event has one of them."""
    lines = [number for event in events for number in of_event(event)]
    assert len(lines) == len(set(lines))
    assert grepped(text) <= set(lines)
    assert all(grepped(text) & set(of_event(event)) for event in events)
    assert [event.line for event in events] == sorted(event.line for event in events)


def scan_file(path: Path) -> list[LogEvent]:
    """The events of a file, opened as the command opens it."""
    log = SiteLog("testcase", "site", str(path), path.name, str(path))
    reads, (stats,) = read_log((log,), Scan(Matcher(STRICT, signs=config.trace_signs())))
    assert not stats.problem
    return [read.event for read in reads]


@given(data=LOGS, block=st.sampled_from([1, 5, 64, 1 << 20]))
@example(data=b"ERROR", block=1)
def test_no_line_is_lost_and_none_is_claimed_twice(data: bytes, block: int) -> None:
    """Each matching line is in exactly one event, events are in order, and each holds a match of its own."""
    assert_complete(data, scan(data, STRICT, block))


@given(data=LOGS)
def test_blocks_do_not_matter(data: bytes) -> None:
    """A log read byte by byte gives the very events that it gives when read at once."""
    assert scan(data, block=1) == scan(data)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    """No bytes can break the reading."""
    assert_complete(data, scan(data, STRICT, 16))


@pytest.mark.skipif(not shutil.which("grep"), reason="needs grep")
@given(data=LOGS)
def test_the_model_is_grep(data: bytes) -> None:
    """What these tests hold the gate against is what the real grep prints."""
    printed = subprocess.run(
        ["grep", "-anE", "ERROR|Traceback|Exception"], input=data, capture_output=True, check=False
    ).stdout
    numbers = {int(m[1]) for m in re.finditer(rb"^(\d+):", printed, re.MULTILINE)}
    assert grepped(data) <= numbers


def test_lines_longer_than_the_window() -> None:
    """A match anywhere in a line that is never held whole is found, also across the cut of its pieces; others stay."""
    size = LONG_LINE + (3 << 20)
    for at in (0, 5, LONG_LINE - 3, LONG_LINE, LONG_LINE + 1, size - 9):
        line = bytearray(b"x" * size)
        line[at : at + 9] = b"Exception"
        data = b"INFO first\n" + bytes(line) + b"\nlast ERROR\n"
        assert [(event.line, event.end_line) for event in scan(data, STRICT)] == [(2, 2), (3, 3)], at


def test_long_lines_are_cut_in_the_excerpt() -> None:
    """A long line's excerpt says how much of it was left out."""
    (event,) = scan(b"ERROR " + b"x" * (LONG_LINE + 100) + b"\n", STRICT)
    assert len(event.text) < 10_000
    assert "bytes cut" in event.text


def test_long_events_are_cut_in_the_excerpt() -> None:
    """A long event keeps its exact span, and its excerpt says how many lines were left out."""
    frames = b"".join(b'  File "a.py", line %d, in f\n    f()\n' % number for number in range(3000))
    data = b"Traceback (most recent call last):\n" + frames + b"ValueError: x\nnext\n"
    (event,) = scan(data, STRICT)
    assert (event.line, event.end_line) == (1, 6002)
    assert "lines cut" in event.text
    assert event.text.endswith("ValueError: x")


def test_the_match_in_a_long_line_is_shown() -> None:
    """Where a long line is cut, what a rule matched in it stands in the excerpt and in the name of the event."""
    (event,) = scan(b'{"a": "' + b"x" * 40_000 + b'", "level": "ERROR", "b": "' + b"y" * 40_000 + b'"}\n', STRICT)
    assert "ERROR" in event.text
    assert "ERROR" in event.matched


def test_deeply_nested_json_is_text() -> None:
    """A JSON line nested too deep to be read costs no finding."""
    data = b'2026-01-01 00:00:00 ERROR a\n{"msg": "ERROR", "a": ' + b"[" * 5000 + b"]" * 5000 + b"}\nERROR b\n"
    assert [event.line for event in scan(data, STRICT)] == [1, 2, 3]


# ---- encodings and bytes, through files ------------------------------------------------------------------------------

# fmt: off
WORDS = [
    "ERROR", "Traceback (most recent call last):", "MyException: x", "INFO", " ", "    at f", "größer", "échec", "µs",
    "2026-01-01 10:00:00,000 - a - ERROR - ", "2026-01-01 10:00:00,000 - a - INFO - ", "\t", "x" * 30, "[WARN] ",
    '  File "a.py", line 1, in f', "ValueError: x", '{"level": "error"}', "During handling of the above exception",
]
WIDE_WORDS = ["中文日志", "している", "ない上に", "……", "════════", "→ ok", "😀", "⠸ 50%", "\u2028", "\x85", "\ufeff"]
BYTES = [
    "\r", "\r 50%|█████     | 1/2 [00:01<00:01]\r", "\x1b[A", "\x1b[2K\x1b[1G", "\x1b[1;31m", "\x1b[0m", "\b", "E\bE",
    "\b\b\b", "\0", "\0" * 40, "\x0b", "\x0c", "\x07", "\x1b]0;title\x07", "\x1b]0;no end", "\x7f", "\x1b", "\ufeff",
]
# fmt: on
ENDS = st.sampled_from(["\n", "\r\n", "\r\r\n", "\n\n", "\r"])
FIRST = "2026-01-01 10:00:00,000 - a - INFO - start"


def texts(words: list[str]) -> st.SearchStrategy[str]:
    """Logs made of such words, with all kinds of line ends, and with or without a last one."""
    lines = st.lists(st.lists(st.sampled_from(words), max_size=5).map("".join), max_size=25)
    return st.builds(lambda lines, end, last: end.join([FIRST, *lines]) + end * last, lines, ENDS, st.booleans())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@given(text=texts([*WORDS, *WIDE_WORDS]), encoding=st.sampled_from(UNICODE))
def test_every_unicode_encoding(folder: Path, text: str, encoding: str) -> None:
    """Each line that grep prints of the text in UTF-8 is in one event, whatever Unicode encoding the file has."""
    (folder / "x.log").write_bytes(text.encode(encoding))
    assert_complete(text.encode(), scan_file(folder / "x.log"))


@given(text=texts(WORDS), encoding=st.sampled_from(["latin-1", "cp1252"]))
def test_western_encodings(folder: Path, text: str, encoding: str) -> None:
    """The same holds of text in one byte a character, and its letters are read."""
    (folder / "x.log").write_bytes(text.encode(encoding))
    events = scan_file(folder / "x.log")
    assert_complete(text.encode(), events)
    for event in events:
        assert ("größer" in event.text) <= ("gr\\xf6" not in event.text)


@given(text=texts([*WORDS, *BYTES]), encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_control_characters_in_files(folder: Path, text: str, encoding: str) -> None:
    """Progress bars, colours, cursor moves, overstrikes and zeros hide no line, in any encoding."""
    (folder / "x.log").write_bytes(text.encode(encoding))
    assert_complete(text.encode(), scan_file(folder / "x.log"))


@given(text=texts([*WORDS, *WIDE_WORDS, *BYTES]), block=st.sampled_from([1, 7, 64, 1 << 20]))
def test_control_characters_in_blocks(text: str, block: int) -> None:
    """The same holds of the bytes alone, in blocks of any size."""
    assert_complete(text.encode(), scan(text.encode(), STRICT, block))


@given(parts=st.lists(texts(WORDS), min_size=1, max_size=4))
def test_an_encoding_that_changes(folder: Path, parts: list[str]) -> None:
    """A log in UTF-8 and UTF-16 in turns loses no line, as PowerShell writes them."""
    whole = [f"{part}\n" for part in parts]
    data = b"".join(part.encode("utf-16-le" if number % 2 else "utf-8") for number, part in enumerate(whole))
    (folder / "x.log").write_bytes(data)
    assert_complete("".join(whole).encode(), scan_file(folder / "x.log"))


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["without a mark", "with a mark"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_what_grep_finds_in_raw_bytes(tmp_path: Path, start: str, encoding: str) -> None:
    """Whatever an ASCII line is appended to, it is found."""
    for line in (b"ERROR", b"ERROR x\n", b"an Exception\r\n", b"\nTraceback (most recent call last):\n"):
        (tmp_path / "x.log").write_bytes(f"{start}größer 上海 no end".encode(encoding) + line)
        assert len(scan_file(tmp_path / "x.log")) == 1, line


def test_files_of_no_bytes(tmp_path: Path) -> None:
    """An empty file has no events, and neither has one that holds a mark or zeros only."""
    for data in (b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 5000, b"\n", b"\r"):
        (tmp_path / "x.log").write_bytes(data)
        assert scan_file(tmp_path / "x.log") == []


def test_a_hole_before_an_error(tmp_path: Path) -> None:
    """Behind a hole of 300 MB, as logs have that were emptied while their writer went on, an error is found soon."""
    with (tmp_path / "x.log").open("wb") as file:
        file.truncate(300 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"2026-01-01 10:00:00,000 - a - ERROR - x\nINFO y\n")
    with cost.linear():
        (event,) = scan_file(tmp_path / "x.log")
        assert (event.line, event.end_line) == (1, 1)


def test_a_million_lines_of_one_byte(tmp_path: Path) -> None:
    """A million lines of one byte are read at once, and their numbers are right."""
    (tmp_path / "x.log").write_bytes(b"x\n" * 1_000_000 + b"ERROR\n" + b"\n" * 1_000_000)
    with cost.linear():
        (event,) = scan_file(tmp_path / "x.log")
        assert event.line == 1_000_001


SCAN = """
import resource, sys
from pathlib import Path
from tests.gate.test_completeness import scan_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
events = scan_file(Path(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(events), max(len(event.text) for event in events), after - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize(
    "unit",
    [b"x", b"\r 50%|#####     | 1/2\x1b[A", b"x\0", b"\xc3\xa9\xff"],
    ids=["letters", "bars", "UTF-16", "bad bytes"],
)
def test_a_line_of_a_hundred_megabytes(tmp_path: Path, unit: bytes) -> None:
    """A line of 100 MB is read in bounded memory, and an error at its end is found."""
    with (tmp_path / "x.log").open("wb") as file:
        for _ in range(100):
            file.write(unit * ((1 << 20) // len(unit)))
        file.write(b"  ERROR at its end\nnext\n")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCAN, tmp_path / "x.log"], cwd=root, capture_output=True, text=True, check=True
    )
    count, longest, kilobytes = map(int, done.stdout.split())
    assert count == 1
    assert longest < 100_000
    assert kilobytes < 150 << 10
