"""Finding and stopping every process of a run, also those that left our process group or lost their parent.

A run marks the environment of what it starts; children inherit the mark, whatever session they move to. On Linux the
mark is read from /proc; elsewhere from `ps -E`. A process that clears its environment is not found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

MARK = "LOGGATE_RUN_ID"
TERM_GRACE_S = 3.0
KILL_LIMIT_S = 5.0
_PROC = Path("/proc")
_POLL_S = 0.05


def find(run_id: str) -> set[int]:
    """The live processes that carry this run's mark, without our own."""
    mark = f"{MARK}={run_id}"
    found = _from_proc(mark.encode()) if (_PROC / "self" / "environ").exists() else _from_ps(mark)
    return found - {os.getpid()}


def _from_proc(mark: bytes) -> set[int]:
    found = set()
    for folder in _PROC.iterdir():
        # a process may end while it is looked at; another user's cannot be ours
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def _from_ps(mark: str) -> set[int]:
    command = ["ps", "-axww", "-E", "-o", "pid=,command="]
    listing = _output(command)
    return {int(words[0]) for words in map(str.split, listing.splitlines()) if mark in words[1:]}


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - `ps`
    return done.stdout


def working_on(run_id: str, word: str) -> set[int]:
    """Those processes of a run whose command line names `word` (a job's id)."""
    return {pid for pid in find(run_id) if word in command_line(pid)}


def command_line(pid: int) -> str:
    """A process's command line; empty when it has ended."""
    if not _PROC.is_dir():
        return _output(["ps", "-ww", "-p", str(pid), "-o", "command="])
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def stop(run_id: str, *, grace_s: float = TERM_GRACE_S, children: Iterable[subprocess.Popen[bytes]] = ()) -> set[int]:
    """Terminate, then kill, every process of a run; gives those that would not die (normally none).

    `children` are our own, which stay as zombies until somebody waits for them.
    """
    children = list(children)
    for kind, limit_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILL_LIMIT_S)):
        end = time.monotonic() + limit_s
        signalled: set[int] = set()
        while alive := _alive(run_id, children):
            # a process that appears while its parent is being stopped gets the signal too
            _signal(alive - signalled, kind)
            signalled |= alive
            if time.monotonic() >= end:
                break
            time.sleep(_POLL_S)
        if not alive:
            return set()
    return _alive(run_id, children)


def _alive(run_id: str, children: list[subprocess.Popen[bytes]]) -> set[int]:
    return find(run_id) | {child.pid for child in children if child.poll() is None}


def _signal(pids: set[int], kind: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, kind)


def wait_for(condition: Callable[[], bool], limit_s: float, *, poll_s: float = _POLL_S) -> bool:
    """Whether the condition came true within the limit."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(poll_s)
    return True
