"""Components that disturb a healthy job on purpose, one fault each; the suite adds them to this job.

`only` names the site on which a fault acts; without it, it acts on every site.
"""

import threading
import time

import numpy as np
from nvflare.apis.dxo import from_shareable
from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent
from nvflare.apis.fl_constant import FLContextKey
from nvflare.app_common.app_constant import AppConstants
from nvflare.app_common.np.constants import NPConstants
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


class StartDelay(Fault):
    """Holds START_RUN on the server until `seconds` after the last site began to talk to it, as a big model would.

    The sites come up to a second later than the server. A hold that counted from the server's own start could be over
    by then and would disturb nobody.
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

        engine.get_cell().core_cell.add_incoming_filter("*", "*", note)
        give_up = time.monotonic() + self.PATIENCE
        while missing and time.monotonic() < give_up:
            time.sleep(0.02)
        self.log_info(fl_ctx, f"holding the start for {self.seconds} s")
        time.sleep(self.seconds)


class LateEnd(Fault):
    """Holds ABOUT_TO_END_RUN for `seconds`: the site ends later than the others."""

    def __init__(self, seconds, only=None):
        super().__init__(EventType.ABOUT_TO_END_RUN, only)
        self.seconds = seconds

    def act(self, fl_ctx):
        self.log_info(fl_ctx, f"holding the end for {self.seconds} s")
        time.sleep(self.seconds)


class RoundFault(Fault):
    """Acts on the task of one round, just before the trainer gets it."""

    def __init__(self, number, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.number = number

    def act(self, fl_ctx):
        task = fl_ctx.get_prop(FLContextKey.TASK_DATA)
        if task.get_header(AppConstants.CURRENT_ROUND) == self.number:
            self.disturb(task, fl_ctx)


class SlowRound(RoundFault):
    """Holds the round for `seconds`, or until the job is aborted, and says so every second."""

    def __init__(self, number, seconds, only=None):
        super().__init__(number, only)
        self.seconds = seconds

    def disturb(self, task, fl_ctx):
        for second in range(self.seconds):
            self.log_info(fl_ctx, f"round {self.number} is held since {second} s")
            for _ in range(10):
                if fl_ctx.get_run_abort_signal().triggered:
                    return
                time.sleep(0.1)


class BrokenWeights(RoundFault):
    """Replaces the round's weights by NaN, which the trainer refuses with a ValueError."""

    def disturb(self, task, fl_ctx):
        weights = from_shareable(task).data
        weights[NPConstants.NUMPY_KEY] = np.full_like(weights[NPConstants.NUMPY_KEY], np.nan)


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
