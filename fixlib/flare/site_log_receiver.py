"""The server's receiver for all its jobs: a component of the server's parent process, which outlives every job."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_constant import ReservedKey
from nvflare.apis.fl_context import FLContext
from nvflare.widgets.widget import Widget

from .. import Message, Quota, Refusal, RefusalKind, StoreError, encode
from . import hold, identity, logged, releases, transport
from .joblogs import JobLogs

FOLDER = ".fixlib"
KEPT_JOBS = 100
CRASH_LIMIT_S = 3.0
_LOGGER = logging.getLogger(f"{__name__}.SiteLogReceiver")


@dataclass(frozen=True)
class _Job:
    logs: JobLogs
    sites: frozenset[str]


class SiteLogReceiver(Widget):
    """Receives the logs that the sites' SiteLogStreamers send.

    It is there before the first job, so no site is ever too early. `stream_bytes` and `site_bytes` bound what one log
    and one site's logs of a job may take; an ended job is kept open for `end_limit` seconds at most until its sites'
    logs are in.
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
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()
        self._engine: Any = None
        self.register_event_handler(EventType.SYSTEM_START, self._on_start)
        self.register_event_handler(EventType.BEFORE_JOB_LAUNCH, self._on_launch)

    # ---- events ------------------------------------------------------------------------------------------------------

    def _on_start(self, event_type: str, fl_ctx: FLContext) -> None:
        self._engine = fl_ctx.get_engine()
        identity.watch(self._engine)
        self._engine.register_stream_processing(
            channel=transport.CHANNEL, topic=transport.TOPIC, factory=transport.FrameConsumers(self.handle)
        )
        fl_ctx.set_prop(transport.READY, 1, private=False, sticky=True)
        _LOGGER.info("receiving the logs of all jobs")

    def _on_launch(self, event_type: str, fl_ctx: FLContext) -> None:
        if not hold.wrap_launcher(fl_ctx, self._hold):
            _LOGGER.warning("no job launcher was chosen before this component was asked: what comes late will be lost")
        self._forget_old_jobs()

    def _forget_old_jobs(self) -> None:
        """Ended jobs are kept for a while, because an End whose answer was lost comes again."""
        ended = [job_id for job_id in list(self._jobs) if not self._runs(job_id)]
        for job_id in ended[:-KEPT_JOBS]:
            del self._jobs[job_id]

    # ---- frames ------------------------------------------------------------------------------------------------------

    def handle(self, job_id: str, message: object) -> Message:
        """Answer a frame; whose it is, is what the server authenticated."""
        site = identity.sender()
        try:
            job = self._jobs.get(job_id) or self._begin(job_id)
        except StoreError as error:
            return encode(Refusal("", 0, RefusalKind.UNSAFE, message=str(error)))
        if job is None or site not in job.sites:
            text = f"{site or 'an unknown client'} takes no part in a running job {job_id}"
            return encode(Refusal("", 0, RefusalKind.NAME, message=text))
        if releases.site_refuses(self._engine, site):
            return encode(Refusal("", 0, RefusalKind.NAME, message=f"{site} does not allow log streaming"))
        return job.logs.handle(site, message)

    def _begin(self, job_id: str) -> _Job | None:
        with self._lock:
            sites = releases.participants(self._engine, job_id)
            if sites and job_id not in self._jobs:
                folder = Path(self._engine.get_workspace().get_log_root(job_id))
                emit = logged.to(_LOGGER, f"job {job_id}: ")
                self._jobs[job_id] = _Job(JobLogs(folder, emit=emit, quota=self._quota), frozenset(sites))
            return self._jobs.get(job_id)

    # ---- a job's end -------------------------------------------------------------------------------------------------

    def _hold(self, job_id: str, crashed: bool, released: threading.Event) -> None:
        """The job's process has ended, and the job is about to be archived.

        After a crash the sites are told only when the job is closed: waiting for them would be in vain.
        """
        if not (job := self._jobs.get(job_id) or self._begin(job_id)):
            return
        logs, limit_s = job.logs, min(CRASH_LIMIT_S, self._end_limit) if crashed else self._end_limit
        if left := logs.wait_for_ends(limit_s, lambda: released.is_set() or not self._runs(job_id)):
            _LOGGER.info("job %s is closed before the end of %s", job_id, ", ".join("/".join(key) for key in left))
        late = Path(self._engine.get_workspace().get_root_dir()) / f"{FOLDER}_{job_id}"
        logs.move(late)
        threading.Thread(
            target=self._late, args=(job_id, logs, late), name=f"fixlib_late_{job_id}", daemon=True
        ).start()

    def _runs(self, job_id: str) -> bool:
        """False once NVFlare has lost its patience with an aborted job: it is archived at any moment."""
        return bool(releases.participants(self._engine, job_id))

    def _late(self, job_id: str, logs: JobLogs, folder: Path) -> None:
        try:
            logs.store_late(lambda site, name, path: self._store(job_id, site, name, path))
        except Exception as error:  # noqa: BLE001 - of the job's storage, which may be anybody's plug-in
            _LOGGER.error("job %s: what came late cannot be stored (%s); it is left in %s", job_id, error, folder)  # noqa: TRY400

    def _store(self, job_id: str, site: str, name: str, path: Path) -> None:
        with self._engine.new_context() as fl_ctx:
            fl_ctx.set_prop(ReservedKey.RUN_NUM, job_id, private=False, sticky=False)
            manager = self._engine.job_def_manager
            manager.set_client_data(job_id, str(path), site, releases.storage_name(name), fl_ctx)
        _LOGGER.info("job %s: %s of %s came after the archive and is stored beside it", job_id, name, site)
