"""Components that disturb a healthy job on purpose, one fault each; the suite adds them to this job.

`only` names the site on which a fault acts; without it, it acts wherever it is configured.
"""

import itertools
import threading
import time

import numpy as np
from nvflare.apis.dxo import from_shareable
from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent
from nvflare.apis.fl_constant import FLContextKey
from nvflare.app_common.np.constants import NPConstants


class Fault(FLComponent):
    """Calls `act` when the event fires on the chosen site."""

    def __init__(self, event, only):
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


class Talker(Fault):
    """Logs from START_RUN on, every `interval` seconds, in a daemon thread beside the job."""

    def __init__(self, interval, lines, only):
        super().__init__(EventType.START_RUN, only)
        self.interval = interval
        self.lines = lines

    def act(self, fl_ctx):
        threading.Thread(target=self._talk, name=type(self).__name__, daemon=True).start()

    def _talk(self):
        for number in self.lines:
            self.logger.info("line %d", number)
            time.sleep(self.interval)


class Chatty(Talker):
    """Logs `rate` lines a second for `seconds`."""

    def __init__(self, rate, seconds, only=None):
        super().__init__(1 / rate, range(round(rate * seconds)), only)


class LogPastEnd(Talker):
    """Logs every `interval` seconds for as long as the process lives, past the end of the run."""

    def __init__(self, interval, only=None):
        super().__init__(interval, itertools.count(), only)
