"""Where NVFlare's releases differ (2.8.0rc1 to 2.9.1rc5), in one place."""

from __future__ import annotations

import uuid
from typing import Any

from nvflare.apis.fl_constant import RunProcessKey, SiteType, WorkspaceConstants
from nvflare.apis.fl_context import FLContext
from nvflare.apis.shareable import Shareable
from nvflare.apis.storage import DataTypes
from nvflare.private.aux_runner import AuxMsgTarget
from nvflare.private.stream_runner import TOPIC_STREAM_ABORT, HeaderKey

PROBE_LIMIT_S = 2.0
SWITCH = "allow_log_streaming"
SERVER = SiteType.SERVER


def has_property(engine: Any, fl_ctx: FLContext, name: str) -> bool:
    """Whether the server process that our streams go to carries the public property.

    Ending a transaction that never was is the one request that every release has a handler for from the start, that
    does nothing, and that says nothing about it; each reply carries its process's public properties.
    """
    request = Shareable()
    request.set_header(HeaderKey.TX_ID, str(uuid.uuid4()))
    # not by the engine: a client's parent process logs each reply, with its return code
    replies = engine.aux_runner.send_aux_request(
        targets=[AuxMsgTarget.server_target()],
        topic=TOPIC_STREAM_ABORT,
        request=request,
        timeout=PROBE_LIMIT_S,
        fl_ctx=fl_ctx,
        optional=True,
    )
    reply = next(iter(replies.values()), None) if replies else None
    peer = reply.get_peer_context() if isinstance(reply, Shareable) else None
    return peer is not None and bool(peer.get_prop(name))


def participants(engine: Any, job_id: str) -> set[str]:
    """The clients of a job that runs on this server (in its parent process); empty if there is no such job."""
    process = engine.run_processes.get(job_id)
    clients = process.get(RunProcessKey.PARTICIPANTS) if process else None
    return {client.name for client in clients.values()} if clients else set()


def site_refuses(engine: Any, client_name: str) -> bool:
    """Whether the client said at its registration that its logs must not leave it."""
    client = engine.get_client_from_name(client_name)
    config = client.get_site_config() if client and hasattr(client, "get_site_config") else None
    return isinstance(config, dict) and config.get(SWITCH) is False


def storage_name(file_name: str) -> str:
    """Under which type of data NVFlare's job storage keeps a client's log."""
    if file_name == WorkspaceConstants.ERROR_LOG_FILE_NAME:
        return str(DataTypes.ERRORLOG.value)
    return f"{DataTypes.LOG.value}_{file_name}"
