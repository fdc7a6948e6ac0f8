"""The running POC: its server and clients as our own child processes, asked through one session, stopped for sure.

The processes are started directly, not by NVFlare's start.sh: that loop waits 5 s before it starts them, restarts what
crashed behind our back, and stays behind when it is killed.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from gate.errors import InfrastructureError
from gate.runners.flare import processes
from gate.runners.flare.interpreter import Interpreter
from gate.runners.flare.provision import ADMIN, Layout, taken
from gate.runners.flare.session import HELPER, Session, SessionError, SessionLost
from gate.runners.flare.workspace import Workspace

UP_LIMIT_S = 60.0
SHUTDOWN_LIMIT_S = 8.0
CONSOLE = "poc_console.log"
_POLL_S = 0.2
_CONNECT_S = 2.0
_TAIL_BYTES = 3000
_START_LINE = re.compile(r"^\s*(?:exec )?python3? -u -m (nvflare\.\S+) -m \S+ (.+)$", re.MULTILINE)


class System:
    """A started POC. Everything it starts carries the workspace's mark."""

    def __init__(self, workspace: Workspace, interpreter: Interpreter, layout: Layout) -> None:
        self.layout = layout
        self._workspace, self._interpreter = workspace, interpreter
        self._env = workspace.environment(interpreter)
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._session: Session | None = None

    # ---- up ----------------------------------------------------------------------------------------------------------

    def start(self, studies: tuple[str, ...]) -> None:
        """Start server and clients and wait until all of them are connected; InfrastructureError with a log's tail."""
        for port in self.layout.ports:
            if taken(port):
                raise InfrastructureError(f"port {port} is taken by another program", hint="run again: ports are drawn")
        for site in self.layout.sites:
            self._daemons[site] = self._launch(site)
        helper = [str(self._interpreter.python), str(HELPER), ADMIN, str(self.layout.admin)]
        self._session = Session(helper, self._workspace.folder / "session.log", env=self._env)
        try:
            self._connect(["", *studies])
            self._wait_for_clients()
        except (SessionError, SessionLost) as error:
            raise self._not_up("server", f"the POC's server cannot be reached: {error}") from error

    def _launch(self, site: str) -> subprocess.Popen[bytes]:
        folder = self.layout.site(site)
        with (folder / CONSOLE).open("ab") as console:
            return subprocess.Popen(  # noqa: S603 - NVFlare's own start command
                start_command(folder, self._interpreter.python),
                cwd=folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _connect(self, studies: list[str]) -> Any:
        """Connect in short attempts, so that a process which ends meanwhile is noticed at once."""
        end = time.monotonic() + UP_LIMIT_S
        while True:
            self._refuse_ended()
            try:
                return self.session.call("connect", studies=studies, within_s=_CONNECT_S, limit_s=UP_LIMIT_S)
            except SessionError:
                if time.monotonic() >= end:
                    raise

    def _wait_for_clients(self) -> None:
        missing = set(self.layout.clients)

        def all_up() -> bool:
            self._refuse_ended()
            missing.difference_update(self.session.call("clients"))
            return not missing

        if not processes.wait_for(all_up, UP_LIMIT_S, poll_s=_POLL_S):
            names = ", ".join(sorted(missing))
            raise self._not_up(min(missing), f"not connected within {UP_LIMIT_S:.0f} s: {names}")

    def _refuse_ended(self) -> None:
        for site, daemon in self._daemons.items():
            if (code := daemon.poll()) is not None:
                raise self._not_up(site, f"the POC did not come up: {site} ended with exit code {code}")

    def _not_up(self, site: str, message: str) -> InfrastructureError:
        hint = "--keep-workspace leaves the POC's folder in place to look at"
        return InfrastructureError(message, hint=hint, log_tail=self.log_tail(site))

    # ---- asked -------------------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        if self._session is None:
            raise SessionLost("the POC was not started")
        return self._session

    def submit(self, study: str, folder: Path) -> str:
        return str(self.session.call("submit", study=study, folder=str(folder)))

    def meta(self, study: str, job_id: str) -> dict[str, Any]:
        """The job's metadata as its server tells it; `status` among it."""
        return dict(self.session.call("meta", study=study, job_id=job_id))

    def abort(self, study: str, job_id: str) -> None:
        self.session.call("abort", study=study, job_id=job_id)

    def down(self) -> str:
        """Why no job can run any more; empty while all is well."""
        for site, daemon in self._daemons.items():
            if (code := daemon.poll()) is not None:
                return f"the process of {site} ended with exit code {code}"
        return self._session.lost if self._session else ""

    def busy(self, job_id: str) -> bool:
        """Whether a process still works on a job."""
        return bool(processes.working_on(self._workspace.run_id, job_id))

    def log_tail(self, site: str) -> str:
        """The last lines that a site's parent process wrote, console first: a crash at start writes no log."""
        for name in (CONSOLE, "log.txt"):
            path = self.layout.site(site) / name
            if path.is_file() and path.stat().st_size:
                with path.open("rb") as file:
                    file.seek(-min(_TAIL_BYTES, path.stat().st_size), 2)
                    return file.read().decode(errors="replace")
        return ""

    # ---- down --------------------------------------------------------------------------------------------------------

    def stop(self, hurry: threading.Event, *, ask: bool = True) -> set[int]:
        """Stop every process of the run; gives those that would not die.

        Asking first lets the parents' logs end properly, and takes seconds; without, there is nothing left to read.
        """
        if ask and self._session and not hurry.is_set() and not self.down():
            with contextlib.suppress(SessionError, SessionLost):
                self._session.call("shutdown", limit_s=SHUTDOWN_LIMIT_S)
            processes.wait_for(lambda: hurry.is_set() or self._all_ended(), SHUTDOWN_LIMIT_S)
        if self._session:
            self._session.close()
        grace_s = 0.2 if hurry.is_set() else processes.TERM_GRACE_S
        return processes.stop(self._workspace.run_id, grace_s=grace_s, children=self._daemons.values())

    def _all_ended(self) -> bool:
        return all(daemon.poll() is not None for daemon in self._daemons.values())


def start_command(folder: Path, python: Path) -> list[str]:
    """The command that a startup kit's sub_start.sh runs in its loop, with our interpreter in place of python3."""
    script = folder / "startup" / "sub_start.sh"
    try:
        found = _START_LINE.search(script.read_text(encoding="utf-8"))
    except OSError as error:
        raise InfrastructureError(f"{script}: cannot be read: {error}") from error
    if not found:
        raise InfrastructureError(f"{script}: holds no start command that loggate knows")
    return [str(python), "-u", "-m", found[1], "-m", str(folder), *shlex.split(found[2])]


def archive(layout: Layout, job_id: str) -> Path:
    """The zip in which the server stores a job's run folder when it has ended."""
    return layout.storage / job_id / "workspace"


def read_meta(layout: Layout, job_id: str) -> dict[str, Any]:
    """A job's metadata from the server's storage, for when the server cannot be asked; empty if there is none."""
    try:
        return dict(json.loads((layout.storage / job_id / "meta").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
