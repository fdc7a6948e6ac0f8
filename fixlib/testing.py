"""Shipped fakes for tests of the core and of adapters: a clock to set, and a link that loses, repeats and refuses."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from enum import Enum

from .events import Failed
from .frames import Frame, Message, Reply, decode_frame, decode_reply, encode
from .producer import Done, FailureKind, Producer, Step, Wait


class FakeClock:
    """Seconds that pass only when told."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Fault(str, Enum):
    """What happens to one frame on a LossyLink."""

    NONE = "none"
    DROP = "drop"
    """Timeout before delivery: it never arrives."""
    LATE = "late"
    """Timeout before delivery; it arrives later, behind a frame that was sent after it, and its answer is lost."""
    LOSE_REPLY = "lose reply"
    """It arrives; the answer is a timeout."""
    EMPTY_REPLY = "empty reply"
    """It arrives; the answer is empty."""
    DUPLICATE = "duplicate"
    """It arrives twice; the second answer counts."""
    REFUSE = "refuse"
    """There is no receiver (NVFlare: no handler registered)."""


OUTCOMES = {
    Fault.DROP: FailureKind.TIMEOUT,
    Fault.LATE: FailureKind.TIMEOUT,
    Fault.LOSE_REPLY: FailureKind.TIMEOUT,
    Fault.EMPTY_REPLY: FailureKind.EMPTY_REPLY,
    Fault.REFUSE: FailureKind.REFUSED,
}
"""What the producer gets to see of a fault; of the others it sees nothing."""


class LossyLink:
    """Carries encoded frames to `handle` (`receiver.handle_message` with the site bound), as `choose` decides.

    `choose` gives each frame's fault: a function of the caller's (Hypothesis), or `seeded`. `sent` counts the frames.
    """

    def __init__(self, handle: Callable[[Message], Message], choose: Callable[[], Fault] = lambda: Fault.NONE) -> None:
        self.handle = handle
        self.choose = choose
        self.sent = 0
        self._late: deque[Message] = deque()

    def exchange(self, frame: Frame) -> Reply | FailureKind:
        """Send a frame; what comes back."""
        self.sent += 1
        fault, message = self.choose(), encode(frame)
        if decode_frame(message) != frame:
            raise AssertionError(f"the wire changed {frame}")
        answer = self._deliver(message, fault)
        if fault in OUTCOMES or answer is None:
            return OUTCOMES[fault]
        return decode_reply(answer)

    def _deliver(self, message: Message, fault: Fault) -> Message | None:
        if fault is Fault.LATE:
            self._late.append(message)
        if fault in (Fault.DROP, Fault.LATE, Fault.REFUSE):
            return None
        answer = self.handle(message)
        if fault is Fault.DUPLICATE:
            answer = self.handle(message)
        if self._late:
            self.handle(self._late.popleft())
        return answer


def seeded(seed: int, rate: float) -> Callable[[], Fault]:
    """A `choose` with faults in `rate` of the cases, always the same for the same seed."""
    source = random.Random(seed)  # noqa: S311 - to be repeatable is its purpose
    faults = [fault for fault in Fault if fault is not Fault.NONE]
    return lambda: source.choice(faults) if source.random() < rate else Fault.NONE


def step(producer: Producer, link: LossyLink, now: float) -> Step:
    """Ask the producer once, and send and answer what it gives."""
    given = producer.next_frame(now)
    if isinstance(given, Wait | Done | Failed):
        return given
    answer = link.exchange(given)
    if isinstance(answer, FailureKind):
        producer.on_failure(answer, now)
    else:
        producer.on_reply(answer, now)
    return given


def drive(producer: Producer, link: LossyLink, clock: FakeClock, *, seconds: float) -> Step:
    """Run a producer for some seconds of the fake clock, or to its end (Done or Failed); the last step."""
    until = clock.now + seconds
    while True:
        last = step(producer, link, clock.now)
        if isinstance(last, Wait):
            if clock.now >= until:
                return last
            clock.now = min(max(last.until, clock.now), until)
        elif isinstance(last, Done | Failed):
            return last
