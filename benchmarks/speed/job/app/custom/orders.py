"""A job that writes to its sites' logs as it is ordered: by files in each site's run folder, so that the measurement
decides when each part begins, and all parts are measured in one job.

`orders/3.json` is carried out when it appears; `orders/3.done` answers it.
"""

import json
import logging
import random
import time
from pathlib import Path

from nvflare.apis.event_type import EventType
from nvflare.apis.executor import Executor
from nvflare.apis.impl.controller import Controller, Task
from nvflare.apis.shareable import Shareable

LOOK_S = 0.1
MIB = 1 << 20


class OneTask(Controller):
    """Gives every site one task, and waits for all of them."""

    HOLD_S = 3  # stock loses the logs of sites that end later than the server (NVFlare issue 5207)

    def __init__(self):
        super().__init__()
        self.register_event_handler(EventType.CHECK_END_RUN_READINESS, self._hold)

    def start_controller(self, fl_ctx):
        pass

    def control_flow(self, abort_signal, fl_ctx):
        sites = fl_ctx.get_engine().get_clients()
        task = Task(name="obey", data=Shareable())
        self.broadcast_and_wait(task, fl_ctx, min_responses=len(sites), abort_signal=abort_signal)

    def stop_controller(self, fl_ctx):
        pass

    def process_result_of_unknown_task(self, client, task_name, client_task_id, result, fl_ctx):
        pass

    def _hold(self, event_type, fl_ctx):
        if not fl_ctx.get_run_abort_signal().triggered:
            time.sleep(self.HOLD_S)


class Obey(Executor):
    """Carries out orders until told to end."""

    def execute(self, task_name, shareable, fl_ctx, abort_signal):
        log = Path(fl_ctx.get_engine().get_workspace().get_log_root(fl_ctx.get_job_id())) / "log.txt"
        orders = log.parent / "orders"
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "maxBytes"):
                handler.maxBytes = 0  # stock loses the unread part of a log that is rotated
        orders.mkdir()
        number = 1
        while not abort_signal.triggered:
            order = orders / f"{number}.json"
            if not order.is_file():
                time.sleep(LOOK_S)
                continue
            wanted = json.loads(order.read_text())
            if wanted["do"] == "end":
                break
            done = {"flood": flood, "stamps": stamps, "idle": idle}[wanted.pop("do")](log, **wanted)
            answer = order.with_suffix(".new")
            answer.write_text(json.dumps(done))
            answer.rename(order.with_suffix(".done"))
            number += 1
        return Shareable()


def flood(log, mib, at):
    """Append `mib` MiB of lines at once, at the given moment."""
    line = b"2026-01-01 00:00:00,000 - Flood - INFO - %08d the loss of this step is 0.1234567 and falls slowly\n"
    count = MIB // len(line % 0)
    blocks = [b"".join(line % (block * count + n) for n in range(count)) for block in range(mib)]
    time.sleep(max(0.0, at - time.time()))
    with log.open("ab", buffering=0) as file:
        begin = log.stat().st_size
        for block in blocks:
            file.write(block)
    return {"begin": begin, "end": log.stat().st_size}


def stamps(log, seconds):
    """Log the time at random moments: gaps between 0.02 s and 2 s, short ones as often as long ones (log-uniform)."""
    logger, count, end = logging.getLogger("Stamp"), 0, time.time() + seconds
    while time.time() < end:
        time.sleep(0.02 * 100 ** random.random())  # noqa: S311 - no secret
        logger.info("stamp %.6f", time.time())
        count += 1
    return {"count": count}


def idle(log, seconds):
    """Log nothing."""
    time.sleep(seconds)
    return {}
