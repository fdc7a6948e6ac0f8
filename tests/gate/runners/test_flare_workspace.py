"""A run has its folders for itself: cleaned of an earlier run, never a user's own, never two runs in one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from gate.errors import InfrastructureError
from gate.runners.flare import processes, provision, workspace
from gate.runners.flare.interpreter import Interpreter, probe

OURS = Interpreter(Path(sys.executable), "2.9.0", "", "3.11", virtual_env="/some/venv", user_base="/some/base")


def test_the_workspace_is_removed_at_the_end(tmp_path: Path) -> None:
    """`DIR/poc` is there while the run lasts, also removed when it fails; DIR itself stays."""
    with pytest.raises(ValueError, match="failed"), workspace.claim(tmp_path / "out", keep=False) as place:
        assert place.folder.is_dir()
        raise ValueError("failed")
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
    assert list((tmp_path / "out").iterdir()) == []


def test_the_workspace_can_be_kept_and_is_empty_for_the_next_run(tmp_path: Path) -> None:
    """With `keep` the folder stays; the next run in it starts from an empty one."""
    with workspace.claim(tmp_path, keep=True) as place:
        (place.folder / "home").mkdir()
        (place.folder / "project.yml").touch()
    assert (tmp_path / "poc/home").is_dir()
    with workspace.claim(tmp_path, keep=True) as place:
        assert [entry.name for entry in place.folder.iterdir()] == [workspace.MARKER]


def test_two_runs_cannot_share_a_folder(tmp_path: Path) -> None:
    """A second run in the folder of one that is at work is refused, and the first keeps its files."""
    with workspace.claim(tmp_path, keep=False) as place:
        (place.folder / "home").mkdir()
        with pytest.raises(InfrastructureError, match="another loggate run"), workspace.claim(tmp_path, keep=False):
            pass
        assert (place.folder / "home").is_dir()


def test_a_killed_runs_processes_are_stopped_by_the_next(tmp_path: Path) -> None:
    """What a run that was killed left running is stopped by the next run in the same folder."""
    run_id = uuid.uuid4().hex
    (tmp_path / "poc").mkdir()
    (tmp_path / "poc" / workspace.MARKER).write_text(json.dumps({"run_id": run_id}), encoding="utf-8")
    env = dict(os.environ, **{processes.MARK: run_id})
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], env=env, start_new_session=True)
    try:
        with workspace.claim(tmp_path, keep=False):
            assert processes.wait_for(lambda: left.poll() is not None, 5)
    finally:
        left.kill()
        left.wait()


@pytest.mark.parametrize("name", ["poc", "logs"])
def test_a_folder_that_we_did_not_make_is_never_emptied(tmp_path: Path, name: str) -> None:
    """A user's own `poc` or `logs` folder is refused, not wiped, whatever `-o` says."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious.txt").touch()
    with pytest.raises(InfrastructureError, match="was not made by loggate"):
        if name == "logs":
            workspace.fresh_logs(tmp_path)
        else:
            with workspace.claim(tmp_path, keep=False):
                pass
    assert (tmp_path / name / "precious.txt").is_file()


def test_logs_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    """Evidence of an earlier run is not judged again as this one's."""
    old = workspace.fresh_logs(tmp_path) / "testcase/site-1/log.txt"
    old.parent.mkdir(parents=True)
    old.touch()
    assert [entry.name for entry in workspace.fresh_logs(tmp_path).iterdir()] == [workspace.MARKER]


def test_a_link_to_a_folder_is_removed_not_followed(tmp_path: Path) -> None:
    """A link that a job left in the workspace does not lead the cleaning out of it."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    with workspace.claim(tmp_path / "out", keep=True) as place:
        (place.folder / "link").symlink_to(tmp_path / "precious")
    with workspace.claim(tmp_path / "out", keep=False):
        pass
    assert (tmp_path / "precious/file").is_file()


def test_children_call_the_interpreter_under_test(tmp_path: Path) -> None:
    """`python` and `python3` mean the interpreter under test for every process of the run, in its own folders."""
    with workspace.claim(tmp_path / "it's out", keep=False) as place:
        place.make_folders(OURS)
        env = place.environment(OURS)
        code = "import sys, tempfile; print(sys.executable, tempfile.gettempdir())"
        for name in ("python", "python3"):
            said = subprocess.run([name, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
            assert said == f"{sys.executable} {place.tmp}\n"
    assert env["VIRTUAL_ENV"] == "/some/venv"
    assert env["PYTHONUSERBASE"] == "/some/base"
    assert env["HOME"] == str(place.home)
    assert env[processes.MARK] == place.run_id


def test_ports_are_free_and_differ() -> None:
    """Two ports that nobody listens on, outside the range from which the kernel serves outgoing connections."""
    first, second = provision.free_ports()
    assert first != second
    assert not provision.taken(first)
    assert max(first, second) < 32768


def test_an_interpreter_that_does_not_work_is_refused(tmp_path: Path) -> None:
    """An interpreter that cannot be run or is no Python is refused before anything starts, with a way out."""
    no_python = tmp_path / "python"
    no_python.write_text("#!/bin/sh\necho broken >&2; exit 3\n", encoding="utf-8")
    no_python.chmod(0o755)
    for path, complaint in [(tmp_path / "missing", "cannot be run"), (no_python, "no working Python")]:
        with pytest.raises(InfrastructureError, match=complaint) as raised:
            probe(path)
        assert "--nvflare PATH" in raised.value.hint


def test_a_virtual_environments_folder_names_its_python(tmp_path: Path) -> None:
    """A folder stands for its bin/python, which is not resolved: the link's target has other packages."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    with pytest.raises(InfrastructureError, match="NVFlare is not installed") as raised:
        probe(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}/bin/python:")
