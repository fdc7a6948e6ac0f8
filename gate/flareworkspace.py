"""Folders that NVIDIA FLARE and `loggate run` leave behind, recognised by their shape.

Shapes as written by NVFlare 2.8 and 2.9 (source: measured on POCs): a site's workspace holds a startup kit, the
parent's logs and a folder for each job, named by its UUID; the server's is archived as the zip
`jobs-storage/<job id>/workspace`, beside the copies that it received (`LOG_<file>_<site>`, `ERRORLOG_<site>`); a
downloaded job has the same zip unpacked in `workspace/`.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from gate import archives
from gate.compressed import READ_ERRORS
from gate.model import SHARED, SiteLog, Skipped, Struct, Testcase

FAMILY = "nvflare"
SIBLINGS = {"log.txt", "log.json"}
"""Files that stand side by side wherever NVFlare logs."""

REQUIRED = "log.txt"
NO_LOG = "not a log of NVFlare"
MARKER = ".loggate.json"
"""The file by which `loggate run` knows the folders that it made."""

REPORT = "report.json"

_SERVER = "server"
_JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PROD = re.compile(r"prod_\d\d")
_LOG_NAME = re.compile(r"(log\w*\.(txt|json)|error_log\.txt|poc_console\.log)(\.\d+)?(\.gz)?")
_STRAY_LOG = re.compile(r"(.*\.)?(log|txt|out|err|stdout|stderr)([._-][\dT._:-]+)*(\.(gz|bz2|xz|zst))?", re.DOTALL)
_NO_STRAY_LOG = re.compile(r"(audit\.log|fl_app\.txt|readme\.txt|requirements\w*\.txt)(\.\d+)?(\.gz)?", re.IGNORECASE)
_NO_LOGS_IN = {"startup", "local", "transfer", "custom", "config"}
_STORED = re.compile(r"(?:LOG_(?P<file>.+)|(?P<error>ERRORLOG))_(?P<site>[^_]+)")
_REPORT_NAME = re.compile(r"report\.json|gl-code-quality.*\.json|.*\.(html|xml|sarif|md|csv)", re.DOTALL)


class Shape(Struct, frozen=True):
    """A folder of a known shape: its logs, and where others that lie in it belong.

    `logs` are those that it must and may hold; `jobs` are the testcases' names by their folders'. `home` is the
    testcase and site of what no folder's name tells more about; `collected` is the folder that `loggate run` filled.
    """

    logs: tuple[SiteLog, ...]
    testcases: tuple[Testcase, ...] = ()
    jobs: dict[str, str] = {}
    sites: frozenset[str] = frozenset()
    home: tuple[str, str] = (SHARED, "local")
    skipped: tuple[Skipped, ...] = ()
    collected: Path | None = None

    def place(self, relative: PurePosixPath) -> tuple[str, str]:
        """Testcase and site of what lies there, as the names of the folders above it tell."""
        job = next((self.jobs[part] for part in relative.parts if part in self.jobs), None)
        site = next((part for part in reversed(relative.parts) if part in self.sites), None)
        testcase, local = self.home
        return job or testcase, site or (_SERVER if job else local)

    def looks_like_log(self, name: str) -> bool:
        """Whether a file of this name that NVFlare does not know is a log (its JSON files are data)."""
        return bool(is_log_name(name) or _STRAY_LOG.fullmatch(name)) and not _NO_STRAY_LOG.fullmatch(name)

    def keeps_no_logs(self, name: str) -> bool:
        """Whether a folder of this name holds a startup kit, configuration or code."""
        return name in _NO_LOGS_IN


def is_log_name(name: str) -> bool:
    """Whether NVFlare writes a log of this name (rotations included; audit.log is no log of events)."""
    return _LOG_NAME.fullmatch(name) is not None


def is_report(file: Path) -> bool:
    """Whether loggate wrote this report.json."""
    try:
        if not file.is_file():
            return False
        with file.open("rb") as stream:
            return re.search(rb'"tool":\s*\{\s*"name":\s*"loggate"', stream.read(400)) is not None
    except OSError:
        return False


def is_report_name(name: str) -> bool:
    """Whether a file of this name beside a report.json of loggate's is another format of it."""
    return _REPORT_NAME.fullmatch(name) is not None


def recognise(root: Path) -> Shape | None:
    """The jobs and logs of a folder of a known shape; None for any other folder."""
    if is_report(root / REPORT) and _is_file(root / "logs" / MARKER):
        return _collected(root / "logs")
    if sites := _sites(root):
        return _workspace(sites)
    if _is_file(root / MARKER):
        return _collected(root)
    for jobs in ([root], _job_folders(root)):
        if jobs and all(_is_file(job / "meta") and _is_file(job / "workspace") for job in jobs):
            return _storage(jobs)
        if jobs and all(_is_folder(job / "workspace") and _is_file(job / "meta.json") for job in jobs):
            return _results(jobs)
    return _run_folder(root) if _is_run_folder(root) else None


# ---- shapes ----------------------------------------------------------------------------------------------------------


def _sites(root: Path) -> list[Path]:
    """The sites' folders of a POC, a project, one of its `prod_NN`, or the one site that the folder is."""
    if _is_site(root):
        return [root]
    if sites := [folder for folder in _folders(root) if _is_site(folder)]:
        return sites
    below = [root]
    prods: list[Path] = []
    for _ in range(3):
        below = [folder for parent in below for folder in _folders(parent)]
        prods += [folder for folder in below if _PROD.fullmatch(folder.name)]
    return [site for prod in prods for site in _folders(prod) if _is_site(site)]


def _is_site(folder: Path) -> bool:
    return _is_folder(folder / "startup") and bool(_log_files(folder) or _job_folders(folder))


def _workspace(sites: list[Path]) -> Shape:
    """A POC's or a provisioned project's sites, their jobs, the server's archive, and the parents' own logs."""
    archived = [job for storage in _storages(sites) for job in _job_folders(storage)]
    named = _named([*archived, *(job for site in sites for job in _job_folders(site))])
    logs: list[SiteLog] = []
    for site in sites:
        for job in _job_folders(site):
            logs += _run(job, named[job.name].name, _name(site), server=_is_server(site))
        logs += [_log(SHARED, _name(site), file, required=file.name == REQUIRED) for file in _log_files(site)]
    stored = _storage(archived, named)
    home = (SHARED, _name(sites[0])) if len(sites) == 1 else (SHARED, "local")
    return _shape([*logs, *stored.logs], named, home=home, skipped=stored.skipped)


def _storages(sites: list[Path]) -> list[Path]:
    """Where the servers among the sites archive their jobs: beside the project or above."""
    servers = [Path(os.path.abspath(site)) for site in sites if _is_server(site)]  # noqa: PTH100 - `.` has no parents
    above = dict.fromkeys(folder for server in servers for folder in list(server.parents)[:3])
    storages = [folder / "jobs-storage" for folder in above]
    return [_as_given(storage, sites) for storage in storages if _is_folder(storage)]


def _as_given(folder: Path, sites: list[Path]) -> Path:
    """The folder as a relative path where the sites are named so."""
    return folder if sites[0].is_absolute() else Path(os.path.relpath(folder))


def _is_server(site: Path) -> bool:
    return _name(site) == _SERVER or _is_file(site / "startup" / "fed_server.json")


def _storage(jobs: list[Path], named: dict[str, Testcase] | None = None) -> Shape:
    """Jobs of a jobs-storage folder: the server's archived workspaces and the copies that it received."""
    named = _named(jobs) if named is None else named
    logs: list[SiteLog] = []
    skipped: list[Skipped] = []
    for job in jobs:
        name = named[_name(job)].name
        if _is_file(job / "workspace"):
            own, others = _archived(job / "workspace", name)
            logs += own
            skipped += others
        logs += _received(job, name)
    return _shape(logs, named, home=_home(jobs, named), skipped=tuple(skipped))


def _received(job: Path, name: str) -> Iterator[SiteLog]:
    for file in _files(job):
        if stored := _STORED.fullmatch(file.name):
            log_name = stored["file"] or "error_log.txt"
            yield SiteLog(name, stored["site"], str(file), log_name, str(file), family=FAMILY, streamed=True)


def _archived(archive: Path, testcase: str) -> tuple[list[SiteLog], list[Skipped]]:
    """The logs of the server's zipped run folder: its own, the copies in the clients' folders, others; and the rest."""
    try:
        listing = archives.listing(str(archive))
    except READ_ERRORS:
        listing = archives.Listing((), (), "")  # its required log says what is wrong
    shape = Shape(())
    logs, others = [], [Skipped(f"{archive}!/{name}", reason) for name, reason in listing.passed]
    for member in sorted({*listing.names, REQUIRED}):
        *folders, name = PurePosixPath(member).parts
        if not shape.looks_like_log(name) or any(shape.keeps_no_logs(folder) for folder in folders):
            others.append(Skipped(f"{archive}!/{member}", NO_LOG))
            continue
        copied = len(folders) == 1 and is_log_name(name)
        logs.append(
            SiteLog(
                testcase,
                folders[0] if copied else _SERVER,
                f"{archive}!/{member}",
                name,
                str(archive),
                (member,),
                family=FAMILY,
                required=member == REQUIRED,
                streamed=copied,
            )
        )
    return logs, others


def _results(jobs: list[Path]) -> Shape:
    """Downloaded jobs: the server's workspace, and what the clients' folders in it hold."""
    named = _named(jobs)
    logs = [log for job in jobs for log in _run(job / "workspace", named[_name(job)].name, _SERVER, server=True)]
    return _shape(logs, named, home=_home(jobs, named))


def _is_run_folder(root: Path) -> bool:
    apps = [folder for folder in _folders(root) if folder.name.startswith("app_")]
    return bool(apps and _log_files(root)) and any(_NO_LOGS_IN & {part.name for part in _folders(app)} for app in apps)


def _run_folder(root: Path) -> Shape:
    """One site's run folder of one job, or the server's as it was downloaded."""
    site = next(folder.name for folder in _folders(root) if folder.name.startswith("app_")).removeprefix("app_")
    named = _named([root])
    logs = _run(root, named[_name(root)].name, site, server=site == _SERVER)
    return _shape(logs, named, home=(named[_name(root)].name, site))


def _run(folder: Path, testcase: str, site: str, *, server: bool) -> Iterator[SiteLog]:
    """One site's logs of one job; the required log is named even when it is missing.

    The server's run folder also holds the copies that it received, in folders named as the clients.
    """
    names = {REQUIRED, *(file.name for file in _log_files(folder))}
    for name in sorted(names):
        yield _log(testcase, site, folder / name, required=name == REQUIRED)
    for client in _folders(folder) if server else ():
        if not client.name.startswith("app_"):
            for file in _log_files(client):
                yield _log(testcase, client.name, file, streamed=True)


def _collected(logs: Path) -> Shape:
    """What `loggate run` collected: logs/<testcase>/<site>/<file>, logs/<testcase>/server/streamed/<site>/<file>."""
    found: list[SiteLog] = []
    testcases = {_name(folder): Testcase(_name(folder)) for folder in _folders(logs)}
    for testcase in testcases:
        for site in _folders(logs / testcase):
            names = {REQUIRED, *(file.name for file in _files(site))}
            found += [_log(testcase, site.name, site / name, required=name == REQUIRED) for name in sorted(names)]
        for site in _folders(logs / testcase / _SERVER / "streamed"):
            found += [_log(testcase, site.name, file, streamed=True) for file in _files(site)]
    return _shape(found, testcases, collected=logs)


def _shape(logs: Iterable[SiteLog], named: dict[str, Testcase], **others: Any) -> Shape:
    testcases = sorted((case for case in named.values() if case.name != SHARED), key=lambda case: case.name)
    jobs = {folder: testcase.name for folder, testcase in named.items()}
    logs = tuple(logs)
    return Shape(logs, tuple(testcases), jobs, frozenset(log.site for log in logs), **others)


def _home(jobs: list[Path], named: dict[str, Testcase]) -> tuple[str, str]:
    return (named[_name(jobs[0])].name if len(jobs) == 1 else SHARED), _SERVER


def _log(testcase: str, site: str, file: Path, *, required: bool = False, streamed: bool = False) -> SiteLog:
    return SiteLog(testcase, site, str(file), file.name, str(file), family=FAMILY, required=required, streamed=streamed)


# ---- what folders hold; what cannot be read holds nothing here, and the walk over the folder says so -----------------


def _name(folder: Path) -> str:
    return folder.name or folder.resolve().name


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - never raises, unlike Path.is_file


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if _is_folder_entry(entry))
    except OSError:
        return []


def _is_folder_entry(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if _is_file(entry))
    except OSError:
        return []


def _log_files(folder: Path) -> list[Path]:
    return [file for file in _files(folder) if is_log_name(file.name)]


def _job_folders(root: Path) -> list[Path]:
    return [folder for folder in _folders(root) if _JOB_ID.fullmatch(folder.name)]


def _named(jobs: Iterable[Path]) -> dict[str, Testcase]:
    """A testcase for each job's folder: named as the job, or by its id; equal names keep the start of the id."""
    metas: dict[str, dict[str, Any]] = {}
    for job in jobs:
        metas[_name(job)] = metas.get(_name(job)) or _meta(job)
    names = Counter(meta.get("name") for meta in metas.values())
    found = {}
    for folder, meta in metas.items():
        own, job_id = meta.get("name"), meta.get("job_id", folder)
        name = folder if not own else f"{own} ({job_id[:8]})" if names[own] > 1 else own
        found[folder] = Testcase(name=name, job_id=job_id, status=_final(meta.get("status")))
    return found


def _final(status: str | None) -> str | None:
    """A job's last status; the copies that sites get at its start say SUBMITTED for ever."""
    return status if status and status.startswith("FINISHED") else None


def _meta(job: Path) -> dict[str, Any]:
    for file in (job / "meta", job / "meta.json"):
        try:
            meta = json.loads(file.read_bytes()) if file.is_file() else None
        except (OSError, ValueError):
            continue
        if isinstance(meta, dict):
            return {key: value for key, value in meta.items() if isinstance(value, str)}
    return {}
