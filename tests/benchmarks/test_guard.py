"""The guard of what a scan costs: its arithmetic, its corpora, and the loop that it is held against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import guard, reference
from benchmarks.guard import Amounts, Bounds, Costs

SMALL = Amounts(1.0, 50.0, 20.0)
HAVE = {
    "small": SMALL,
    "large": Amounts(50.0, 50.0, 21.0),
    "bytes": Amounts(100.0, 50.0, 21.0),
    "lines": SMALL._replace(lines=600.0),
    "files": SMALL._replace(files=220.0),
}
LOOP = Costs(60e6, 60e6, 50e6, 5e4, 3e4)
GOOD = Costs(600e6, 900e6, 10e6, 2e6, 6e6)
BOUNDS = Bounds(GOOD.over(LOOP), 1.15)


def counts(of: Costs) -> dict[str, int]:
    """What the corpora count where things cost so much."""
    start = dict.fromkeys(("large", "bytes"), of.large)
    return {
        name: round(
            start.get(name, of.start) + of.per_mb * has.bytes + of.per_line * has.lines + of.per_file * has.files
        )
        for name, has in HAVE.items()
    }


def test_differences_tell_what_each_thing_costs() -> None:
    """A megabyte, a line and a file; what remains of the small corpus is the start."""
    assert guard.costs(counts(GOOD), HAVE) == pytest.approx(GOOD)


@pytest.mark.parametrize("number", range(5))
def test_it_fires_when_one_thing_is_dearer(number: int) -> None:
    """By 1.3: it is named, and no other. By what the margin leaves, it does not."""
    for times, expected in ((1.3, [guard.TITLES[number]]), (1.1, []), (0.5, [])):
        slow = GOOD._replace(**{Costs._fields[number]: GOOD[number] * times})
        ratios = guard.costs(counts(slow), HAVE).over(LOOP)
        assert guard.dearer(ratios, BOUNDS) == expected


def test_what_another_python_costs_does_not_fire() -> None:
    """An interpreter that takes more for everything takes more for the loop, too."""
    slow, loop = (Costs(*(cost * 1.4 for cost in each)) for each in (GOOD, LOOP))
    assert guard.dearer(slow.over(loop), BOUNDS) == []


def test_the_table_says_what_is_not_kept() -> None:
    """Each with its ratio and the most that it may be."""
    text = guard.render(GOOD._replace(per_line=4e6), LOOP, BOUNDS)
    assert "| a line that grep prints | 4,000 | 50 | 80.00 | 46.00 | **no** |" in text
    assert text.count("| yes |") == 4
    assert "| 80.00 |  |  |" in guard.render(GOOD._replace(per_line=4e6), LOOP, None)


def test_how_far_apart_counts_are() -> None:
    """Of each ratio, the greatest over the least."""
    text = guard.spreads([Costs(1, 1, 1, 1, 1), Costs(1.01, 1, 1, 1, 1.2)])
    assert text.strip() == (
        "Spread of the ratios over 2 runs: the start 1.00 %, the start with a large log 0.00 %, a megabyte 0.00 %, "
        "a line that grep prints 0.00 %, a file of 5 KB 20.00 %"
    )


def test_one_process_counts() -> None:
    """A forked one would count its parent's instructions again: that is no figure."""
    assert guard.instructions(["==1== I   refs:      8,000,329,793\n"]) == 8_000_329_793
    for said, why in (
        ([], "did not count"),
        (["==1== Fatal error"], "did not count"),
        (["I refs: 1"] * 2, "2 processes"),
    ):
        with pytest.raises(guard.Unmeasurable, match=why):
            guard.instructions(said)


def test_the_corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each other has more of one thing than the small one; with `times`, so many times more of it."""
    monkeypatch.setattr(guard, "SMALL", 100_000)
    monkeypatch.setattr(guard, "LARGE", 200_000)
    monkeypatch.setattr(guard, "MORE", 200_000)
    monkeypatch.setattr(guard, "MORE_FILES", 10)
    plain, slow = (guard.amounts(guard.make(tmp_path / name, times)) for name, times in (("a", 1.0), ("b", 1.5)))
    assert plain["small"] == slow["small"]
    assert plain["large"] == slow["large"] == (pytest.approx(0.3, rel=0.01), plain["small"].lines, 21)
    assert plain["bytes"] == (pytest.approx(0.5, rel=0.01), plain["small"].lines, 21)
    assert plain["lines"] == (pytest.approx(0.1, rel=0.01), pytest.approx(60, abs=20), 20)
    assert plain["files"] == (pytest.approx(0.2, rel=0.01), plain["small"].lines, 30)
    for name in Amounts._fields:
        base = "large" if name == "bytes" else "small"
        more, most = (getattr(has[name], name) - getattr(has[base], name) for has in (plain, slow))
        assert most == pytest.approx(1.5 * more, rel=0.1)


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
    assert guard.known() == Bounds(Costs(*(float(f"{ratio:.4g}") for ratio in BOUNDS.ratios)), 1.2)
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
