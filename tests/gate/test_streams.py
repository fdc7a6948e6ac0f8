"""The server's copy against the site's file: what is missing or different is found at its byte, and nothing else is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.model import LogEvent, SiteLog, Stream
from gate.streams import DIFFERS, INCOMPLETE, Compared, compare

LOG = b"".join(b"2026-11-22 15:45:%02d,000 - R - INFO - line %d\n" % (n % 60, n) for n in range(1, 41))
LINE = len(b"2026-11-22 15:45:00,000 - R - INFO - line 1\n")

Make = Callable[..., Stream]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda *parts, **more: stream(tmp_path, *parts, **more)


def stream(
    folder: Path, *parts: bytes, stored: bytes | None = None, required: int | None = None, cut: bool = False
) -> Stream:
    """A stream of `log.txt` in these parts, the newest last."""

    def log(name: str, content: bytes, *, streamed: bool = False) -> SiteLog:
        path = folder / name
        path.write_bytes(content)
        return SiteLog("t", "site-2", str(path), name, str(path), streamed=streamed)

    names = [f"log.txt.{number}" for number in range(len(parts) - 1, 0, -1)] + ["log.txt"]
    written = tuple(log(name, content) for name, content in zip(names, parts, strict=True))
    copy = None if stored is None else log("copy", stored, streamed=True)
    return Stream("t", "site-2", "log.txt", written, copy, required, cut)


def finding(compared: Compared) -> tuple[SiteLog, LogEvent]:
    assert compared.event is not None
    return compared.event


def test_a_whole_copy_is_no_finding(make: Make) -> None:
    """All that is required is there: no finding, whatever else the site wrote after it; the amounts are reported."""
    for stored in (LOG, LOG[:-LINE], LOG[: -LINE - 10]):
        compared = compare(make(LOG, stored=stored, required=len(LOG) - LINE - 10))
        assert (compared.event, compared.report.problem) == (None, "")
        assert (compared.report.written, compared.report.stored) == (len(LOG), len(stored))


def test_what_is_missing_is_said_with_offset_and_size(make: Make) -> None:
    """A copy that ends before the required byte: the finding names sizes, offset and the lines that are missing."""
    log, event = finding(compare(make(LOG, stored=LOG[:100], required=len(LOG) - LINE - 1)))
    size = f"{len(LOG):,}"
    assert event.note == f"site-2 log.txt: {size} written, 100 stored, missing from byte 100"
    assert (event.line, event.end_line, event.rules) == (3, 39, (INCOMPLETE.id,))
    assert event.text.startswith("2026-11-22 15:45:03,000 - R - INFO - line 3\n")
    assert event.text.endswith("line 39")
    assert "… 22 lines cut …" in event.text
    assert log.name == "log.txt"


def test_no_copy_at_all(make: Make) -> None:
    """Nothing stored of a log that was required is missing from byte 0; an aborted job owes nothing."""
    _, event = finding(compare(make(LOG, required=len(LOG))))
    assert event.note.endswith("0 stored, missing from byte 0")
    assert event.matched == "the server has no log.txt"
    assert compare(make(LOG, required=None)).event is None


@pytest.mark.parametrize("required", [None, 50, len(LOG)])
@pytest.mark.parametrize(
    ("stored", "at"),
    [
        (LOG[:100] + b"?" + LOG[101:], 100),
        (LOG[:LINE] + LOG[2 * LINE :], LINE + 17),  # a lost line: the copy goes on with the time of the next
        (LOG[:LINE] + LOG, LINE + 17),
        (LOG + b"more", len(LOG)),
        (b"\n" + LOG, 0),
    ],
)
def test_a_copy_that_differs(make: Make, required: int | None, stored: bytes, at: int) -> None:
    """A copy that is no prefix of the file is a finding at the first unlike byte, in an aborted job, too."""
    at = next((n for n, (a, b) in enumerate(zip(LOG, stored, strict=False)) if a != b), at)
    _, event = finding(compare(make(LOG, stored=stored, required=required)))
    assert event.rules == (DIFFERS.id,)
    assert event.note.endswith(f"{len(stored):,} stored, different from byte {at:,}")
    assert event.line == LOG.count(b"\n", 0, min(at, len(LOG) - 1)) + 1


def test_rotations_are_one_file(make: Make) -> None:
    """The rotated files, the oldest first, and the current one are compared as one; the finding names the file."""
    parts = (LOG[:200], LOG[200:500], LOG[500:])
    assert compare(make(*parts, stored=LOG, required=len(LOG))).event is None
    log, event = finding(compare(make(*parts, stored=LOG[:300], required=len(LOG))))
    assert log.name == "log.txt.1"
    assert event.line == LOG[200:300].count(b"\n") + 1
    assert "missing from byte 300" in event.note


def test_what_was_rotated_away(make: Make) -> None:
    """A copy that is older than the oldest file that is left is compared from there on."""
    rest = LOG[400:]
    whole = compare(make(rest[:300], rest[300:], stored=LOG, required=len(rest), cut=True))
    assert (whole.event, whole.report.written) == (None, len(LOG))
    _, event = finding(compare(make(rest[:300], rest[300:], stored=LOG[:-50], required=len(rest), cut=True)))
    assert f"missing from byte {len(LOG) - 50:,}" in event.note
    assert compare(make(rest, stored=LOG, required=len(rest))).event is not None, "no rotation was lost"


def test_the_excerpt_is_fit_to_be_shown(make: Make) -> None:
    """Secrets are masked, control sequences and bytes that are no text cannot do harm, long lines are cut."""
    text = b"password=hunter2secret\n\x1b[31mred\xff\n" + b"x" * 5000 + b"\n"
    _, event = finding(compare(make(text, required=len(text))))
    assert "hunter2secret" not in event.text
    assert "\x1b" not in event.text
    assert "\\xff" in event.text
    assert len(event.text) < 2000


def test_empty_files(make: Make) -> None:
    """An empty log whose copy is empty, or not there, is whole; bytes that the site never wrote are a finding."""
    assert compare(make(b"", stored=b"", required=0)).event is None
    assert compare(make(b"", required=0)).event is None
    log, event = finding(compare(make(b"", stored=b"x", required=0)))
    assert (log.name, event.line, event.note[-21:]) == ("log.txt", 1, "different from byte 0")


@given(
    parts=st.lists(st.binary(max_size=60), min_size=1, max_size=4),
    kept=st.integers(0, 250),
    edit=st.none() | st.tuples(st.integers(0, 250), st.binary(min_size=1, max_size=3)),
    required=st.none() | st.integers(0, 250),
)
def test_against_a_model(parts: list[bytes], kept: int, edit: tuple[int, bytes] | None, required: int | None) -> None:
    """For any file, any copy and any requirement, the verdict is the model's, and the offset is the first loss."""
    whole = b"".join(parts)
    stored = whole[:kept]
    if edit:
        stored = stored[: edit[0]] + edit[1] + stored[edit[0] :]
    required = None if required is None else min(required, len(whole))
    with tempfile.TemporaryDirectory() as folder:
        compared = compare(stream(Path(folder), *parts, stored=stored, required=required))
    same = next((n for n in range(len(stored)) if stored[: n + 1] != whole[: n + 1]), len(stored))
    if not whole.startswith(stored):
        expected = f"{len(whole):,} written, {len(stored):,} stored, different from byte {same:,}"
    elif len(stored) < (required or 0):
        expected = f"{len(whole):,} written, {len(stored):,} stored, missing from byte {same:,}"
    else:
        expected = ""
    assert compared.report.problem == expected
    assert (compared.event is not None) == bool(expected)
