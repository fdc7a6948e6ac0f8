"""What is asked of NVFlare's provisioning, and what is read from its result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flare_samples import make_suite, write_json

from gate.errors import InfrastructureError, UsageError
from gate.runners.flare import provision
from gate.runners.flare.system import start_command

TEMPLATE = {"api_version": 3, "name": "example_project", "builders": [{"path": "a.Builder"}], "participants": ["old"]}


def test_the_project_holds_the_suites_clients_and_studies(tmp_path: Path) -> None:
    """Participants, ports and studies are the suite's; the builders are the release's own."""
    suite = make_suite(tmp_path, clients=("a", "b"), studies={"oncology": ("b",)})
    project = provision.project_file(suite, TEMPLATE, (15001, 15002))
    server, *clients, admin = project["participants"]
    assert (server["fed_learn_port"], server["admin_port"]) == (15001, 15002)
    assert [client["name"] for client in clients] == ["a", "b"]
    assert project["studies"] == {"oncology": {"site_orgs": {"nvidia": ["b"]}, "admins": [admin["name"]]}}
    assert project["api_version"] == 4
    assert project["builders"] == TEMPLATE["builders"]
    assert TEMPLATE["name"] == "example_project"


def test_without_studies_the_templates_version_stays(tmp_path: Path) -> None:
    """Studies need project version 4; without them the release's own version is kept."""
    project = provision.project_file(make_suite(tmp_path), TEMPLATE, (15001, 15002))
    assert project["api_version"] == 3
    assert "studies" not in project


def test_how_many_jobs_run_at_once_is_the_servers_setting(tmp_path: Path) -> None:
    """`max_jobs` is read from the server's resources, its own before the default; one job where nothing is said."""
    layout = provision.Layout(tmp_path, tmp_path, tmp_path, (), (1, 2))
    assert provision.max_jobs(layout) == 1
    for name, number in (("resources.json.default", 4), ("resources.json", 2)):
        scheduler = {"id": "job_scheduler", "args": {"max_jobs": number}}
        write_json(tmp_path / "server/local" / name, {"components": [{"id": "other"}, scheduler]})
        assert provision.max_jobs(layout) == number


@pytest.mark.parametrize(
    "line",
    [
        '    exec python3 -u -m nvflare.private.fed.app.client.client_train -m "$WORKSPACE" -s fed_client.json '
        "--set secure_train=true uid=site-1 org=nvidia config_folder=config",
        "    python3 -u -m nvflare.private.fed.app.client.client_train -m $DIR/.. -s fed_client.json "
        "--set secure_train=true uid=site-1 org=nvidia config_folder=config",
    ],
    ids=["2.9", "2.8"],
)
def test_the_start_command_is_the_startup_kits_own(tmp_path: Path, line: str) -> None:
    """A site is started as its own sub_start.sh does, by the interpreter under test, whichever release wrote it."""
    (tmp_path / "startup").mkdir()
    script = f'#!/bin/bash\n  python3 -m nvflare.tool.verify -f "$X"\n  start_python() {{\n{line}\n  }}\n'
    (tmp_path / "startup/sub_start.sh").write_text(script, encoding="utf-8")
    module = "nvflare.private.fed.app.client.client_train"
    assert start_command(tmp_path, Path("/v/python")) == [
        *("/v/python", "-u", "-m", module, "-m", str(tmp_path), "-s", "fed_client.json"),
        *("--set", "secure_train=true", "uid=site-1", "org=nvidia", "config_folder=config"),
    ]


@pytest.mark.parametrize("path", ["/tmp/with blank", "/tmp/it's", '/tmp/a"b', "/tmp/a\\b"])  # noqa: S108 - not used
def test_a_path_that_nvflare_cannot_use_is_refused(path: str) -> None:
    """NVFlare breaks its jobs' command lines at blanks and quotes: such a path is refused before anything starts."""
    provision.refuse_unusable(Path("/usr/bin/python3"))
    with pytest.raises(UsageError, match="cannot start jobs"):
        provision.refuse_unusable(Path("/usr/bin/python3"), Path(path))


def test_a_startup_kit_of_an_unknown_kind_is_said(tmp_path: Path) -> None:
    """A release whose start script we cannot read is an error that names the script."""
    with pytest.raises(InfrastructureError, match=r"sub_start\.sh: cannot be read"):
        start_command(tmp_path, Path(sys.executable))
    (tmp_path / "startup").mkdir()
    (tmp_path / "startup/sub_start.sh").write_text("#!/bin/bash\nnvflare start\n", encoding="utf-8")
    with pytest.raises(InfrastructureError, match=r"sub_start\.sh: holds no start command"):
        start_command(tmp_path, Path(sys.executable))
