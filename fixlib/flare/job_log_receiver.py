"""The server's receiver for one job, in that job's own configuration: for sites that were not prepared for all jobs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_context import FLContext
from nvflare.widgets.widget import Widget

from .. import Message, Quota, Refusal, RefusalKind, encode
from . import identity, logged, releases, transport
from .joblogs import JobLogs

_LOGGER = logging.getLogger(f"{__name__}.JobLogReceiver")


class JobLogReceiver(Widget):
    """Receives what this job's JobLogStreamers send, into the job's folder, where NVFlare shows and archives it.

    The job's end waits for its logs for `end_limit` seconds at most, and not at all once the job is aborted.
    """

    def __init__(
        self,
        stream_bytes: int = Quota.stream_bytes,
        site_bytes: int = Quota.site_bytes,
        site_streams: int = Quota.site_streams,
        end_limit: float = 60.0,
    ) -> None:
        super().__init__()
        self._quota = Quota(stream_bytes=stream_bytes, site_bytes=site_bytes, site_streams=site_streams)
        self._end_limit = end_limit
        self._engine: Any = None
        self._job_id = ""
        self._logs: JobLogs | None = None
        self.register_event_handler(EventType.START_RUN, self._on_start)
        self.register_event_handler(EventType.CHECK_END_RUN_READINESS, self._on_end)

    def _on_start(self, event_type: str, fl_ctx: FLContext) -> None:
        self._engine, self._job_id = fl_ctx.get_engine(), fl_ctx.get_job_id()
        folder = Path(self._engine.get_workspace().get_log_root(self._job_id))
        self._logs = JobLogs(folder, emit=logged.to(_LOGGER), quota=self._quota)
        identity.watch(self._engine)
        self._engine.register_stream_processing(
            channel=transport.CHANNEL, topic=transport.TOPIC, factory=transport.FrameConsumers(self.handle)
        )
        fl_ctx.set_prop(transport.READY, 1, private=False, sticky=True)

    def _on_end(self, event_type: str, fl_ctx: FLContext) -> None:
        aborted = fl_ctx.get_run_abort_signal()
        if self._logs and (left := self._logs.wait_for_ends(self._end_limit, lambda: bool(aborted.triggered))):
            _LOGGER.info("the job ends before the end of %s", ", ".join("/".join(key) for key in left))

    def handle(self, job_id: str, message: object) -> Message:
        """Answer a frame; whose it is, is what the server authenticated."""
        site = identity.sender()
        if self._logs is None or not site or job_id != self._job_id:
            text = f"{site or 'an unknown client'} takes no part in job {self._job_id}"
            return encode(Refusal("", 0, RefusalKind.NAME, message=text))
        if releases.site_refuses(self._engine, site):
            return encode(Refusal("", 0, RefusalKind.NAME, message=f"{site} does not allow log streaming"))
        return self._logs.handle(site, message)
