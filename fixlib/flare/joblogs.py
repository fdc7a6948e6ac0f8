"""One job's logs on the server: received where NVFlare shows and archives them, and waited for at the job's end."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias

from .. import Ack, EventSink, Message, Quota, Receiver, Refusal, RefusalKind, encode

SILENT_S = 20.0
"""A site that says nothing for so long is not waited for; its heartbeats come every few seconds."""

LATE_LIMIT_S = 900.0
"""How long an archived job's logs are still taken."""

LATE_GRACE_S = 10.0
"""How long they are taken at least: a site may still be about to begin when the server's job has failed."""

_POLL_S = 0.01
_LATE_POLL_S = 0.1

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
        self._receiver: Receiver | None = self._receive_in(folder)
        self._lock = threading.Lock()
        self._seen: dict[Key, float] = {}
        self._ended: dict[Key, int] = {}
        self._kept: dict[Key, BinaryIO] = {}
        self._late: Path | None = None

    def _receive_in(self, folder: Path) -> Receiver:
        return Receiver(folder, quota=self._quota, emit=self._emit)

    # ---- while the job runs ------------------------------------------------------------------------------------------

    def handle(self, site: str, message: object) -> Message:
        """Answer a frame of a site that the caller has authenticated."""
        with self._lock:
            if self._late and (again := self._end_again(site, message)):
                return again
            if self._receiver is None:
                return encode(Refusal("", 0, RefusalKind.CLOSED, message="the job has ended"))
            reply = self._receiver.handle_message(site, message)
            if reply["kind"] == "ack":
                self._note((site, str(reply["stream"])), reply, self._receiver)
            return reply

    def _note(self, key: Key, reply: Message, receiver: Receiver) -> None:
        if key not in self._seen and sum(site == key[0] for site, _ in self._seen) >= receiver.quota.site_streams:
            return  # a heartbeat of one name too many, which has no file
        self._seen[key] = self._clock()
        self._keep(key, receiver.path(*key))
        if reply["complete"]:
            self._ended[key] = int(reply["offset"])

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

    def move(self, folder: Path) -> None:
        """Go on in another folder: NVFlare is about to archive and delete the job's. What has ended stays behind.

        A receiver's files are its memory, so that the sites notice nothing.
        """
        with self._lock:
            if self._receiver is None:
                return
            folder.mkdir(mode=0o700)
            for (site, stream), file in self._kept.items():
                if (site, stream) not in self._ended:
                    (folder / site).mkdir(mode=0o700, exist_ok=True)
                    with (folder / site / stream).open("xb") as copy:
                        shutil.copyfileobj(file, copy)
            self._close()
            self._receiver, self._late = self._receive_in(folder), folder

    def store_late(self, store: Store, *, grace_s: float = LATE_GRACE_S) -> None:
        """Store what comes after `move`, each log as it ends; for `grace_s` at least, new ones are taken, too."""
        if (late := self._late) is None:
            return
        began, stored = self._clock(), set[Key]()
        while not self._is_over(self._clock() - began, grace_s):
            with self._lock:
                ended = self._ended.keys() - stored
            _store_each(store, late, ended)
            stored |= ended
            time.sleep(_LATE_POLL_S)
        with self._lock:
            self._close()
        _store_each(store, late, self._seen.keys() - stored)
        shutil.rmtree(late, ignore_errors=True)

    def _is_over(self, passed_s: float, grace_s: float) -> bool:
        return passed_s >= LATE_LIMIT_S or (passed_s >= grace_s and not self.unfinished())

    def _keep(self, key: Key, path: Path) -> None:
        """Hold open what may have to be moved: an aborted job's folder may be deleted before anybody tells us."""
        if key not in self._kept:
            with contextlib.suppress(OSError):  # only heartbeats so far
                self._kept[key] = open(path, "rb", opener=_no_link)  # noqa: SIM115

    def _close(self) -> None:
        if self._receiver:
            self._receiver.close()
        for file in self._kept.values():
            file.close()
        self._receiver, self._kept = None, {}

    def _end_again(self, site: str, message: object) -> Message | None:
        """The answer to an End of a stream that stayed behind: it comes again if its answer was lost."""
        fields = message if isinstance(message, dict) else {}
        stream, attempt = str(fields.get("stream", "")), fields.get("attempt")
        size = self._ended.get((site, stream))
        if size is None or fields.get("kind") != "end" or fields.get("size") != size or type(attempt) is not int:
            return None
        return encode(Ack(stream, attempt, size, complete=True))


def _store_each(store: Store, folder: Path, keys: set[Key]) -> None:
    """Those of the logs that are in the folder; the others were archived with the job."""
    for site, stream in sorted(keys):
        if (path := folder / site / stream).is_file() and not path.is_symlink():
            store(site, stream, path)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)  # a FIFO without a writer would block forever
