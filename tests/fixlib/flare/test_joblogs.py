"""A job's logs on the server, from the first frame to what comes after the job's archive."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from fixlib import Ack, Chunk, End, Frame, Heartbeat, Quota, Refusal, RefusalKind, Reply, decode_reply, encode
from fixlib.events import ignore
from fixlib.flare import joblogs
from fixlib.flare.joblogs import JobLogs
from fixlib.testing import FakeClock

LOG = "log.txt"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    folder.mkdir()
    return folder


def logs_in(folder: Path, clock: FakeClock | None = None, quota: Quota | None = None) -> JobLogs:
    return JobLogs(folder, emit=ignore, quota=quota, clock=clock or FakeClock())


def send(logs: JobLogs, frame: Frame, site: str = "site-1") -> Reply:
    return decode_reply(logs.handle(site, encode(frame)))


def test_logs_can_be_read_as_they_grow(job: Path) -> None:
    """What is acknowledged stands in the job's folder, below the site's name, for the server alone to read."""
    logs = logs_in(job)
    assert send(logs, Chunk(LOG, 1, 0, b"one\n")) == Ack(LOG, 1, 4)
    stored = job / "site-1" / LOG
    assert stored.read_bytes() == b"one\n"
    assert stored.stat().st_mode & 0o777 == 0o600
    assert stored.parent.stat().st_mode & 0o777 == 0o700


def test_waits_for_what_has_begun(job: Path) -> None:
    """A stream is unfinished from its first frame, be that a heartbeat only, to its End."""
    logs = logs_in(job)
    assert logs.unfinished() == []
    send(logs, Heartbeat(LOG, 1, 0))
    send(logs, Chunk(LOG, 1, 0, b"x"), "site-2")
    assert logs.unfinished() == [("site-1", LOG), ("site-2", LOG)]
    send(logs, End(LOG, 1, 1), "site-2")
    assert logs.unfinished() == [("site-1", LOG)]


def test_silent_sites_are_not_waited_for(job: Path) -> None:
    """A site that has died does not keep the job open; one that sends heartbeats does."""
    clock = FakeClock()
    logs = logs_in(job, clock)
    send(logs, Chunk(LOG, 1, 0, b"x"), "dead")
    clock.advance(joblogs.SILENT_S - 1)
    send(logs, Heartbeat(LOG, 1, 0), "alive")
    clock.advance(1)
    assert logs.unfinished() == [("alive", LOG)]
    assert logs.missing() == [("alive", LOG), ("dead", LOG)]


def test_waiting_is_bounded(job: Path) -> None:
    """The wait ends when all have ended, at the limit, or when the job is released, and says what is missing."""
    logs = JobLogs(job, emit=ignore)
    send(logs, Chunk(LOG, 1, 0, b"x"))
    assert logs.wait_for_ends(0.1) == [("site-1", LOG)]
    assert logs.wait_for_ends(60, lambda: True) == [("site-1", LOG)]
    timer = threading.Timer(0.1, lambda: send(logs, End(LOG, 1, 1)))
    timer.start()
    assert logs.wait_for_ends(60) == []
    timer.join()


def test_goes_on_beside_the_archive(job: Path, tmp_path: Path) -> None:
    """A job's folder may go while a site still sends: the site notices nothing, and its whole log is stored."""
    logs = logs_in(job)
    send(logs, Chunk(LOG, 1, 0, b"one "))
    send(logs, Chunk(LOG, 1, 0, b"all"), "site-2")
    send(logs, End(LOG, 1, 3), "site-2")
    late = tmp_path / "late"
    logs.move(late)
    (job / "site-1" / LOG).unlink()
    assert send(logs, Chunk(LOG, 1, 4, b"two")) == Ack(LOG, 1, 7)
    assert send(logs, End(LOG, 1, 7)) == Ack(LOG, 1, 7, complete=True)
    stored = {}
    logs.store_late(lambda site, name, path: stored.update({(site, name): path.read_bytes()}), grace_s=0)
    assert stored == {("site-1", LOG): b"one two"}
    assert not late.exists()


def test_the_folder_is_gone_too_soon(job: Path, tmp_path: Path) -> None:
    """NVFlare may delete an aborted job's folder before we are told: what was acknowledged is not lost."""
    logs = logs_in(job)
    send(logs, Heartbeat(LOG, 1, 0))
    send(logs, Chunk(LOG, 1, 0, b"one "))
    send(logs, Chunk(LOG, 1, 4, b"two "))
    shutil.rmtree(job)
    reply = send(logs, Chunk(LOG, 1, 8, b"three"))
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.STORAGE
    assert logs.missing() == [("site-1", LOG)]
    logs.move(tmp_path / "late")
    assert send(logs, Chunk(LOG, 2, 8, b"three")) == Ack(LOG, 2, 13)
    assert (tmp_path / "late" / "site-1" / LOG).read_bytes() == b"one two three"


def test_a_link_is_not_followed_beside_the_archive(job: Path, tmp_path: Path) -> None:
    """A job that swaps its log for a link gets nothing of what the link points to, and its true log is stored."""
    (tmp_path / "secret").write_bytes(b"secret")
    logs = logs_in(job)
    send(logs, Chunk(LOG, 1, 0, b"one"))
    (job / "site-1" / LOG).unlink()
    (job / "site-1" / LOG).symlink_to(tmp_path / "secret")
    logs.move(tmp_path / "late")
    send(logs, Chunk(LOG, 1, 3, b"two"))
    send(logs, End(LOG, 1, 6))
    stored = {}
    logs.store_late(lambda site, name, path: stored.update({(site, name): path.read_bytes()}), grace_s=0)
    assert stored == {("site-1", LOG): b"onetwo"}


def test_a_lost_answer_to_the_end(job: Path, tmp_path: Path) -> None:
    """An End whose answer was lost comes again when its log is archived, and is answered as before."""
    logs = logs_in(job)
    send(logs, Chunk(LOG, 1, 0, b"one"))
    send(logs, End(LOG, 1, 3))
    logs.move(tmp_path / "late")
    (job / "site-1" / LOG).unlink()
    assert send(logs, End(LOG, 2, 3)) == Ack(LOG, 2, 3, complete=True)
    assert isinstance(send(logs, End(LOG, 2, 4)), Refusal)


def test_a_site_that_begins_late(job: Path, tmp_path: Path) -> None:
    """A site that begins when the server's job has already failed still has its log stored; later ones are refused."""
    logs = logs_in(job)
    logs.move(tmp_path / "late")
    assert send(logs, Chunk(LOG, 1, 0, b"why I failed")) == Ack(LOG, 1, 12)
    assert send(logs, End(LOG, 1, 12)) == Ack(LOG, 1, 12, complete=True)
    stored = {}
    logs.store_late(lambda site, name, path: stored.update({(site, name): path.read_bytes()}), grace_s=0)
    assert stored == {("site-1", LOG): b"why I failed"}
    reply = send(logs, Chunk("other", 1, 0, b"x"))
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.CLOSED
    assert send(logs, End(LOG, 2, 12)) == Ack(LOG, 2, 12, complete=True)
    assert decode_reply(logs.handle("site-1", "junk")) == Refusal("", 0, RefusalKind.CLOSED, 0, "the job has ended")


def test_nothing_came_late(job: Path, tmp_path: Path) -> None:
    """The usual case leaves nothing behind."""
    logs = logs_in(job)
    send(logs, Chunk(LOG, 1, 0, b"x"))
    send(logs, End(LOG, 1, 1))
    logs.move(tmp_path / "late")
    logs.store_late(lambda site, name, path: pytest.fail("nothing to store"), grace_s=0)
    assert not (tmp_path / "late").exists()


def test_quota(job: Path) -> None:
    """A site cannot fill the server's disk."""
    logs = logs_in(job, quota=Quota(stream_bytes=10))
    assert send(logs, Chunk(LOG, 1, 0, b"x" * 10)) == Ack(LOG, 1, 10)
    reply = send(logs, Chunk(LOG, 1, 10, b"x"))
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.QUOTA


def test_heartbeats_of_ever_new_names(job: Path) -> None:
    """A site that invents names leaves no more behind in memory than its quota of streams, and holds up nothing."""
    logs = logs_in(job, quota=Quota(site_streams=3))
    for number in range(50):
        assert send(logs, Heartbeat(f"name-{number}", 1, 0)) == Ack(f"name-{number}", 1, 0)
    assert len(logs.missing()) == 3
    assert send(logs, Heartbeat(LOG, 1, 0), "site-2") == Ack(LOG, 1, 0)
    assert ("site-2", LOG) in logs.missing()


@pytest.mark.parametrize("stream", ["../x", "..", "a/b", "/etc/passwd", ".x", ""])
def test_names(job: Path, stream: str) -> None:
    """No name leads out of the site's folder."""
    message = encode(Chunk("x", 1, 0, b"x")) | {"stream": stream}
    assert logs_in(job).handle("site-1", message)["kind"] == "refusal"
    assert not [path for path in job.parent.rglob("*") if path.is_file()]
