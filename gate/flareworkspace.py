"""Folders that NVIDIA FLARE leaves behind, recognised by their shape: POC workspace, job result, jobs-storage.

Shapes as written by NVFlare 2.8 and 2.9 (source: measured on POCs): a site's workspace holds a folder for each job,
named by its UUID; the server's is archived as the zip `jobs-storage/<job id>/workspace`, beside the copies that it
received (`LOG_<file>_<site>`, `ERRORLOG_<site>`); a downloaded job has the same zip unpacked in `workspace/`.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from gate.model import SHARED, SiteLog

FAMILY = "nvflare"
REQUIRED = "log.txt"

_JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOG_NAME = re.compile(r"(log\w*\.(txt|json)|error_log\.txt|poc_console\.log)(\.\d+)?(\.gz)?")
_STORED = re.compile(r"(?:LOG_(?P<file>.+)|(?P<error>ERRORLOG))_(?P<site>[^_]+)")


def is_log_name(name: str) -> bool:
    """Whether NVFlare writes a log of this name (rotations included; audit.log is no log of events)."""
    return _LOG_NAME.fullmatch(name) is not None


def is_own_output(folder: Path) -> bool:
    """Whether loggate wrote this folder."""
    try:
        with (folder / "report.json").open("rb") as stream:
            return re.search(rb'"tool":\s*\{\s*"name":\s*"loggate"', stream.read(400)) is not None
    except OSError:
        return False


def recognise(root: Path) -> list[SiteLog]:
    """The logs of a folder of a known shape; an empty list for any other folder."""
    if is_own_output(root) and (root / "logs").is_dir():
        return list(_collected(root / "logs"))
    if prods := sorted(root.glob("*/prod_[0-9][0-9]")) or sorted(root.glob("prod_[0-9][0-9]")):
        storage = root / "jobs-storage"
        return list(_workspace(prods[-1], storage if storage.is_dir() else prods[-1].parent.parent / "jobs-storage"))
    if (root / "workspace").is_dir() and (root / "meta.json").is_file():
        return list(_result(root))
    jobs = _job_folders(root)
    if jobs and all((job / "meta").is_file() for job in jobs):
        return [log for job in jobs for log in _stored(job, _names(jobs)[job.name])]
    if jobs and all((job / "workspace").is_dir() for job in jobs):
        return [log for job in jobs for log in _result(job)]
    return []


def _job_folders(root: Path) -> list[Path]:
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and _JOB_ID.fullmatch(entry.name))


def _workspace(prod: Path, storage: Path) -> Iterator[SiteLog]:
    """A POC's or a provisioned project's sites, their jobs, the server's archive, and the parents' own logs."""
    sites = sorted(site for site in prod.iterdir() if (site / "startup").is_dir() and list(_log_files(site)))
    jobs = {job.name: job for site in sites for job in _job_folders(site)}
    archived = {job.name: job for job in _job_folders(storage)} if storage.is_dir() else {}
    names = _names([*archived.values(), *jobs.values()])
    for site in sites:
        for job in _job_folders(site):
            yield from _site(job, names[job.name], site.name)
        for file in _log_files(site):
            yield _log(SHARED, site.name, file, required=file.name == REQUIRED)
    for job in archived.values():
        yield from _stored(job, names[job.name])


def _stored(job: Path, name: str) -> Iterator[SiteLog]:
    """One job of a jobs-storage folder: the server's archived workspace and the copies that it received."""
    archive = job / "workspace"
    if archive.is_file():
        yield from _archived(archive, name)
    for file in sorted(job.iterdir()):
        if stored := _STORED.fullmatch(file.name):
            log_name = stored["file"] or "error_log.txt"
            yield SiteLog(name, stored["site"], str(file), log_name, str(file), family=FAMILY, streamed=True)


def _archived(archive: Path, name: str) -> Iterator[SiteLog]:
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.namelist() if "/" not in member and is_log_name(member)]
    except (OSError, zipfile.BadZipFile):
        members = [REQUIRED]
    for member in sorted({*members, REQUIRED}):
        required = member == REQUIRED
        yield SiteLog(
            name, "server", f"{archive}!/{member}", member, str(archive), (member,), family=FAMILY, required=required
        )


def _result(job: Path) -> Iterator[SiteLog]:
    """A downloaded job: the server's workspace, and what the clients' folders in it hold."""
    name = _names([job])[job.name]
    workspace = job / "workspace"
    yield from _site(workspace, name, "server")
    for folder in sorted(workspace.iterdir()):
        if folder.is_dir() and not folder.name.startswith("app_"):
            for file in _log_files(folder):
                yield _log(name, folder.name, file, streamed=True)


def _collected(logs: Path) -> Iterator[SiteLog]:
    """What `loggate run` collected: logs/<testcase>/<site>/<file>, logs/<testcase>/server/streamed/<site>/<file>."""
    for site in sorted(logs.glob("*/*")):
        if site.is_dir():
            yield from _site(site, site.parent.name, site.name)
    for site in sorted(logs.glob("*/server/streamed/*")):
        for file in _log_files(site):
            yield _log(site.parents[2].name, site.name, file, streamed=True)


def _site(folder: Path, testcase: str, site: str) -> Iterator[SiteLog]:
    """One site's logs of one job; the required log is named even when it is missing."""
    names = {REQUIRED, *(file.name for file in _log_files(folder))}
    for name in sorted(names):
        yield _log(testcase, site, folder / name, required=name == REQUIRED)


def _log_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and is_log_name(file.name))


def _log(testcase: str, site: str, file: Path, *, required: bool = False, streamed: bool = False) -> SiteLog:
    return SiteLog(testcase, site, str(file), file.name, str(file), family=FAMILY, required=required, streamed=streamed)


def _names(jobs: Iterable[Path]) -> dict[str, str]:
    """A name for each job folder: the job's own, or its id; equal names keep the start of the id."""
    found: dict[str, str] = {}
    for job in jobs:
        found[job.name] = _job_name(job) or found.get(job.name) or job.name
    doubled = [name for name in found.values() if list(found.values()).count(name) > 1]
    return {job: f"{name} ({job[:8]})" if name in doubled else name for job, name in found.items()}


def _job_name(job: Path) -> str:
    for meta in (job / "meta", job / "meta.json"):
        try:
            return str(json.loads(meta.read_bytes())["name"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ""
