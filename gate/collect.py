"""Paths → site logs: folders, single files, standard input and zip archives, by a layout or as they lie."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from gate import flareworkspace, logfile
from gate.errors import UsageError
from gate.model import SHARED, Evidence, SiteLog, Skipped, Struct, Testcase

STDIN = "-"
_NOT_LOGS = {".git", ".hg", ".svn"}


class Selection(Struct, frozen=True):
    """Which files count, and how a path tells its testcase and site.

    `layout` is a pattern such as `{testcase}/{site}/**` over the path below each scanned folder; `include` and
    `exclude` are globs over that path, or over the file name when they hold no slash. `output` is the folder that
    the report goes to.
    """

    layout: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    output: str = ""


def collect(paths: Iterable[str], selection: Selection) -> Evidence:
    """All logs below the paths. UsageError for a path that does not exist or a layout that cannot work."""
    walk = _Walk(selection)
    parts = [walk.path(path) for path in dict.fromkeys(paths)]
    logs = {log.path: log for part in parts for log in part.logs}
    testcases = {testcase.name: testcase for part in parts for testcase in part.testcases}
    for log in logs.values():
        if log.testcase not in (SHARED, *testcases):
            testcases[log.testcase] = Testcase(log.testcase)
    return Evidence(tuple(testcases.values()), tuple(logs.values()), tuple(walk.skipped))


class _Walk:
    def __init__(self, selection: Selection) -> None:
        self.skipped: list[Skipped] = []
        self._layout = _layout(selection.layout) if selection.layout else None
        self._include = [_glob(pattern) for pattern in selection.include]
        self._exclude = [_glob(pattern) for pattern in selection.exclude]
        self._output = Path(selection.output).resolve() if selection.output else None

    def path(self, given: str) -> Evidence:
        if given == STDIN:
            return Evidence((), (SiteLog("stdin", "local", path=STDIN, name=STDIN, file=STDIN, required=True),))
        path = Path(given)
        if not path.exists() and not path.is_symlink():
            raise UsageError(
                f"{given}: no such file or folder", hint="loggate scan takes folders, files, or - for stdin"
            )
        if not path.is_dir():
            return Evidence((), tuple(self._file(path, PurePosixPath(path.name), named=True)))
        if not self._layout and (shape := flareworkspace.recognise(path)):
            return shape
        files = self._files(path)
        return Evidence((), tuple(log for file, below in files for log in self._file(file, below, named=False)))

    # ---- the walk through folders ----

    def _files(self, root: Path) -> Iterator[tuple[Path, PurePosixPath]]:
        unreadable: list[Path] = []
        for folder, folders, names in os.walk(root, onerror=lambda error: unreadable.append(Path(error.filename))):
            here = Path(folder)
            folders[:] = sorted(name for name in folders if self._enter(here / name, root))
            for name in sorted(names):
                yield here / name, _relative(here / name, root)
        for folder_path in unreadable:
            yield folder_path, _relative(folder_path, root)

    def _enter(self, folder: Path, root: Path) -> bool:
        if folder.is_symlink():
            return self._skip(folder, "a link to a folder, which is not followed")
        if folder.name in _NOT_LOGS:
            return self._skip(folder, "version control")
        if (self._output and folder.resolve() == self._output) or flareworkspace.is_own_output(folder):
            return self._skip(folder, "loggate's own output")
        return True

    def _skip(self, path: Path, reason: str) -> bool:
        self.skipped.append(Skipped(str(path), reason))
        return False

    # ---- one file ----

    def _file(self, path: Path, relative: PurePosixPath, *, named: bool) -> list[SiteLog]:
        """The logs of a file: itself, or a zip archive's members. A file that was named is never taken for binary."""
        if not self._selected(relative):
            self._skip(path, "left out by --include or --exclude")
            return []
        if reason := _no_regular_file(path, named=named):
            self._skip(path, reason)
            return []
        try:
            if path.is_file() and logfile.is_zip(path):
                return self._members(path, relative)
        except OSError:
            pass  # whoever reads the log will say why it cannot be read
        log = self._log(relative, str(path), path, (), required=named)
        return self._kept(log, named=named)

    def _members(self, path: Path, relative: PurePosixPath) -> list[SiteLog]:
        try:
            with zipfile.ZipFile(path) as archive:
                names = [member.filename for member in archive.infolist() if not member.is_dir()]
        except zipfile.BadZipFile:
            return self._kept(self._log(relative, str(path), path, ("",), required=True), named=True)
        logs = [
            self._log(relative / PurePosixPath(name), f"{path}!/{name}", path, (name,), required=False)
            for name in names
        ]
        return [kept for log in logs for kept in self._kept(log, named=False)]

    def _log(
        self, relative: PurePosixPath, shown: str, file: Path, members: tuple[str, ...], *, required: bool
    ) -> SiteLog | None:
        testcase, site = relative.parts[0], "local"
        if self._layout:
            found = self._layout.fullmatch(str(relative))
            if not found:
                self._skip(Path(shown), "does not fit the layout")
                return None
            named = found.groupdict()
            testcase, site = named.get("testcase", testcase), named.get("site", site)
        return SiteLog(testcase, site, shown, relative.name, str(file), members, required=required)

    def _kept(self, log: SiteLog | None, *, named: bool) -> list[SiteLog]:
        if log is None:
            return []
        if not named:
            try:
                reason = logfile.binary_reason(logfile.sniff(log))
            except logfile.READ_ERRORS:
                reason = ""  # damaged evidence is judged, not skipped
            if reason:
                self._skip(Path(log.path), reason)
                return []
        return [log]

    def _selected(self, relative: PurePosixPath) -> bool:
        def any_of(globs: list[re.Pattern[str]]) -> bool:
            return any(glob.fullmatch(str(relative)) or glob.fullmatch(relative.name) for glob in globs)

        return (not self._include or any_of(self._include)) and not any_of(self._exclude)


def _relative(path: Path, root: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(root).as_posix() if path != root else root.resolve().name)


def _no_regular_file(path: Path, *, named: bool) -> str:
    if path.is_symlink() and not path.exists():
        return "a link to nothing"
    if not named and not path.is_file() and not path.is_dir():
        return "no regular file"
    return ""


# ---- patterns --------------------------------------------------------------------------------------------------------


def _layout(layout: str) -> re.Pattern[str]:
    fields = re.findall(r"\{(.*?)\}", layout)
    if unknown := [field for field in fields if field not in ("testcase", "site")]:
        raise UsageError(f"layout: unknown field '{{{unknown[0]}}}'", hint="fields: {testcase}, {site}; also * and **")
    if "testcase" not in fields or len(set(fields)) != len(fields):
        raise UsageError(f"layout: '{layout}' must hold {{testcase}} once", hint="for example {testcase}/{site}/**")
    return re.compile(_translate(layout))


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(_translate(pattern))


def _translate(pattern: str) -> str:
    """A glob as a regular expression: `**` crosses folders, `*` and `?` do not, `{name}` is one folder's name."""
    tokens = re.split(r"(\*\*/|\*\*|\*|\?|\{\w+\})", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = [
        known.get(token) or (f"(?P<{token[1:-1]}>[^/]+)" if token.startswith("{") else re.escape(token))
        for token in tokens
    ]
    return "".join(parts)
