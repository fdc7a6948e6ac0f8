"""One job's logs on the server: received where NVFlare shows and archives them, and waited for at the job's end."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from fixlib import Ack, EventSink, Message, Quota, Receiver, Refusal, RefusalKind, encode

SILENT_S = 20.0
"""A site that says nothing for so long is not waited for; its heartbeats come every few seconds."""

LATE_LIMIT_S = 900.0
"""How long an archived job's logs are still taken."""

_POLL_S = 0.05

Key: TypeAlias = tuple[str, str]
"""A site and one of its streams."""

Store: TypeAlias = Callable[[str, str, Path], None]
"""Puts a site's log, by its name and the file that holds it, into the job's storage."""


class JobLogs:
    """Receives one job's logs as `folder/<site>/<file>`: the job's own folder, so that they can be read as they grow.

    `handle` may be called from several threads. Raises StoreError if the folder cannot be used safely.
    """

    def __init__(
        self,
        folder: Path,
        *,
        emit: EventSink,
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit, self._quota, self._clock = emit, quota, clock
        self._receiver = Receiver(folder, quota=quota, emit=emit)
        self._lock = threading.Lock()
        self._seen: dict[Key, float] = {}
        self._ended: dict[Key, int] = {}
        self._late: Path | None = None
        self._closed = False

    # ---- while the job runs ------------------------------------------------------------------------------------------

    def handle(self, site: str, message: object) -> Message:
        """Answer a frame of a site that the caller has authenticated."""
        with self._lock:
            if self._closed:
                return self._answer_after_the_end(site, message)
            reply = self._receiver.handle_message(site, message)
            if reply["kind"] == "ack":
                key = site, str(reply["stream"])
                self._seen[key] = self._clock()
                if reply["complete"]:
                    self._ended[key] = int(reply["offset"])
            return reply

    def missing(self) -> list[Key]:
        """The streams that have begun and have not ended."""
        with self._lock:
            return sorted(self._seen.keys() - self._ended.keys())

    def unfinished(self) -> list[Key]:
        """Those of them whose site still says something."""
        return [key for key in self.missing() if self._clock() - self._seen[key] < SILENT_S]

    def wait_for_ends(self, limit_s: float, released: Callable[[], bool] = lambda: False) -> list[Key]:
        """Wait until nothing is unfinished, or released, for at most `limit_s`; gives what is missing then."""
        end = self._clock() + limit_s
        while self.unfinished() and self._clock() < end and not released():
            time.sleep(_POLL_S)
        return self.missing()

    # ---- after its end -----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Take nothing more. An End that comes again, because its answer was lost, is still answered."""
        with self._lock:
            self._closed = True
            self._receiver.close()

    def move(self, folder: Path) -> None:
        """Go on in another folder: NVFlare is about to archive and delete the job's. What has ended stays behind.

        A receiver's files are its memory, so that the sites notice nothing.
        """
        with self._lock:
            for site, stream in self._seen.keys() - self._ended.keys():
                source = self._receiver.path(site, stream)
                if source.is_file():
                    (folder / site).mkdir(mode=0o700, parents=True, exist_ok=True)
                    shutil.copyfile(source, folder / site / stream, follow_symlinks=False)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._receiver.close()
            self._receiver = Receiver(folder, quota=self._quota, emit=self._emit)
            self._late = folder

    def store_late(self, store: Store) -> None:
        """Wait for what comes after `move`, store it, and remove the folder."""
        if self._late is None:
            return
        self.wait_for_ends(LATE_LIMIT_S)
        self.close()
        for path in sorted(self._late.glob("*/*")):
            if path.is_file() and not path.is_symlink():
                store(path.parent.name, path.name, path)
        shutil.rmtree(self._late, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._late.parent.rmdir()

    def _answer_after_the_end(self, site: str, message: object) -> Message:
        fields = message if isinstance(message, dict) else {}
        stream, attempt = str(fields.get("stream", "")), fields.get("attempt")
        size = self._ended.get((site, stream))
        if size is not None and fields.get("kind") == "end" and fields.get("size") == size and type(attempt) is int:
            return encode(Ack(stream, attempt, size, complete=True))
        return encode(Refusal("", 0, RefusalKind.CLOSED, message="the job has ended"))
