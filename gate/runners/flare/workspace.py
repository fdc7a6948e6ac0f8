"""The run's own folders: claimed so that two runs never share one, cleaned of an earlier run, never a user's own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from gate.errors import InfrastructureError
from gate.runners.flare import processes
from gate.runners.flare.interpreter import Interpreter

MARKER = ".loggate.json"


class Workspace:
    """`DIR/poc`: the POC's workspace with its own HOME and temporary folder, the jobs to submit, and our marker."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.folder, self.run_id = folder, run_id
        self.poc, self.home, self.tmp = folder / "workspace", folder / "home", folder / "tmp"
        self.jobs, self.bin = folder / "jobs", folder / "bin"

    def environment(self, interpreter: Interpreter) -> dict[str, str]:
        """What every process of the run gets: own folders, the interpreter under test, the mark to find it by."""
        env = dict(os.environ)
        for name in ("VIRTUAL_ENV", "PYTHONHOME", "__PYVENV_LAUNCHER__", "NVFL_WORKSPACE"):
            env.pop(name, None)
        env.update(
            HOME=str(self.home),
            TMPDIR=str(self.tmp),
            NVFLARE_POC_WORKSPACE=str(self.poc),
            PATH=os.pathsep.join([str(self.bin), str(interpreter.python.parent), env.get("PATH", os.defpath)]),
            MALLOC_ARENA_MAX=env.get("MALLOC_ARENA_MAX", "4"),  # as NVFlare's own sub_start.sh
        )
        env[processes.MARK] = self.run_id
        env["no_proxy"] = env["NO_PROXY"] = ",".join(filter(None, [env.get("no_proxy"), "localhost,127.0.0.1"]))
        if interpreter.virtual_env:
            env["VIRTUAL_ENV"] = interpreter.virtual_env
        if interpreter.user_base:
            env["PYTHONUSERBASE"] = interpreter.user_base  # HOME has moved; packages of `pip install --user` have not
        return env

    def make_folders(self, interpreter: Interpreter) -> None:
        """Create the folders, and the `python` and `python3` by which jobs call the interpreter under test."""
        for folder in (self.home, self.tmp, self.jobs, self.bin):
            folder.mkdir()
        for name in ("python", "python3"):
            # a script, not a link: a linked interpreter would not find its virtual environment
            shim = self.bin / name
            quoted = str(interpreter.python).replace("'", "'\\''")
            shim.write_text(f"#!/bin/sh\nexec '{quoted}' \"$@\"\n", encoding="utf-8")
            shim.chmod(0o755)


@contextlib.contextmanager
def claim(output: Path, *, keep: bool) -> Iterator[Workspace]:
    """`output/poc`, empty and ours until the end; what an earlier run left running in it is stopped first."""
    folder = Path(os.path.abspath(output)) / "poc"  # noqa: PTH100 - a link in the path is the user's wish
    refuse_foreign(folder, MARKER)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MARKER).open("a+", encoding="utf-8") as marker:
        _lock(marker.fileno(), folder)
        marker.seek(0)
        _stop_leftovers(marker.read())
        _empty(folder)
        workspace = Workspace(folder, uuid.uuid4().hex)
        marker.truncate(0)
        marker.write(json.dumps({"run_id": workspace.run_id, "pid": os.getpid()}))
        marker.flush()
        try:
            yield workspace
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        hint = "give each run its own folder: -o DIR"
        raise InfrastructureError(f"{folder}: another loggate run is at work there", hint=hint) from error


def _stop_leftovers(marker: str) -> None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        processes.stop(str(json.loads(marker)["run_id"]))


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MARKER:
            entry.unlink()


def fresh_logs(output: Path) -> Path:
    """`output/logs`, empty: an earlier run's evidence must not be judged as this one's."""
    folder = output / "logs"
    refuse_foreign(folder, MARKER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    _empty(folder)
    return folder


def refuse_foreign(folder: Path, marker: str) -> None:
    """Raise unless the folder is missing, empty, or one that loggate made."""
    if folder.exists() and not folder.is_dir():
        raise InfrastructureError(f"{folder}: is a file, not a folder", hint="choose another folder: -o DIR")
    if folder.is_dir() and not (folder / marker).is_file() and any(folder.iterdir()):
        hint = "loggate empties it for each run: move it away, or choose another folder: -o DIR"
        raise InfrastructureError(f"{folder}: exists and was not made by loggate", hint=hint)
