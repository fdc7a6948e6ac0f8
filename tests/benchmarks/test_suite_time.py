"""Where a suite's wall time goes: the bound, what is on top of it, and that nothing is counted twice or left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import suite_time
from benchmarks.suite_time import Job, Session

DOCS = Path(__file__).parents[2] / "docs" / "design"
BEGAN = 1_800_000_000.0
SAID = (
    (0.2, "[   0.0 s] preparing a POC of NVFlare 2.9.0 with site-1, site-2\n"),
    (0.2, "[   0.0 s] one: queued\n"),
    (1.0, "[   0.8 s] starting the POC\n"),
    (6.1, "[   5.9 s] one: running\n"),
    (16.5, "[  16.3 s] one: collected: FINISHED:COMPLETED\n"),
    (16.6, "[  16.4 s] one: judged: pass: no finding on 3 sites\n"),
    (17.0, "[  16.8 s] stopping the POC\n"),
    (21.0, "\n"),
    (21.1, "one  pass\n"),
)


def job(name: str, running: float, ended: float, *, submitted: float = 5.0) -> Job:
    return Job(name, submitted, running - 0.1, running, ended, ended + 0.5, ended + 0.6)


def session(*jobs: Job, capacity: int = 2, **values: Any) -> Session:
    last = max(each.ended for each in jobs)
    phases = {"preparing": 0.2, "starting": 1.0, "stopping": last + 1, "reporting": last + 5, "ended": last + 5.5}
    return Session(jobs, capacity, **(phases | values))


TWO_PLACES = session(job("a", 6, 16), job("b", 7, 13), job("c", 14, 24), job("d", 17, 21))


def test_the_bound_is_all_places_full_all_the_time() -> None:
    """Half of 30 seconds with two places, from the first submission on."""
    assert suite_time.bound(TWO_PLACES) == 15
    assert TWO_PLACES.ratio == (24 - 5) / 15


def test_no_suite_is_faster_than_its_longest_job() -> None:
    """Where a job is longer than its share of the places, its duration is the bound."""
    assert suite_time.bound(session(job("a", 6, 26), job("b", 6, 7), capacity=4)) == 20


def test_a_job_takes_the_place_that_was_empty_for_longest() -> None:
    """The jobs of a place follow one another."""
    assert [[each.name for each in place] for place in suite_time.places(TWO_PLACES)] == [["a", "d"], ["b", "c"]]


def test_empty_places_by_when_they_were_empty() -> None:
    """Before the first job, between two jobs and after the last, in seconds of the whole server."""
    assert suite_time.empty(TWO_PLACES) == {"before": 1.5, "between": 1.0, "after": 1.5}


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 20)), min_size=1, max_size=8),
    st.integers(8, 10),
)
def test_every_second_is_counted_once(starts: list[tuple[float, float]], capacity: int) -> None:
    """The steps together are the whole command, whatever the jobs did and whether or not all places were used."""
    given = session(*(job(str(n), 6 + at, 6 + at + long) for n, (at, long) in enumerate(starts)), capacity=capacity)
    assert sum(value for _, value in suite_time.steps(given)) == pytest.approx(given.ended)


def test_what_loggate_says_is_when_it_happened() -> None:
    """Phases and states are taken from the lines of the command; the report begins behind its last step."""
    moments = suite_time.moments_of(SAID)
    assert moments["one", "collected"] == 16.5
    assert moments["one", "judged"] == 16.6
    phases = [moments[name, ""] for name in ("preparing", "starting", "stopping", "reporting")]
    assert phases == [0.2, 1.0, 17.0, 21.0]


def test_a_jobs_moments_are_the_servers_own(tmp_path: Path) -> None:
    """Submitted, picked, running and ended stand in the server's storage, as times of day."""
    write_run(tmp_path, start_time="2027-01-15T08:00:06+00:00", duration="0:00:10.250000")
    (found,) = suite_time.jobs_of(tmp_path, suite_time.moments_of(SAID), BEGAN)
    assert found == Job("one", 5.0, 5.5, 6.0, 16.25, 16.5, 16.6)


def test_a_job_that_never_ran(tmp_path: Path) -> None:
    """A run of which a job is missing has no figures, and says so."""
    write_run(tmp_path, start_time="2027-01-15T08:00:06+00:00", duration="0:00:10")
    (tmp_path / suite_time.STORAGE / "j1" / "meta").unlink()
    with pytest.raises(suite_time.Unmeasurable, match="no job that ran"):
        list(suite_time.jobs_of(tmp_path, suite_time.moments_of(SAID), BEGAN))


def test_the_servers_places_are_read_from_its_workspace(tmp_path: Path) -> None:
    """As loggate itself does, from resources.json or what it defaults to."""
    local = tmp_path / suite_time.SERVER
    local.mkdir(parents=True)
    content = {"components": [{"id": "job_scheduler", "args": {"max_jobs": 4}}, {"id": "job_store"}]}
    (local / "resources.json.default").write_text(json.dumps(content), encoding="utf-8")
    assert suite_time.max_jobs(tmp_path) == 4


def test_the_table_has_medians_and_spans() -> None:
    """Each step is a row; with several runs their median, least and greatest."""
    slower = session(job("a", 6, 20), job("b", 7, 13), job("c", 14, 24), job("d", 21, 25))
    text = suite_time.table([TWO_PLACES, slower, slower])
    assert "| **its bound** | 17.0 (15.0 to 17.0) |" in text
    assert "| prepare the POC | 0.8 (0.8 to 0.8) |" in text
    assert suite_time.median([slower, TWO_PLACES, TWO_PLACES]) is TWO_PLACES


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    """The picture names each testcase, holds text as text, and is the same file when it is drawn again."""
    suite_time.draw(TWO_PLACES, tmp_path / "one.svg")
    suite_time.draw(TWO_PLACES, tmp_path / "two.svg")
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
    assert all(f">{name}</text>" in text for name in "abcd")
    assert "bound 15.0 s, reached 19.0 s: 1.27" in text


def test_the_page_shows_what_was_measured() -> None:
    """The table of docs/design/suite-time.md is the one of the raw figures beside it, and the aim is met."""
    sessions = suite_time.sessions_of(json.loads((DOCS / "suite-time.json").read_text(encoding="utf-8")))
    assert suite_time.table(sessions) in (DOCS / "suite-time.md").read_text(encoding="utf-8")
    assert suite_time.median(sessions).ratio <= suite_time.AIM


def test_raw_figures_are_json() -> None:
    """All runs with all their moments, to the millisecond, and back."""
    found = json.loads(json.dumps(suite_time.raw([TWO_PLACES])))
    assert suite_time.table(suite_time.sessions_of(found)) == suite_time.table([TWO_PLACES])
    assert found["sessions"][0]["jobs"][1] == {
        "name": "b",
        "submitted": 5.0,
        "picked": 6.9,
        "running": 7,
        "ended": 13,
        "collected": 13.5,
        "judged": 13.6,
    }


def write_run(folder: Path, **times: str) -> None:
    """A run's folder as loggate leaves it, with one job."""
    report = {"testcases": [{"name": "one", "job_id": "j1"}]}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    job = folder / suite_time.STORAGE / "j1"
    job.mkdir(parents=True)
    meta = {"submit_time": BEGAN + 5, "last_schedule_time": BEGAN + 5.5, **times}
    (job / "meta").write_text(json.dumps(meta), encoding="utf-8")
