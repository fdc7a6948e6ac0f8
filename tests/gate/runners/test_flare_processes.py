"""Every process of a run is found and stopped, wherever it went."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.runners.flare import processes

SLEEPER = "import time; time.sleep(120)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(120)"
ORPHAN = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], start_new_session=True)"


@pytest.fixture
def run_id() -> Iterator[str]:
    run_id = uuid.uuid4().hex
    yield run_id
    processes.stop(run_id, grace_s=0)


def start(run_id: str, code: str) -> subprocess.Popen[bytes]:
    env = dict(os.environ, **{processes.MARK: run_id})
    return subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, start_new_session=True)


def test_a_process_in_its_own_session_is_stopped(run_id: str) -> None:
    """A marked process is found although it has left our session, and is gone after the stop."""
    child = start(run_id, SLEEPER)
    assert processes.find(run_id) == {child.pid}
    assert processes.stop(run_id, children=[child]) == set()
    assert child.returncode is not None


def test_an_orphan_in_its_own_session_is_stopped(run_id: str) -> None:
    """A grandchild whose parent has ended, as an external trainer's, is found by the mark that it inherited."""
    parent = start(run_id, ORPHAN)
    assert parent.wait(10) == 0
    assert len(processes.find(run_id)) == 1
    assert processes.stop(run_id) == set()
    assert processes.find(run_id) == set()


def test_a_process_that_ignores_the_request_is_killed(run_id: str) -> None:
    """A process that ignores SIGTERM is killed after the grace."""
    child = start(run_id, STUBBORN)
    assert child.stdout is not None
    child.stdout.readline()
    began = time.monotonic()
    assert processes.stop(run_id, grace_s=0.3, children=[child]) == set()
    assert child.returncode == -9
    assert time.monotonic() - began < 5


def test_other_runs_are_left_alone(run_id: str) -> None:
    """Stopping one run does not touch another's processes."""
    other = uuid.uuid4().hex
    child, theirs = start(run_id, SLEEPER), start(other, SLEEPER)
    try:
        processes.stop(run_id, children=[child])
        assert theirs.poll() is None
    finally:
        processes.stop(other, children=[theirs])


def test_a_process_is_known_by_the_job_it_works_on(run_id: str) -> None:
    """A process is attributed to a job by the id on its command line; a stranger's processes do not count."""
    child = start(run_id, SLEEPER + "  # 3ec6ecc8")
    try:
        assert processes.wait_for(lambda: processes.working_on(run_id, "3ec6ecc8") == {child.pid}, 5)
        assert processes.working_on(run_id, "dbfef93b") == set()
        assert processes.working_on(uuid.uuid4().hex, "3ec6ecc8") == set()
    finally:
        processes.stop(run_id, children=[child])


def test_the_command_line_of_a_process_that_has_ended_is_empty(tmp_path: Path) -> None:
    """A process may end between two looks; that is no error."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert processes.command_line(done.pid) == ""
