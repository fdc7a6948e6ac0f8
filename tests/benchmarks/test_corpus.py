"""The corpora to measure with: what is asked for is what is written, and always the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.scan import corpus

SIZE = 2_000_000


def made(folder: Path, kind: str, size: int = SIZE, share: float = 0.08, seed: int = 1) -> list[bytes]:
    """A corpus' files, in order."""
    path = folder / f"{kind}-{seed}"
    corpus.MAKERS[kind](path, size, share, seed)
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return [file.read_bytes() for file in files]


def printed(files: list[bytes]) -> float:
    """The share of the lines that a grep prints."""
    lines = [line for file in files for line in file.split(b"\n")[:-1]]
    return sum(1 for line in lines if re.search(corpus.GREP.encode(), line)) / len(lines)


@pytest.mark.parametrize("kind", [kind for kind in corpus.MAKERS if kind not in ("gzip", "zstd")])
def test_the_same_seed_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    """And another seed gives others."""
    size = 500 if kind == "findings" else 200_000
    again = tmp_path / "again"
    again.mkdir()
    first, second = made(tmp_path, kind, size), made(again, kind, size)
    assert first == second != made(tmp_path, kind, size, seed=2)


@pytest.mark.parametrize("share", [0.007, 0.08])
@pytest.mark.parametrize("kind", ["large", "binary", "repeated"])
def test_a_grep_prints_the_share_that_was_asked_for(kind: str, share: float, tmp_path: Path) -> None:
    """Within a tenth, in a corpus in which each kind of log stands once or more: 8 % are 8 %."""
    files = made(tmp_path, kind, 10 * SIZE, share)
    assert printed(files) == pytest.approx(share, rel=0.1)


def test_many_are_many(tmp_path: Path) -> None:
    """Files of 10 KB in 100 folders, whole lines only, one kind each."""
    files = made(tmp_path, "many")
    assert len(files) == SIZE // 10_000
    assert all(file.endswith(b"\n") and len(file) <= 10_000 for file in files)
    assert printed(files) == pytest.approx(0.08, rel=0.2)


def test_a_suite_has_one_site_with_failures(tmp_path: Path) -> None:
    """17 testcases x 3 sites; a grep prints lines of one log only."""
    files = made(tmp_path, "suite", share=0.02)
    assert len(files) == 51
    assert [bool(printed([file])) for file in files].count(True) == 1


def test_what_is_larger_is_the_same_on_other_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what is drawn the lines come again as long as they were, each with another date."""
    monkeypatch.setattr(corpus, "STRETCH", 20)
    monkeypatch.setattr(corpus, "DRAWN", 30_000)
    (data,) = made(tmp_path, "large", 200_000, share=0.0)  # a line of a trace has no date
    lines = data.split(b"\n")[:-1]
    assert 195_000 < len(data) <= 200_000
    assert len(set(lines)) > 0.99 * len(lines)


def test_long_lines_are_long(tmp_path: Path) -> None:
    """1 to 200 KB each."""
    (data,) = made(tmp_path, "long")
    assert all(1_000 < len(line) < 201_000 for line in data.split(b"\n")[:-1])


def test_findings_are_so_many_as_asked(tmp_path: Path) -> None:
    """Each line is one; `entries` spreads some of them evenly over the lines."""
    (data,) = made(tmp_path, "findings", 500)
    assert (data.count(b"\n"), printed([data])) == (500, 1.0)
    corpus.entries(tmp_path / "some", 1_000, 30, 1)
    some = (tmp_path / "some").read_bytes().split(b"\n")
    assert [sum(b"ERROR" in line for line in some[at : at + 100]) for at in range(0, 1_000, 100)] == [3] * 10


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
def test_the_compressed_one_is_the_large_one(tool: str, tmp_path: Path) -> None:
    """By the tool itself, by the command line, with a size in words."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / f"log.{tool}"
    done = CliRunner().invoke(corpus.main, [tool, str(path), "--size", "100KB"])
    assert done.exit_code == 0, done.output
    unpacked = subprocess.run([tool, "-dc"], stdin=path.open("rb"), capture_output=True, check=True)
    assert unpacked.stdout == b"".join(corpus.blocks(100_000, 0.007, 1))


def test_a_size_that_is_none() -> None:
    """It is refused with an example."""
    assert corpus.number("1.5GB") == 1_500_000_000
    done = CliRunner().invoke(corpus.main, ["large", "x", "--size", "big"])
    assert done.exit_code == 2
    assert "expected a number such as 1GB" in done.output
