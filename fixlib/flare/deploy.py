"""Puts the FLARE components into a workspace for all its jobs, without pip, and takes them out again.

Works on files alone: no nvflare import, so any Python may call it on a workspace of any NVFlare release. A running
server or client takes the change up when it is started the next time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .names import is_file_name

PACKAGE = Path(__file__).resolve().parents[1]
SITE_MODULE = "fixlib_site"  # by which a site finds the fixlib deployed there, whatever else is installed
MANIFEST = "fixlib__manifest.json"
DROP_IN = "fixlib__p_resources.json"  # NVFlare loads *__p_resources.json in a site's parent process only
RESOURCES = "resources.json"
DEFAULT_FILES = ("log.txt",)
KITS: dict[str, Literal["server", "client"]] = {"fed_server.json": "server", "fed_client.json": "client"}
CLASSES = ("JobLogStreamer", "JobLogReceiver", "SiteLogStreamer", "SiteLogReceiver")
_STOCK = "nvflare.app_common.logging."
_STOCK_INJECTORS = ("SiteLogStreamer", "SystemLogStreamer")  # the second is what 2.8.0rc1 calls it
_STOCK_CLASSES = (*_STOCK_INJECTORS, "JobLogReceiver")
_SITE_FILE = f"local/custom/{SITE_MODULE}.py"
_DEPTH = 5

State = Literal["absent", "installed", "outdated", "changed"]


class DeployError(Exception):
    """The workspace cannot be changed as asked; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Site:
    """A site's startup kit: the folder that holds `startup` and `local`."""

    path: Path
    kind: Literal["server", "client"]

    @property
    def local(self) -> Path:
        return self.path / "local"

    @property
    def manifest(self) -> Path:
        return self.local / MANIFEST


@dataclass(frozen=True)
class SiteStatus:
    """How a site stands: `outdated` has another fixlib than this one, `changed` was edited since the installation."""

    site: Site
    state: State
    detail: str = ""


# ---- the three commands ----------------------------------------------------------------------------------------------


def install(workspace: Path, *, files: Iterable[str] = DEFAULT_FILES) -> list[SiteStatus]:
    """Install into every site below the workspace; `files` are streamed for jobs that name none themselves.

    Idempotent: a site that already has this fixlib with the same configuration is left as it is.
    """
    wanted = tuple(files)
    for name in wanted:
        if not is_file_name(name):
            raise DeployError(f"'{name}': is not the plain name of a file")
    return [_install(site, wanted) for site in _sites(workspace)]


def uninstall(workspace: Path) -> list[SiteStatus]:
    """Take fixlib out of every site below the workspace; what was edited meanwhile keeps the edit."""
    found = _sites(workspace)
    for site in found:
        if site.manifest.is_file():
            _Installation(site).undo()
    return [status_of(site) for site in found]


def status(workspace: Path) -> list[SiteStatus]:
    """How each site below the workspace stands."""
    return [status_of(site) for site in _sites(workspace)]


# ---- sites -----------------------------------------------------------------------------------------------------------


def _sites(workspace: Path) -> list[Site]:
    if not workspace.is_dir():
        raise DeployError(f"{workspace}: no such folder")
    found = sorted(_walk(workspace.resolve(), _DEPTH), key=lambda site: site.path)
    if not found:
        raise DeployError(f"{workspace}: holds no NVFlare server or client (a folder with startup/fed_server.json)")
    return found


def _walk(folder: Path, depth: int) -> Iterator[Site]:
    for marker, kind in KITS.items():
        if (folder / "startup" / marker).is_file():
            yield Site(folder, kind)
            return
    if depth:
        for child in folder.iterdir():
            if child.is_dir() and not child.is_symlink():
                yield from _walk(child, depth - 1)


def status_of(site: Site) -> SiteStatus:
    if not site.manifest.is_file():
        return SiteStatus(site, "absent")
    installation = _Installation(site)
    edited = [entry["path"] for entry in installation.entries if not installation.untouched(entry)]
    if edited:
        return SiteStatus(site, "changed", f"edited since the installation: {', '.join(edited)}")
    if installation.manifest["source"] != _fingerprint(_sources()):
        return SiteStatus(site, "outdated", f"has fixlib {installation.manifest['source'][:12]}")
    return SiteStatus(site, "installed")


# ---- install ---------------------------------------------------------------------------------------------------------


def _install(site: Site, files: tuple[str, ...]) -> SiteStatus:
    if site.manifest.is_file():
        if _Installation(site).manifest.get("files") == list(files) and status_of(site).state == "installed":
            return SiteStatus(site, "installed")
        _Installation(site).undo()
    resources = _resources(site)
    planned = _plan(site, resources, files)
    _refuse_foreign(site, planned)
    entries = [_entry(site, path, content) for path, content in planned.items()]
    removed = [component for component in resources.get("components", []) if _is_stock(component)]
    manifest = {
        "version": 1,
        "source": _fingerprint(_sources()),
        "files": list(files),
        "entries": entries,
        "removed": removed,
    }
    # first what undoes it: an installation that is cut off half way can still be taken out
    _write(site.manifest, _json(manifest))
    for path, content in planned.items():
        _write(site.path / path, content)
    return SiteStatus(site, "installed")


def _plan(site: Site, resources: dict[str, Any], files: tuple[str, ...]) -> dict[str, bytes]:
    """Every file to write, by its path within the site."""
    sources = _sources()
    planned = {f"local/custom/fixlib/{name}": content for name, content in sources.items()}
    planned[_SITE_FILE] = sources[f"flare/{SITE_MODULE}.py"]
    planned[f"local/{DROP_IN}"] = _json({"format_version": 2, "components": [_component(site, resources, files)]})
    planned[f"local/{RESOURCES}"] = _json(_edited(resources))
    return planned


def _component(site: Site, resources: dict[str, Any], files: tuple[str, ...]) -> dict[str, Any]:
    if site.kind == "server":
        return {"id": "fixlib_receiver", "path": f"{SITE_MODULE}.SiteLogReceiver", "args": {}}
    stock = [c.get("args", {}).get("log_file_name", "log.txt") for c in _of_class(resources, _STOCK_INJECTORS)]
    names = list(dict.fromkeys([*files, *stock]))
    args = {"log_file_names": names}
    return {"id": "fixlib_streamer", "path": f"{SITE_MODULE}.SiteLogStreamer", "args": args}


def _resources(site: Site) -> dict[str, Any]:
    """What NVFlare would read: resources.json, or resources.json.default where that is missing."""
    for path in (site.local / RESOURCES, site.local / f"{RESOURCES}.default"):
        if path.is_file():
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise DeployError(f"{path}: is not valid JSON: {error}") from error
            if not isinstance(content, dict):
                raise DeployError(f"{path}: expected a JSON object")
            return content
    raise DeployError(f"{site.local}: holds neither {RESOURCES} nor {RESOURCES}.default")


def _edited(resources: dict[str, Any]) -> dict[str, Any]:
    """Without the stock components that ours replace, and with our classes allowed where the release has a list."""
    edited = dict(resources)
    if "components" in resources:
        edited["components"] = [c for c in resources["components"] if not _is_stock(c)]
    if isinstance(resources.get("class_allow_list"), list):
        allowed = resources["class_allow_list"]
        edited["class_allow_list"] = [*allowed, *(path for path in class_paths() if path not in allowed)]
    return edited


def class_paths() -> list[str]:
    """The paths by which a job's own configuration may name our components."""
    return [
        path
        for name in CLASSES
        for path in (f"fixlib.flare.{name}", f"fixlib.flare.{_snake(name)}.{name}", f"{SITE_MODULE}.{name}")
    ]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _of_class(resources: dict[str, Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [c for c in resources.get("components", []) if isinstance(c, dict)]
    return [c for c in found if _stock_class(c) in names]


def _stock_class(component: Any) -> str:
    path = component.get("path") if isinstance(component, dict) else None
    return path.rpartition(".")[2] if isinstance(path, str) and path.startswith(_STOCK) else ""


def _is_stock(component: Any) -> bool:
    return _stock_class(component) in _STOCK_CLASSES


def _sources() -> dict[str, bytes]:
    """fixlib's own modules: path below the package → content."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_bytes()
        for path in sorted(PACKAGE.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def _fingerprint(sources: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sources.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _refuse_foreign(site: Site, planned: dict[str, bytes]) -> None:
    """A fixlib that somebody else put there is not ours to overwrite, nor to delete later."""
    for path in (site.local / "custom" / "fixlib", site.path / _SITE_FILE, site.local / DROP_IN):
        if path.exists() or path.is_symlink():
            raise DeployError(f"{path}: is there already, and this tool did not put it there")
    for path in (site.path / name for name in planned):
        if path.is_symlink() or any(parent.is_symlink() for parent in path.parents if site.path in parent.parents):
            raise DeployError(f"{path}: leads through a link")


# ---- undo ------------------------------------------------------------------------------------------------------------


def _entry(site: Site, path: str, content: bytes) -> dict[str, Any]:
    before = site.path / path
    kept = base64.b64encode(before.read_bytes()).decode() if before.is_file() else None
    return {"path": path, "before": kept, "after": hashlib.sha256(content).hexdigest()}


class _Installation:
    """An installation as its manifest tells it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        try:
            self.manifest: dict[str, Any] = json.loads(site.manifest.read_text(encoding="utf-8"))
            self.entries: list[dict[str, Any]] = self.manifest["entries"]
            for entry in self.entries:
                self._path(entry)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeployError(f"{site.manifest}: cannot be read: {error}") from error

    def untouched(self, entry: dict[str, Any]) -> bool:
        path = self._path(entry)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["after"]

    def undo(self) -> None:
        for entry in self.entries:
            path = self._path(entry)
            before = None if entry["before"] is None else base64.b64decode(entry["before"])
            if path.name == RESOURCES and path.is_file() and not self.untouched(entry):
                _write(path, _json(self._without_ours(path)))
            elif before is not None:
                _write(path, before)
            else:
                path.unlink(missing_ok=True)
        self._remove_folders()
        self.site.manifest.unlink()

    def _path(self, entry: dict[str, Any]) -> Path:
        """An entry's file; a manifest that names anything else than what we write is not believed."""
        path = str(entry["path"])
        parts = path.split("/")
        single = (f"local/{RESOURCES}", f"local/{DROP_IN}", _SITE_FILE)
        own = path in single or parts[:3] == ["local", "custom", "fixlib"]
        if not own or not all(is_file_name(part) for part in parts):
            raise ValueError(f"it names {path}")
        return self.site.path / path

    def _without_ours(self, path: Path) -> dict[str, Any]:
        """A resources.json that was edited after us: our own changes are taken back, the edit stays."""
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DeployError(f"{path}: is not valid JSON: {error}") from error
        if isinstance(content.get("class_allow_list"), list):
            ours = class_paths()
            content["class_allow_list"] = [entry for entry in content["class_allow_list"] if entry not in ours]
        present = {c.get("id") for c in content.get("components", []) if isinstance(c, dict)}
        missing = [c for c in self.manifest.get("removed", []) if c.get("id") not in present]
        if missing:
            content["components"] = [*content.get("components", []), *missing]
        return content

    def _remove_folders(self) -> None:
        package = self.site.local / "custom" / "fixlib"
        for cache in package.rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)
        caches = package.parent / "__pycache__"
        for compiled in caches.glob(f"{SITE_MODULE}.*.pyc"):
            compiled.unlink()
        for folder in (package / "flare", package, caches, package.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


# ---- files -----------------------------------------------------------------------------------------------------------


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    """Appears whole or not at all, with the permissions of the file that it replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    temporary.write_bytes(content)
    if path.is_file():
        shutil.copymode(path, temporary)
    os.replace(temporary, path)  # noqa: PTH105 - replaces on every platform
