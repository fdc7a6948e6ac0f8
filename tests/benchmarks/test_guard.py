"""The guard of what a scan costs: its arithmetic, its corpora, and the loop that it is held against."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import guard, reference
from benchmarks.guard import Bounds, Costs
from benchmarks.scan import corpus

MORE = {"bytes": 49.0, "lines": 500.0, "files": 199.0}
LOOP = Costs(60e6, 50e6, 5e4, 3e4)
GOOD = Costs(600e6, 10e6, 2e6, 6e6)
BOUNDS = Bounds(GOOD.over(LOOP), 1.15)


def counts(of: Costs) -> dict[str, int]:
    """What the corpora count where things cost so much."""
    small = of.start + of.per_mb * guard.SMALL / guard.MB
    per = {"bytes": of.per_mb, "lines": of.per_line, "files": of.per_file}
    return {"small": round(small), **{name: round(small + cost * MORE[name]) for name, cost in per.items()}}


def test_differences_tell_what_each_thing_costs() -> None:
    """A megabyte, a line and a file; what remains of the small corpus is the start."""
    assert guard.costs(counts(GOOD), MORE) == pytest.approx(GOOD)


@pytest.mark.parametrize("number", range(4))
def test_it_fires_when_one_thing_is_dearer(number: int) -> None:
    """By 1.3: it is named, and no other. By what the margin leaves, it does not."""
    for times, expected in ((1.3, [guard.TITLES[number]]), (1.1, []), (0.5, [])):
        slow = GOOD._replace(**{Costs._fields[number]: GOOD[number] * times})
        ratios = guard.costs(counts(slow), MORE).over(LOOP)
        assert guard.dearer(ratios, BOUNDS) == expected


def test_what_another_python_costs_does_not_fire() -> None:
    """An interpreter that takes more for everything takes more for the loop, too."""
    slow, loop = (Costs(*(cost * 1.4 for cost in each)) for each in (GOOD, LOOP))
    assert guard.dearer(slow.over(loop), BOUNDS) == []


def test_the_table_says_what_is_not_kept() -> None:
    """Each with its ratio and the most that it may be."""
    text = guard.render(GOOD._replace(per_line=4e6), LOOP, BOUNDS)
    assert "| a line that grep prints | 4,000 | 50 | 80.00 | 46.00 | **no** |" in text
    assert text.count("| yes |") == 3
    assert "| 80.00 |  |  |" in guard.render(GOOD._replace(per_line=4e6), LOOP, None)


def test_how_far_apart_counts_are() -> None:
    """Of each ratio, the greatest over the least."""
    text = guard.spreads([Costs(1, 1, 1, 1), Costs(1.01, 1, 1, 1.2)])
    assert "over 2 runs: start 1.00 %, a megabyte 0.00 %, a line that grep prints 0.00 %, a file 20.00 %" in text


def test_all_processes_count() -> None:
    """valgrind writes a line for each."""
    assert guard.instructions("==1== I   refs:      8,000,329,793\n==2==\n==2== I refs:  7\n") == 8_000_329_800
    with pytest.raises(guard.Unmeasurable, match="did not count"):
        guard.instructions("==1== Fatal error")


def test_the_corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small one has nothing for a grep, each other has more of one thing; with `times`, so many times more."""
    monkeypatch.setattr(guard, "SMALL", 100_000)
    monkeypatch.setattr(guard, "LARGE", 300_000)
    monkeypatch.setattr(guard, "FILES", 11)
    plain, slow = guard.make(tmp_path / "plain"), guard.make(tmp_path / "slow", 1.5)
    assert not re.search(corpus.GREP.encode(), plain.bytes.read_bytes())
    assert b"".join(file.read_bytes() for file in sorted(plain.files.iterdir())) == plain.small.read_bytes()
    assert plain.small.read_bytes() == slow.small.read_bytes()
    more = guard.more(plain)
    assert (more["bytes"], more["files"]) == (pytest.approx(0.2, rel=0.01), 10)
    assert guard.more(slow) == {name: pytest.approx(1.5 * each, rel=0.1) for name, each in more.items()}


def test_the_loop(tmp_path: Path) -> None:
    """It finds what grep finds, in a file and in a folder."""
    (tmp_path / "logs").mkdir()
    for name in ("a.log", "b.log"):
        (tmp_path / "logs" / name).write_bytes(b"fine\nERROR Exception\nfine\n\nTraceback")
    reference.main(str(tmp_path / "rows"), str(tmp_path / "logs"))
    rows = [json.loads(row) for row in (tmp_path / "rows").read_text().splitlines()]
    assert [(row["file"], row["line"], row["text"]) for row in rows] == [
        (name, *found) for name in ("a.log", "b.log") for found in ((2, "ERROR Exception\n"), (5, "Traceback"))
    ]
    reference.main(str(tmp_path / "rows"), str(tmp_path / "logs" / "a.log"))
    assert len((tmp_path / "rows").read_text().splitlines()) == 2


def test_bounds_are_kept_for_each_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update leaves others' alone; where nobody has set any, there is nothing to compare with, and it says so."""
    file = tmp_path / "guard.json"
    file.write_text(json.dumps({"margin": 1.2, "ratios": {"other": GOOD._asdict()}}))
    monkeypatch.setattr(guard, "BOUNDS", file)
    monkeypatch.setattr(guard, "COUNT", ["sh"])
    assert guard.known() is None
    done = CliRunner().invoke(guard.main)
    assert (done.exit_code, "--update" in done.output) == (2, True)
    guard.update(BOUNDS.ratios)
    assert guard.known() == Bounds(Costs(*(round(ratio, 3) for ratio in BOUNDS.ratios)), 1.2)
    assert json.loads(file.read_text())["ratios"]["other"] == GOOD._asdict()


def test_without_valgrind(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no answer: that is neither good nor bad."""
    monkeypatch.setattr(guard, "COUNT", ["no-such-tool"])
    done = CliRunner().invoke(guard.main)
    assert (done.exit_code, "no-such-tool is not installed" in done.output) == (2, True)


def test_the_shipped_bounds() -> None:
    """1.3 times the cost is caught by all of them."""
    held = json.loads(guard.BOUNDS.read_bytes())
    assert 1 < held["margin"] < 1.3
    assert all(set(ratios) == set(Costs._fields) for ratios in held["ratios"].values())
