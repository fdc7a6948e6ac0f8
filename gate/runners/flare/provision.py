"""A POC of exactly the suite's clients and studies on free ports, provisioned by NVFlare's own command line."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import yaml

from gate.config import Suite
from gate.errors import InfrastructureError, UsageError
from gate.model import Struct
from gate.runners.flare.interpreter import Interpreter
from gate.runners.flare.workspace import Workspace

PREPARE_LIMIT_S = 120.0
ADMIN = "admin@nvidia.com"
ORG = "nvidia"
_PORTS = range(15000, 30000)  # below what Linux (32768) and macOS (49152) hand out for outgoing connections


class Layout(Struct, frozen=True):
    """Where a provisioned POC keeps what."""

    prod: Path
    storage: Path
    tmp: Path
    clients: tuple[str, ...]
    ports: tuple[int, int]

    @property
    def sites(self) -> tuple[str, ...]:
        return ("server", *self.clients)

    def site(self, name: str) -> Path:
        return self.prod / name

    @property
    def admin(self) -> Path:
        return self.prod / ADMIN


def provision(suite: Suite, workspace: Workspace, interpreter: Interpreter, ports: tuple[int, int]) -> Layout:
    """Write project.yml and run `nvflare poc prepare` on it."""
    project = workspace.folder / "project.yml"
    project.write_text(yaml.safe_dump(project_file(suite, _template(interpreter), ports)), encoding="utf-8")
    command = [str(interpreter.python), "-m", "nvflare.cli", "poc", "prepare", "-i", str(project)]
    try:
        done = subprocess.run(  # noqa: S603 - NVFlare's command line
            command,
            cwd=workspace.folder,
            env=workspace.environment(interpreter),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PREPARE_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InfrastructureError(f"`nvflare poc prepare` did not end within {PREPARE_LIMIT_S:.0f} s") from error
    prod = workspace.poc / "loggate" / "prod_00"
    if done.returncode != 0 or not prod.is_dir():
        raise InfrastructureError("`nvflare poc prepare` failed", log_tail=done.stdout[-4000:])
    return Layout(prod, workspace.poc / "jobs-storage", workspace.tmp, suite.clients, ports)


def refuse_unusable(*paths: Path) -> None:
    """Raise unless NVFlare can work with the paths: it splits its jobs' command lines at blanks and quotes."""
    for path in paths:
        if re.search(r"[\s'\"\\]", str(path)):
            hint = "give a path without blanks and quotes: -o DIR for the output, --nvflare PATH for the Python"
            raise UsageError(f"{path}: NVFlare cannot start jobs with such a path", hint=hint)


def _template(interpreter: Interpreter) -> dict[str, Any]:
    path = Path(interpreter.package) / "lighter" / "dummy_project.yml"
    try:
        template = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InfrastructureError(f"{path}: NVFlare's project template cannot be read: {error}") from error
    return dict(template)


def project_file(suite: Suite, template: dict[str, Any], ports: tuple[int, int]) -> dict[str, Any]:
    """The release's own template (its builders differ) with our participants, ports and studies."""
    server = {"name": "server", "type": "server", "org": ORG, "default_host": "localhost"}
    admin = {"name": ADMIN, "type": "admin", "org": ORG, "role": "project_admin"}
    clients = [{"name": name, "type": "client", "org": ORG} for name in suite.clients]
    project = dict(template)
    project.update(
        name="loggate",
        description="loggate",
        participants=[server | {"fed_learn_port": ports[0], "admin_port": ports[1]}, *clients, admin],
    )
    if suite.studies:
        project["api_version"] = 4
        project["studies"] = {
            name: {"site_orgs": {ORG: list(sites)}, "admins": [ADMIN]} for name, sites in suite.studies.items()
        }
    return project


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on.

    Chosen at random below the range that the kernel hands out itself, so that neither a second run nor an outgoing
    connection takes one between this look and the server's start.
    """
    found: list[int] = []
    for port in random.sample(_PORTS, 200):
        if not taken(port):
            found.append(port)
        if len(found) == 2:
            return found[0], found[1]
    raise InfrastructureError(f"no free port found between {_PORTS.start} and {_PORTS.stop}")


def taken(port: int) -> bool:
    """Whether a server could not listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - as NVFlare's server does
            probe.listen(1)
        except OSError:
            return True
    return False


def max_jobs(layout: Layout) -> int:
    """How many jobs the server runs at once: its job scheduler's `max_jobs`."""
    local = layout.site("server") / "local"
    for path in (local / "resources.json", local / "resources.json.default"):
        if path.is_file():
            components = json.loads(path.read_text(encoding="utf-8")).get("components", [])
            found = [c.get("args", {}).get("max_jobs", 1) for c in components if c.get("id") == "job_scheduler"]
            return int(found[0]) if found else 1
    return 1
