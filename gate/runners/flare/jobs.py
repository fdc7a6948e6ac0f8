"""The jobs to submit: copies of the suite's job folders with the testcase's and the streaming's components added."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate.config import Component, Components, Suite, SuiteTestcase
from gate.errors import InfrastructureError

STOCK = "nvflare.app_common.logging"
CONFIGS = {"server": "config_fed_server.json", "client": "config_fed_client.json"}


def stock_streaming(testcase: SuiteTestcase) -> Components:
    """NVFlare's own: a JobLogStreamer for each file on the clients, a JobLogReceiver on the server."""
    streamers = [
        Component(f"log_streamer_{number}", f"{STOCK}.job_log_streamer.JobLogStreamer", {"log_file_name": name})
        for number, name in enumerate(testcase.stream, 1)
    ]
    return Components(
        server=(Component("log_receiver", f"{STOCK}.job_log_receiver.JobLogReceiver"),), client=tuple(streamers)
    )


def no_streaming(testcase: SuiteTestcase) -> Components:
    return Components()


# fixlib takes the place of the stock components at each site: the jobs are the same
STREAMING: dict[str, Callable[[SuiteTestcase], Components]] = {
    "stock": stock_streaming,
    "off": no_streaming,
    "fixlib": stock_streaming,
}


def prepare(suite: Suite, testcase: SuiteTestcase, folder: Path) -> Path:
    """Copy the testcase's job below `folder`, under the testcase's name, and add its components; gives the copy."""
    job = folder / testcase.name
    shutil.copytree(suite.folder / testcase.job, job, ignore=shutil.ignore_patterns("__pycache__"))
    streaming = STREAMING[suite.streaming](testcase)
    configs = 0
    for side, name in CONFIGS.items():
        # the streaming comes last: what disturbs a start has to be there before it
        added = [*getattr(testcase.components, side), *getattr(streaming, side)]
        for config in sorted(job.glob(f"*/config/{name}")):
            _add_components(config, added)
            configs += 1
    if not configs:
        message = f"{suite.folder / testcase.job}: holds no app/config/{CONFIGS['server']}"
        raise InfrastructureError(message, hint="a testcase's job is an exported NVFlare job folder in JSON")
    return job


def _add_components(config: Path, added: list[Component]) -> None:
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
        present = content.setdefault("components", [])
        taken = {component.get("id") for component in present}
    except (ValueError, AttributeError) as error:
        raise InfrastructureError(f"{config}: is no NVFlare job configuration: {error}") from error
    for component in added:
        entry = {"id": _free_id(component.id, taken), "path": component.path, "args": component.args}
        present.append(entry)
        taken.add(entry["id"])
    config.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _free_id(wanted: str, taken: set[Any]) -> str:
    while wanted in taken:
        wanted += "_"
    return wanted


def sites_of(suite: Suite, testcase: SuiteTestcase) -> tuple[str, ...]:
    """The sites that must have logs: the server and the clients of the study on which the job is deployed."""
    clients = suite.studies[testcase.study] if testcase.study else suite.clients
    try:
        meta = json.loads((suite.folder / testcase.job / "meta.json").read_text(encoding="utf-8"))
        named = {site for sites in meta["deploy_map"].values() for site in _participants(sites)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        named = {"@ALL"}  # the server will say what is wrong with the job
    if not named or "@ALL" in {name.upper() for name in named}:
        return ("server", *clients)
    return ("server", *(client for client in clients if client in named))


def _participants(entry: Any) -> list[str]:
    """As NVFlare reads a deploy map's value: a list of names, or a map that holds it under `sites`."""
    return list(entry["sites"] if isinstance(entry, dict) else entry)
