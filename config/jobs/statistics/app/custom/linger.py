"""Keeps the server's job for a moment after the clients were told to end."""

import time

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent


class Linger(FLComponent):
    """Holds the server's end for `seconds`, unless the job was aborted.

    NVFlare 2.9.0 ends the server's job at once and looks at it every three seconds, so a site whose log is still being
    streamed wins or loses by chance (NVFlare issue 5207). A healthy job must not be judged by that chance.
    """

    def __init__(self, seconds=3):
        super().__init__()
        self.seconds = seconds
        self.register_event_handler(EventType.CHECK_END_RUN_READINESS, self._hold)

    def _hold(self, event_type, fl_ctx):
        if not fl_ctx.get_run_abort_signal().triggered:
            time.sleep(self.seconds)
