"""From the POC's folders to `DIR/logs`: every log of every site, flat, and the server's copies of what was streamed."""

from __future__ import annotations

import contextlib
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

import msgspec

from gate.model import SHARED, SiteLog, Struct
from gate.runners.flare.provision import Layout
from gate.runners.flare.system import CONSOLE, archive

FAMILY = "nvflare"
REQUIRED = "log.txt"
_LOG = re.compile(r"(?:error_)?log(?:_\w+)?\.(?:txt|json)(?:\.\d+)?|.+\.log(?:\.\d+)?")
_NOT_LOGS = re.compile(r"log_config\.json|audit\.log(?:\.\d+)?|poc_console\.log")
_ENTRY = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+ - ")
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def is_log(name: str) -> bool:
    """Whether a file of a run folder is a log that is judged (the audit log and the log's configuration are not)."""
    return bool(_LOG.fullmatch(name)) and not _NOT_LOGS.fullmatch(name)


SiteFile = tuple[str, str]
"""A site's and a log's name."""


class Collected(Struct, frozen=True):
    """A testcase's logs; `stored` are those of them that are the server's copy of what a site streamed."""

    logs: tuple[SiteLog, ...] = ()
    stored: dict[SiteFile, SiteLog] = {}


class Collector:
    """Copies into `logs` (as the user gave it, so that paths in reports stay openable) and says what it copied."""

    def __init__(self, layout: Layout, logs: Path) -> None:
        self.layout, self.logs = layout, logs
        self._zone = datetime.now(timezone.utc).astimezone().isoformat()[-6:]  # all sites' clocks are this machine's

    # ---- one testcase ------------------------------------------------------------------------------------------------

    def testcase(self, name: str, job_id: str, sites: tuple[str, ...], streamed: Iterable[SiteFile] = ()) -> Collected:
        """All logs of a job that has ended.

        A site's log.txt, and a file that it was to stream, are listed even where there is none: that is for the gate
        to see. What came after the server archived the job takes the place of what had come before.
        """
        found: list[SiteLog] = []
        for site in self.layout.clients:
            found += self._folder(name, site, self.layout.site(site) / job_id)
        found += self._server(name, job_id)
        found += self._stored(name, job_id)
        stored = {(log.site, log.name): log for log in found if log.streamed}
        found += self._left_in_tmp(name, job_id)
        ran = {log.site for log in found}
        found += [self._required(name, site) for site in sites if not self._has(found, site)]
        found += [self._required(name, *key) for key in streamed if key[0] in ran and not self._has(found, *key)]
        return Collected(tuple(found), stored)

    def _folder(self, testcase: str, site: str, folder: Path) -> Iterator[SiteLog]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and is_log(path.name):
                with path.open("rb") as source:
                    yield self._copy(testcase, site, path.relative_to(folder), source)

    def _server(self, testcase: str, job_id: str) -> Iterator[SiteLog]:
        """The server's run folder: from its archive, or from its place when the server did not get to archive it."""
        with contextlib.suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(archive(self.layout, job_id)) as zipped:
            for name in sorted(zipped.namelist()):
                if is_log(Path(name).name):
                    with zipped.open(name) as source:
                        yield self._copy(testcase, "server", Path(name), source)
            return
        yield from self._folder(testcase, "server", self.layout.site("server") / job_id)

    def _copy(self, testcase: str, site: str, inner: Path, source: IO[bytes]) -> SiteLog:
        if site == "server" and inner.parts[0] in self.layout.clients:
            return self._streamed(testcase, inner.parts[0], inner.name, source)
        flat = "_".join(inner.parts).replace("/", "_")  # an archive may name anything
        return self._site_log(testcase, site, self._write(self._place(testcase, site), flat, source))

    # ---- streamed copies ---------------------------------------------------------------------------------------------

    def _stored(self, testcase: str, job_id: str) -> Iterator[SiteLog]:
        """What the server's parent process received: `LOG_<file>_<site>` and `ERRORLOG_<site>` in the job's storage."""
        for client in self.layout.clients:
            for path in sorted((self.layout.storage / job_id).glob(f"*LOG_*{client}")):
                name = stored_name(path.name, client)
                if name:
                    with path.open("rb") as source:
                        yield self._streamed(testcase, client, name, source)

    def _left_in_tmp(self, testcase: str, job_id: str) -> Iterator[SiteLog]:
        """What the server received of a stream that did not end well: the stock receiver leaves it where it staged."""
        for client in self.layout.clients:
            folder = self.layout.tmp / job_id / client
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as source:
                        yield self._streamed(testcase, client, path.name, source)

    def _streamed(self, testcase: str, client: str, name: str, source: IO[bytes]) -> SiteLog:
        written = self._write(self._place(testcase, "server") / "streamed" / client, name, source)
        log = self._site_log(testcase, client, written)
        return msgspec.structs.replace(log, name=name, required=False, streamed=True)

    # ---- the parents -------------------------------------------------------------------------------------------------

    def shared(self) -> list[SiteLog]:
        """The logs of the server's and clients' own processes, after they have ended."""
        found: list[SiteLog] = []
        for site in self.layout.sites:
            folder = self.layout.site(site)
            for path in sorted(folder.iterdir()):
                if path.is_file() and is_log(path.name):
                    with path.open("rb") as source:
                        found.append(
                            self._site_log(SHARED, site, self._write(self._place(SHARED, site), path.name, source))
                        )
            if not self._has(found, site):
                found.append(self._required(SHARED, site))
            found += self._console(site, folder / CONSOLE)
        return found

    def _console(self, site: str, console: Path) -> Iterator[SiteLog]:
        """What a site's processes wrote to their console and to no log: a thread's or a crash's last words.

        Jobs share their parent's console, which repeats every entry of every log: those are left out.
        """
        if not console.is_file():
            return
        rest = b"".join(console_rest(_lines(console), _entries(self._logs_of(site))))
        if rest:
            place = self._place(SHARED, site) / "console.log"
            place.write_bytes(rest)
            yield SiteLog(SHARED, site, str(place), place.name, str(place), zone=self._zone)

    def _logs_of(self, site: str) -> list[Path]:
        return sorted(path for path in self.logs.glob(f"*/{site}/log.txt*") if is_log(path.name))

    # ---- places ------------------------------------------------------------------------------------------------------

    def _place(self, testcase: str, site: str) -> Path:
        folder = self.logs / testcase / site
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write(self, folder: Path, name: str, source: IO[bytes]) -> Path:
        """Copy under the name, or under a numbered one if another copy has it: nothing is overwritten."""
        folder.mkdir(parents=True, exist_ok=True)
        target, number = folder / name, 1
        while target.exists():
            number += 1
            target = folder / f"{number}_{name}"
        with target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        return target

    def _site_log(self, testcase: str, site: str, path: Path) -> SiteLog:
        required = path.name == REQUIRED
        file = str(path)
        return SiteLog(testcase, site, file, path.name, file, family=FAMILY, required=required, zone=self._zone)

    def _required(self, testcase: str, site: str, name: str = REQUIRED) -> SiteLog:
        log = self._site_log(testcase, site, self._place(testcase, site) / name)
        return msgspec.structs.replace(log, required=True)

    def _has(self, found: list[SiteLog], site: str, name: str = REQUIRED) -> bool:
        return any((log.site, log.name, log.streamed) == (site, name, False) for log in found)


def stored_name(stored: str, client: str) -> str:
    """The file name of a log in the job's storage: `LOG_log.json_site-1` → `log.json`; empty if it is not one."""
    if stored == f"ERRORLOG_{client}":
        return "error_log.txt"
    if stored.startswith("LOG_") and stored.endswith(f"_{client}"):
        return stored.removeprefix("LOG_").removesuffix(f"_{client}")
    return ""


def console_rest(console: Iterable[bytes], logged: dict[int, list[int]]) -> Iterator[bytes]:
    """The console's lines without the entries that were logged too, each with its continuation lines.

    An entry is printed in one piece, so its lines follow one another in the console, whatever came in between.
    """
    following: list[int] = []
    for line in console:
        plain = _COLOUR.sub(b"", line)
        key = hash(plain.rstrip())
        if _ENTRY.match(plain) and key in logged:
            following = list(reversed(logged[key]))
        elif following and following[-1] == key:
            following.pop()
        else:
            following = []
            yield plain


def _entries(logs: list[Path]) -> dict[int, list[int]]:
    """Each entry's first line → its continuation lines, as hashes: the logs may be large."""
    entries: dict[int, list[int]] = {}
    current: list[int] = []
    for line in (line for log in logs for line in _lines(log)):
        if _ENTRY.match(line):
            current = entries[hash(line.rstrip())] = []
        else:
            current.append(hash(line.rstrip()))
    return entries


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


class Settling:
    """Whether an ended job has nothing left to write: archived, no process of it left, no log growing."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._sizes: dict[str, dict[str, int]] = {}

    def settled(self, job_id: str, *, busy: bool) -> bool:
        """Asked repeatedly: two looks in a row must show the same sizes."""
        if busy or not archive(self.layout, job_id).is_file() or (self.layout.site("server") / job_id).is_dir():
            return False
        sizes = self._measure(job_id)
        same = self._sizes.get(job_id) == sizes
        self._sizes[job_id] = sizes
        return same

    def _measure(self, job_id: str) -> dict[str, int]:
        folders = [self.layout.site(client) / job_id for client in self.layout.clients]
        folders += [self.layout.storage / job_id, self.layout.tmp / job_id]
        sizes = {}
        for path in (path for folder in folders for path in folder.rglob("*")):
            with contextlib.suppress(OSError):
                sizes[str(path)] = path.stat().st_size
        return sizes
