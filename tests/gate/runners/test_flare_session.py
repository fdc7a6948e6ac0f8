"""No call to the helper process can hang a run, and every answer reaches the one who asked."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gate.runners.flare.session import HELPER, Session, SessionError, SessionLost

FAKE = """
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    reply = {"id": request["id"], "value": request["args"]}
    if request["call"] == "refuse":
        reply = {"id": request["id"], "kind": "JobNotFound", "error": "no such job"}
    if request["call"] == "die":
        sys.exit(3)
    if request["call"] == "babble":
        print("not json", flush=True)
    if request["call"] == "hang":
        time.sleep(60)
    print(json.dumps(reply), flush=True)
"""


@pytest.fixture
def session(tmp_path: Path) -> Any:
    session = Session([sys.executable, "-c", FAKE], tmp_path / "session.log")
    yield session
    session.close()
    assert session.process.returncode is not None


def test_a_call_gives_its_value(session: Session) -> None:
    """Arguments go over as JSON and the value comes back."""
    assert session.call("echo", study="s", job_id="j") == {"study": "s", "job_id": "j"}


def test_a_refusal_is_an_error_with_its_kind(session: Session) -> None:
    """What the FLARE API raises arrives with its class's name; the session stays usable."""
    with pytest.raises(SessionError, match="no such job") as raised:
        session.call("refuse")
    assert raised.value.kind == "JobNotFound"
    assert session.call("echo") == {}


def test_a_call_that_hangs_is_given_up(session: Session) -> None:
    """A call without an answer ends after its limit; later calls fail at once, and say why."""
    began = time.monotonic()
    with pytest.raises(SessionLost, match="no answer to 'hang' within 0 s"):
        session.call("hang", limit_s=0.2)
    with pytest.raises(SessionLost, match="no answer to 'hang'"):
        session.call("echo")
    assert time.monotonic() - began < 5
    assert session.lost


@pytest.mark.parametrize("call", ["die", "babble"])
def test_a_broken_helper_is_noticed(session: Session, call: str) -> None:
    """A helper that ends, or whose output is no reply, is lost, not waited for."""
    with pytest.raises(SessionLost):
        session.call(call)


def helper() -> dict[str, Any]:
    """The helper script's names, read as the interpreter under test reads it: gate never imports it."""
    names: dict[str, Any] = {"__name__": "helper"}
    exec(compile(HELPER.read_text(encoding="utf-8"), str(HELPER), "exec"), names)  # noqa: S102
    return names


def test_the_helper_answers_every_request_with_one_line() -> None:
    """Values and errors alike are one line of JSON each, with the request's id."""

    class Sessions:
        def submit(self, study: str, folder: str) -> str:
            if not study:
                raise KeyError("no study")
            return study + folder

    names = helper()
    requests = [
        {"id": 1, "call": "submit", "args": {"study": "a", "folder": "b"}},
        {"id": 2, "call": "submit", "args": {"study": "", "folder": "b"}},
        {"id": 3, "call": "unknown", "args": {}},
    ]
    replies = io.StringIO()
    names["serve"](map(json.dumps, requests), replies, lambda request: names["answer"](Sessions(), request))
    first, second, third = map(json.loads, replies.getvalue().splitlines())
    assert first == {"id": 1, "value": "ab"}
    assert (second["id"], second["kind"]) == (2, "KeyError")
    assert (third["id"], third["kind"]) == (3, "AttributeError")


def test_what_the_api_prints_does_not_reach_the_replies(tmp_path: Path) -> None:
    """A stray print of NVFlare goes to the log, so that it cannot pass for a reply."""
    fake = tmp_path / "nvflare/fuel/flare_api"
    fake.mkdir(parents=True)
    for folder in (fake, fake.parent, fake.parent.parent):
        (folder / "__init__.py").touch()
    code = (
        "print('importing')\ndef new_secure_session(*a, **k):\n    print('connecting')\n    raise OSError('refused')\n"
    )
    (fake / "flare_api.py").write_text(code, encoding="utf-8")
    log = tmp_path / "session.log"
    session = Session([sys.executable, str(HELPER), "admin", "kit"], log, env={"PYTHONPATH": str(tmp_path)})
    with pytest.raises(SessionError, match="refused"):
        session.call("connect", studies=[""], within_s=0)
    session.close()
    assert log.read_text(encoding="utf-8").split() == ["importing", "connecting"]
