"""Small federated jobs and suites, and a progress that remembers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate.config import Suite, SuiteTestcase


class RecordingProgress:
    """A progress that remembers what it was told, and may be listened to."""

    def __init__(self, listener: Callable[[str], None] | None = None) -> None:
        self.notes: list[str] = []
        self.states: dict[str, list[str]] = {}
        self.listener = listener

    def note(self, text: str) -> None:
        self.notes.append(text)

    def testcase(self, name: str, state: str, detail: str = "") -> None:
        self.states.setdefault(name, []).append(state)
        if self.listener:
            self.listener(f"{name} {state}")


def write_job(folder: Path, *, sleep_s: float = 0, rounds: int = 1, meta: dict[str, Any] | None = None) -> Path:
    """A NumPy FedAvg job of NVFlare's own components, which computes next to nothing."""
    trainer = {"path": "nvflare.app_common.np.np_trainer.NPTrainer", "args": {"sleep_time": sleep_s}}
    fedavg = {"num_clients": 2, "num_rounds": rounds, "task_check_period": 0.1}
    persistor = {"path": "nvflare.app_common.np.np_model_persistor.NPModelPersistor", "args": {"model": [[1, 2]]}}
    write_json(
        folder / "app/config/config_fed_server.json",
        {
            "format_version": 2,
            "task_request_interval": 0.5,
            "workflows": [{"id": "w", "path": "nvflare.app_common.workflows.fedavg.FedAvg", "args": fedavg}],
            "components": [{"id": "persistor", **persistor}],
        },
    )
    write_json(
        folder / "app/config/config_fed_client.json",
        {"format_version": 2, "executors": [{"tasks": ["train"], "executor": trainer}], "components": []},
    )
    default = {"name": folder.name, "resource_spec": {}, "min_clients": 2, "deploy_map": {"app": ["@ALL"]}}
    write_json(folder / "meta.json", default if meta is None else meta)
    return folder


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def make_suite(folder: Path, *testcases: SuiteTestcase, **keys: Any) -> Suite:
    """A suite as read from `folder/suite.yaml`."""
    return Suite(version=1, runner="nvflare-poc", testcases=testcases, file=str(folder / "suite.yaml"), **keys)
