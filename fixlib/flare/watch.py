"""Waits until a file is written, or a time has passed, or somebody wakes it.

Linux tells by inotify; elsewhere, and where the kernel refuses (it gives a user 128 watches), only the time passes. A
file that is written on another machine (NFS) changes without a word, too: never wait for the word alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import sys
import threading
from pathlib import Path

_MODIFY, _ATTRIB, _DELETE_SELF, _MOVE_SELF = 0x2, 0x4, 0x400, 0x800
_EVENTS = _MODIFY | _ATTRIB | _DELETE_SELF | _MOVE_SELF
_BUFFER = 1 << 16


class Watch:
    """Watches whatever file stands at the path, and those that stood there before: a writer may go on in them.

    One thread waits; `wake` and `close` may come from any.
    """

    def __init__(self, path: Path) -> None:
        self._path = os.fsencode(path)
        self._lock = threading.Lock()
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        self._inotify = _open_inotify()
        self._known: set[int] = set()

    def wait(self, seconds: float, *, quiet_s: float = 0.0) -> bool:
        """Whether the file may have been written since the last word; the first `quiet_s` nobody asks."""
        if quiet_s > 0 and self._poll(min(seconds, quiet_s), self._woken):
            return False
        if self._is_new():
            return True
        fds = [self._woken] if self._inotify < 0 else [self._woken, self._inotify]
        return self._inotify in self._poll(max(0.0, seconds - max(0.0, quiet_s)), *fds)

    def wake(self) -> None:
        """End the wait, or the next one."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._waker >= 0:
                os.write(self._waker, b"w")

    def close(self) -> None:
        """Again is harmless."""
        with self._lock:
            for fd in (self._woken, self._waker, self._inotify):
                if fd >= 0:
                    os.close(fd)
            self._woken = self._waker = self._inotify = -1

    def _is_new(self) -> bool:
        """Watch what stands at the path now; whether it was not watched yet (watching it again changes nothing)."""
        if self._inotify < 0:
            return False
        watch = _LIBC.inotify_add_watch(self._inotify, self._path, _EVENTS)
        is_new = watch >= 0 and watch not in self._known
        self._known.add(watch)
        return is_new

    def _poll(self, seconds: float, *fds: int) -> set[int]:
        """Those that have something to say, which is read away."""
        poll = select.poll()
        for fd in fds:
            poll.register(fd, select.POLLIN)
        ready = {fd for fd, _ in poll.poll(seconds * 1000)}
        for fd in ready:
            with contextlib.suppress(BlockingIOError):
                while len(os.read(fd, _BUFFER)) >= _BUFFER // 2:
                    pass
        return ready


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


_LIBC = ctypes.CDLL(None)


def _open_inotify() -> int:
    if not sys.platform.startswith("linux") or not hasattr(_LIBC, "inotify_init1"):
        return -1
    return int(_LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
