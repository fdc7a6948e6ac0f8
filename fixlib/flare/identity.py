"""Who really sent a stream request: the client that the server authenticated, whatever the request says of itself.

A request's peer context is written by its sender. What the server has checked are the cell message's headers: a token
and its signature, before any callback sees the message. ObjectStreamer does not hand these on, so the callback for its
requests is wrapped, and the name that belongs to the token is kept for as long as the request is worked on.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from nvflare.fuel.f3.cellnet.defs import CellChannel
from nvflare.private.defs import CellMessageHeaderKeys
from nvflare.private.stream_runner import TOPIC_STREAM_REQUEST

_sender: ContextVar[str] = ContextVar("fixlib_sender", default="")


def sender() -> str:
    """The authenticated client behind the request that this thread works on; empty if there is none."""
    return _sender.get()


def watch(engine: Any) -> None:
    """Note the sender of every stream request that reaches this server process; safe to be called again."""
    cell = engine.server.cell  # the engine's own is not set yet when a job of 2.8 starts
    registered = cell.core_cell.req_reg.find(CellChannel.AUX_COMMUNICATION, TOPIC_STREAM_REQUEST)
    if not isinstance(registered.cb, _Watched):
        # an exact topic goes before the engine's own registration, which is for all topics
        cell.register_request_cb(
            channel=CellChannel.AUX_COMMUNICATION,
            topic=TOPIC_STREAM_REQUEST,
            cb=_Watched(engine, registered),
        )


class _Watched:
    def __init__(self, engine: Any, registered: Any) -> None:
        self._engine, self._registered = engine, registered

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        before = _sender.set(authenticated(self._engine, request))
        try:
            return self._registered.cb(request, *self._registered.args, **self._registered.kwargs)
        finally:
            _sender.reset(before)


def authenticated(engine: Any, request: Any) -> str:
    """The name under which the token's owner registered; empty unless the message claims that same name."""
    token = request.get_header(CellMessageHeaderKeys.TOKEN)
    client = engine.server.client_manager.clients.get(token) if token else None
    claimed = request.get_header(CellMessageHeaderKeys.CLIENT_NAME)
    return str(client.name) if client and client.name == claimed else ""
