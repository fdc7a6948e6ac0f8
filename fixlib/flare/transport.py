"""fixlib's frames over NVFlare's ObjectStreamer: one transaction for each of a Producer's attempts.

A transaction cannot outlive a failed request: the stream's context travels only with its first message, and a receiver
that missed it refuses all that follow. So a failure ends the transaction, and the next attempt opens another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from nvflare.apis.fl_constant import ReturnCode
from nvflare.apis.fl_context import FLContext
from nvflare.apis.shareable import Shareable, make_reply
from nvflare.apis.streaming import ConsumerFactory, ObjectConsumer, ObjectProducer, StreamContext

from .. import (
    Chunk,
    End,
    FailureKind,
    Frame,
    FrameError,
    Heartbeat,
    Message,
    Producer,
    Step,
    Wait,
    decode_reply,
    encode,
)
from .names import is_file_name
from .watch import Watch

CHANNEL = "fixlib"
TOPIC = "log"
READY = "fixlib_log_receiver"  # a public property of a server process whose receiver is registered
REPLY_LIMIT_S = 5.0
_JOB = "fixlib.job"
_FRAME = "fixlib.frame"
_REPLY = "fixlib.reply"


# ---- the sending side ------------------------------------------------------------------------------------------------


class Delivery:
    """Drives one Producer to its end, in the calling thread; `stop` comes from another. `watch` is of the same log."""

    def __init__(self, producer: Producer, watch: Watch, clock: Callable[[], float] = time.monotonic) -> None:
        self.producer, self.clock, self.name = producer, clock, producer.stream
        self.ended = threading.Event()
        self._lock, self._watch = threading.Lock(), watch

    def run(self, ready: Callable[[], bool], open_transaction: Callable[[ObjectProducer], Any]) -> None:
        """Until Done or Failed. `ready` says whether it is worth sending; `open_transaction` streams objects.

        Sending before a receiver is there would cost an ERROR in the server's log each time, hence `ready`.
        """
        try:
            while isinstance(step := self.step(), (Chunk, Heartbeat, End, Wait)):
                if isinstance(step, Wait):
                    self.wait(step)
                else:
                    self._attempt(step.attempt, ready, open_transaction)
        finally:
            self.ended.set()
            self.producer.close()
            self._watch.close()

    def _attempt(self, attempt: int, ready: Callable[[], bool], open_transaction: Callable[..., Any]) -> None:
        try:
            if not ready():
                self.failed(attempt, FailureKind.NOT_READY)
                return
            open_transaction(Transaction(self, attempt))
        except Exception as error:  # noqa: BLE001 - a connection that is lost or shut down raises anything
            self.failed(attempt, FailureKind.UNREACHABLE, str(error))
        # still the same attempt: the transaction ended by itself, by an abort or with its streamer
        self.failed(attempt, FailureKind.UNREACHABLE, "the transaction ended early")

    def stop(self) -> None:
        """The log ends here; what is written by now is still delivered."""
        with self._lock:
            self.producer.stop(self.clock())
        self._watch.wake()

    def step(self) -> Step:
        with self._lock:
            return self.producer.next_frame(self.clock())

    def wait(self, wait: Wait) -> None:
        """Until the time to ask again, until the log is written, or until stopped."""
        now = self.clock()
        if self._watch.wait(max(0.0, wait.until - now), quiet_s=wait.listen - now):
            with self._lock:
                self.producer.on_change()

    def replied(self, message: object) -> None:
        with self._lock:
            try:
                self.producer.on_reply(decode_reply(message), self.clock())
            except FrameError as error:
                self.producer.on_failure(FailureKind.INVALID_REPLY, self.clock(), str(error))

    def failed(self, attempt: int, kind: FailureKind, detail: str = "") -> None:
        with self._lock:
            if self.producer.attempt == attempt:
                self.producer.on_failure(kind, self.clock(), detail)


class Transaction(ObjectProducer):
    """One attempt of a Producer, as ObjectStreamer asks for it."""

    def __init__(self, delivery: Delivery, attempt: int) -> None:
        self._delivery, self._attempt = delivery, attempt

    def produce(self, stream_ctx: StreamContext, fl_ctx: FLContext) -> tuple[Shareable | None, float]:
        while isinstance(step := self._delivery.step(), Wait):
            self._delivery.wait(step)
        if not isinstance(step, (Chunk, Heartbeat, End)) or step.attempt != self._attempt:
            return None, REPLY_LIMIT_S
        return _request(step), REPLY_LIMIT_S

    def process_replies(
        self, replies: dict[str, Shareable] | None, stream_ctx: StreamContext, fl_ctx: FLContext
    ) -> bool | None:
        """None goes on with the transaction; anything else ends it."""
        reply = next(iter(replies.values()), None) if replies else None
        code = reply.get_return_code(ReturnCode.OK) if reply is not None else ""
        if reply is None:
            self._delivery.failed(self._attempt, FailureKind.EMPTY_REPLY)
        elif code != ReturnCode.OK:
            kind = _FAILURES.get(code, FailureKind.REFUSED)
            self._delivery.failed(self._attempt, kind, str(code))
        else:
            self._delivery.replied(reply.get(_REPLY))
        return None if self._delivery.producer.attempt == self._attempt else False


_FAILURES = {
    ReturnCode.TIMEOUT: FailureKind.TIMEOUT,
    ReturnCode.COMMUNICATION_ERROR: FailureKind.UNREACHABLE,
}


def _request(frame: Frame) -> Shareable:
    request = Shareable()
    request[_FRAME] = encode(frame)
    return request


def context(job_id: str) -> StreamContext:
    """What opens a transaction: which job the log belongs to. The receiver believes no more of it than it can check."""
    opened = StreamContext()
    opened[_JOB] = job_id
    return opened


# ---- the receiving side ----------------------------------------------------------------------------------------------

Handle = Callable[[str, object], Message]
"""Answers a frame of the log of the job that is named first."""


class FrameConsumers(ConsumerFactory):
    """Makes a consumer for each transaction."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def get_consumer(self, stream_ctx: StreamContext, fl_ctx: FLContext) -> ObjectConsumer:
        job_id = stream_ctx.get(_JOB)
        return FrameConsumer(self._handle, job_id if is_file_name(job_id) else "")


class FrameConsumer(ObjectConsumer):
    """Answers one transaction's frames. What a client wrote into the stream's context is not looked at again."""

    def __init__(self, handle: Handle, job_id: str) -> None:
        self._handle, self._job_id = handle, job_id

    def consume(self, shareable: Shareable, stream_ctx: StreamContext, fl_ctx: FLContext) -> tuple[bool, Shareable]:
        message = self._handle(self._job_id, shareable.get(_FRAME))
        reply = make_reply(ReturnCode.OK)
        reply[_REPLY] = message
        return message.get("kind") == "ack" and not message.get("complete"), reply
