"""Takes the streamers out of a deployed job's configuration, so that a parent process can do their work."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from .names import is_file_name

DEFAULT_FILE = "log.txt"
_STREAMER = "JobLogStreamer"


def streamed_files(config: dict[str, Any]) -> list[str]:
    """The files that the job's own streamers name, in order; a name that is no plain file name is left out."""
    names = [_args(component).get("log_file_name") or DEFAULT_FILE for component in _streamers(config)]
    return list(dict.fromkeys(name for name in names if is_file_name(name)))


def without_streamers(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration without its streamers, stock or ours; anything else stays as it is."""
    streamers = _streamers(config)
    kept = [c for c in _components(config) if not any(c is streamer for streamer in streamers)]
    return {**config, "components": kept} if streamers else config


def read(path: Path) -> dict[str, Any]:
    """A job's configuration; OSError or ValueError where it is missing or is no JSON object."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object")  # noqa: TRY004 - a wrong file, not a wrong call
    return content


def write(path: Path, config: dict[str, Any]) -> None:
    """Appears whole or not at all: the job's process may be about to read it."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    temporary.write_text(json.dumps(config, indent=2), encoding="utf-8")
    os.replace(temporary, path)  # noqa: PTH105 - replaces on every platform


def _components(config: dict[str, Any]) -> list[Any]:
    found = config.get("components")
    return found if isinstance(found, list) else []


def _streamers(config: dict[str, Any]) -> list[dict[str, Any]]:
    """By the class's name, as NVFlare itself tells them: a subclass is one, too."""
    found = [c for c in _components(config) if isinstance(c, dict) and isinstance(c.get("path"), str)]
    return [c for c in found if _STREAMER in c["path"].rpartition(".")[2]]


def _args(component: dict[str, Any]) -> dict[str, Any]:
    args = component.get("args")
    return args if isinstance(args, dict) else {}
