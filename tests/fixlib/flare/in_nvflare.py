"""Checks that need nvflare but no POC; the Python under test runs this file: `python in_nvflare.py NAME`.

Two real ObjectStreamers, one at each end of a link that this file controls. Everything crosses it as bytes, by
NVFlare's own serialization.
"""

from __future__ import annotations

import copy
import functools
import logging
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from nvflare.apis.fl_constant import FLContextKey, ReturnCode, RunProcessKey  # noqa: E402
from nvflare.apis.fl_context import FLContext, FLContextManager  # noqa: E402
from nvflare.apis.job_launcher_spec import JobHandleSpec, JobLauncherSpec, add_launcher  # noqa: E402
from nvflare.apis.shareable import Shareable, make_reply  # noqa: E402
from nvflare.apis.streaming import StreamContext  # noqa: E402
from nvflare.apis.utils.decomposers import flare_decomposers  # noqa: E402
from nvflare.fuel.f3.cellnet.defs import CellChannel  # noqa: E402
from nvflare.fuel.f3.cellnet.registry import Callback, Registry  # noqa: E402
from nvflare.fuel.f3.message import Message  # noqa: E402
from nvflare.fuel.utils import fobs  # noqa: E402
from nvflare.private.aux_runner import AuxMsgTarget  # noqa: E402
from nvflare.private.defs import CellMessageHeaderKeys  # noqa: E402
from nvflare.private.stream_runner import TOPIC_STREAM_REQUEST, HeaderKey, ObjectStreamer  # noqa: E402

from fixlib import LogTail, Producer, Timing, decode_reply, encode  # noqa: E402
from fixlib.events import Event, Failed, Recovered, Started, ignore  # noqa: E402
from fixlib.flare import hold, identity, transport  # noqa: E402
from fixlib.flare.job_log_streamer import _AtLastLine  # noqa: E402
from fixlib.flare.joblogs import JobLogs  # noqa: E402
from fixlib.flare.site_log_receiver import SiteLogReceiver  # noqa: E402
from fixlib.flare.watch import Watch  # noqa: E402
from fixlib.frames import Chunk, Heartbeat  # noqa: E402

JOB = "11111111-2222-3333-4444-555555555555"
LINES = b"".join(b"line %06d of the log\n" % number for number in range(5000))
QUICK = {"heartbeat": 0.05, "retry_min": 0.01, "retry_max": 0.05, "poll_min": 0.005, "poll_max": 0.01}

PATIENCE_S = 60.0  # only a failure waits so long: the machine may be busy with other things

Fault = Callable[[Shareable, Callable[[], Shareable]], "Shareable | None"]


class Link:
    """Stands in for AuxRunner: keeps the handlers, and carries requests to the other end's, as `fault` lets it."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.peer: Link | None = None
        self.fault: Fault = lambda request, deliver: deliver()

    def register_aux_message_handler(self, topic: str, message_handle_func: Any) -> None:
        self.handlers[topic] = message_handle_func

    def send_aux_request(self, targets: list[AuxMsgTarget], topic: str, request: Shareable, **settings: Any) -> Any:
        assert self.peer is not None
        copied = fobs.loads(fobs.dumps(request))
        handler = self.peer.handlers[topic]

        def deliver() -> Shareable:
            with FLContextManager(identity_name="server").new_context() as fl_ctx:
                reply = handler(topic=topic, request=copy.deepcopy(copied), fl_ctx=fl_ctx)
            return fobs.loads(fobs.dumps(reply))  # type: ignore[no-any-return]

        reply = self.fault(request, deliver) if topic == TOPIC_STREAM_REQUEST else deliver()
        return {} if reply is None else {targets[0].name: reply}


class Scene:
    """A log, a streamer that sends it, and a streamer with a receiver that may be registered later."""

    def __init__(self, folder: Path, **timing: float) -> None:
        self.folder, self.log = folder, folder / "log.txt"
        self.log.write_bytes(b"")
        (folder / "job").mkdir()
        self.events: list[Event] = []
        self.near, self.far = Link(), Link()
        self.near.peer = self.far
        self.streamer, self.receiving = ObjectStreamer(self.near), ObjectStreamer(self.far)
        self.logs = JobLogs(folder / "job", emit=ignore)
        producer = Producer(
            "log.txt",
            LogTail(self.log),
            emit=self.events.append,
            timing=Timing(**(QUICK | timing)),
            chunk_size=1000,
            jitter=lambda: 0.5,
        )
        self.delivery = transport.Delivery(producer, Watch(self.log))
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with FLContextManager(identity_name="site-1").new_context() as fl_ctx:
            self.delivery.run(lambda: True, lambda attempt: self._open(attempt, fl_ctx))

    def _open(self, attempt: Any, fl_ctx: FLContext) -> Any:
        return self.streamer.stream(
            channel=transport.CHANNEL,
            topic=transport.TOPIC,
            stream_ctx=transport.context(JOB),
            targets=[AuxMsgTarget.server_target()],
            producer=attempt,
            fl_ctx=fl_ctx,
            optional=True,
        )

    def register(self) -> None:
        consumers = transport.FrameConsumers(lambda job, message: self.logs.handle("site-1", message))
        self.receiving.register_stream_processing(transport.CHANNEL, transport.TOPIC, consumers)

    def write(self, data: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(data)

    @property
    def stored(self) -> bytes:
        path = self.folder / "job" / "site-1" / "log.txt"
        return path.read_bytes() if path.is_file() else b""

    def finish(self, within: float = PATIENCE_S) -> None:
        self.delivery.stop()
        assert self.delivery.ended.wait(within), "the delivery did not end"

    def said(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


class Lines(logging.Handler):
    """What is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def scene(**timing: float) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        made = Scene(Path(folder), **timing)
        yield made
        made.delivery.stop()


def until(condition: Callable[[], bool], within: float = PATIENCE_S) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


# ---- the pull request's matrix -----------------------------------------------------------------------------------


def accepted_then_strict() -> None:
    """First chunk accepted: a receiver that is gone for good after that surfaces as one error, with its offset."""
    with scene(recovery=0.5) as s:
        s.register()
        s.write(LINES[:3000])
        s.thread.start()
        until(lambda: s.stored == LINES[:3000])
        s.near.fault = lambda request, deliver: make_reply(ReturnCode.EXECUTION_EXCEPTION)
        s.write(LINES[3000:6000])
        assert s.delivery.ended.wait(PATIENCE_S)
        (failed,) = s.said(Failed)
        assert "3000" in str(failed), failed
        assert s.stored == LINES[:3000]


def refused_then_accepted() -> None:
    """No handler yet: the same bytes again, no error of ours, and the stream goes on."""
    with scene() as s:
        s.write(LINES[:2500])
        s.thread.start()
        until(lambda: s.delivery.producer.attempt > 5)
        assert s.stored == b""
        s.register()
        until(lambda: s.stored == LINES[:2500])
        s.write(LINES[2500:])
        s.finish()
        assert s.stored == LINES
        assert s.said(Started)
        assert not s.said(Failed)


def refused_heartbeat() -> None:
    """A heartbeat that is refused moves no data: what is written later starts at the log's first byte."""
    with scene() as s:
        sent: list[str] = []

        def note(request: Shareable, deliver: Callable[[], Shareable]) -> Shareable:
            sent.append(request["fixlib.frame"]["kind"])
            return deliver()

        s.near.fault = note
        s.thread.start()
        until(lambda: len(sent) > 3)
        assert set(sent) == {"heartbeat"}, sent
        s.register()
        until(lambda: bool(s.said(Started)))
        s.write(LINES)
        s.finish()
        assert s.stored == LINES


def never_accepted() -> None:
    """A receiver that never comes: one error, and an end (within the deadline, as a fake clock tells)."""
    with scene(startup=0.6) as s:
        s.write(LINES[:10])
        s.thread.start()
        assert s.delivery.ended.wait(PATIENCE_S)
        assert len(s.said(Failed)) == 1
        assert s.stored == b""


# ---- more weather ------------------------------------------------------------------------------------------------


def random_faults() -> None:
    """A quarter of all requests is lost, answered too late, or answered with nothing: every byte, in order, once."""
    for seed in range(8):
        rng = random.Random(seed)  # noqa: S311 - repeatable faults, no secret

        def faulty(request: Shareable, deliver: Callable[[], Shareable], rng: random.Random = rng) -> Any:
            kind = rng.choice(["none"] * 15 + ["drop", "late", "empty", "lose", "twice"])
            if kind == "drop":
                return make_reply(ReturnCode.TIMEOUT)
            reply = deliver()
            if kind == "twice" and request.get_header(HeaderKey.SEQ) > 0:
                return deliver()  # a transaction's first request must not come twice: ObjectStreamer locks itself out
            return {"late": make_reply(ReturnCode.TIMEOUT), "empty": None, "lose": make_reply(ReturnCode.ERROR)}.get(
                kind, reply
            )

        with scene() as s:
            s.near.fault = faulty
            s.register()
            s.thread.start()
            for at in range(0, len(LINES), 20_000):
                s.write(LINES[at : at + 20_000])
                time.sleep(0.002)
            s.finish()
            assert s.stored == LINES, seed
            assert s.said(Recovered), seed
            assert not s.said(Failed), seed


def receiver_restarts() -> None:
    """A receiver's process is replaced in the middle: the new one goes on where the files end."""
    with scene() as s:
        s.register()
        s.write(LINES[:50_000])
        s.thread.start()
        until(lambda: s.stored == LINES[:50_000])
        s.far.handlers.clear()
        s.receiving = ObjectStreamer(s.far)
        s.logs = JobLogs(s.folder / "job", emit=ignore)
        s.register()
        s.write(LINES[50_000:])
        s.finish()
        assert s.stored == LINES


def transport_that_raises() -> None:
    """A probe or a transaction that raises, as a connection does that is shut down, is a failure like any other."""
    with scene() as s:
        s.register()
        s.write(LINES)
        raised: list[str] = []
        open_transaction = s._open

        def broken(attempt: Any, fl_ctx: FLContext) -> Any:
            if len(raised) < 5:
                raised.append("here")
                raise RuntimeError("cannot schedule new futures after shutdown")
            return open_transaction(attempt, fl_ctx)

        s._open = broken  # type: ignore[method-assign]
        s.thread.start()
        s.finish()
        assert raised
        assert s.stored == LINES
        assert not s.said(Failed)


# ---- trust -------------------------------------------------------------------------------------------------------


class FakeCell:
    """A cell's registration of callbacks, on NVFlare's own registry."""

    def __init__(self) -> None:
        self.core_cell = SimpleNamespace(req_reg=Registry())

    def register_request_cb(self, channel: str, topic: str, cb: Any, *args: Any, **kwargs: Any) -> None:
        self.core_cell.req_reg.set(channel, topic, Callback(cb, args, kwargs))

    def call(self, message: Message) -> Any:
        return self.core_cell.req_reg.find(CellChannel.AUX_COMMUNICATION, TOPIC_STREAM_REQUEST).cb(message)


class FakeEngine:
    """A server whose clients have registered, with one job of two of them."""

    def __init__(self, root: Path) -> None:
        self.root, self.cell, self.answer = root, FakeCell(), Shareable()
        self.clients = {
            f"token-{name}": SimpleNamespace(name=name, get_site_config=lambda config=config: config)
            for name, config in (("site-1", {}), ("site-2", {"allow_log_streaming": False}), ("site-3", None))
        }
        self.server = SimpleNamespace(client_manager=SimpleNamespace(clients=self.clients), cell=self.cell)
        taking_part = {token: client for token, client in self.clients.items() if client.name != "site-3"}
        self.run_processes = {JOB: {RunProcessKey.PARTICIPANTS: taking_part}}
        self.factory: Any = None
        self.cell.register_request_cb(CellChannel.AUX_COMMUNICATION, "*", lambda message: identity.sender())

    def register_stream_processing(self, channel: str, topic: str, factory: Any) -> None:
        self.factory = factory

    def get_client_from_name(self, name: str) -> Any:
        return next((client for client in self.clients.values() if client.name == name), None)

    def get_workspace(self) -> Any:
        return SimpleNamespace(get_log_root=lambda job: str(self.root / job), get_root_dir=lambda: str(self.root))


def message(token: str | None, claimed: str | None) -> Message:
    request = Message(payload=Shareable())
    request.set_header(CellMessageHeaderKeys.TOKEN, token)
    request.set_header(CellMessageHeaderKeys.CLIENT_NAME, claimed)
    return request


def identity_is_authenticated() -> None:
    """The sender is who owns the token that the server has checked, and nobody where token and name differ."""
    engine = FakeEngine(Path())
    identity.watch(engine)
    identity.watch(engine)
    cell = engine.cell
    assert cell.call(message("token-site-1", "site-1")) == "site-1"
    for token, claimed in (("token-site-1", "site-2"), ("forged", "site-1"), (None, "site-1"), ("token-site-1", None)):
        assert cell.call(message(token, claimed)) == "", (token, claimed)
    assert identity.sender() == ""


class Server:
    """A SiteLogReceiver on a fake engine; `send` is a client's request as it arrives."""

    def __init__(self, root: Path, **settings: int) -> None:
        self.root, self.engine = root, FakeEngine(root)
        (root / JOB).mkdir(parents=True)
        self.receiver = SiteLogReceiver(**settings)
        self.fl_ctx = FLContextManager(engine=self.engine, identity_name="server").new_context()
        self.receiver._on_start("", self.fl_ctx)

    def send(self, sender: str, frame: Any, *, job: Any = JOB, **context: Any) -> Any:
        """The answer; the peer context and the stream's context say whatever the client likes."""
        stream_ctx = StreamContext()
        stream_ctx.update(context | {"fixlib.job": job})
        request = Shareable()
        request["fixlib.frame"] = frame if isinstance(frame, dict) else encode(frame)
        replies: list[Any] = []

        def work(cell_message: Message) -> None:
            peer = FLContext()
            peer.set_public_props({"__identity_name__": "site-1", "__run_num__": "other"})
            self.fl_ctx.set_peer_context(peer)
            consumer = self.engine.factory.get_consumer(stream_ctx, self.fl_ctx)
            replies.append(consumer.consume(request, stream_ctx, self.fl_ctx))

        identity._Watched(self.engine, Callback(work, (), {}))(message(f"token-{sender}", sender))
        ((_, reply),) = replies
        return decode_reply(reply["fixlib.reply"])

    def files(self) -> dict[str, bytes]:
        return {p.relative_to(self.root).as_posix(): p.read_bytes() for p in self.root.rglob("*") if p.is_file()}


@contextmanager
def server(**settings: int) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        yield Server(Path(folder) / "server", **settings)


def receiver_trusts_nobody() -> None:
    """A site writes its own log of a job that it takes part in, whatever it says of itself, of paths and of jobs."""
    chunk = Chunk("log.txt", 1, 0, b"mine")
    with server() as s:
        context = {"JobLogReceiver.recv_path": "/etc/passwd", "client_name": "site-2", "job_id": "x"}
        assert s.send("site-1", chunk, **context).offset == 4
        expected = {f"{JOB}/site-1/log.txt": b"mine"}
        assert s.files() == expected
        assert s.send("site-3", chunk).kind.final, "takes no part in the job"
        assert s.send("site-2", chunk).kind.final, "does not allow its logs to leave it"
        assert s.send("stranger", chunk).kind.final
        for job in ("..", "../..", "other", "", None, 7, f"{JOB}/.."):
            assert s.send("site-1", chunk, job=job).kind.final, job
        for stream in ("../site-2/log.txt", "..", "/etc/x", "a/b", ""):
            assert s.send("site-1", encode(chunk) | {"stream": stream}).kind.final, stream
        for junk in ({}, {"kind": "chunk"}, encode(chunk) | {"offset": -1}, encode(chunk) | {"more": 1}):
            assert s.send("site-1", junk).kind.final, junk
        assert s.files() == expected


def receiver_follows_no_link() -> None:
    """A link in place of a site's folder or log is not followed."""
    with server() as s:
        outside = s.root.parent / "outside"
        outside.mkdir()
        (outside / "log.txt").write_bytes(b"")
        (s.root / JOB / "site-1").symlink_to(outside)
        assert s.send("site-1", Chunk("log.txt", 1, 0, b"x")).kind.final
        (s.root / JOB / "site-1").unlink()
        (s.root / JOB / "site-1").mkdir()
        (s.root / JOB / "site-1" / "log.txt").symlink_to(outside / "log.txt")
        assert s.send("site-1", Chunk("log.txt", 1, 0, b"x")).kind.final
        assert (outside / "log.txt").read_bytes() == b""


def receiver_has_quotas() -> None:
    """Bytes of a log, bytes of a site and logs of a site are bounded; each bound is said once."""
    lines = Lines()
    logging.getLogger().addHandler(lines)
    with server(stream_bytes=10, site_bytes=15, site_streams=3) as s:
        assert s.send("site-1", Chunk("a", 1, 0, b"x" * 10)).offset == 10
        for _ in range(3):
            assert s.send("site-1", Chunk("a", 1, 10, b"x")).kind.value == "quota"
        assert s.send("site-1", Chunk("b", 1, 0, b"x" * 6)).kind.value == "quota"
        assert s.send("site-1", Chunk("b", 1, 0, b"x" * 5)).offset == 5
        assert s.send("site-1", Heartbeat("c", 1, 0)).offset == 0
        assert sum(len(content) for content in s.files().values()) == 15
    assert [record.getMessage().count("quota") for record in lines.records] == [1, 1], lines.records


# ---- ends ----------------------------------------------------------------------------------------------------


class Handle(JobHandleSpec):
    """A job whose process ends with a return code when it is waited for."""

    def __init__(self, code: int | None) -> None:
        self.code, self.extra = code, "delegated"
        self.terminated = 0

    def terminate(self) -> None:
        self.terminated += 1

    def poll(self) -> int | None:
        return self.code

    def wait(self) -> int | None:
        return self.code


class Launcher(JobLauncherSpec):
    def __init__(self, code: int | None) -> None:
        super().__init__()
        self.handle = Handle(code)

    def launch_job(self, job_meta: dict[str, Any], fl_ctx: FLContext) -> JobHandleSpec:
        return self.handle


def held_jobs() -> None:
    """A job is held when its process has ended, is told of a crash and of its release, and ends whatever happens."""
    said: list[tuple[str, bool, bool]] = []

    def launch(code: int | None, on_end: hold.Hold) -> Any:
        fl_ctx = FLContext()
        assert not hold.wrap_launcher(fl_ctx, on_end)
        launcher = Launcher(code)
        add_launcher(launcher, fl_ctx)
        assert hold.wrap_launcher(fl_ctx, on_end)
        (wrapped,) = fl_ctx.get_prop(FLContextKey.JOB_LAUNCHER)
        return wrapped.launch_job({"job_id": JOB}, fl_ctx)

    def note(job_id: str, crashed: bool, released: threading.Event) -> None:
        said.append((job_id, crashed, released.is_set()))

    for code, crashed in ((0, False), (9, False), (None, False), (1, True), (-9, True)):
        job = launch(code, note)
        assert (job.wait(), job.poll(), job.extra) == (code, code, "delegated")
        job.terminate()
        assert job.terminated == 1
        job.wait()
        assert said[-2:] == [(JOB, crashed, False), (JOB, crashed, True)]

    def broken(job_id: str, crashed: bool, released: threading.Event) -> None:
        raise OSError("disk full")

    lines = Lines()
    logging.getLogger().addHandler(lines)
    assert launch(0, broken).wait() == 0
    assert [record.levelname for record in lines.records] == ["ERROR"]


def both(events: list[Event], event: Event) -> None:
    """Keep an event, and log it from the thread in which it happens."""
    events.append(event)
    logging.getLogger().info("%s", event)


def ends_behind_the_last_line() -> None:
    """Each of a job's streamers ends behind the line "END_RUN fired" and not before, while their threads still log."""
    logger = logging.getLogger("ClientRunner")
    logging.getLogger().setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        scenes = []
        for name in ("one", "two"):
            (Path(folder) / name).mkdir()
            scenes.append(Scene(Path(folder) / name))
        writers = [logging.FileHandler(s.log) for s in scenes]
        for handler in writers:
            logging.getLogger().addHandler(handler)
        for s in scenes:
            s.register()
            s.delivery.producer._emit = functools.partial(both, s.events)
            s.thread.start()
        until(lambda: all(s.said(Started) for s in scenes))
        logger.info("[run]: ABOUT_TO_END_RUN fired")
        for s in scenes:
            logging.getLogger().addHandler(_AtLastLine(s.delivery, PATIENCE_S))
        logger.info("something else")
        assert not any(s.delivery.ended.is_set() for s in scenes)
        logger.info("[run]: END_RUN fired")
        assert all(s.delivery.ended.is_set() for s in scenes)
        logger.info("[run]: END_RUN fired")
        for s in scenes:
            assert s.stored.count(b": END_RUN fired\n") == 1
            assert s.log.read_bytes().startswith(s.stored)


CHECKS = [
    accepted_then_strict,
    refused_then_accepted,
    refused_heartbeat,
    never_accepted,
    random_faults,
    receiver_restarts,
    transport_that_raises,
    identity_is_authenticated,
    receiver_trusts_nobody,
    receiver_follows_no_link,
    receiver_has_quotas,
    held_jobs,
    ends_behind_the_last_line,
]

if __name__ == "__main__":
    flare_decomposers.register()
    {check.__name__: check for check in CHECKS}[sys.argv[1]]()
