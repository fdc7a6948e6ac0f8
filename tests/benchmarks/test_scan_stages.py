"""Where the time of a scan goes: whose a moment is, and what the answers stand for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from benchmarks.scan import corpus, stages
from benchmarks.scan.stages import IMPORTS, MAIN, OUTSIDE, WORKERS, Tick
from gate import logformats

ROOT = Path(__file__).parents[2]
TICKS = [Tick(MAIN, "read", "read.find")] * 3 + [Tick(MAIN, IMPORTS, "")] + [Tick(WORKERS, "match", "match.hits")] * 2


def test_a_moment_is_the_innermost_rooms() -> None:
    """What loggate calls elsewhere counts for its function; what is none of its own for nobody."""
    seen = []

    class Level:
        """Is looked at by `rank`, as a word in a log is."""

        def upper(self) -> str:
            seen.append(stages.at_work(sys._getframe()))
            return "INFO"

    logformats.rank(cast(str, Level()))
    assert seen == [("logformats", "logformats.levels.rank")]
    assert stages.at_work(sys._getframe()) == (OUTSIDE, "")
    assert stages.at_work(None) == (OUTSIDE, "")


def test_the_cpu_time_is_divided_among_the_answers() -> None:
    """However many answers there are; the main process' and the workers' apart; the dearest first."""
    found = stages.profile(TICKS, {MAIN: 4.0, WORKERS: 12.0}, 9.0)
    assert found.rooms == [("match", 0.0, 12.0), ("read", 3.0, 0.0), (IMPORTS, 1.0, 0.0)]
    assert found.functions == [("match.hits", 12.0), ("read.find", 3.0)]
    text = stages.render(found)
    assert "| match | 0.00 | 12.00 | 75 % |" in text
    assert "Wall time 9.00 s; CPU time: main process 4.00 s, workers 12.00 s; 6 answers." in text


def test_workers_that_could_not_be_asked() -> None:
    """Their time is told as theirs; it does not vanish."""
    found = stages.profile(TICKS[:4], {MAIN: 4.0, WORKERS: 12.0}, 9.0)
    assert found.rooms[0] == (stages.UNASKED, 0.0, 12.0)


def test_what_is_little_is_added_up() -> None:
    """Rooms below a hundredth share a row."""
    found = stages.Profile(1.0, {MAIN: 1.0}, [("a", 0.992, 0.0), ("b", 0.004, 0.0), ("c", 0.004, 0.0)], [], 9)
    assert "| 2 more | 0.01 | 0.00 | 1 % |" in stages.render(found)


def test_profiles_are_kept_by_their_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is measured anew replaces its own."""
    monkeypatch.setattr(stages, "RAW", tmp_path / "raw.json")
    for title, wall in (("large", 1.0), ("dense", 2.0), ("large", 3.0)):
        stages.remember(title, stages.profile(TICKS, {MAIN: 4.0, WORKERS: 12.0}, wall))
    text = stages.section()
    assert re.findall(r"\*\*(\w+)\*\*|Wall time ([\d.]+)", text) == [
        ("large", ""),
        ("", "3.00"),
        ("dense", ""),
        ("", "2.00"),
    ]


def test_forked_workers_are_asked(tmp_path: Path) -> None:
    """A child that works leaves its answers beside those of its parent."""
    code = f"""
import os, time
from pathlib import Path
from benchmarks.scan import stages
asking = stages.Asking(Path({str(tmp_path / "ticks")!r}))
child = os.fork()
end = time.process_time() + 0.1
while time.process_time() < end: pass
os._exit(0) if not child else os.waitpid(child, 0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert {tick.process for tick in stages.read(tmp_path / "ticks")} == {MAIN, WORKERS}


def test_a_whole_run(tmp_path: Path) -> None:
    """The rooms of a real scan, and its imports."""
    corpus.large(tmp_path / "a.log", 500_000, 0.05, 1)
    command = [sys.executable, str(ROOT / "benchmarks" / "scan" / "stages.py"), str(tmp_path / "a.log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert "| imports |" in done.stdout
    assert "CPU time: main process" in done.stdout
