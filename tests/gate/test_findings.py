from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.errors import GateError
from gate.findings import Findings, Spool, encode, kinds, rows, tallies
from gate.model import DispositionCounts, Finding, Issue

SITE = ("fedavg", "site-1")

dispositions = st.sampled_from(["new", "known", "waived"])
names = st.sampled_from(["", "fedavg", "cyclic", "\udcff"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
found = st.builds(
    Finding,
    testcase=names,
    site=names,
    path=texts,
    line=st.integers(1, 9),
    end_line=st.integers(1, 9),
    time=st.none() | texts,
    disposition=dispositions,
    excerpt=texts,
    rules=st.lists(texts, max_size=2).map(tuple),
)


def issue(findings: tuple[Finding, ...] | Findings) -> Issue:
    return Issue("v1:8c1f", "strict-error", "error", "it failed", "new", len(findings), DispositionCounts(), findings)


def spooled(spool: Spool, findings: tuple[Finding, ...]) -> Findings:
    numbers = [spool.add(encode(each), (each.testcase, each.site), each.disposition) for each in findings]
    return spool.findings(array("I", numbers))


# ---- rows ------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=[])))
def test_fragments(text: str) -> None:
    """A row that is put together of encoded parts is the row that is encoded as a whole."""
    assert b'{"a":' + encode(text) + b"," + encode({"b": text})[1:] == encode({"a": text, "b": text})


# ---- the spool -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40) | st.integers(0, 1_000)), st.integers(1, 100))
def test_rows_come_back(steps: list[bytes | int], buffer: int) -> None:
    """Whatever is added and read in turns, each row comes back as it was, from memory or from disk."""
    with pytest.MonkeyPatch.context() as patch, Spool() as spool:
        patch.setattr("gate.findings.BUFFER", buffer)
        patch.setattr("gate.findings._AHEAD", buffer)
        model: list[bytes] = []
        for step in steps:
            if isinstance(step, bytes):
                assert spool.add(step, SITE, "new") == len(model)
                model.append(step)
            elif model:
                numbers = [number * step % len(model) for number in range(step % 7)]
                assert list(spool.rows(numbers)) == [model[number] for number in numbers]
        assert list(spool.rows(range(len(spool)))) == model


def test_read_while_added() -> None:
    """Reading goes on where rows are added and written meanwhile."""
    with pytest.MonkeyPatch.context() as patch, Spool() as spool:
        patch.setattr("gate.findings.BUFFER", 100)
        for number in range(60):
            spool.add(b"%d" % number, SITE, "new")
        reading = spool.rows(range(60))
        back = []
        for row in reading:
            back.append(row)
            spool.add(b"later", SITE, "new")
        assert back == [b"%d" % number for number in range(60)]


@settings(deadline=None)
@given(st.lists(found, max_size=12).map(tuple), st.slices(12))
def test_as_a_tuple(findings: tuple[Finding, ...], part: slice) -> None:
    """What an issue holds reads as the tuple of its findings: by index, slice, length, in turn and by equality."""
    with pytest.MonkeyPatch.context() as patch, Spool() as spool:
        patch.setattr("gate.findings.BUFFER", 200)
        held = spooled(spool, findings)
        assert held == findings
        assert findings == held
        assert (len(held), tuple(held), held[part]) == (len(findings), findings, findings[part])
        assert [held[i] for i in range(-len(held), len(held))] == [*findings, *findings]
        assert held != (*findings, 1)
        assert issue(held) == issue(findings)
        with pytest.raises(IndexError):
            held[len(findings)]


@settings(deadline=None)
@given(st.lists(found, max_size=12).map(tuple))
def test_counted_alike(findings: tuple[Finding, ...]) -> None:
    """Rows, kinds and tallies are those of the tuple, and the sites come in the order of their appearance."""
    with Spool() as spool:
        one, other = issue(spooled(spool, findings)), issue(findings)
        assert list(rows(one)) == list(rows(other)) == [encode(each) for each in findings]
        assert list(kinds(one)) == list(kinds(other))
        assert list(tallies(one).items()) == list(tallies(other).items())
        assert list(tallies(one)) == list(dict.fromkeys((each.testcase, each.site) for each in findings))
        assert sum(counts.total for counts in tallies(one).values()) == len(findings)


def test_issues_share_what_is_alike() -> None:
    """Half a million issues of one finding each have one tally."""
    finding = _finding(1)
    with Spool() as spool:
        one, other = (issue(spooled(spool, (finding,))) for _ in range(2))
        assert tallies(one) is tallies(other)
        assert tallies(one) == {SITE: DispositionCounts(new=1)}


def _finding(line: int) -> Finding:
    return Finding(
        testcase=SITE[0], site=SITE[1], path="a.log", line=line, end_line=line, time=None, disposition="new", excerpt=""
    )


# ---- the file --------------------------------------------------------------------------------------------------------

GROWS = """
import resource, sys
from array import array
from gate.findings import Spool
spool, numbers = Spool(), array("I")
def rss(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
for number in range({of}):
    if number == {of} // 20: before = rss()
    numbers.append(spool.add(b"x" * 1000, ("fedavg", "site-1"), "new"))
held = spool.findings(numbers)
assert sum(map(len, held.rows())) == 1000 * {of} and held.tallies()["fedavg", "site-1"].new == {of}
print(rss() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_is_bounded() -> None:
    """A finding of a kilobyte takes some twenty bytes of memory."""
    done = subprocess.run([sys.executable, "-c", GROWS.format(of=200_000)], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 200_000 * 24 + (4 << 20)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is gone when it is closed, when it is forgotten, and on Linux while it is open."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("gate.findings.BUFFER", 1)
    with Spool() as spool:
        spool.add(b"{}", SITE, "new")
        if sys.platform == "linux":
            assert not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    forgotten = Spool()
    forgotten.add(b"{}", SITE, "new")
    del forgotten
    gc.collect()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of file sizes")
def test_full_disk() -> None:
    """A disk that takes no more is a problem of the environment (exit code 3), and what to do is said."""
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "from gate.errors import GateError\nfrom gate.findings import Spool\n"
        "try:\n    [Spool.add(spool, b'x' * 1000, ('', ''), 'new') for spool in [Spool()] for _ in range(3_000)]\n"
        "except GateError as error:\n    print(error.exit_code, error, error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"3 {tempfile.gettempdir()}: cannot hold the findings: File too large let TMPDIR")


def test_no_place_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a system without any temporary folder end in a bug report."""
    monkeypatch.setattr("gate.findings.BUFFER", 1)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    with pytest.raises(GateError, match="a temporary folder: cannot hold the findings"):
        Spool().add(b"{}", SITE, "new")


def test_a_row_begins_with_what_is_short() -> None:
    """A row can be put together of two parts: what is judged, and what the log says, which is longer."""
    keys = list(json.loads(encode(_finding(1))))
    assert keys[-7:] == ["excerpt", "before", "after", "rules", "level", "logger", "clock"]
    assert msgspec.json.decode(encode(_finding(1)), type=Finding) == _finding(1)
