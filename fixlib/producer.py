"""The Producer delivers a LogTail's bytes to one receiver: a state machine, asked for frames and told the answers."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from .events import Completed, EventSink, Failed, Recovered, Retrying, Started, ignore
from .frames import MAX_DATA, Ack, Chunk, End, Frame, Heartbeat, Refusal, RefusalKind, Reply, check_name
from .tail import Checkpoint, LogTail

CHECK_RECEIVER = "Check that the receiver is configured at the target, that it started, and that it can be reached"
CHECK_LINK = "What is acknowledged is stored. Check the connection to the target, and the target's disk"
HINTS = {
    RefusalKind.QUOTA: "What is acknowledged is stored. Raise the receiver's quota, or log less",
    RefusalKind.CONFLICT: "Check that only one producer has this stream's name, and that nothing else writes there",
    RefusalKind.OFFSET: "The receiver's file was removed or cut; what it lacks is no longer kept here",
}


class FailureKind(str, Enum):
    """How a frame can stay without an answer of the receiver's. All of them mean: try again."""

    NOT_READY = "not ready"
    """It was not sent: the receiver is known not to be there yet."""
    REFUSED = "refused"
    """The transport or framework of the receiver answered, not the receiver (NVFlare: no handler yet)."""
    TIMEOUT = "timeout"
    EMPTY_REPLY = "empty reply"
    INVALID_REPLY = "invalid reply"
    UNREACHABLE = "unreachable"


class State(str, Enum):
    STARTING = "starting"
    STREAMING = "streaming"
    DRAINING = "draining"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Timing:
    """All in seconds.

    startup     how long the first acknowledgement may take, from the first `next_frame`
    recovery    how long trouble may last after it
    drain       how long delivery may take after `stop`
    heartbeat   idle time before a heartbeat
    poll_*      how soon an idle log is looked at again, doubling
    poll_told   the longest of it while the driver tells in time that the log was written (`Producer.on_change`)
    retry_*     how soon a frame is tried again, doubling, with jitter
    """

    startup: float = 60.0
    recovery: float = 30.0
    drain: float = 60.0
    heartbeat: float = 10.0
    poll_min: float = 0.02
    poll_max: float = 0.1
    poll_told: float = 0.5
    retry_min: float = 0.1
    retry_max: float = 2.0


@dataclass(frozen=True)
class Wait:
    """Nothing to send before `until` (on the clock of `now`); asking earlier is harmless.

    From `listen` on, `Producer.on_change` makes that earlier; before, it need not be called.
    """

    until: float
    listen: float = math.inf


@dataclass(frozen=True)
class Done:
    """The receiver holds the whole stream and knows it."""

    size: int
    gaps: int


Step: TypeAlias = "Frame | Wait | Done | Failed"


class Producer:
    """Delivers one stream to one target. Several targets: one Producer (and LogTail) each; they share nothing.

    Ask `next_frame`; send the frame; tell exactly one of `on_ack`, `on_refusal` (or `on_reply`), `on_failure`; ask
    again. Until told, `next_frame` gives the same frame, so that one may look at it before sending. No call blocks.

    After each failure the attempt number rises, and `frame.attempt` with it. A frame of a new attempt belongs in a new
    transport transaction (NVFlare: a fresh `engine.stream_objects`); answers to older attempts are ignored.

    `now` is monotonic seconds. Not thread-safe: hold a lock around each call (never around the sending), then `stop`
    may come from another thread. `hint` is what a person should check when no receiver ever answers.
    Raises InvalidName if `stream` cannot be a file's name.
    """

    def __init__(
        self,
        stream: str,
        tail: LogTail,
        *,
        emit: EventSink = ignore,
        timing: Timing | None = None,
        chunk_size: int = 256 << 10,
        jitter: Callable[[], float] = random.random,
        hint: str = CHECK_RECEIVER,
    ) -> None:
        self.stream = check_name(stream)
        self.attempt = 1
        """The attempt that the next frame belongs to."""
        self._tail = tail
        self._emit = emit
        self._timing = timing or Timing()
        self._chunk_size = max(1, min(chunk_size, MAX_DATA))
        self._jitter = jitter
        self._hint = hint
        self._offset = tail.offset
        self._checkpoint = tail.checkpoint()
        self._chunk: Chunk | None = None
        self._sent: Frame | None = None
        self._result: Done | Failed | None = None
        self._began_at: float | None = None
        self._stopped_at: float | None = None
        self._trouble_since: float | None = None
        self._is_acked = False
        self._reason = "nothing was sent"
        self._failures = 0
        self._poll = self._timing.poll_min
        self._not_before = self._heartbeat_at = -math.inf
        self._looked_at: float | None = None  # and found nothing
        self._is_told = self._was_told_in_time = False

    @property
    def state(self) -> State:
        match self._result:
            case Done():
                return State.DONE
            case Failed():
                return State.FAILED
        if not self._is_acked:
            return State.STARTING
        return State.STREAMING if self._stopped_at is None else State.DRAINING

    @property
    def offset(self) -> int:
        """Bytes of the stream that are known to be acknowledged."""
        return self._offset

    def next_frame(self, now: float) -> Step:
        """What to do: send this frame, wait, or end for good (Done or Failed, from then on always the same)."""
        if self._began_at is None:
            self._began_at = now
        if self._result is None and now >= self._deadline():
            self._expire(now)
        if self._result is not None:
            return self._result
        if self._sent is None and now >= self._not_before:
            self._sent = self._choose(now)
        if self._sent is not None:
            return self._sent
        until = min(self._not_before, self._deadline())
        return Wait(until, math.inf if self._looked_at is None else self._looked_at + self._timing.poll_min)

    def on_reply(self, reply: Reply, now: float) -> None:
        """`on_ack` or `on_refusal`."""
        if isinstance(reply, Ack):
            self.on_ack(reply, now)
        else:
            self.on_refusal(reply, now)

    def on_ack(self, ack: Ack, now: float) -> None:
        """The receiver took the frame."""
        sent = self._sent
        if sent is None or not self._is_answer(ack):
            return
        if not _acknowledges(ack, sent):
            self.on_failure(FailureKind.INVALID_REPLY, now, f"offset {ack.offset}")
            return
        self._sent = None
        self._recover(now)
        if isinstance(sent, Chunk):
            self._advance(sent, ack.offset)
        elif isinstance(sent, End):
            self._finish(Done(sent.size, sent.gaps))
            self._emit(Completed(self.stream, sent.size, sent.gaps))

    def on_refusal(self, refusal: Refusal, now: float) -> None:
        """The receiver refused the frame: a final refusal ends the stream with Failed, any other is tried again."""
        if self._sent is None or not self._is_answer(refusal):
            return
        lost = refusal.kind is RefusalKind.OFFSET and refusal.expected < self._offset
        if refusal.kind.final or lost:
            self._fail(
                f"the receiver refused at byte {self._offset}: {_describe(refusal)}", HINTS.get(refusal.kind, "")
            )
            return
        # A message of an earlier process of this producer may have come late, and with a higher number.
        if refusal.kind is RefusalKind.STALE:
            self.attempt = max(self.attempt, refusal.expected)
        self._retry(_describe(refusal), now)

    def on_failure(self, kind: FailureKind, now: float, detail: str = "") -> None:
        """There was no answer of the receiver's; the frame may or may not have arrived."""
        if self._sent is not None:
            self._retry(f"{kind.value}: {_one_line(detail)}" if detail else kind.value, now)

    def on_change(self) -> None:
        """The log may have been written: it is looked at soon, but not more often than every `Timing.poll_min`.

        Needless calls are harmless, missing ones too: the log is also looked at without, only later.
        """
        if self._looked_at is not None:
            self._is_told = True
            self._not_before = min(self._not_before, self._looked_at + self._timing.poll_min)

    def stop(self, now: float) -> None:
        """What is written by now is delivered, then End, within `Timing.drain`. Again is harmless."""
        if self._result is not None or self._stopped_at is not None:
            return
        self._stopped_at = now
        self._not_before = min(self._not_before, now) if self._trouble_since is None else self._not_before
        with contextlib.suppress(OSError):  # next_frame tries again, and says so
            self._tail.stop()

    def checkpoint(self) -> Checkpoint:
        """Where another process would go on: everything before is acknowledged. For `LogTail(checkpoint=...)`."""
        return self._checkpoint

    def close(self) -> None:
        """Give the log's files back, at any time. Again is harmless."""
        self._tail.close()

    # What to send

    def _choose(self, now: float) -> Frame | None:
        try:
            chunk = self._chunk or self._read()
        except OSError as error:
            self._retry(f"cannot read {self._tail.path.name}: {error.strerror}", now)
            return None
        if chunk:
            if self._looked_at is not None:
                self._was_told_in_time = self._is_told
            self._looked_at, self._is_told = None, False
            self._chunk = replace(chunk, attempt=self.attempt)
            return self._chunk
        if self._tail.finished:
            return End(self.stream, self.attempt, self._offset, self._tail.gaps)
        if now >= self._heartbeat_at:
            return Heartbeat(self.stream, self.attempt, self._offset)
        self._looked_at, self._is_told = now, False
        self._not_before = min(now + self._poll, self._heartbeat_at)
        longest = max(self._timing.poll_max, self._timing.poll_told if self._was_told_in_time else 0.0)
        self._poll = min(self._poll * 2, longest)
        return None

    def _read(self) -> Chunk | None:
        if self._stopped_at is not None:
            self._tail.stop()
        data = self._tail.read(self._chunk_size)
        return Chunk(self.stream, self.attempt, self._offset, data) if data else None

    # What the answers mean

    def _is_answer(self, reply: Reply) -> bool:
        unread = isinstance(reply, Refusal) and reply.attempt == 0
        return unread or (reply.attempt == self.attempt and reply.stream == self.stream)

    def _advance(self, chunk: Chunk, expected: int) -> None:
        """Forget what is acknowledged; a receiver that kept only a part gets the rest, still from memory."""
        self._poll = self._timing.poll_min
        if expected < chunk.end:
            self._chunk = replace(chunk, offset=expected, data=chunk.data[expected - chunk.offset :])
            self._offset = expected
            return
        self._chunk = None
        self._offset = chunk.end
        self._checkpoint = self._tail.checkpoint()

    def _recover(self, now: float) -> None:
        if not self._is_acked:
            waited = now - (now if self._began_at is None else self._began_at)
            self._emit(Started(self.stream, self._offset, self.attempt, waited))
        elif self._trouble_since is not None:
            self._emit(Recovered(self.stream, self._offset, now - self._trouble_since))
        self._is_acked, self._trouble_since, self._failures = True, None, 0
        self._not_before, self._heartbeat_at = now, now + self._timing.heartbeat

    def _retry(self, reason: str, now: float) -> None:
        self._sent = None
        self.attempt += 1
        self._reason = reason
        self._looked_at = None
        if self._is_acked and self._trouble_since is None:
            self._trouble_since = now
        longest = min(self._timing.retry_max, self._timing.retry_min * 2.0 ** min(self._failures, 60))
        wait = longest * (0.5 + 0.5 * self._jitter())
        self._failures += 1
        self._not_before, self._heartbeat_at = now + wait, now
        self._emit(Retrying(self.stream, self.attempt, reason, wait))

    # Ends

    def _deadline(self) -> float:
        limits = [math.inf]
        if self._stopped_at is not None:
            limits.append(self._stopped_at + self._timing.drain)
        if not self._is_acked and self._began_at is not None:
            limits.append(self._began_at + self._timing.startup)
        if self._trouble_since is not None:
            limits.append(self._trouble_since + self._timing.recovery)
        return min(limits)

    def _expire(self, now: float) -> None:
        timing, last = self._timing, f"at byte {self._offset} (last: {self._reason})"
        if self.state is State.STARTING:
            waited = now - (now if self._began_at is None else self._began_at)
            tries = f"{self._failures} attempts, the last: {self._reason}"
            self._fail(f"no receiver acknowledged anything within {waited:.0f} s ({tries})", self._hint)
        elif self._trouble_since is not None:
            self._fail(f"no acknowledgement within {timing.recovery:g} s of trouble, {last}", CHECK_LINK)
        else:
            message = f"not delivered within {timing.drain:g} s of the stop: only {self._offset} bytes are acknowledged"
            self._fail(message, CHECK_LINK)

    def _fail(self, message: str, hint: str) -> None:
        failed = Failed(self.stream, self._offset, self.state.value, message, hint)
        self._finish(failed)
        self._emit(failed)

    def _finish(self, result: Done | Failed) -> None:
        self._result, self._sent, self._chunk = result, None, None
        self._tail.close()


def _acknowledges(ack: Ack, sent: Frame) -> bool:
    match sent:
        case Chunk():
            return ack.offset > sent.offset
        case End():
            return ack.complete and ack.offset == sent.size
    return True


def _describe(refusal: Refusal) -> str:
    match refusal.kind:
        case RefusalKind.OFFSET:
            return f"it holds only {refusal.expected} bytes"
        case RefusalKind.STALE:
            return f"attempt {refusal.expected} has taken over"
    return f"{refusal.kind.value}: {_one_line(refusal.message)}" if refusal.message else refusal.kind.value


def _one_line(text: str) -> str:
    """What the other side says, fit for a log: it must not make lines of its own there."""
    return text if text.isprintable() else repr(text)[1:-1]
