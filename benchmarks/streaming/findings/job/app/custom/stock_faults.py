"""Everyday mishaps that NVFlare's own log streaming does not survive, one component each; the suite adds them."""

import errno
import logging
import logging.handlers
import os
import shutil
import signal
import subprocess
import sys
import time

from faults import Fault, RoundFault
from nvflare.apis.event_type import EventType
from nvflare.private.stream_runner import TOPIC_STREAM_REQUEST


class Disk(Fault):
    """Stands between the server's stock receiver and its disk; must be listed before the receiver."""

    def __init__(self, only="site-1"):
        super().__init__(EventType.START_RUN)
        self.sender = only
        self.chunks = 0

    def act(self, fl_ctx):
        receiver = fl_ctx.get_engine().get_component("log_receiver")
        write = receiver._on_chunk_received

        def watched(data, stream_ctx, fl_ctx, **settings):
            if fl_ctx.get_peer_context().get_identity_name() == self.sender:
                self.chunks += 1
                self.before(self.chunks)
            write(data, stream_ctx, fl_ctx, **settings)

        receiver._on_chunk_received = watched

    def before(self, chunk):
        """Called before the chunk of that number is written."""


class FullDisk(Disk):
    """Has no room left for the third chunk."""

    def before(self, chunk):
        if chunk == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class SlowDisk(Disk):
    """Takes `seconds` for the third chunk, then writes it."""

    def __init__(self, seconds, only="site-1"):
        super().__init__(only)
        self.seconds = seconds

    def before(self, chunk):
        if chunk == 3:
            time.sleep(self.seconds)


class NoReply(Fault):
    """The stream's third request is not sent, and nobody replies: what AuxRunner answers when sending failed."""

    def __init__(self, only="site-1"):
        super().__init__(EventType.START_RUN, only)
        self.requests = 0

    def act(self, fl_ctx):
        runner = fl_ctx.get_engine().aux_runner
        send = runner.send_aux_request

        def sometimes(*args, **settings):
            if settings.get("topic") == TOPIC_STREAM_REQUEST:
                self.requests += 1
                if self.requests == 3:
                    return {}
            return send(*args, **settings)

        runner.send_aux_request = sometimes


class Suspended(RoundFault):
    """The site's job process is stopped for `seconds` (a suspended machine, a frozen container), then goes on."""

    def __init__(self, number, seconds, only="site-1"):
        super().__init__(number, only)
        self.seconds = seconds

    def disturb(self, task, fl_ctx):
        self.log_info(fl_ctx, f"suspended for {self.seconds} s")
        wake = f"import os, signal, time; time.sleep({self.seconds}); os.kill({os.getpid()}, signal.SIGCONT)"
        subprocess.Popen([sys.executable, "-c", wake])  # noqa: S603
        os.kill(os.getpid(), signal.SIGSTOP)


class Rotated(RoundFault):
    """Writes `lines`, rotates all log files by renaming, as NVFlare's handlers do at 20 MB, and writes on."""

    def __init__(self, number, lines, only="site-1"):
        super().__init__(number, only)
        self.lines = lines

    def disturb(self, task, fl_ctx):
        for part in ("before", "after"):
            for line in range(self.lines):
                self.logger.info("%s the rotation, line %d", part, line)
            if part == "before":
                for handler in logging.getLogger().handlers:
                    if isinstance(handler, logging.handlers.RotatingFileHandler):
                        handler.doRollover()


class CopyTruncated(RoundFault):
    """Copies log.txt away and truncates it, as logrotate's copytruncate does, then writes more than it had."""

    def disturb(self, task, fl_ctx):
        time.sleep(1)  # longer than a poll: all that was written is sent
        (path,) = {
            handler.baseFilename
            for handler in logging.getLogger().handlers
            if isinstance(handler, logging.FileHandler) and handler.baseFilename.endswith("/log.txt")
        }
        size = os.path.getsize(path)  # noqa: PTH202
        shutil.copy(path, f"{path}.1")
        os.truncate(path, 0)
        for line in range(2 * size // 100):
            self.logger.info("line %d after the truncation %s", line, "." * 40)
