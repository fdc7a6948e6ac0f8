"""gate's end of the helper process that speaks the FLARE API, so that no call can hang a run."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, NoReturn

HELPER = Path(__file__).with_name("session_helper.py")
CALL_LIMIT_S = 30.0
CLOSE_LIMIT_S = 2.0


class SessionError(Exception):
    """The system answered a call with an error; `kind` is the name of the FLARE API's exception."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message or kind)
        self.kind = kind


class SessionLost(Exception):
    """The helper process ended or did not answer in time; no further call can succeed."""


class Session:
    """A running helper: `command` starts it, `log` gets what it prints, `lost` says why it is of no use any more."""

    def __init__(self, command: list[str], log: Path, *, env: dict[str, str] | None = None) -> None:
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._last_id = 0
        self.lost = ""
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(  # noqa: S603 - our own helper
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=env,
                cwd=log.parent,
                start_new_session=True,
            )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self.process.stdout:
            self._replies.put(line)
        self._replies.put(b"")

    def call(self, name: str, *, limit_s: float = CALL_LIMIT_S, **args: Any) -> Any:
        """The call's value; SessionError if the system refused, SessionLost if there is no answer to be had."""
        if self.lost:
            raise SessionLost(self.lost)
        self._last_id += 1
        request = {"id": self._last_id, "call": name, "args": args}
        try:
            self._send(request)
            reply = json.loads(self._replies.get(timeout=limit_s) or b"null")
        except queue.Empty:
            self._fail(f"no answer to '{name}' within {limit_s:.0f} s")
        except (OSError, ValueError) as error:
            self._fail(f"the FLARE session broke: {error}")
        if reply is None:
            self._fail(f"the FLARE session's process ended during '{name}'")
        if "error" in reply:
            raise SessionError(reply["kind"], reply["error"])
        return reply["value"]

    def _send(self, request: dict[str, Any]) -> None:
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def _fail(self, reason: str) -> NoReturn:
        self.lost = reason
        self.process.kill()
        raise SessionLost(reason)

    def close(self) -> None:
        """End the helper: by closing its input, else by force."""
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            self.process.wait(CLOSE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
