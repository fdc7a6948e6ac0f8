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
from typing import Any

import msgspec

from gate.model import SHARED, Evidence, SiteLog, Testcase

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


def recognise(root: Path) -> Evidence | None:
    """The jobs and logs of a folder of a known shape; None for any other folder."""
    if is_own_output(root) and (root / "logs").is_dir():
        return _evidence(_collected(root / "logs"), {})
    if prods := sorted(root.glob("*/prod_[0-9][0-9]")) or sorted(root.glob("prod_[0-9][0-9]")):
        storage = root / "jobs-storage"
        return _workspace(prods[-1], storage if storage.is_dir() else prods[-1].parent.parent / "jobs-storage")
    if (root / "workspace").is_dir() and (root / "meta.json").is_file():
        return _results([root])
    jobs = _job_folders(root)
    if jobs and all((job / "meta").is_file() for job in jobs):
        named = _named(jobs)
        return _evidence((log for job in jobs for log in _stored(job, named[job.name].name)), named)
    if jobs and all((job / "workspace").is_dir() for job in jobs):
        return _results(jobs)
    return None


def _evidence(logs: Iterable[SiteLog], named: dict[str, Testcase]) -> Evidence:
    """The logs with their testcases, each with the sites that have logs."""
    logs = tuple(logs)
    known = {testcase.name: testcase for testcase in named.values()}
    testcases = []
    for name in sorted({log.testcase for log in logs} - {SHARED}):
        sites = dict.fromkeys(log.site for log in logs if log.testcase == name)
        testcases.append(msgspec.structs.replace(known.get(name, Testcase(name)), sites=tuple(sorted(sites))))
    return Evidence(tuple(testcases), logs)


def _job_folders(root: Path) -> list[Path]:
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and _JOB_ID.fullmatch(entry.name))


def _workspace(prod: Path, storage: Path) -> Evidence:
    """A POC's or a provisioned project's sites, their jobs, the server's archive, and the parents' own logs."""
    sites = sorted(site for site in prod.iterdir() if (site / "startup").is_dir() and list(_log_files(site)))
    archived = _job_folders(storage) if storage.is_dir() else []
    named = _named([*archived, *(job for site in sites for job in _job_folders(site))])
    logs: list[SiteLog] = []
    for site in sites:
        for job in _job_folders(site):
            logs += _site(job, named[job.name].name, site.name)
        logs += [_log(SHARED, site.name, file, required=file.name == REQUIRED) for file in _log_files(site)]
    for job in archived:
        logs += _stored(job, named[job.name].name)
    return _evidence(logs, named)


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


def _results(jobs: list[Path]) -> Evidence:
    named = _named(jobs)
    return _evidence((log for job in jobs for log in _result(job, named[job.name].name)), named)


def _result(job: Path, name: str) -> Iterator[SiteLog]:
    """A downloaded job: the server's workspace, and what the clients' folders in it hold."""
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


def _named(jobs: Iterable[Path]) -> dict[str, Testcase]:
    """A testcase for each job's folder: named as the job, or by its id; equal names keep the start of the id."""
    metas: dict[str, dict[str, Any]] = {}
    for job in jobs:
        metas[job.name] = metas.get(job.name) or _meta(job)
    names = [meta.get("name") for meta in metas.values()]
    found = {}
    for job_id, meta in metas.items():
        own = meta.get("name")
        name = job_id if not own else f"{own} ({job_id[:8]})" if names.count(own) > 1 else own
        found[job_id] = Testcase(name=name, job_id=meta.get("job_id", job_id), status=meta.get("status"))
    return found


def _meta(job: Path) -> dict[str, Any]:
    for file in (job / "meta", job / "meta.json"):
        try:
            meta = json.loads(file.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(meta, dict):
            return {key: value for key, value in meta.items() if isinstance(value, str)}
    return {}
