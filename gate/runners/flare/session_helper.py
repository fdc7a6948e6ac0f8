"""Speaks NVFlare's FLARE API for gate, in the interpreter under test: one JSON request a line, one JSON reply a line.

Never imported by gate. Needs only the standard library and nvflare, and Python 3.9. Ends when its input closes.

Usage: python session_helper.py ADMIN_NAME ADMIN_STARTUP_KIT
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

CONNECT_S = 5.0
RETRY_S = 0.3


class Sessions:
    """The calls that gate makes, over one FLARE session for each study, opened when first used."""

    def __init__(self, user: str, kit: str) -> None:
        self.user, self.kit = user, kit
        self.api = importlib.import_module("nvflare.fuel.flare_api.flare_api")
        self.open: dict[str, Any] = {}

    def _session(self, study: str) -> Any:
        if study not in self.open:
            extra = {"study": study} if study else {}
            self.open[study] = self.api.new_secure_session(self.user, self.kit, timeout=CONNECT_S, **extra)
        return self.open[study]

    def connect(self, studies: list[str], within_s: float) -> None:
        """Open the studies' sessions, side by side: each login waits for a second before it asks again."""
        with ThreadPoolExecutor(len(studies)) as pool:
            list(pool.map(lambda study: self._connect(study, within_s), studies))

    def _connect(self, study: str, within_s: float) -> None:
        """Open a study's session, trying again for that long."""
        end = time.monotonic() + within_s
        while True:
            try:
                self._session(study)
            except Exception:
                if time.monotonic() >= end:
                    raise
                time.sleep(RETRY_S)
            else:
                return

    def clients(self) -> list[str]:
        """The names of the connected clients."""
        return [client.name for client in self._session("").get_system_info().client_info]

    def submit(self, study: str, folder: str) -> str:
        return str(self._session(study).submit_job(folder))

    def meta(self, study: str, job_id: str) -> Any:
        return self._session(study).get_job_meta(job_id)

    def abort(self, study: str, job_id: str) -> str:
        return str(self._session(study).abort_job(job_id))

    def shutdown(self) -> None:
        """Ask the server to shut down itself and all clients; does not wait until they have."""
        self._session("")._do_command("shutdown all")


def answer(sessions: Sessions, request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request; an error is a reply too, with its class's name as `kind`."""
    try:
        value = getattr(sessions, request["call"])(**request["args"])
    except Exception as error:  # noqa: BLE001 - gate must learn of every error
        return {"id": request["id"], "kind": type(error).__name__, "error": str(error)}
    return {"id": request["id"], "value": value}


def serve(requests: TextIO, replies: TextIO, reply: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for line in requests:
        replies.write(json.dumps(reply(json.loads(line)), default=str) + "\n")
        replies.flush()


def _private_stdout() -> TextIO:
    """The real standard output, for replies alone: what the API prints goes to standard error from now on."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return replies


def main() -> None:
    replies = _private_stdout()
    sessions = Sessions(*sys.argv[1:3])
    serve(sys.stdin, replies, lambda request: answer(sessions, request))
    os._exit(0)  # the API's own threads must not keep us here once gate has gone


if __name__ == "__main__":
    main()
