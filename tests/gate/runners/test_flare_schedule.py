"""Testcases run in order, as many at once as the server takes, and none can hang the suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from flare_samples import RecordingProgress

from gate.config import Abort, SuiteTestcase
from gate.model import Expect
from gate.runners.flare.schedule import AHEAD, SUBMITTED_LIMIT_S, LineWatch, Run, Schedule, seconds
from gate.runners.flare.session import SessionError, SessionLost


class FakeFlare:
    """A system whose jobs follow a script: [(seconds after the start, status), ...], by testcase.

    As NVFlare's, its scheduler looks once a second and starts the first of the waiting jobs that can run if a place is
    free; those in `unable` it passes over. `looks_in_vain` counts the free places for which no job waited.
    """

    def __init__(self, folder: Path, scripts: Mapping[str, Sequence[tuple[float, str]]]) -> None:
        self.folder, self.scripts = folder, scripts
        self.now = 0.0
        self.places = 2
        self.submitted: list[str] = []
        self.started: dict[str, float] = {}
        self.unable: set[str] = set()
        self.looks_in_vain = 0
        self.aborted: dict[str, float] = {}
        self.rejected: set[str] = set()
        self.broken = ""
        self.silent = False
        self.never_settles = False
        self.most_at_once = 0
        self.deaf_to_abort = False

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        before, self.now = self.now, self.now + seconds
        self.most_at_once = max(self.most_at_once, sum(not self.over(name) for name in self.submitted))
        if int(self.now) > int(before):
            self.look()

    def look(self) -> None:
        if sum(not self.over(name) for name in self.started) >= self.places:
            return
        able = (name for name in self.submitted if name not in self.started and name not in self.unable)
        if name := next(able, ""):
            self.started[name] = self.now
        elif len(self.submitted) < len(self.scripts):
            self.looks_in_vain += 1

    def status(self, name: str) -> str:
        age = self.now - self.started.get(name, self.now)
        if name in self.aborted and self.now - self.aborted[name] >= 2 and not self.deaf_to_abort:
            return "FINISHED:ABORTED"
        return [status for at, status in [(0.0, "SUBMITTED"), *self.scripts[name]] if at <= age][-1]

    def over(self, name: str) -> bool:
        return self.status(name).startswith("FINISHED")

    def submit(self, study: str, folder: Path) -> str:
        if folder.name in self.rejected:
            raise SessionError("InvalidJobDefinition", "no meta.json")
        self.submitted.append(folder.name)
        return folder.name

    def meta(self, study: str, job_id: str) -> dict[str, Any]:
        if self.silent:
            raise SessionError("NoConnection", "cannot connect to server")
        return {"status": self.status(job_id), "schedule_history": ["12:00: not enough sites"]}

    def abort(self, study: str, job_id: str) -> None:
        self.aborted[job_id] = self.now

    def down(self) -> str:
        return self.broken

    def settled(self, job_id: str) -> bool:
        return not self.never_settles

    def job_log(self, site: str, job_id: str) -> Path:
        return self.folder / site / job_id / "log.txt"


GOOD = ((2.0, "RUNNING"), (10.0, "FINISHED:COMPLETED"))
ENDLESS = [(2.0, "RUNNING")]


def run_all(flare: FakeFlare, *testcases: SuiteTestcase, capacity: int = 2, timeout_s: float = 60.0) -> dict[str, Run]:
    runs = [Run(testcase, Path(testcase.name), testcase.timeout or timeout_s) for testcase in testcases]
    flare.places = capacity
    schedule = Schedule(runs, flare, RecordingProgress(), capacity=capacity, clock=flare.clock, sleep=flare.sleep)
    ended = list(schedule.ended())
    assert len(ended) == len(runs), "each testcase comes out exactly once"
    return {run.name: run for run in ended}


def test_the_servers_places_are_kept_full(tmp_path: Path) -> None:
    """Whenever the server has a free place a job waits for it, but not the whole suite; all of them end well."""
    names = ["a", "b", "c", "d", "e", "f", "g"]
    flare = FakeFlare(tmp_path, dict.fromkeys(names, GOOD))
    runs = run_all(flare, *(SuiteTestcase(name, "job") for name in names), capacity=2)
    assert flare.looks_in_vain == 0
    assert flare.most_at_once == 2 + AHEAD
    assert [(run.status, run.problem) for run in runs.values()] == [("FINISHED:COMPLETED", "")] * 7
    assert flare.submitted == names


def test_a_job_may_wait_long_for_those_before_it(tmp_path: Path) -> None:
    """The time in which a job must start counts from when it is its turn."""
    flare = FakeFlare(tmp_path, dict.fromkeys(["a", "b", "c"], ((1.0, "RUNNING"), (50.0, "FINISHED:COMPLETED"))))
    runs = run_all(flare, *(SuiteTestcase(name, "job") for name in flare.scripts), capacity=1)
    assert flare.started["c"] > SUBMITTED_LIMIT_S
    assert {run.problem for run in runs.values()} == {""}


def test_a_job_that_is_passed_over(tmp_path: Path) -> None:
    """A job that does not start is given up in time, although those submitted after it take all places."""
    names = ["stuck", "a", "b", "c"]
    flare = FakeFlare(tmp_path, dict.fromkeys(names, ((1.0, "RUNNING"), (100.0, "FINISHED:COMPLETED"))))
    flare.unable.add("stuck")
    runs = run_all(flare, *(SuiteTestcase(name, "job") for name in names), capacity=2, timeout_s=200)
    assert runs["stuck"].problem.startswith(f"was not started within {SUBMITTED_LIMIT_S:.0f} s")
    assert flare.aborted["stuck"] < SUBMITTED_LIMIT_S + 2
    assert [runs[name].problem for name in ("a", "b", "c")] == [""] * 3


def test_a_timeout_aborts_the_job(tmp_path: Path) -> None:
    """A job that runs longer than its timeout is aborted and says so; the next one still runs."""
    flare = FakeFlare(tmp_path, {"slow": ENDLESS, "next": GOOD})
    runs = run_all(flare, SuiteTestcase("slow", "job", timeout=5), SuiteTestcase("next", "job"), capacity=1)
    assert runs["slow"].problem == "did not end within 5 s: aborted"
    assert 7 <= flare.aborted["slow"] - flare.started["slow"] < 8, (
        "counted from when the job ran, not from its submission"
    )
    assert runs["next"].status == "FINISHED:COMPLETED"


def test_a_job_that_survives_its_abort_is_given_up(tmp_path: Path) -> None:
    """A job that does not end after the abort keeps its first problem and does not hold the suite."""
    flare = FakeFlare(tmp_path, {"stuck": ENDLESS})
    flare.deaf_to_abort = True
    assert run_all(flare, SuiteTestcase("stuck", "job"), timeout_s=5)["stuck"].problem.startswith("did not end within")
    assert flare.now < 60


def test_a_job_that_is_never_started(tmp_path: Path) -> None:
    """A job that stays queued at the server is given up, with the server's own reason."""
    flare = FakeFlare(tmp_path, {"waits": GOOD})
    flare.unable.add("waits")
    problem = run_all(flare, SuiteTestcase("waits", "job"))["waits"].problem
    assert problem == f"was not started within {SUBMITTED_LIMIT_S:.0f} s (12:00: not enough sites)"


def test_a_job_that_cannot_be_scheduled_never_ran(tmp_path: Path) -> None:
    """FINISHED without having run is a problem, unless exactly that status is expected."""
    status = "FINISHED:CAN_NOT_SCHEDULE"
    flare = FakeFlare(tmp_path, {"bad": [(1.0, status)], "wanted": [(1.0, status)]})
    runs = run_all(flare, SuiteTestcase("bad", "job"), SuiteTestcase("wanted", "job", expect=Expect(status=status)))
    assert runs["bad"].problem == f"never ran: {status} (12:00: not enough sites)"
    assert runs["wanted"].problem == ""


def test_a_rejected_job_does_not_stop_the_others(tmp_path: Path) -> None:
    """The server's refusal is the testcase's problem; the suite goes on."""
    flare = FakeFlare(tmp_path, {"good": GOOD})
    flare.rejected.add("bad")
    runs = run_all(flare, SuiteTestcase("bad", "job"), SuiteTestcase("good", "job"), capacity=1)
    assert runs["bad"].problem == "the server rejected the job: no meta.json"
    assert runs["bad"].job_id is None
    assert runs["good"].problem == ""


def test_a_dead_server_ends_the_suite(tmp_path: Path) -> None:
    """When the POC fails, every testcase that is not complete gets the reason, whether it ran or not."""
    flare = FakeFlare(tmp_path, {"a": ENDLESS, "b": ENDLESS})
    original = flare.sleep

    def sleep(seconds: float) -> None:
        original(seconds)
        flare.broken = "the process of server ended with exit code -9" if flare.now > 5 else ""

    flare.sleep = sleep  # type: ignore[method-assign]
    runs = run_all(flare, SuiteTestcase("a", "job"), SuiteTestcase("b", "job"), capacity=1)
    assert runs["a"].problem == "the POC failed while it ran: the process of server ended with exit code -9"
    assert runs["b"].problem == "the POC failed before it ran: the process of server ended with exit code -9"


def test_a_session_lost_at_submission_ends_the_suite(tmp_path: Path) -> None:
    """A submission that gets no answer is no rejection: the testcase says that the POC failed."""
    flare = FakeFlare(tmp_path, {})

    def submit(study: str, folder: Path) -> str:
        flare.broken = "no answer to 'submit' within 30 s"
        raise SessionLost(flare.broken)

    flare.submit = submit  # type: ignore[method-assign]
    assert run_all(flare, SuiteTestcase("a", "job"))["a"].problem.startswith("the POC failed before it ran")


def test_a_server_that_refuses_to_tell_a_jobs_state(tmp_path: Path) -> None:
    """A job whose state cannot be asked any more is given up after a bound."""
    flare = FakeFlare(tmp_path, {"a": GOOD})
    flare.silent = True
    problem = run_all(flare, SuiteTestcase("a", "job"))["a"].problem
    assert problem == "its state could not be asked for 30 s: cannot connect to server"


def test_logs_that_never_stop_growing_are_a_problem(tmp_path: Path) -> None:
    """Waiting for an ended job's logs is bounded, and what may be incomplete is not passed off as whole."""
    flare = FakeFlare(tmp_path, {"a": GOOD})
    flare.never_settles = True
    assert (
        run_all(flare, SuiteTestcase("a", "job"))["a"].problem == "its logs were still being written 30 s after its end"
    )


def test_abort_on_a_line(tmp_path: Path) -> None:
    """A job is aborted once a line of the named site's log matches, and that is no problem."""
    write_log(tmp_path / "site-1/a/log.txt", "one\nhalf way there\n")
    flare = FakeFlare(tmp_path, {"a": ENDLESS})
    run = run_all(flare, SuiteTestcase("a", "job", abort=Abort("site-1", "half .ay")))["a"]
    assert (run.status, run.problem) == ("FINISHED:ABORTED", "")


def test_a_job_that_ends_before_its_abort_line(tmp_path: Path) -> None:
    """An abort that could not happen is a problem: what the testcase is there to show was not shown."""
    flare = FakeFlare(tmp_path, {"a": GOOD})
    run = run_all(flare, SuiteTestcase("a", "job", abort=Abort("site-1", "half way")))["a"]
    assert run.problem == "ended before a line of site-1's log matched 'half way': not aborted"


def test_a_line_is_found_across_two_looks(tmp_path: Path) -> None:
    """A line that is written in two pieces, between which the file was read, still matches."""
    watch = LineWatch(tmp_path / "log.txt", "^half way$")
    assert not watch.look(), "no file yet"
    write_log(tmp_path / "log.txt", "first\nhalf")
    assert not watch.look()
    write_log(tmp_path / "log.txt", "first\nhalf way\nlast\n")
    assert watch.look()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0:00:20.794389", 20.794389), ("1 day, 1:00:01", 90001.0), ("2 days, 0:00:00", 172800.0), (None, None)],
)
def test_nvflares_duration_in_seconds(text: str | None, expected: float | None) -> None:
    """A duration is read in each form in which Python's timedelta prints it; anything else is unknown."""
    assert seconds(text) == expected


def write_log(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
