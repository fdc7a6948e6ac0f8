"""Starts a thread for each log that is sent; the same for a site's and for a job's streamer."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from nvflare.apis.fl_constant import ReservedKey
from nvflare.apis.signal import Signal

from .. import LogTail, Producer, Timing
from . import logged, releases, transport
from .watch import Watch

HEARTBEAT_S = 5.0
CHUNK_BYTES = 1 << 20
_LOGGER = logging.getLogger(f"{__name__}.LogSender")


def start(engine: Any, job_id: str, path: Path, *, hint: str, timing: Timing) -> transport.Delivery:
    """Begin to send the log of the job to the server; `hint` says what to check when no receiver ever answers."""
    emit = logged.to(_LOGGER, f"job {job_id}: ")
    tail = LogTail(path, emit=emit)
    producer = Producer(path.name, tail, emit=emit, timing=timing, chunk_size=CHUNK_BYTES, hint=hint)
    delivery = transport.Delivery(producer, Watch(path))
    name = f"fixlib_{path.name}_{job_id}"
    threading.Thread(target=_deliver, args=(delivery, engine, job_id), name=name, daemon=True).start()
    return delivery


def _deliver(delivery: transport.Delivery, engine: Any, job_id: str) -> None:
    with engine.new_context() as fl_ctx:
        # A job's abort signal would cut the stream off before the last lines. `put` alone replaces a sticky property.
        fl_ctx.put(key=ReservedKey.RUN_ABORT_SIGNAL, value=Signal(), private=True, sticky=False)
        delivery.run(
            lambda: releases.has_property(engine, fl_ctx, transport.READY),
            lambda attempt: engine.stream_objects(
                channel=transport.CHANNEL,
                topic=transport.TOPIC,
                stream_ctx=transport.context(job_id),
                targets=[releases.SERVER],
                producer=attempt,
                fl_ctx=fl_ctx,
                optional=True,
            ),
        )
