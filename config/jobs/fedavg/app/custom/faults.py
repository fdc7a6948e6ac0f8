"""Components that disturb a job on purpose: the suite adds one to a healthy job to show one fault.

`only` names the site on which a component acts; without it, every site that carries the component does.
"""

import threading
import time

import numpy as np
from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent
from nvflare.apis.fl_constant import FLContextKey
from nvflare.app_common.np.constants import NPConstants
from nvflare.apis.dxo import from_shareable


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
    """Holds START_RUN for `seconds`, as a slow container or a big model does."""

    def __init__(self, seconds, only=None):
        super().__init__(EventType.START_RUN, only)
        self.seconds = seconds

    def act(self, fl_ctx):
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


class SlowTask(Fault):
    """Holds each task for `seconds`, or until the job is aborted."""

    def __init__(self, seconds, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)
        self.seconds = seconds

    def act(self, fl_ctx):
        self.log_info(fl_ctx, f"holding the task for {self.seconds} s")
        abort = fl_ctx.get_run_abort_signal()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and not abort.triggered:
            time.sleep(0.1)


class BrokenWeights(Fault):
    """Replaces the weights of each task by NaN, which the trainer refuses with a ValueError."""

    def __init__(self, only=None):
        super().__init__(EventType.BEFORE_TASK_EXECUTION, only)

    def act(self, fl_ctx):
        weights = from_shareable(fl_ctx.get_prop(FLContextKey.TASK_DATA)).data
        weights[NPConstants.NUMPY_KEY] = np.full_like(weights[NPConstants.NUMPY_KEY], np.nan)


class Chatty(Fault):
    """Logs `rate` lines a second for `seconds`, from a thread beside the job."""

    def __init__(self, rate, seconds, only=None):
        super().__init__(EventType.START_RUN, only)
        self.rate = rate
        self.seconds = seconds

    def act(self, fl_ctx):
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self):
        for number in range(int(self.rate * self.seconds)):
            self.logger.info(f"chatty line {number}")
            time.sleep(1 / self.rate)


class LogPastEnd(Fault):
    """Logs every `interval` seconds from a daemon thread which nothing ever stops."""

    def __init__(self, interval, only=None):
        super().__init__(EventType.START_RUN, only)
        self.interval = interval

    def act(self, fl_ctx):
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self):
        while True:
            self.logger.info("still here")
            time.sleep(self.interval)
