"""The Producer's states: what it does on each answer, and when it gives up."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixlib import (
    Ack,
    Chunk,
    Completed,
    Done,
    End,
    Event,
    Failed,
    FailureKind,
    Heartbeat,
    LogTail,
    Producer,
    Quota,
    Receiver,
    Refusal,
    RefusalKind,
    Retrying,
    State,
    Timing,
    Wait,
)
from fixlib.testing import FakeClock, Fault, LossyLink, drive, seeded


class Setup:
    """A log, a producer, a receiver and a link whose fault can be set."""

    def __init__(self, folder: Path, quota: Quota | None = None) -> None:
        self.path = folder / "log.txt"
        self.clock = FakeClock(100.0)
        self.events: list[Event] = []
        self.fault = Fault.NONE
        self.stored = Receiver(folder / "stored", quota=quota)
        self.link = LossyLink(lambda message: self.stored.handle_message("site-1", message), lambda: self.fault)
        self.producer = self.start()

    def start(self) -> Producer:
        tail = LogTail(self.path, emit=self.events.append)
        self.producer = Producer(
            "log.txt", tail, emit=self.events.append, chunk_size=4, jitter=lambda: 0.5, hint="look there"
        )
        return self.producer

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def run(self, seconds: float) -> object:
        return drive(self.producer, self.link, self.clock, seconds=seconds)

    @property
    def received(self) -> bytes:
        return self.stored.path("site-1", "log.txt").read_bytes()

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_whole_life(setup: Setup) -> None:
    """Written, streamed, stopped: everything arrives, then Done, again and again."""
    setup.write(b"one two three")
    assert isinstance(setup.run(1), Wait)
    assert setup.producer.state is State.STREAMING
    setup.producer.stop(setup.clock.now)
    setup.write(b"after the stop")
    assert setup.run(1) == Done(13, 0)
    assert setup.received == b"one two three"
    assert setup.producer.next_frame(setup.clock.now + 1000) == Done(13, 0)
    assert setup.of(Completed) == [Completed("log.txt", 13, 0)]


def test_any_number_of_refusals_is_a_wait(setup: Setup) -> None:
    """59 seconds without a receiver: no Failed; the same bytes arrive when it comes."""
    setup.write(b"one two three")
    setup.fault = Fault.REFUSE
    setup.run(59)
    assert setup.link.sent > 20
    assert not setup.of(Failed)
    setup.fault = Fault.NONE
    setup.run(3)
    assert setup.received == b"one two three"


def test_a_receiver_that_never_comes(setup: Setup) -> None:
    """After 60 seconds exactly one Failed says what was missing and what to check; the back-off kept it quiet."""
    setup.write(b"one")
    setup.fault = Fault.REFUSE
    last = setup.run(100)
    assert setup.of(Failed) == [last]
    assert isinstance(last, Failed)
    assert setup.clock.now == 160.0
    assert last.phase == "starting"
    assert "no receiver acknowledged anything within 60 s" in last.message
    assert last.hint == "look there"
    assert setup.link.sent < 60


@pytest.mark.parametrize(("jitter", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_back_off_doubles_with_jitter(setup: Setup, jitter: float, share: float) -> None:
    """Waits double up to their limit, and chance takes up to half of each: producers that failed together scatter."""
    setup.producer = Producer("log.txt", LogTail(setup.path), emit=setup.events.append, jitter=lambda: jitter)
    setup.fault = Fault.REFUSE
    setup.run(20)
    waits = [event.wait for event in setup.of(Retrying) if isinstance(event, Retrying)]
    assert waits[:7] == pytest.approx([share * wait for wait in (0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0)])


def test_an_empty_log_finds_out_too(setup: Setup) -> None:
    """Without a byte to send, heartbeats still find out that no receiver comes."""
    setup.fault = Fault.REFUSE
    setup.run(100)
    assert len(setup.of(Failed)) == 1


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE_REPLY, Fault.EMPTY_REPLY, Fault.REFUSE, Fault.LATE])
def test_trouble_is_survived(setup: Setup, fault: Fault) -> None:
    """29 seconds of trouble after the first acknowledgement cost nothing."""
    setup.write(b"one ")
    setup.run(1)
    setup.write(b"two ")
    setup.fault = fault
    setup.run(29)
    setup.write(b"three ")
    setup.fault = Fault.NONE
    setup.run(3)
    assert setup.received == b"one two three "
    assert not setup.of(Failed)


def test_trouble_that_lasts(setup: Setup) -> None:
    """After 30 seconds of trouble one Failed tells the offset reached."""
    setup.write(b"one ")
    setup.run(1)
    setup.write(b"two ")
    setup.fault = Fault.DROP
    last = setup.run(60)
    assert isinstance(last, Failed)
    assert (last.offset, last.phase, len(setup.of(Failed))) == (4, "streaming", 1)
    assert "timeout" in last.message


def test_an_unacknowledged_chunk_is_kept(setup: Setup) -> None:
    """The same bytes are offered again, whatever has become of the file."""
    setup.write(b"one two")
    first = setup.producer.next_frame(100)
    assert first == Chunk("log.txt", 1, 0, b"one ")
    assert setup.producer.next_frame(100) is first
    setup.producer.on_failure(FailureKind.TIMEOUT, 100)
    setup.path.unlink()
    assert isinstance(setup.producer.next_frame(100), Wait)
    assert setup.producer.next_frame(101) == Chunk("log.txt", 2, 0, b"one ")


def test_answers_to_older_attempts_are_ignored(setup: Setup) -> None:
    """A late acknowledgement or refusal of an earlier attempt, or a second one, changes nothing."""
    setup.write(b"one two")
    setup.producer.next_frame(100)
    setup.producer.on_failure(FailureKind.TIMEOUT, 100)
    again = setup.producer.next_frame(101)
    setup.producer.on_reply(Ack("log.txt", 1, 4), 101)
    setup.producer.on_reply(Refusal("log.txt", 1, RefusalKind.QUOTA), 101)
    assert setup.producer.next_frame(101) is again
    setup.producer.on_reply(Ack("log.txt", 2, 4), 101)
    setup.producer.on_reply(Ack("log.txt", 2, 4), 101)
    setup.producer.on_failure(FailureKind.TIMEOUT, 101)
    assert setup.producer.offset == 4
    assert setup.producer.next_frame(101) == Chunk("log.txt", 2, 4, b"two")


def test_a_part_was_taken(setup: Setup) -> None:
    """The rest of a chunk follows from memory."""
    setup.write(b"one ")
    setup.producer.next_frame(100)
    setup.producer.on_ack(Ack("log.txt", 1, 3), 100)
    assert setup.producer.next_frame(100) == Chunk("log.txt", 1, 3, b" ")


def test_an_acknowledgement_that_acknowledges_nothing(setup: Setup) -> None:
    """A chunk of which nothing was taken, and an End that does not complete, are tried again."""
    setup.write(b"one ")
    setup.producer.next_frame(100)
    setup.producer.on_ack(Ack("log.txt", 1, 0), 100)
    assert setup.producer.next_frame(101) == Chunk("log.txt", 2, 0, b"one ")
    setup.producer.on_ack(Ack("log.txt", 2, 4), 101)
    setup.producer.stop(101)
    for attempt, wrong in ((2, Ack("log.txt", 2, 4)), (3, Ack("log.txt", 3, 3, complete=True))):
        assert setup.producer.next_frame(100 + attempt) == End("log.txt", attempt, 4)
        setup.producer.on_ack(wrong, 100 + attempt)
    assert setup.producer.next_frame(105) == End("log.txt", 4, 4)


def test_the_end_tells_the_gaps(setup: Setup) -> None:
    """The receiver learns that the log it holds lacks something."""
    setup.write(b"one ")
    setup.run(1)
    setup.path.write_bytes(b"")
    setup.run(1)
    setup.producer.stop(setup.clock.now)
    assert setup.run(1) == Done(4, 1)
    assert setup.of(Completed) == [Completed("log.txt", 4, 1)]


@pytest.mark.parametrize("refused", [False, True])
def test_heartbeats_move_nothing(setup: Setup, refused: bool) -> None:
    """An acknowledged heartbeat moves no offset, whatever it says, and neither does a refused one."""
    setup.write(b"one ")
    setup.run(1)
    setup.clock.advance(10)
    beat = setup.producer.next_frame(setup.clock.now)
    assert beat == Heartbeat("log.txt", 1, 4)
    if refused:
        setup.producer.on_failure(FailureKind.REFUSED, setup.clock.now)
    else:
        setup.producer.on_ack(Ack("log.txt", 1, 400), setup.clock.now)
    assert setup.producer.offset == 4
    setup.write(b"two ")
    frame = setup.producer.next_frame(setup.clock.now + 1)
    assert isinstance(frame, Chunk)
    assert (frame.offset, frame.data) == (4, b"two ")


def test_heartbeats_come_when_idle(setup: Setup) -> None:
    """One every ten seconds, none while there is data."""
    setup.run(100.5)
    assert setup.link.sent == 11


@pytest.mark.parametrize(
    "kind", [RefusalKind.QUOTA, RefusalKind.NAME, RefusalKind.CONFLICT, RefusalKind.CLOSED, RefusalKind.UNSAFE]
)
def test_final_refusals(setup: Setup, kind: RefusalKind) -> None:
    """What cannot succeed is not tried again: one Failed at once."""
    setup.write(b"one")
    setup.producer.next_frame(100)
    setup.producer.on_refusal(Refusal("log.txt", 1, kind, 0, "because"), 100)
    assert len(setup.of(Failed)) == 1
    assert setup.producer.state is State.FAILED


def test_the_receiver_writes_no_lines_into_our_log(setup: Setup) -> None:
    """A refusal's message, and what a transport says, stay in the one line."""
    forged = "x\n2026-11-22 10:00:00,000 - forged - ERROR - x"
    setup.write(b"one")
    setup.producer.next_frame(100)
    setup.producer.on_failure(FailureKind.REFUSED, 100, forged)
    setup.producer.next_frame(101)
    setup.producer.on_refusal(Refusal("log.txt", 2, RefusalKind.UNSAFE, 0, forged), 101)
    assert len(setup.of(Failed)) == 1
    assert all(str(event).isprintable() for event in setup.events)


def test_a_receiver_that_lost_bytes(setup: Setup) -> None:
    """A receiver that holds less than it acknowledged cannot be helped: Failed says how much it holds."""
    setup.write(b"one two ")
    setup.run(1)
    setup.stored.path("site-1", "log.txt").write_bytes(b"one")
    setup.write(b"three")
    last = setup.run(10)
    assert isinstance(last, Failed)
    assert "holds only 3 bytes" in last.message


def test_a_full_disk_is_waited_for(setup: Setup) -> None:
    """A storage refusal is tried again, like any trouble."""
    setup.write(b"one ")
    setup.producer.next_frame(100)
    setup.producer.on_refusal(Refusal("log.txt", 1, RefusalKind.STORAGE, 0, "No space left on device"), 100)
    assert setup.producer.next_frame(101) == Chunk("log.txt", 2, 0, b"one ")


def test_a_later_attempt_is_overtaken(setup: Setup) -> None:
    """A producer that starts anew, without memory, takes over from its own earlier attempts and their bytes."""
    setup.write(b"one two three")
    setup.fault = Fault.LOSE_REPLY
    setup.run(5)
    setup.fault = Fault.NONE
    setup.start()
    setup.run(5)
    assert setup.received == b"one two three"
    assert not setup.of(Failed)


def test_the_drain_is_bounded(setup: Setup) -> None:
    """A link so slow that the drain takes too long: one Failed says how far it came."""
    setup.write(b"one two three")
    setup.run(0.0)
    setup.write(b"x" * 1000)
    setup.producer.stop(setup.clock.now)
    for _ in range(100):
        frame = setup.producer.next_frame(setup.clock.now)
        if isinstance(frame, Failed):
            break
        setup.clock.advance(1)
        assert isinstance(frame, Chunk)
        setup.producer.on_ack(Ack("log.txt", frame.attempt, frame.end), setup.clock.now)
    assert isinstance(frame, Failed)
    assert frame.phase == "draining"
    assert frame.offset > 200


def test_end_is_said_again(setup: Setup) -> None:
    """A lost answer to the End costs nothing."""
    setup.write(b"one")
    setup.run(1)
    setup.producer.stop(setup.clock.now)
    setup.fault = Fault.LOSE_REPLY
    setup.run(5)
    setup.fault = Fault.NONE
    assert setup.run(5) == Done(3, 0)


def test_stop_without_a_log(setup: Setup) -> None:
    """A log that never was is an empty stream."""
    setup.producer.stop(setup.clock.now)
    assert setup.run(1) == Done(0, 0)
    assert setup.received == b""


def test_an_unreadable_log_fails_in_time(setup: Setup) -> None:
    """What cannot be read is trouble, not a crash."""
    setup.write(b"one")
    setup.run(1)

    class Broken(LogTail):
        def read(self, size: int) -> bytes:
            raise PermissionError(13, "Permission denied")

    setup.producer = Producer("log.txt", Broken(setup.path), emit=setup.events.append)
    last = setup.run(100)
    assert isinstance(last, Failed)
    assert "cannot read log.txt: Permission denied" in last.message


def test_the_quota_ends_a_stream_honestly(tmp_path: Path) -> None:
    """At the quota the producer fails once, with what is stored."""
    setup = Setup(tmp_path, Quota(stream_bytes=10))
    setup.write(b"x" * 100)
    last = setup.run(10)
    assert isinstance(last, Failed)
    assert last.offset == 8
    assert "quota" in last.message


@pytest.mark.parametrize("seed", range(12))
def test_a_quarter_of_everything_is_lost(tmp_path: Path, seed: int) -> None:
    """With faults in a quarter of all exchanges the stored file is byte-exact."""
    setup = Setup(tmp_path)
    setup.link.choose = seeded(seed, 0.25)
    data = b"".join(b"%d " % number for number in range(200))
    for start in range(0, len(data), 50):
        setup.write(data[start : start + 50])
        setup.run(0.3)
    setup.producer.stop(setup.clock.now)
    assert setup.run(120) == Done(len(data), 0)
    assert setup.received == data


def test_end_is_an_end(setup: Setup) -> None:
    """After the stop and the last byte the next frame is the End, with the size."""
    setup.write(b"one")
    setup.run(1)
    setup.producer.stop(setup.clock.now)
    assert setup.producer.next_frame(setup.clock.now) == End("log.txt", 1, 3, 0)


def test_a_busy_writer_and_a_short_poll(setup: Setup) -> None:
    """An idle log is looked at ever less often, a busy one at once."""
    timing = Timing()
    waits = []
    setup.run(0)
    for _ in range(6):
        given = setup.producer.next_frame(setup.clock.now)
        assert isinstance(given, Wait)
        waits.append(given.until - setup.clock.now)
        setup.clock.now = given.until
    assert max(waits) <= timing.poll_max + 1e-9
    setup.write(b"x")
    assert isinstance(setup.producer.next_frame(setup.clock.now), Chunk)


def idle_waits(setup: Setup, count: int) -> list[float]:
    """How long it wants to wait, each time, while nothing is written."""
    waits = []
    for _ in range(count):
        given = setup.producer.next_frame(setup.clock.now)
        assert isinstance(given, Wait)
        waits.append(given.until - setup.clock.now)
        setup.clock.now = given.until
    return waits


def test_a_word_of_a_change_is_an_early_look(setup: Setup) -> None:
    """The log is looked at when it is told to have changed, but not twice within the shortest poll."""
    timing = Timing()
    setup.write(b"one")
    setup.run(1)
    idle_waits(setup, 6)
    looked_at = setup.clock.now
    given = setup.producer.next_frame(looked_at)
    assert given == Wait(looked_at + timing.poll_max, listen=looked_at + timing.poll_min)
    setup.write(b"two")
    setup.producer.on_change()
    assert isinstance(setup.producer.next_frame(looked_at), Wait)
    assert isinstance(setup.producer.next_frame(looked_at + timing.poll_min), Chunk)


def test_who_is_told_in_time_looks_less_often(setup: Setup) -> None:
    """An idle log is looked at every `poll_told` while words come in time; after one that did not, every `poll_max`."""
    timing = Timing()
    setup.write(b"one")
    setup.run(1)
    for told, longest in [(True, timing.poll_told), (False, timing.poll_max)]:
        idle_waits(setup, 6)
        setup.write(b"x")
        if told:
            setup.producer.on_change()
        setup.run(timing.poll_min + timing.poll_told)
        assert max(idle_waits(setup, 9)) == pytest.approx(longest)


def test_a_word_of_a_change_does_not_hurry_a_retry(setup: Setup) -> None:
    """After a failure the next try comes when it is due, however much is written."""
    setup.write(b"one")
    assert isinstance(setup.producer.next_frame(setup.clock.now), Chunk)
    setup.producer.on_failure(FailureKind.TIMEOUT, setup.clock.now)
    before = setup.producer.next_frame(setup.clock.now)
    setup.producer.on_change()
    assert setup.producer.next_frame(setup.clock.now) == before
