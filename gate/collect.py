"""Paths → site logs: folders, single files, standard input and archives, by a layout or as they lie."""

from __future__ import annotations

import errno
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from gate import archives, flareworkspace, globs, logfile, rotation
from gate.errors import UsageError
from gate.model import SHARED, Evidence, SiteLog, Skipped, Struct, Testcase

STDIN = "-"
_NOT_LOGS = {".git", ".hg", ".svn"}
_OWN = "loggate's own output"
_LEFT_OUT = "left out by --include or --exclude"
_NO_FIT = "does not fit the layout"


class Selection(Struct, frozen=True):
    """Which files count, and how a path tells its testcase and site.

    `layout` is a pattern such as `{testcase}/{site}/**` over the path below each scanned folder; `include` and
    `exclude` are globs over that path, or over a name when they hold no slash; a glob that names a folder stands for
    all that is in it. `outputs` are the files that this run will write.
    """

    layout: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


class Part(Struct, frozen=True):
    """What one PATH holds. `folder` is where its testcases' names begin; `known` are those that tell more than a name.

    `problem` says why there is nothing to judge ("" when there is).
    """

    given: str
    folder: str
    logs: tuple[SiteLog, ...]
    known: tuple[Testcase, ...] = ()
    problem: str = ""


class Found(NamedTuple):
    """A file and its place below the scanned folder, or a folder that cannot be listed."""

    path: Path
    relative: PurePosixPath
    is_folder: bool = False


def collect(paths: Iterable[str], selection: Selection) -> Evidence:
    """All logs below the paths. UsageError for a path that does not exist, a layout or a glob that cannot work."""
    walk = _Walk(selection)
    parts = [walk.path(path) for path in dict.fromkeys(paths)]
    return _joined(parts, walk.skipped)


class _Walk:
    def __init__(self, selection: Selection) -> None:
        self.skipped: list[Skipped] = []
        self._layout = globs.layout(selection.layout) if selection.layout else None
        self._layout_text = selection.layout
        self._include = [globs.compiled(pattern) for pattern in selection.include]
        self._exclude = [globs.compiled(pattern) for pattern in selection.exclude]
        self._outputs = {os.path.realpath(path) for path in selection.outputs}

    def path(self, given: str) -> Part:
        if not given:
            raise UsageError("a PATH is empty", hint="is it a variable that is not set? The current folder is `.`")
        if given == STDIN:
            log = SiteLog("stdin", "local", path=STDIN, name=STDIN, file=logfile.STDIN, required=True)
            return Part(given, "", (log,))
        before, path = len(self.skipped), Path(given)
        if not _is_folder(path):
            logs = self._file(path, PurePosixPath(path.name), named=True)
            return Part(given, str(path.parent), tuple(logs), (), "" if logs else self._nothing(before, named=True))
        shape = None if self._layout else flareworkspace.recognise(path)
        logs = self._shaped(path, shape) if shape else self._plain(path)
        problem = "" if logs else self._nothing(before, named=False)
        return Part(given, str(path), tuple(logs), shape.testcases if shape else (), problem)

    def _nothing(self, before: int, *, named: bool) -> str:
        """Why a PATH gave no log, by what was skipped on its way; a named file may be left out."""
        skipped = self.skipped[before:]
        if named and skipped and all(skip.reason == _LEFT_OUT for skip in skipped):
            return ""
        if not skipped:
            return "no log found: it holds no file"
        number = "1 file" if len(skipped) == 1 else f"{len(skipped)} files"
        if unfit := [skip for skip in skipped if skip.reason == _NO_FIT]:
            return f"no log found: the layout '{self._layout_text}' fits none of {number}, such as {unfit[0].path}"
        return f"no log found: {number} not judged, first {skipped[0].path}: {skipped[0].reason}"

    def _plain(self, root: Path) -> list[SiteLog]:
        logs: list[SiteLog] = []
        for found in self._tree(root):
            if found.is_folder:
                place = self._place(found.relative, "/") or (found.relative.parts[0], "local")
                logs.append(self._unreadable(found, place))
            elif not self._skips(found):
                logs += self._file(found.path, found.relative, named=False)
        return _with_families(logs if self._layout else _with_their_rotations(logs))

    def _shaped(self, root: Path, shape: flareworkspace.Shape) -> list[SiteLog]:
        """The logs of a known folder, and of what else lies in it whatever its name calls a log."""
        self.skipped += shape.skipped
        logs = [log for log in shape.logs if self._chosen(log, root)]
        known = {log.file for log in shape.logs}
        for found in self._tree(root, shape.keeps_no_logs, shape.collected):
            if found.is_folder:
                logs.append(self._unreadable(found, shape.place(found.relative)))
            elif str(found.path) not in known and not self._skips(found):
                logs += self._stray(found, shape)
        return logs

    def _stray(self, found: Found, shape: flareworkspace.Shape) -> list[SiteLog]:
        if not shape.looks_like_log(found.path.name):
            self._skip(found.path, flareworkspace.NO_LOG)
            return []
        if not self._selected(found.relative):
            self._skip(found.path, _LEFT_OUT)
            return []
        testcase, site = shape.place(found.relative)
        family = "" if testcase == SHARED else flareworkspace.FAMILY
        log = SiteLog(testcase, site, str(found.path), found.path.name, str(found.path), family=family)
        return self._kept(log, skip_empty=True)

    def _chosen(self, log: SiteLog, root: Path) -> bool:
        relative = PurePosixPath(Path(os.path.relpath(log.file, root)).as_posix(), *log.members)
        return self._selected(relative) or self._skip(Path(log.path), _LEFT_OUT)

    # ---- the walk through folders ----

    def _tree(
        self, root: Path, keeps_no_logs: Callable[[str], bool] = lambda _: False, collected: Path | None = None
    ) -> Iterator[Found]:
        """All files below a folder, each folder's own before its subfolders'; what is passed over is noted."""
        stack = [Found(root, PurePosixPath(), is_folder=True)]
        while stack:
            here = stack.pop()
            entries = _entries(here.path)
            if entries is None:
                yield here if here.path != root else Found(root, PurePosixPath(root.resolve().name), is_folder=True)
                continue
            names = {entry.name for entry in entries}
            if flareworkspace.MARKER in names and here.path not in (root, collected):
                self._skip(here.path, _OWN)
                continue
            own = flareworkspace.REPORT in names and flareworkspace.is_report(here.path / flareworkspace.REPORT)
            folders = []
            for entry in entries:
                found = Found(here.path / entry.name, here.relative / entry.name, is_folder=_is_folder_entry(entry))
                if found.is_folder:
                    folders += [found] if self._enter(found, keeps_no_logs) else []
                elif entry.name == flareworkspace.MARKER or (own and flareworkspace.is_report_name(entry.name)):
                    self._skip(found.path, _OWN)
                else:
                    yield found
            stack += reversed(folders)

    def _enter(self, folder: Found, keeps_no_logs: Callable[[str], bool]) -> bool:
        if os.path.islink(folder.path):  # noqa: PTH114 - never raises, unlike Path.is_symlink
            return self._skip(folder.path, "a link to a folder, which is not followed")
        if folder.path.name in _NOT_LOGS:
            return self._skip(folder.path, "version control")
        if globs.fits(self._exclude, folder.relative):
            return self._skip(folder.path, _LEFT_OUT)
        if keeps_no_logs(folder.path.name):
            return self._skip(folder.path, flareworkspace.NO_LOG)
        return True

    def _skip(self, path: Path, reason: str) -> bool:
        self.skipped.append(Skipped(str(path), reason))
        return False

    def _skips(self, found: Found) -> bool:
        """Whether a file that nobody named is none that can be judged."""
        reason = _OWN if self._outputs and os.path.realpath(found.path) in self._outputs else _no_regular_file(found)
        return bool(reason) and not self._skip(found.path, reason)

    def _unreadable(self, folder: Found, place: tuple[str, str]) -> SiteLog:
        """A folder that cannot be listed is evidence that is missing; opening it says why."""
        return SiteLog(*place, str(folder.path), folder.path.name, str(folder.path), required=True)

    # ---- one file ----

    def _file(self, path: Path, relative: PurePosixPath, *, named: bool) -> list[SiteLog]:
        """The logs of a file: itself, or an archive's members. A file that was named is never taken for binary."""
        if globs.fits(self._exclude, relative):
            self._skip(path, _LEFT_OUT)
            return []
        if _is_archive(path, named=named):
            return self._members(path, relative, ())
        if not self._selected(relative):
            self._skip(path, _LEFT_OUT)
            return []
        log = self._log(relative, path, (), required=named)
        if log is None or named:
            return [log] if log else []
        return self._kept(log, skip_empty=not self._layout and len(relative.parts) == 1)

    def _members(self, path: Path, relative: PurePosixPath, way: archives.Way) -> list[SiteLog]:
        """The logs of an archive in the file `path`; of one that is not whole, itself as well."""
        try:
            listing = archives.listing(str(path), way)
        except logfile.READ_ERRORS as error:
            listing = archives.Listing((), (), logfile.problem(error))
        for name, reason in listing.passed:
            self._skip(Path(_shown(path, (*way, name))), reason)
        logs = [log for name in listing.names for log in self._member(path, relative / name, (*way, name))]
        if listing.problem:
            place = self._place(relative, "/") or (relative.parts[0], "local")
            members = (*way, archives.WHOLE)
            logs.append(SiteLog(*place, _shown(path, way), relative.name, str(path), members, required=True))
        elif not listing.names and not listing.passed:
            self._skip(Path(_shown(path, way)), "an archive without a file")
        return logs

    def _member(self, path: Path, inside: PurePosixPath, way: archives.Way) -> list[SiteLog]:
        shown = Path(_shown(path, way))
        if globs.fits(self._exclude, inside):
            self._skip(shown, _LEFT_OUT)
        elif _is_archive(path, way):
            if len(way) < archives.DEPTH:
                return self._members(path, inside, way)
            self._skip(shown, f"an archive in {archives.DEPTH} others, which is not opened")
        elif not self._selected(inside):
            self._skip(shown, _LEFT_OUT)
        elif log := self._log(inside, path, way, required=False):
            return self._kept(log, skip_empty=False)
        return []

    def _log(self, relative: PurePosixPath, file: Path, members: tuple[str, ...], *, required: bool) -> SiteLog | None:
        shown = _shown(file, members)
        place = self._place(relative)
        if place is None:
            self._skip(Path(shown), _NO_FIT)
            return None
        return SiteLog(*place, shown, relative.name, str(file), members, required=required)

    def _place(self, relative: PurePosixPath, end: str = "") -> tuple[str, str] | None:
        """Testcase and site of a file, or of a folder (`end` is then "/"); None when it does not fit the layout."""
        testcase, site = relative.parts[0], "local"
        if self._layout:
            if not (found := self._layout.fullmatch(f"{relative}{end}")):
                return None
            named = found.groupdict()
            testcase, site = named.get("testcase", testcase), named.get("site", site)
        return (f"./{SHARED}" if testcase == SHARED else testcase), site

    def _kept(self, log: SiteLog, *, skip_empty: bool) -> list[SiteLog]:
        try:
            start = logfile.sniff(log)
        except logfile.READ_ERRORS:
            return [log]  # damaged evidence is judged, not skipped
        reason = "empty" if skip_empty and not start else logfile.binary_reason(start, log.name)
        return [] if reason and not self._skip(Path(log.path), reason) else [log]

    def _selected(self, relative: PurePosixPath) -> bool:
        included = not self._include or globs.fits(self._include, relative)
        return included and not globs.fits(self._exclude, relative)


# ---- the file system -------------------------------------------------------------------------------------------------


def _is_folder(path: Path) -> bool:
    """Whether a PATH is a folder. UsageError when there is nothing of that name; what cannot be told is no folder."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.islink(path):  # noqa: PTH114 - never raises, unlike Path.is_symlink
            return False
        hint = "loggate scan takes folders, files, or - for stdin"
        raise UsageError(f"{path}: no such file or folder", hint=hint) from error
    except OSError:
        return False


def _with_families(logs: list[SiteLog]) -> list[SiteLog]:
    """The logs, those marked that a framework writes side by side, each entry into several of them."""
    names: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)

    def home(log: SiteLog) -> tuple[str, str, str]:
        return log.testcase, log.site, log.path.rpartition(log.name)[0]

    for log in logs:
        names[home(log)].add(log.name)
    return [
        msgspec.structs.replace(log, family=flareworkspace.FAMILY)
        if names[home(log)] >= flareworkspace.SIBLINGS and flareworkspace.is_log_name(log.name)
        else log
        for log in logs
    ]


def _with_their_rotations(logs: list[SiteLog]) -> list[SiteLog]:
    """Files that name their testcase themselves: what a log was rotated into belongs to the log's own."""
    names = {log.testcase for log in logs}

    def home(log: SiteLog) -> str:
        base = rotation.base_name(log.name)
        return base if log.testcase == log.name and base in names else log.testcase

    return [msgspec.structs.replace(log, testcase=home(log)) for log in logs]


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """What a folder holds, by name; None when it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None


def _is_folder_entry(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _no_regular_file(found: Found) -> str:
    """Why a file that nobody named is not opened ("" when it is, also for those of which nothing can be told)."""
    try:
        mode = found.path.stat().st_mode
    except OSError as error:
        link = error.errno in (errno.ENOENT, errno.ELOOP) and os.path.islink(found.path)  # noqa: PTH114
        return "a link to nothing" if link else ""
    return "" if stat.S_ISREG(mode) else "no regular file"


def _is_archive(path: Path, way: archives.Way = (), *, named: bool = False) -> bool:
    try:
        return (bool(way) or _has_bytes(path)) and archives.is_archive(str(path), way, named=named)
    except logfile.READ_ERRORS:
        return False  # whoever reads the log will say why it cannot be read


def _has_bytes(path: Path) -> bool:
    """Whether it is a regular file with bytes in it: others may have some, and keep who asks for them waiting."""
    status = path.stat()
    return stat.S_ISREG(status.st_mode) and status.st_size > 0


def _shown(file: Path, way: archives.Way) -> str:
    """A file's path, or that of a member of the archive that it is, as a person sees it."""
    return "!/".join((str(file) if str(file) != STDIN else f"./{file}", *way))


# ---- several PATHs as one --------------------------------------------------------------------------------------------


def _joined(parts: list[Part], skipped: list[Skipped]) -> Evidence:
    """The parts as one: a file counts once, and testcases of one name that are not one testcase are told apart."""
    parts = _renamed(_without_repeats(parts))
    logs = tuple(log for part in parts for log in part.logs)
    testcases = {part.given: Testcase(part.given, problem=part.problem) for part in parts if part.problem}
    sites: defaultdict[str, set[str]] = defaultdict(set)
    for log in logs:
        sites[log.testcase].add(log.site)
    for known in (testcase for part in parts for testcase in part.known):
        if known.name in sites:
            testcases[known.name] = msgspec.structs.replace(known, sites=tuple(sorted(sites[known.name])))
    for name in sites:
        if name != SHARED:
            testcases.setdefault(name, Testcase(name, sites=tuple(sorted(sites[name]))))
    return Evidence(tuple(testcases.values()), logs, tuple(skipped))


def _without_repeats(parts: list[Part]) -> list[Part]:
    """Each file where it was found first; named and found it is required."""
    seen: dict[tuple[str, tuple[str, ...]], SiteLog] = {}
    homes: defaultdict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for number, part in enumerate(parts):
        for log in part.logs:
            key = (os.path.abspath(log.file) if log.file != logfile.STDIN else log.file, log.members)  # noqa: PTH100
            if key not in seen:
                homes[number].append(key)
                seen[key] = log
            elif log.required:
                seen[key] = msgspec.structs.replace(seen[key], required=True)
    return [
        msgspec.structs.replace(part, logs=tuple(seen[key] for key in homes[number]))
        for number, part in enumerate(parts)
    ]


def _renamed(parts: list[Part]) -> list[Part]:
    """Testcases of one name from several PATHs get the job's id or the PATH into their names."""
    if len(parts) == 1:
        return parts
    holders: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        for name in {log.testcase for log in part.logs} - {SHARED}:
            holders[name].append(part)
    clashing = {name for name, same in holders.items() if not _one_testcase(name, same)}
    return [_with_names(part, clashing) for part in parts]


def _one_testcase(name: str, parts: list[Part]) -> bool:
    """Whether what several PATHs call by one name is one job, or different sites of one testcase."""
    if len(parts) == 1:
        return True
    jobs = {testcase.job_id for part in parts for testcase in part.known if testcase.name == name}
    if jobs - {None}:
        return len(jobs) == 1 and all(name in {testcase.name for testcase in part.known} for part in parts)
    sites = [site for part in parts for site in {log.site for log in part.logs if log.testcase == name}]
    return len(sites) == len(set(sites))


def _with_names(part: Part, clashing: set[str]) -> Part:
    jobs = {testcase.name: testcase.job_id for testcase in part.known}

    def name(old: str) -> str:
        if old not in clashing:
            return old
        job = jobs.get(old)
        return f"{old} ({job[:8]})" if job else f"{part.folder or '.'}/{old}"

    logs = tuple(msgspec.structs.replace(log, testcase=name(log.testcase)) for log in part.logs)
    known = tuple(msgspec.structs.replace(testcase, name=name(testcase.name)) for testcase in part.known)
    return msgspec.structs.replace(part, logs=logs, known=known)
