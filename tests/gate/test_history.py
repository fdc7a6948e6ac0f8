from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gate import history
from gate.errors import GateError, UsageError
from gate.model import SHARED, DispositionCounts, Report, SharedReport, TestcaseTrend, Verdict
from tests import cost
from tests.gate.reports import report_samples as samples


def run(number: int, verdict: Verdict = "pass", **changes: object) -> Report:
    """Run `number` of testcase `a`, an hour after the one before."""
    started = f"2026-05-{1 + number // 24:02}T{number % 24:02}:00:00.000+00:00"
    values = {"verdict": verdict, "duration_s": 10.0, "flaky": False} | changes
    return samples.report([samples.testcase("a", **values)], started=started)


def line(db: Path, limit: int = 30) -> TestcaseTrend:
    """The trend of testcase `a`."""
    (found,) = [each for each in history.trend(db, limit).testcases if each.name == "a"]
    return found


def fill(db: Path, verdicts: Sequence[Verdict]) -> None:
    for number, verdict in enumerate(verdicts):
        history.add(db, run(number, verdict))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_a_run_is_added_once(db: Path) -> None:
    """The same report a second time changes nothing, and says so."""
    assert history.add(db, samples.failing())
    before = history.read(db, 10)
    assert not history.add(db, samples.failing())
    assert history.read(db, 10) == before
    assert len(before.trend.runs) == 1


def test_two_runs_alike_are_two(db: Path) -> None:
    """The twin: a run with another start, command or outcome is another run."""
    first = run(1)
    others = (run(2), run(1, "fail"), run(1, duration_s=10.1))
    assert all(history.add(db, each) for each in (first, *others))
    assert len(history.trend(db, 10).runs) == 4


def test_runs_stand_in_the_order_of_their_start(db: Path) -> None:
    """However late a report is added, and in whatever zone it was written; the last ones are shown."""
    for started in ("2026-05-01T12:00:00+00:00", "2026-05-01T12:30:00+02:00", "2026-05-01T11:00:00Z"):
        history.add(db, samples.report([samples.testcase("a")], started=started))
    shown = [each.started[11:16] for each in history.trend(db, 10).runs]
    assert shown == ["10:30", "11:00", "12:00"]
    assert [each.started[11:16] for each in history.trend(db, 2).runs] == ["11:00", "12:00"]


def test_outcomes_stand_below_their_runs(db: Path) -> None:
    """A testcase has an outcome for each run, None where it was not in it; shared logs are judged, too, and last."""
    history.add(db, run(1, "fail", duration_s=3.5))
    history.add(db, samples.report([samples.testcase("b")], started="2026-05-02T00:00:00+00:00"))
    shared = SharedReport("pass", "no finding")
    history.add(db, samples.report([], started="2026-05-03T00:00:00+00:00", shared=shared))
    found = {each.name: each.outcomes for each in history.trend(db, 10).testcases}
    assert list(found) == ["a", "b", SHARED]
    assert found["a"] == (history.Outcome("fail", 3.5, False), None, None)
    assert found[SHARED] == (None, None, history.Outcome("pass", None, False))


def test_issues(db: Path) -> None:
    """An issue keeps its first and last run, its latest title, and its counts by disposition, not its findings."""
    for number, title in ((5, "new words"), (1, "old words"), (3, "words")):
        findings = [samples.finding("a"), samples.finding("a", disposition="waived"), samples.finding("b")]
        history.add(db, samples.report([], [samples.issue(findings, title=title)], started=run(number).started))
    (issue,) = history.read(db, 2).issues
    assert (issue.first_seen[11:13], issue.last_seen[11:13], issue.title) == ("01", "05", "new words")
    assert (issue.runs, issue.counts.new, issue.counts.waived, issue.testcases) == (2, 4, 2, ("a", "b"))


def test_findings_of_each_run(db: Path) -> None:
    """A run tells how many findings of each disposition it had, over all its issues and testcases."""
    for number, testcases in enumerate((["a"], [], ["a", "b"])):
        findings = [samples.finding(name, disposition=kind) for name in testcases for kind in ("new", "new", "known")]
        issues = [samples.issue(findings), samples.issue(findings, fingerprint="v1:0")] if findings else []
        history.add(db, samples.report([], issues, started=run(number).started))
    counts = [each.counts for each in history.trend(db, 10).runs]
    assert counts == [DispositionCounts(4, 2, 0), DispositionCounts(), DispositionCounts(8, 4, 0)]


def test_no_row_grows_with_findings(db: Path) -> None:
    """Twenty thousand findings take no more room than twenty."""
    history.add(db, samples.many(51))
    small = db.stat().st_size
    history.add(db, samples.many(20_000))
    assert db.stat().st_size <= small + 8192


def test_prune(db: Path) -> None:
    """The last N runs stay with their issues; what only older runs had is gone, and may come again."""
    old = samples.report([], [samples.issue([samples.finding()])], started="2026-04-01T00:00:00+00:00")
    history.add(db, old)
    fill(db, ["pass"] * 5)
    assert history.prune(db, 3) == 3
    assert history.prune(db, 3) == 0
    found = history.read(db, 10)
    assert [each.started[11:13] for each in found.trend.runs] == ["02", "03", "04"]
    assert found.issues == ()
    assert history.add(db, old)


def test_any_text(db: Path) -> None:
    """Names and titles are data: quotes, NUL, what is no Unicode and `'; DROP TABLE run; --` all the same."""
    name = "a'; DROP TABLE run; --\x00\n\udcff"
    report = samples.report([samples.testcase(name)], [samples.issue([samples.finding(name)], title=name)])
    assert history.add(db, report)
    assert not history.add(db, report)
    found = history.trend(db, 10)
    assert found.testcases[0].name == name.replace("\udcff", "\\xff")
    assert len(found.runs) == 1


def test_a_time_that_is_none(db: Path) -> None:
    """A report without a time that sorts is refused, and no run is left behind."""
    with pytest.raises(UsageError, match="yesterday"):
        history.add(db, samples.report([], started="yesterday"))
    assert not db.exists()


# ---- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "flaky"),
    [
        (["pass", "fail", "pass"], True),
        (["fail", "skipped", "pass", "error"], True),
        (["pass", "pass", "fail", "fail"], False),
        (["fail", "pass", "pass"], False),
        (["fail", "error", "fail"], False),
        (["pass", "skipped", "pass"], False),
    ],
)
def test_flaky(db: Path, verdicts: list[Verdict], flaky: bool) -> None:
    """To and fro is flaky; a regression, its fix, or a skipped run is not."""
    fill(db, verdicts)
    assert line(db).flaky == flaky


def test_flaky_within_a_run(db: Path) -> None:
    """What passed only when tried again is flaky, though each of its verdicts is pass."""
    history.add(db, run(1))
    assert not line(db).flaky
    history.add(db, run(2, flaky=True))
    assert line(db).flaky


def test_two_environments_are_not_flaky(db: Path) -> None:
    """A testcase that fails on one release and passes on another, in turns, is steady on both."""
    for number in range(6):
        verdict: Verdict = "pass" if number % 2 else "fail"
        report = samples.report(
            [samples.testcase("a", verdict=verdict)],
            started=run(number).started,
            environment={"nvflare": f"2.{number % 2}"},
        )
        history.add(db, report)
    assert not line(db).flaky


def test_another_commit_is_the_same_ground(db: Path) -> None:
    """A testcase whose verdict goes to and fro is flaky, though each run has a commit and a CI run of its own."""
    for number in range(4):
        one = {"nvflare": "2.9", "commit": f"{number:040}", "ci run": f"https://ci.example/{number}"}
        history.add(db, msgspec.structs.replace(run(number, "pass" if number % 2 else "fail"), environment=one))
    assert line(db).flaky
    assert history.trend(db, 1).runs[0].environment["commit"] == f"{3:040}"


@pytest.mark.parametrize(
    ("durations", "median", "drift"),
    [
        ([10, 10, 20, 20], 15, 1.0),
        ([20, 20, 30, 10, 10], 20, -0.5),
        ([10, 30, 10], 10, None),
        ([None, None], None, None),
        ([0, 0, 1, 1], 0.5, None),
    ],
)
def test_durations(db: Path, durations: list[float | None], median: float | None, drift: float | None) -> None:
    """The median, and how much longer the newer half takes than the older half."""
    for number, duration in enumerate(durations):
        history.add(db, run(number, duration_s=duration))
    assert (line(db).median_s, line(db).drift) == (median, drift)


def test_fast_enough(db: Path) -> None:
    """A thousand runs of seventeen testcases are read in less than a second."""
    history.add(db, samples.many(170, 10))
    with sqlite3.connect(db) as connection:
        connection.executemany(
            "INSERT INTO run SELECT ?, 'run ' || ?, started, verdict, environment FROM run WHERE id = 1",
            [(number, number) for number in range(2, 1001)],
        )
        connection.execute(
            "INSERT INTO testcase SELECT run.id, name, testcase.verdict, duration_s, flaky"
            " FROM testcase, run WHERE run.id > 1"
        )
        connection.execute(
            "INSERT INTO seen SELECT run.id, fingerprint, testcase, new, known, waived FROM seen, run WHERE run.id > 1"
        )
    connection.close()
    with cost.linear():
        found = history.read(db, 1000).trend
    assert (len(found.runs), len(found.testcases), len(found.testcases[0].outcomes)) == (1000, 17, 1000)


# ---- a model of it ---------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 12)


class Histories(RuleBasedStateMachine):
    """Runs added in any order, more than once, and pruned, against a dict of what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.db = Path(self._folder.name) / "history.db"
        self.runs: dict[int, Verdict] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @rule(number=NUMBERS, verdict=st.sampled_from(["pass", "fail", "error", "skipped"]))
    def add(self, number: int, verdict: Verdict) -> None:
        report = run(number, self.runs.get(number, verdict))
        assert history.add(self.db, report) == (number not in self.runs)
        self.runs.setdefault(number, verdict)

    @rule(keep=st.integers(1, 8))
    def prune(self, keep: int) -> None:
        if self.runs:
            assert history.prune(self.db, keep) == max(0, len(self.runs) - keep)
            self.runs = {number: self.runs[number] for number in sorted(self.runs)[-keep:]}

    @invariant()
    def shows_the_same(self) -> None:
        for limit in (1, 3, 100):
            if self.runs:
                last = [self.runs[number] for number in sorted(self.runs)[-limit:]]
                assert [outcome and outcome.verdict for outcome in line(self.db, limit).outcomes] == last


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=20, stateful_step_count=15)


# ---- the file --------------------------------------------------------------------------------------------------------

ADDER = """
import sys
from pathlib import Path
from gate import history
from tests.gate.test_history import run
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    history.add(Path(sys.argv[1]), run(number))
    print(number, flush=True)
"""


def adder(db: Path, first: int, end: int) -> subprocess.Popen[str]:
    """A process that adds these runs and prints each number when it is in."""
    return subprocess.Popen(
        [sys.executable, "-c", ADDER, str(db), str(first), str(end)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_many_writers(db: Path) -> None:
    """Jobs that write at once all get in, and a run that two of them bring is in once."""
    writers = [adder(db, 10 * number, 10 * number + 20) for number in range(4)]
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(history.trend(db, 1000).runs) == 50


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed(db: Path) -> None:
    """After kill -9 at any moment the file is whole: each run that was said to be in, and at most one more."""
    told: set[int] = set()
    for _ in range(5):
        writer = adder(db, len(told), 500)
        assert writer.stdout is not None
        told |= {int(writer.stdout.readline())}
        time.sleep(random.uniform(0, 0.1))  # noqa: S311
        writer.send_signal(signal.SIGKILL)
        told |= {int(number) for number in writer.communicate()[0].split()}
        found = history.trend(db, 1000)
        assert len(found.runs) - len(told) in (0, 1)
        assert None not in found.testcases[0].outcomes
        told = set(range(len(found.runs)))


def contents(db: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in db.parent.iterdir()}


def refused(db: Path, words: str) -> None:
    """Every command refuses the file in these words and leaves it as it is."""
    before = contents(db)
    for command in (
        lambda: history.add(db, samples.small()),
        lambda: history.trend(db, 5),
        lambda: history.prune(db, 1),
    ):
        with pytest.raises(GateError, match=words):
            command()
    assert contents(db) == before


@pytest.mark.parametrize("data", [b"x", b"hello\n" * 1000, b"SQLite format 2\0" + b"\0" * 4096])
def test_no_database(db: Path, data: bytes) -> None:
    """A file that is no database, even of one byte, is refused and stays."""
    db.write_bytes(data)
    refused(db, "is no SQLite file")


def test_an_empty_file_is_a_history_to_be(db: Path) -> None:
    """The twin: `mktemp` makes empty files, and so does a kill at the very start."""
    db.touch()
    assert history.add(db, samples.small())


def test_another_programs_database(db: Path) -> None:
    """A database that is not ours gets no table of ours."""
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    refused(db, "another program's database")


@pytest.mark.parametrize("part", ["first half", "zeros in the middle", "no version"])
def test_damaged(db: Path, part: str) -> None:
    """A damaged history is refused before anything is written to it."""
    fill(db, ["pass"] * 50)
    data = db.read_bytes()
    if part == "first half":
        db.write_bytes(data[: len(data) // 2])
    elif part == "zeros in the middle":
        db.write_bytes(data[:4096] + bytes(8192) + data[12288:])
    else:
        with sqlite3.connect(db) as connection:
            connection.execute("DELETE FROM loggate_schema")
        connection.close()
    refused(db, "is damaged, and was left as it is")


def test_a_newer_loggates(db: Path) -> None:
    """A schema that this release does not know is refused, not guessed at."""
    fill(db, ["pass"])
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE loggate_schema SET version = version + 1")
    connection.close()
    refused(db, "newer loggate")


def test_unknown_words_inside(db: Path) -> None:
    """A verdict that nobody knows is damage, not a crash."""
    fill(db, ["pass"])
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE testcase SET verdict = 'pess'")
    connection.close()
    with pytest.raises(GateError, match="damaged"):
        history.trend(db, 5)


def test_no_file(db: Path) -> None:
    """Reading what is not there makes no file; writing where no folder is says so."""
    with pytest.raises(UsageError, match="no such file"):
        history.trend(db, 5)
    assert not db.exists()
    with pytest.raises(GateError, match="unable to open"):
        history.add(db / "deeper" / "x.db", samples.small())


def test_locked(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes for too long is named as the reason, and the run can be added afterwards."""
    fill(db, ["pass"])
    monkeypatch.setattr(history, "BUSY_S", 0.1)
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GateError, match="another process"):
        history.add(db, run(7))
    holder.close()
    assert history.add(db, run(7))
