"""Installing into a workspace, and taking out what was installed, without NVFlare."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixlib.flare import deploy

STOCK_RECEIVER = {
    "id": "log_receiver",
    "path": "nvflare.app_common.logging.job_log_receiver.JobLogReceiver",
    "args": {},
}
STOCK_STREAMER = {
    "id": "site_log_streamer",
    "path": "nvflare.app_common.logging.site_log_streamer.SiteLogStreamer",
    "args": {"log_file_name": "error_log.txt"},
}
OTHER = {"id": "launcher", "path": "nvflare.app_common.job_launcher.x.X", "args": {}}
ALLOWED = ["nvflare.app_common.workflows.fedavg.FedAvg"]


def kit(folder: Path, marker: str, resources: dict[str, Any], *, name: str = "resources.json.default") -> Path:
    (folder / "startup").mkdir(parents=True)
    (folder / "local").mkdir()
    (folder / "startup" / marker).write_text("{}", encoding="utf-8")
    (folder / "local" / name).write_text(json.dumps(resources), encoding="utf-8")
    return folder


@pytest.fixture
def prod(tmp_path: Path) -> Path:
    """A provisioned POC: a server, a client and an admin."""
    prod = tmp_path / "poc" / "example_project" / "prod_00"
    kit(prod / "server", "fed_server.json", {"class_allow_list": ALLOWED, "components": [OTHER, STOCK_RECEIVER]})
    kit(prod / "site-1", "fed_client.json", {"class_allow_list": ALLOWED, "components": [STOCK_STREAMER, OTHER]})
    kit(prod / "admin@nvidia.com", "fed_admin.json", {})
    return prod


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every folder and file below, with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def resources(site: Path) -> dict[str, Any]:
    return dict(json.loads((site / "local" / "resources.json").read_text(encoding="utf-8")))


def drop_in(site: Path) -> list[dict[str, Any]]:
    return list(json.loads((site / "local" / deploy.DROP_IN).read_text(encoding="utf-8"))["components"])


def states(statuses: list[deploy.SiteStatus]) -> dict[str, str]:
    return {entry.site.path.name: entry.state for entry in statuses}


def test_no_nvflare_is_imported() -> None:
    """`loggate` installs into workspaces of any release: neither the package nor its deployment imports nvflare."""
    code = "import sys; from fixlib.flare import deploy; sys.exit(any(m.startswith('nvflare') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_sites_are_found(prod: Path) -> None:
    """Any folder above the sites will do; an administrator's kit is no site."""
    for folder in (prod, prod.parents[1]):
        assert states(deploy.status(folder)) == {"server": "absent", "site-1": "absent"}
    assert states(deploy.status(prod / "site-1")) == {"site-1": "absent"}


def test_install_and_uninstall(prod: Path) -> None:
    """Uninstalling leaves every file and folder as it was before."""
    before = snapshot(prod)
    assert states(deploy.install(prod)) == {"server": "installed", "site-1": "installed"}
    assert snapshot(prod) != before
    assert states(deploy.uninstall(prod)) == {"server": "absent", "site-1": "absent"}
    assert snapshot(prod) == before


def test_install_again_changes_nothing(prod: Path) -> None:
    """Installing is idempotent: not a byte changes the second time."""
    deploy.install(prod)
    before = snapshot(prod)
    deploy.install(prod)
    assert snapshot(prod) == before
    deploy.uninstall(prod)
    deploy.uninstall(prod)


def test_installed_package_is_importable(prod: Path) -> None:
    """What is copied is complete: it imports where nothing else of ours is on the path."""
    deploy.install(prod)
    custom = prod / "server" / "local" / "custom"
    code = f"import sys; sys.path.insert(0, {str(custom)!r}); import fixlib; print(fixlib.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().startswith(str(custom))


OLDER = {
    "another version": {"fixlib/__init__.py": "", "fixlib/flare/__init__.py": "jobconfig = 'old'"},
    "one that is broken": {"fixlib/__init__.py": "raise RuntimeError('this one was used')"},
    "a single module": {"fixlib.py": "flare = 'old'"},
}
AS_ON_A_SITE = """
import contextlib, importlib, sys
custom, module, installed = sys.argv[1:]
sys.path[:] = [installed, *sys.path, custom]
with contextlib.suppress(RuntimeError):
    import fixlib
package = importlib.import_module(module).PACKAGE
loaded = importlib.import_module(f"{package}.flare.jobconfig")
print(loaded.__file__, loaded.is_file_name("log.txt"))
"""


@pytest.mark.parametrize("older", OLDER)
def test_an_installed_fixlib_shadows_nothing(prod: Path, tmp_path: Path, older: str) -> None:
    """A site runs the fixlib deployed there, though another stands before it on the path and is in use already."""
    deploy.install(prod)
    installed, custom = tmp_path / "installed", prod / "server" / "local" / "custom"
    for name, content in OLDER[older].items():
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        (installed / name).write_text(content, encoding="utf-8")
    module = drop_in(prod / "server")[0]["path"].rpartition(".")[0]
    command = [sys.executable, "-I", "-c", AS_ON_A_SITE, str(custom), module, str(installed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(custom / "fixlib" / "flare" / "jobconfig.py"), "True"], done.stderr


def test_stock_components_are_replaced(prod: Path) -> None:
    """The stock receiver and injector go, all else stays, and what the injector streamed we stream, too."""
    deploy.install(prod)
    assert resources(prod / "server")["components"] == [OTHER]
    assert resources(prod / "site-1")["components"] == [OTHER]
    (ours,) = drop_in(prod / "site-1")
    assert ours["args"] == {"log_file_names": ["log.txt", "error_log.txt"]}
    assert drop_in(prod / "server")[0]["path"].endswith(".SiteLogReceiver")


def test_classes_are_allowed(prod: Path) -> None:
    """Where the release has an allow list, a job may name our components; where it has none, none is made."""
    (prod / "site-1" / "local" / "resources.json.default").write_text("{}", encoding="utf-8")
    deploy.install(prod)
    allowed = resources(prod / "server")["class_allow_list"]
    assert allowed[: len(ALLOWED)] == ALLOWED
    assert "fixlib.flare.job_log_streamer.JobLogStreamer" in allowed
    assert "class_allow_list" not in resources(prod / "site-1")


def test_own_resources_win(prod: Path) -> None:
    """resources.json goes before its default, as NVFlare reads it, and comes back as it was."""
    own = prod / "server" / "local" / "resources.json"
    own.write_text('{"components": [], "mine":1}', encoding="utf-8")
    deploy.install(prod)
    assert resources(prod / "server") == {"components": [], "mine": 1}
    deploy.uninstall(prod)
    assert own.read_text(encoding="utf-8") == '{"components": [], "mine":1}'


def test_edit_after_installation_survives(prod: Path) -> None:
    """Who edits resources.json after us keeps the edit; only our own changes are taken back."""
    deploy.install(prod)
    path = prod / "site-1" / "local" / "resources.json"
    edited = resources(prod / "site-1") | {"allow_log_streaming": False}
    path.write_text(json.dumps(edited), encoding="utf-8")
    assert states(deploy.status(prod))["site-1"] == "changed"
    deploy.uninstall(prod)
    left = resources(prod / "site-1")
    assert left["allow_log_streaming"] is False
    assert left["class_allow_list"] == ALLOWED
    assert left["components"] == [OTHER, STOCK_STREAMER]


def test_other_files_reinstall(prod: Path) -> None:
    """Another list of files is taken up, and uninstalling still goes back to the very beginning."""
    before = snapshot(prod)
    deploy.install(prod)
    deploy.install(prod, files=["log.json"])
    assert drop_in(prod / "site-1")[0]["args"] == {"log_file_names": ["log.json", "error_log.txt"]}
    deploy.uninstall(prod)
    assert snapshot(prod) == before


def test_outdated(prod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with another fixlib than ours says so, and installing brings it up to date."""
    with monkeypatch.context() as patch:
        old = {"__init__.py": b"old = 1\n", "flare/fixlib_site.py": b"old = 1\n"}
        patch.setattr(deploy, "_sources", lambda: old)
        deploy.install(prod)
    assert states(deploy.status(prod)) == {"server": "outdated", "site-1": "outdated"}
    deploy.install(prod)
    assert states(deploy.status(prod)) == {"server": "installed", "site-1": "installed"}


def test_leftover_caches_go(prod: Path) -> None:
    """What Python compiled beside our modules is taken out with them; other custom code stays."""
    deploy.install(prod)
    custom = prod / "server" / "local" / "custom"
    (custom / "fixlib" / "__pycache__").mkdir()
    (custom / "fixlib" / "__pycache__" / "x.pyc").touch()
    (custom / "__pycache__").mkdir()
    (custom / "__pycache__" / "fixlib_site.cpython-311.pyc").touch()
    (custom / "__pycache__" / "theirs.cpython-311.pyc").touch()
    (custom / "theirs.py").touch()
    deploy.uninstall(prod)
    left = sorted(path.relative_to(custom).as_posix() for path in custom.rglob("*") if path.is_file())
    assert left == ["__pycache__/theirs.cpython-311.pyc", "theirs.py"]


@pytest.mark.parametrize("where", ["custom/fixlib", "custom/fixlib_site.py", deploy.DROP_IN])
def test_foreign_files_are_refused(prod: Path, where: str) -> None:
    """A fixlib that is there without our manifest belongs to somebody: nothing of it is overwritten."""
    (prod / "server" / "local" / where).mkdir(parents=True)
    before = snapshot(prod)
    with pytest.raises(deploy.DeployError, match="is there already"):
        deploy.install(prod)
    assert snapshot(prod / "server") == {k.removeprefix("server/"): v for k, v in before.items() if k[:7] == "server/"}


def test_links_are_refused(prod: Path, tmp_path: Path) -> None:
    """Nothing is written through a link."""
    (tmp_path / "elsewhere").mkdir()
    (prod / "server" / "local" / "custom").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(deploy.DeployError, match="link"):
        deploy.install(prod)
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("path", ["../../etc/passwd", "startup/fed_server.json", "local/custom/fixlib/../../x"])
def test_manifest_is_not_believed(prod: Path, path: str) -> None:
    """A manifest that names a file which we never write deletes nothing."""
    deploy.install(prod)
    manifest = prod / "server" / "local" / deploy.MANIFEST
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["entries"].append({"path": path, "before": None, "after": ""})
    manifest.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(deploy.DeployError, match="it names"):
        deploy.uninstall(prod)


def test_half_an_installation_can_be_undone(prod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest comes first: an installation that was cut off is taken out like a whole one."""
    before = snapshot(prod)
    write = deploy._write
    writes: list[Path] = []

    def cut_off(path: Path, content: bytes) -> None:
        writes.append(path)
        if len(writes) == 4:
            raise OSError("disk full")
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(deploy, "_write", cut_off)
        with pytest.raises(OSError, match="disk full"):
            deploy.install(prod)
    deploy.uninstall(prod)
    assert snapshot(prod) == before


@pytest.mark.parametrize("content", ["[]", "{", '"x"'])
def test_broken_resources(prod: Path, content: str) -> None:
    """A resources file that is no JSON object is named, and nothing is written."""
    path = prod / "server" / "local" / "resources.json.default"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(deploy.DeployError, match=r"resources\.json\.default"):
        deploy.install(prod)
    assert not (prod / "server" / "local" / deploy.MANIFEST).exists()


def test_nothing_there(tmp_path: Path) -> None:
    """A folder without a site, and one that does not exist, are refused by name."""
    with pytest.raises(deploy.DeployError, match="no NVFlare server or client"):
        deploy.install(tmp_path)
    with pytest.raises(deploy.DeployError, match="no such folder"):
        deploy.install(tmp_path / "x")


@pytest.mark.parametrize("name", ["../log.txt", "", "a/b", ".hidden"])
def test_names_of_files(prod: Path, name: str) -> None:
    """Only the plain name of a file can be streamed."""
    with pytest.raises(deploy.DeployError, match="plain name"):
        deploy.install(prod, files=[name])
