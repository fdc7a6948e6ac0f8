"""How the cost grows: slopes, the corpora of the points, the section and the plot."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.scan import corpus, growth
from benchmarks.scan.growth import Growth, Point, Slope


def point(kind: str, size: int, wall: float, cpu: float = 0.0) -> Point:
    return Point(kind, size, size, wall, cpu or wall, 40.0, 30.0)


def points(kind: str, power: float, start: float = 0.0) -> list[Point]:
    return [point(kind, size, start + (size / 1e6) ** power) for size in (0, *growth.SIZES)]


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("start", [0.0, 7.0])
def test_the_slope_is_the_power_with_which_the_cost_grows(power: float, start: float) -> None:
    """Whatever the start costs: it is taken off; only the last points count."""
    found = growth.slope(points("bytes", power, start))
    assert found
    assert found.wall == pytest.approx(power)
    assert (found.first, found.last) == (300_000_000, 10_000_000_000)


def test_wall_and_cpu_have_a_slope_each() -> None:
    """What is spread over processes may grow in one and not in the other."""
    given = [point("bytes", 10**n, 10.0**n, 10.0 ** (2 * n)) for n in range(1, 6)]
    assert growth.slope([point("bytes", 0, 0.0), *given]) == Slope(pytest.approx(1.0), pytest.approx(2.0), 100, 100_000)


def test_no_slope_without_figures() -> None:
    """Too few points, or one that costs no more than the smallest: nothing is claimed."""
    assert growth.slope([]) is None
    assert growth.slope([point("bytes", 1, 1.0), point("bytes", 10, 2.0)]) is None
    assert growth.slope([point("bytes", 1, 1.0), point("bytes", 10, 1.0), point("bytes", 100, 2.0)]) is None


def test_a_size_is_the_beginning_of_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole lines, within the size, nothing of them changed; in the end the file is gone."""
    monkeypatch.setattr(corpus, "STRETCH", 20)
    sizes, texts = [], []
    for path in growth.over_bytes(tmp_path, 0.0001):
        sizes.append(path.stat().st_size)
        texts.append(path.read_bytes())
    expected = [round(size * 0.0001) for size in reversed(growth.SIZES)]
    assert all(0 <= asked - size < 2_000 for asked, size in zip(expected, sizes, strict=True))
    assert all(larger.startswith(smaller) for larger, smaller in pairwise(texts))
    assert all(text.endswith(b"\n") for text in texts if text)
    assert not list(tmp_path.iterdir())


def test_over_findings_the_lines_stay(tmp_path: Path) -> None:
    """As many entries in each corpus, more and more of them ERRORs."""
    texts = [path.read_bytes() for path in growth.over_findings(tmp_path, 0.001)]
    assert {text.count(b"\n") for text in texts} == {1_000}
    assert [text.count(b"ERROR") for text in texts] == [0, 1, 3, 10, 30, 100, 300, 1_000]


def test_the_section_says_what_was_found(tmp_path: Path) -> None:
    """Plot, exponents and all figures; a kind that was not measured is left out."""
    given = Growth("2026-01-31", "2 cores", "abcdef01", tuple(points("bytes", 1.0)))
    text = growth.section(given)
    assert "wall time grows with the power 1.00 and CPU time with the power 1.00" in text
    assert "| 10,000 | 10,000,000,000 | 10000.00 |" in text
    assert "Over findings" not in text
    assert "too few points" in growth.section(Growth(points=(point("bytes", 1, 1.0),)))


def test_the_plot_is_always_the_same(tmp_path: Path) -> None:
    """The same figures give the same bytes."""
    pytest.importorskip("matplotlib")
    given = Growth("2026-01-31", "2 cores", "", (*points("bytes", 1.0), *points("findings", 1.0)))
    for name in ("a.svg", "b.svg"):
        growth.draw(given, tmp_path / name)
    first = (tmp_path / "a.svg").read_bytes()
    assert first == (tmp_path / "b.svg").read_bytes()
    assert b"findings in a million lines" in first


def test_what_is_measured_anew_replaces_its_kind() -> None:
    """The other kind's points stay."""
    old = Growth(points=(point("bytes", 1, 1.0), point("findings", 1, 1.0)))
    new = growth.merged(old, Growth("2026-01-31", points=(point("findings", 2, 2.0),)))
    assert (new.date, [(each.kind, each.size) for each in new.points]) == (
        "2026-01-31",
        [("bytes", 1), ("findings", 2)],
    )


def test_a_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corpora, runs, the check against grep, and the section."""
    monkeypatch.setattr(growth, "COUNTS", (0, 1_000_000))
    done = CliRunner().invoke(growth.main, ["findings", "--scale", "0.0001", "--repeat", "1"])
    assert done.exit_code == 0, done.output
    assert "| 0 | 100 |" in done.output
