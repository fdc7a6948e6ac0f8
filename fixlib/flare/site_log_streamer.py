"""Streams the logs of every job of a site: a component of the client's parent process, which outlives every job."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_constant import FLContextKey, JobConstants
from nvflare.apis.fl_context import FLContext
from nvflare.apis.job_def import JobMetaKey
from nvflare.apis.workspace import Workspace
from nvflare.app_common.logging.constants import is_log_streaming_allowed
from nvflare.widgets.widget import Widget

from .. import Timing
from . import jobconfig, sending
from .transport import Delivery

HINT = "Check that fixlib is installed on the server, too, and that the server was started after that."
_LOGGER = logging.getLogger(f"{__name__}.SiteLogStreamer")


class SiteLogStreamer(Widget):
    """Streams each job's logs to the server's SiteLogReceiver, from the job's launch until its process has ended.

    A job's own JobLogStreamers are taken out of its configuration, and the files that they name are streamed; of a job
    that names none, `log_file_names` are. The job's process has no part in it, so that nothing of it can be late, fail,
    or be cut off with the job. A log is given up, with one ERROR, when no receiver has answered for `startup_limit`
    seconds from the beginning, or for `recovery_limit` seconds later on.
    """

    def __init__(
        self,
        log_file_names: Sequence[str] = (jobconfig.DEFAULT_FILE,),
        startup_limit: float = Timing.startup,
        recovery_limit: float = Timing.recovery,
    ) -> None:
        super().__init__()
        self._default_names = list(log_file_names)
        self._timing = Timing(heartbeat=sending.HEARTBEAT_S, startup=startup_limit, recovery=recovery_limit)
        self._names: dict[str, list[str]] = {}
        self._running: dict[str, list[Delivery]] = {}
        self.register_event_handler(EventType.BEFORE_JOB_LAUNCH, self._on_before_launch)
        self.register_event_handler(EventType.AFTER_JOB_LAUNCH, self._on_launched)
        self.register_event_handler(EventType.JOB_COMPLETED, self._on_completed)

    # ---- events ------------------------------------------------------------------------------------------------------

    def _on_before_launch(self, event_type: str, fl_ctx: FLContext) -> None:
        job_id = _job_id(fl_ctx)
        names = self._take_over(_workspace(fl_ctx), job_id)
        if is_log_streaming_allowed(fl_ctx):
            self._names[job_id] = names
        else:
            _LOGGER.info("job %s: this site does not allow log streaming; nothing is streamed", job_id)

    def _on_launched(self, event_type: str, fl_ctx: FLContext) -> None:
        job_id = _job_id(fl_ctx)
        folder = Path(_workspace(fl_ctx).get_log_root(job_id))
        names = self._names.pop(job_id, [])
        engine = fl_ctx.get_engine()
        self._running[job_id] = [
            sending.start(engine, job_id, folder / name, hint=HINT, timing=self._timing) for name in names
        ]

    def _on_completed(self, event_type: str, fl_ctx: FLContext) -> None:
        for delivery in self._running.pop(str(fl_ctx.get_prop(FLContextKey.CURRENT_JOB_ID)), []):
            delivery.stop()

    # ---- streaming ---------------------------------------------------------------------------------------------------

    def _take_over(self, workspace: Workspace, job_id: str) -> list[str]:
        """The files to stream for the job; its own streamers are taken out of its configuration."""
        path = Path(workspace.get_app_config_dir(job_id)) / JobConstants.CLIENT_JOB_CONFIG
        with contextlib.suppress(OSError, ValueError):  # a job without a JSON configuration has no streamers in it
            config = jobconfig.read(path)
            rest = jobconfig.without_streamers(config)
            if rest is not config:
                jobconfig.write(path, rest)
                return jobconfig.streamed_files(config)
        return self._default_names


def _job_id(fl_ctx: FLContext) -> str:
    return str(fl_ctx.get_prop(FLContextKey.JOB_META)[JobMetaKey.JOB_ID])


def _workspace(fl_ctx: FLContext) -> Workspace:
    root = fl_ctx.get_prop(FLContextKey.WORKSPACE_ROOT)
    return Workspace(root_dir=root, site_name=fl_ctx.get_identity_name())
