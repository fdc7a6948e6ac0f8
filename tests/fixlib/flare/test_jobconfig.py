"""A job's own streamers are found, told apart from everything else, and taken out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixlib.flare import jobconfig

STOCK = "nvflare.app_common.logging.job_log_streamer.JobLogStreamer"
OTHER = {"id": "x", "path": "nvflare.app_common.widgets.convert_to_fed_event.ConvertToFedEvent", "args": {}}


def streamer(path: str = STOCK, **args: Any) -> dict[str, Any]:
    return {"id": "s", "path": path, "args": args}


@pytest.mark.parametrize("path", [STOCK, "fixlib.flare.JobLogStreamer", "mine.SlowJobLogStreamer"])
def test_streamers_go(path: str) -> None:
    """Stock, ours or a subclass: by the class's name, as NVFlare itself tells them; the rest stays."""
    config = {"executors": [1], "components": [OTHER, streamer(path, log_file_name="log.json")]}
    assert jobconfig.streamed_files(config) == ["log.json"]
    assert jobconfig.without_streamers(config) == {"executors": [1], "components": [OTHER]}


def test_default_and_order() -> None:
    """A streamer that names no file streams log.txt; each file is streamed once, in the job's order."""
    config = {"components": [streamer(log_file_name="b"), streamer(), streamer(log_file_name="b"), {"path": STOCK}]}
    assert jobconfig.streamed_files(config) == ["b", "log.txt"]


def test_nothing_to_do() -> None:
    """A configuration without streamers is given back as it is."""
    config = {"components": [OTHER, "junk", {"path": 7}, {"path": "JobLogStreamerModule.Other"}]}
    assert jobconfig.without_streamers(config) is config
    assert jobconfig.streamed_files({"components": None}) == []


@pytest.mark.parametrize("name", ["../../startup/client.key", "/etc/passwd", "..", ".hidden", 7, ["x"]])
def test_a_job_cannot_name_a_path(name: Any) -> None:
    """A job's author cannot have another file of the site's sent to the server."""
    assert jobconfig.streamed_files({"components": [streamer(log_file_name=name)]}) == []


def test_write_is_whole(tmp_path: Path) -> None:
    """The file is replaced at once, and nothing is left beside it."""
    path = tmp_path / "config_fed_client.json"
    path.write_text("{}", encoding="utf-8")
    jobconfig.write(path, {"components": []})
    assert json.loads(path.read_text(encoding="utf-8")) == {"components": []} == jobconfig.read(path)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["[]", "{", "1"])
def test_no_json_object(tmp_path: Path, text: str) -> None:
    """What is no JSON object is refused."""
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        jobconfig.read(path)
