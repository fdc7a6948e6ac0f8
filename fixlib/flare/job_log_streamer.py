"""Streams one log of a job from within the job: for sites that were not prepared for all jobs."""

from __future__ import annotations

import logging
from pathlib import Path

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_context import FLContext
from nvflare.app_common.logging.constants import is_log_streaming_allowed
from nvflare.widgets.widget import Widget

from .. import State, Timing
from . import sending
from .jobconfig import DEFAULT_FILE
from .names import is_file_name
from .transport import Delivery

HINT = "Check that the job's server configuration has a fixlib JobLogReceiver."
LAST_LINE = "END_RUN fired"
UNANSWERED_LIMIT_S = 2.0
_LOGGER = logging.getLogger(f"{__name__}.JobLogStreamer")


class JobLogStreamer(Widget):
    """Streams `log_file_name` of the job's log folder to the job's JobLogReceiver, up to the line "END_RUN fired".

    The job's end waits for the log's last lines for `end_limit` seconds at most, and hardly at all where no receiver
    has ever answered. `liveness_interval` and `poll_interval` are the stock streamer's: seconds between heartbeats, and
    between looks at an idle log.
    """

    def __init__(
        self,
        log_file_name: str = DEFAULT_FILE,
        liveness_interval: float = sending.HEARTBEAT_S,
        poll_interval: float = Timing.poll_max,
        end_limit: float = 30.0,
    ) -> None:
        super().__init__()
        if not is_file_name(log_file_name):
            raise ValueError(f"log_file_name must be the plain name of a file: {log_file_name!r}")
        self._name, self._end_limit = log_file_name, end_limit
        self._timing = Timing(heartbeat=liveness_interval, poll_max=poll_interval)
        self._delivery: Delivery | None = None
        self.register_event_handler(EventType.START_RUN, self._on_start)
        self.register_event_handler(EventType.END_RUN, self._on_end)

    def _on_start(self, event_type: str, fl_ctx: FLContext) -> None:
        if not is_log_streaming_allowed(fl_ctx):
            _LOGGER.info("this site does not allow log streaming; %s is not streamed", self._name)
            return
        engine, job_id = fl_ctx.get_engine(), fl_ctx.get_job_id()
        path = Path(engine.get_workspace().get_log_root(job_id)) / self._name
        self._delivery = sending.start(engine, job_id, path, hint=HINT, timing=self._timing)

    def _on_end(self, event_type: str, fl_ctx: FLContext) -> None:
        if self._delivery:
            logging.getLogger().addHandler(_AtLastLine(self._delivery, self._end_limit))


class _AtLastLine(logging.Handler):
    """Ends the stream behind NVFlare's last line of a run, which is logged when the last event's handlers are through.

    Stands behind the handlers that write the log's files, so that the line is in them when this one sees it.
    """

    def __init__(self, delivery: Delivery, limit_s: float) -> None:
        super().__init__()
        self._delivery, self._limit_s, self._seen = delivery, limit_s, False

    def createLock(self) -> None:
        """No lock: while this handler waits, the sending thread must be able to log."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        if not self._seen and record.getMessage().endswith(LAST_LINE):
            self._seen = True  # the handler stays: to take it out now would make logging skip the next one
            self._end()

    def _end(self) -> None:
        self._delivery.stop()
        answered = self._delivery.producer.state is not State.STARTING
        if not self._delivery.ended.wait(self._limit_s if answered else min(self._limit_s, UNANSWERED_LIMIT_S)):
            stored = f"{self._delivery.producer.offset} bytes are acknowledged"
            _LOGGER.error("%s: the job ends before its log is delivered; %s. %s", self._delivery.name, stored, HINT)
