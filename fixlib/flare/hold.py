"""Keeps an ended job open on the server until its sites' logs are in.

The server's parent process waits for the job's process in a thread of its own; then the job's folder is archived and
its end published. A wrapper around the launcher's handle, NVFlare's own extension point, makes that thread wait longer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from nvflare.apis.fl_constant import FLContextKey
from nvflare.apis.fl_context import FLContext
from nvflare.apis.job_def import JobMetaKey
from nvflare.apis.job_launcher_spec import JobHandleSpec, JobLauncherSpec, JobReturnCode

_ORDERLY = (None, JobReturnCode.SUCCESS, JobReturnCode.ABORTED)
_LOGGER = logging.getLogger(f"{__name__}.HeldJob")

Hold = Callable[[str, bool, threading.Event], None]


def wrap_launcher(fl_ctx: FLContext, hold: Hold) -> bool:
    """Wrap the launcher that was chosen for the job that is about to be launched; False if none is there yet.

    `hold(job_id, crashed, released)` is called when the job's process has ended; the job is closed when it returns.
    """
    launchers = fl_ctx.get_prop(FLContextKey.JOB_LAUNCHER)
    if not isinstance(launchers, list) or len(launchers) != 1:
        return False
    launchers[0] = HoldingLauncher(launchers[0], hold)
    return True


class HoldingLauncher(JobLauncherSpec):
    """The chosen launcher, whose jobs are held at their end."""

    def __init__(self, launcher: Any, hold: Hold) -> None:
        super().__init__()
        self._launcher, self._hold = launcher, hold

    def launch_job(self, job_meta: dict[str, Any], fl_ctx: FLContext) -> JobHandleSpec:
        return HeldJob(self._launcher.launch_job(job_meta, fl_ctx), str(job_meta.get(JobMetaKey.JOB_ID)), self._hold)


class HeldJob(JobHandleSpec):
    """A job's handle; `wait` returns when the process has ended and the job need not be held any more."""

    def __init__(self, handle: Any, job_id: str, hold: Hold) -> None:
        self._handle, self._job_id, self._hold = handle, job_id, hold
        self._released = threading.Event()

    def terminate(self, *args: Any, **kwargs: Any) -> Any:
        self._released.set()
        return self._handle.terminate(*args, **kwargs)

    def poll(self) -> Any:
        return self._handle.poll()

    def wait(self) -> Any:
        result = self._handle.wait()
        try:
            self._hold(self._job_id, self.poll() not in _ORDERLY, self._released)
        except Exception as error:  # noqa: BLE001 - whatever happens to its logs, the job must end
            _LOGGER.error("job %s: its end cannot wait for its logs: %s", self._job_id, error)  # noqa: TRY400
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)
