"""Components that disturb a healthy job on purpose, one fault each, on every NVFlare release from 2.8.0rc1 on.

`only` names the site on which a fault acts; without it, it acts on every site.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent
from nvflare.apis.fl_constant import FLContextKey
from nvflare.app_common.app_constant import AppConstants
from nvflare.fuel.f3.cellnet.defs import CellChannel, MessageHeaderKey
from nvflare.fuel.f3.streaming.stream_const import StreamHeaderKey


class Fault(FLComponent):
    """Calls `act` when the event fires on the chosen site."""

    def __init__(self, event, only=None):
        super().__init__()
        self.only = only
        self.register_event_handler(event, self._on_event)

    def _on_event(self, event_type, fl_ctx):
        if self.only in (None, fl_ctx.get_identity_name()):
            self.act(fl_ctx)


# ---- the server ------------------------------------------------------------------------------------------------------


class StartDelay(Fault):
    """Holds START_RUN on the server until `seconds` after the last site began to talk to it, as a big model would.

    Listed before the receiver, it keeps that one from registering. The sites come up to a second later than the server:
    a hold that counted from the server's own start could be over by then and would disturb nobody.
    """

    PATIENCE = 30  # seconds to wait for a site that never comes

    def __init__(self, seconds):
        super().__init__(EventType.START_RUN)
        self.seconds = seconds

    def act(self, fl_ctx):
        engine = fl_ctx.get_engine()
        missing = {client.name for client in engine.get_clients()}

        def note(message):
            """Strike off the sender of a runner's message; returning None lets the message pass."""
            if message.get_header(StreamHeaderKey.CHANNEL) == CellChannel.AUX_COMMUNICATION:
                missing.discard(message.get_header(MessageHeaderKey.ORIGIN).split(".")[0])

        cell = engine.get_cell() or engine.run_manager.get_cell()  # 2.8's engine gets its own only later
        cell.core_cell.add_incoming_filter("*", "*", note)
        give_up = time.monotonic() + self.PATIENCE
        while missing and time.monotonic() < give_up:
            time.sleep(0.02)
        self.log_info(fl_ctx, f"holding the start for {self.seconds} s; not heard of: {sorted(missing) or 'nobody'}")
        time.sleep(self.seconds)


class HoldEnd(Fault):
    """Keeps the server's job for `seconds` after the sites were told to end, unless the job was aborted.

    Without it the server's job may be over before a site has sent all of its log (NVFlare issue 5207), and a cell about
    something else would be judged by that chance.
    """

    def __init__(self, seconds=3):
        super().__init__(EventType.CHECK_END_RUN_READINESS)
        self.seconds = seconds

    def act(self, fl_ctx):
        if not fl_ctx.get_run_abort_signal().triggered:
            time.sleep(self.seconds)


# ---- the end of a site's run -----------------------------------------------------------------------------------------


class LateEnd(Fault):
    """Holds ABOUT_TO_END_RUN for `seconds`: the site ends later than the others."""

    def __init__(self, seconds, only=None):
        super().__init__(EventType.ABOUT_TO_END_RUN, only)
        self.seconds = seconds

    def act(self, fl_ctx):
        self.log_info(fl_ctx, f"holding the end for {self.seconds} s")
        time.sleep(self.seconds)


class LogPastEnd(Fault):
    """Logs every `interval` seconds from a daemon thread that nothing stops, past the end of the run."""

    def __init__(self, interval, only=None):
        super().__init__(EventType.START_RUN, only)
        self.interval = interval

    def act(self, fl_ctx):
        threading.Thread(target=self._talk, name="log_past_end", daemon=True).start()

    def _talk(self):
        while True:
            self.logger.info("still logging")
            time.sleep(self.interval)


# ---- while a site works ----------------------------------------------------------------------------------------------


class Chatty(Fault):
    """Logs `rate` lines a second for `seconds` before each task is executed."""

    def __init__(self, rate, seconds, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.rate = rate
        self.seconds = seconds

    def act(self, fl_ctx):
        start = time.monotonic()
        for number in range(round(self.rate * self.seconds)):
            self.logger.info("chatty line %d", number)
            time.sleep(max(0.0, start + (number + 1) / self.rate - time.monotonic()))


class Complaint(Fault):
    """Logs an ERROR before each task is executed, so that there is something in error_log.txt."""

    def __init__(self, text, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.text = text

    def act(self, fl_ctx):
        self.logger.error(self.text)


class Rotate(Fault):
    """Before each task: `lines` lines, then every log file of the process rolls over; `times` times, `gap` s apart."""

    def __init__(self, times, lines, gap, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.times = times
        self.lines = lines
        self.gap = gap

    def act(self, fl_ctx):
        for turn in range(self.times):
            for number in range(self.lines):
                self.logger.info("turn %d line %d", turn, number)
            for handler in logging.getLogger().handlers:
                if hasattr(handler, "doRollover"):
                    with handler.lock:
                        handler.doRollover()
            time.sleep(self.gap)


class Starve(Fault):
    """Starts `processes` processes at the run's start that do nothing but use the CPU for `seconds`."""

    def __init__(self, processes, seconds, only=None):
        super().__init__(EventType.START_RUN, only)
        self.processes = processes
        self.seconds = seconds

    def act(self, fl_ctx):
        code = f"import time\nend = time.time() + {self.seconds}\nwhile time.time() < end: pass"
        for _ in range(self.processes):
            subprocess.Popen([sys.executable, "-c", code])  # noqa: S603 - our own few words


class RoundFault(Fault):
    """Acts on the task of one round, just before the trainer gets it."""

    def __init__(self, number, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.number = number

    def act(self, fl_ctx):
        task = fl_ctx.get_prop(FLContextKey.TASK_DATA)
        if task.get_header(AppConstants.CURRENT_ROUND) == self.number:
            self.disturb(fl_ctx)


class SlowRound(RoundFault):
    """Holds the round for `seconds`, or until the job is aborted, and says so every second."""

    def __init__(self, number, seconds, only=None):
        super().__init__(number, only)
        self.seconds = seconds

    def disturb(self, fl_ctx):
        for second in range(self.seconds):
            self.log_info(fl_ctx, f"round {self.number} is held since {second} s")
            for _ in range(10):
                if fl_ctx.get_run_abort_signal().triggered:
                    return
                time.sleep(0.1)


class Killed(RoundFault):
    """Ends the site's job process by SIGKILL, with no chance to say or send anything more."""

    def disturb(self, fl_ctx):
        self.log_info(fl_ctx, "killed now")
        os.kill(os.getpid(), signal.SIGKILL)
