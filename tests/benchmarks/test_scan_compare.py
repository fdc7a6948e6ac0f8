"""The scan beside its rivals: cases, tables, aims, and a whole run with a corpus of a few lines."""

from __future__ import annotations

import shlex
import shutil
import sys
from array import array
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from benchmarks.scan import compare, corpus, measure, tables
from benchmarks.scan.cases import CASES, Rival
from benchmarks.scan.check import Check
from benchmarks.scan.measure import Measured, Program, ratio
from benchmarks.scan.tables import Result, Results

PYTHON = shlex.quote(sys.executable)


def took(*seconds: float, largest: float = 40.0, together: float = 30.0) -> Measured:
    return Measured(seconds, seconds, (largest,) * len(seconds), together)


def result(case: str, ours: Measured, check: Check | None = None, **rivals: Measured) -> Result:
    """With what its case's rivals took, in their order."""
    names = [rival.name for rival in next(each for each in CASES if each.name == case).rivals]
    programs = {"loggate": ours, **dict(zip(names, rivals.values(), strict=False))}
    return Result(case, "2026-01-31", "2 cores", "abcdef01", 10**9, programs, check=check)


def cells(text: str, row: int = 0) -> list[str]:
    return [cell.strip() for cell in text.splitlines()[2 + row].strip("|").split(" | ")]


def test_each_case_can_be_run() -> None:
    """Its corpus has a maker, its commands have all their values, and names are not used twice."""
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.corpus in (*corpus.MAKERS, "")
        programs = [
            case.program(Path("loggate"), Path("x y"), Path("out")),
            *(r.program(Path("x y")) for r in case.rivals),
        ]
        assert len({program.name for program in programs}) == len(programs)
        assert not any(set("{}") & set(program.command.replace("'{testcase}/{site}/**'", "")) for program in programs)


def test_the_aims_are_those_that_were_set() -> None:
    """A change of an aim is a change of this test."""
    ratios = {(case.name, rival.name): rival.at_most for case in CASES for rival in case.rivals if rival.at_most}
    assert ratios == {
        ("large", "grep -nE"): 1.0,
        ("large", "rg -n"): 2.0,
        ("large-10gb", "grep -nE"): 1.0,
        ("large-10gb", "rg -n"): 2.0,
        ("many", "grep -rnE"): 1.0,
        ("many", "rg -n"): 2.0,
        ("version", "python -c pass"): 4.0,
        ("dense", "rg -n"): 6.0,
        ("gzip", "zcat | rg -n"): 1.0,
        ("zstd", "zstd -dc | rg -n"): 1.0,
    }
    assert {case.name: case.seconds for case in CASES if case.seconds} == {"suite": 0.25}
    assert {case.memory for case in CASES} == {150, None}


def test_ratios_are_those_of_the_rounds() -> None:
    """A round in which the machine is slow counts like any other: what disturbs one program disturbs the other."""
    assert ratio(took(1.0, 8.0, 2.4), took(1.0, 4.0, 2.0)) == pytest.approx(1.2)


def test_a_row_of_times() -> None:
    """Median, least and greatest, the ratio, and plainly whether the aim is met."""
    text = tables.times([result("large", took(1.0, 1.5, 2.0), grep=took(2.0, 2.0, 2.0), rg=took(0.5, 0.5, 0.5))])
    ours = "1.50 (1.00 to 2.00)"
    assert cells(text) == [
        "large",
        "1.0 GB",
        ours,
        "`grep -nE`",
        "2.00 (2.00 to 2.00)",
        "0.75",
        "1 x",
        "yes",
        "1.50 / 2.00",
    ]
    assert cells(text, 1)[5:8] == ["3.00", "2 x", "**no**"]


def test_a_row_of_seconds() -> None:
    """An aim may be a time."""
    assert cells(tables.times([result("suite", took(0.25), grep=took(1.0), rg=took(1.0))]), 0)[6:8] == ["0.25 s", "yes"]


def test_a_rival_that_is_not_installed() -> None:
    """The row says so; the others stay."""
    given = msgspec.structs.replace(result("large", took(1.0), grep=took(2.0)), absent={"rg -n": "rg"})
    text = tables.times([given])
    assert (cells(text)[7], cells(text, 1)[4]) == ("yes", "skipped: rg is not installed")
    assert Rival("x", "no-such-tool {path} | rg").missing == "no-such-tool"


def test_memory_counts_by_the_larger_account() -> None:
    """One process, or all of them together: both must be within the aim."""
    assert cells(tables.memory([result("large", took(1.0), grep=took(1.0))]))[1:5] == ["40", "30", "150 MB", "yes"]
    assert cells(tables.memory([result("large", took(1.0, together=151.0))]))[4] == "**no**"
    assert cells(tables.memory([result("large", took(1.0, largest=151.0))]))[4] == "**no**"


def test_checks_say_what_is_not_so() -> None:
    """A finding that is missing and a page that is too large cannot be overlooked."""
    good, bad = Check(7, 5, 10**6, 2 * 10**6), Check(7, 5, 6 * 10**6, 2 * 10**6, ("missing",))
    text = tables.checks(
        [result("large", took(1.0), good), result("many", took(1.0), bad), result("version", took(1.0))]
    )
    assert cells(text) == ["large", "7", "all", "5", "2.0", "1.0"]
    assert cells(text, 1)[2:] == ["**not all**", "5", "2.0", "6.0 (**not** under 5)"]
    assert len(text.splitlines()) == 4


def test_a_pipe_does_not_end_a_cell() -> None:
    """A rival's name may have one."""
    text = tables.render([result("gzip", took(1.0), rg=took(1.0))])
    assert "`zcat \\| rg -n`" in text


def test_what_is_measured_anew_replaces_what_was() -> None:
    """Other cases stay; the order is that of the cases."""
    old = Results((result("many", took(1.0)), result("large", took(2.0))))
    assert [each.programs["loggate"].wall for each in old.merged([result("many", took(3.0))]).results] == [2.0, 3.0]


def test_a_sample_is_what_the_system_says(tmp_path: Path) -> None:
    """What the largest process holds, and two at once; CPU time; an exit code is looked at."""
    code = "import os, time; os.fork(); x = b'x' * 60_000_000; time.sleep(0.3)"
    found = measure.sample(Program("two", f'{PYTHON} -c "{code}"'), tmp_path, every=0.01)
    assert 60e6 < found.largest < 110e6
    assert 115e6 < found.together < 220e6
    assert found.cpu_s > 0
    assert found.wall_s > 0.3
    with pytest.raises(measure.Failed, match="exit code 7"):
        measure.sample(Program("bad", f'{PYTHON} -c "raise SystemExit(7)"'), tmp_path)
    with pytest.raises(measure.Failed, match="cannot be measured"):
        measure.sample(Program("none", "no-such-command"), tmp_path)


@pytest.mark.skipif(not shutil.which("grep"), reason="grep is not installed")
def test_a_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Corpus, rounds, check, tables and JSON; the corpus is kept, and made once."""
    monkeypatch.setattr(corpus, "STRETCH", 20)
    arguments = ["large", "--scale", "0.0001", "--repeat", "1", "--folder", str(tmp_path / "kept")]
    done = CliRunner().invoke(compare.main, [*arguments, "--json", str(tmp_path / "raw.json")])
    assert done.exit_code == 0, done.output
    assert "`grep -nE`" in done.output
    (found,) = msgspec.json.decode((tmp_path / "raw.json").read_bytes(), type=list[Result])
    assert found.check and found.check.printed > 0
    (kept,) = (tmp_path / "kept").iterdir()
    before = kept.stat().st_mtime_ns
    assert compare.made(CASES[0], tmp_path / "kept", 0.0001) == kept
    assert kept.stat().st_mtime_ns == before


def test_a_report_that_lacks_a_line_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are printed, the exit code is 1."""
    monkeypatch.setattr(corpus, "STRETCH", 20)
    monkeypatch.setattr(compare, "printed_lines", lambda path: {str(path): array("Q", [1])})
    done = CliRunner().invoke(compare.main, ["large", "--repeat", "1", "--scale", "0.0001"])
    assert done.exit_code == 1
    assert "1 lines that grep prints are in no finding" in done.output


def test_figures_of_other_sizes_are_not_kept() -> None:
    """They would stand in the document as if they were those of the cases."""
    assert CliRunner().invoke(compare.main, ["--scale", "0.1", "--write"]).exit_code == 2
