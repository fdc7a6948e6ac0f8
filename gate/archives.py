"""Archives as folders: the members of zip and tar files and of archives in archives, each archive unpacked once.

What is compressed as a whole (`.tar.gz`) or lies in another archive is unpacked into a temporary file without a name,
of which nothing is left when the process ends, however it ends; a few archives stay open for whoever asks next.
Nothing is ever written under a member's name. Facts about the formats: PKWARE's APPNOTE, POSIX pax, the GNU tar manual.
"""

from __future__ import annotations

import atexit
import errno
import io
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from gate.compressed import LET_THROUGH, READ_ERRORS, BadEvidence, ToTheDamage, peeled, problem

DEPTH = 4
"""How many archives may lie in each other and are opened."""

RATIO, FLOOR = 100, 1 << 30
"""An archive may unpack to so many times its file's size, or to so many bytes where that is more."""

Way = tuple[str, ...]
"""The names of members, from a file inwards."""

WHOLE = ""
"""Stands where a member's name would for the archive itself: that it is whole is evidence, too."""

_KEPT_OPEN = 8
_LONGEST_READ = 64 << 20
_BLOCK = 1 << 20
_TAR_BLOCK = 512
_DAMAGE: tuple[type[Exception], ...] = (*READ_ERRORS, *LET_THROUGH)
_TAR_NAME = re.compile(r".*\.(tar(\.\w+)?|t[gx]z|tbz2?|tzst)", re.IGNORECASE | re.DOTALL)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
_UTF8_NAMES, _ENCRYPTED, _DOS = 0x800, 0x1, 0

REPLACED = "replaced by a later entry of the same name"


class Listing(NamedTuple):
    """The members that are files, what is passed over with the reason, and why the archive is not whole ("" if it is).

    Of entries with one name the last counts, as for whoever unpacks them.
    """

    names: tuple[str, ...]
    passed: tuple[tuple[str, str], ...]
    problem: str


def listing(file: str, way: Way = ()) -> Listing:
    """What the archive holds that lies at the end of the way. Raises one of READ_ERRORS when it cannot be reached."""
    with _at(file, way) as archive:
        return Listing(tuple(archive.members), tuple(archive.passed), archive.problem)


@contextmanager
def opened(file: str, way: Way, damaged: list[Exception]) -> Iterator[IO[bytes]]:
    """A member's bytes, up to where they are damaged; the error goes into `damaged`. Raises one of READ_ERRORS."""
    with _at(file, way[:-1]) as archive:
        if way[-1] not in archive.members:
            raise BadEvidence(archive.problem) if archive.problem else FileNotFoundError(errno.ENOENT, way[-1])
        try:
            stream = archive.open(way[-1])
        except READ_ERRORS:
            raise
        except _DAMAGE as error:
            raise BadEvidence(f"is damaged: {error}") from error
        with stream:
            yield cast(IO[bytes], ToTheDamage(stream, damaged))


def is_archive(file: str, way: Way = (), *, named: bool = False) -> bool:
    """Whether a file, or a member, is an archive, compressed or not. Raises one of READ_ERRORS.

    Programs that carry an archive (self-extracting ones) count when they are `named`, or called `.zip`.
    """
    with ExitStack() as stack:
        damaged: list[Exception] = []
        start = peeled(_raw(file, way, stack, damaged), stack, damaged)[1]
    return bool(kind(start, (file, *way)[-1])) or (not way and _carries_zip(file, start, named=named))


def _raw(file: str, way: Way, stack: ExitStack, damaged: list[Exception]) -> IO[bytes]:
    if way:
        return stack.enter_context(opened(file, way, damaged))
    return cast(IO[bytes], stack.enter_context(Path(file).open("rb", buffering=0)))


# ---- which kind ------------------------------------------------------------------------------------------------------


def kind(start: bytes, name: str = "") -> str:
    """Which kind of archive begins so: `zip`, `tar`, or "" for none."""
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    empty = not start.strip(b"\0") and len(start) >= 2 * _TAR_BLOCK and _TAR_NAME.fullmatch(name)
    return "tar" if empty or _is_tar(start[:_TAR_BLOCK]) else ""


def _is_tar(block: bytes) -> bool:
    """By its magic; the oldest tars have none but their header's checksum."""
    if block[257:263] in (b"ustar\0", b"ustar ") and b"\0" in block[:257]:
        return True
    try:
        return bool(tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape").name)
    except _DAMAGE:
        return False


def _carries_zip(file: str, start: bytes, *, named: bool) -> bool:
    called_zip = file.lower().endswith(".zip")
    return (called_zip or (named and start.startswith(_PROGRAMS))) and zipfile.is_zipfile(file)


# ---- archives that are open ------------------------------------------------------------------------------------------


class _Archive(Protocol):
    members: dict[str, Any]
    passed: list[tuple[str, str]]
    problem: str
    users: int

    def open(self, name: str) -> IO[bytes]: ...

    def close(self) -> None: ...


_Key = tuple[str, tuple[int, ...], Way]
_open: OrderedDict[_Key, _Archive] = OrderedDict()


@contextmanager
def _at(file: str, way: Way) -> Iterator[_Archive]:
    """The archive at the end of the way, which stays open at least as long as it is used."""
    found = Path(file).stat()
    identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    key = (file, identity, way)
    archive = _open.get(key) or _opened(file, way)
    _open[key] = archive
    for end in range(len(way), -1, -1):  # those around it stay, too: they would have to be unpacked again
        if (around := (file, identity, way[:end])) in _open:
            _open.move_to_end(around)
    archive.users += 1
    _close_oldest()
    try:
        yield archive
    finally:
        archive.users -= 1


def _close_oldest() -> None:
    idle = [key for key, archive in _open.items() if not archive.users]
    for key in idle[: max(0, len(_open) - _KEPT_OPEN)]:
        _open.pop(key).close()


@atexit.register
def close_all() -> None:
    """Close what is kept open."""
    while _open:
        _open.popitem()[1].close()


def _opened(file: str, way: Way) -> _Archive:
    with ExitStack() as stack:
        damaged: list[Exception] = []
        stream, start, layers = peeled(_raw(file, way, stack, damaged), stack, damaged)
        unpacked = _as_it_is(file) if not way and not layers else _unpacked(stream, Path(file).stat().st_size, damaged)
        damage = problem(damaged[0]) if damaged else ""
        return _Tar(unpacked, damage) if kind(start, (file, *way)[-1]) == "tar" else _Zip(unpacked, damage)


def _as_it_is(file: str) -> IO[bytes]:
    return Path(file).open("rb")


def _unpacked(stream: io.BufferedReader, packed: int, damaged: list[Exception]) -> IO[bytes]:
    """A temporary file with what the stream holds, as far as there may be so much of it."""
    try:
        file = tempfile.TemporaryFile(prefix="loggate-")  # noqa: SIM115 - stays open for whoever asks next
        limit = min(max(FLOOR, RATIO * packed), shutil.disk_usage(tempfile.gettempdir()).free // 2)
        size = 0
        while size <= limit and (block := stream.read1(_BLOCK)):
            size += file.write(block)
        file.seek(0)
    except OSError as error:
        raise BadEvidence(f"cannot be unpacked into a temporary file: {error.strerror}") from error
    if size > limit:
        damaged.insert(0, BadEvidence(f"is not read beyond {limit:,} bytes of what it unpacks to"))
    return file


class _Careful:
    """A file of which nobody reads very much at once: a length in a hostile header is no reason to fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.seek, self.tell, self.close, self._read = file.seek, file.tell, file.close, file.read
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._read(_LONGEST_READ + 1 if size is None or size < 0 else min(size, _LONGEST_READ + 1))
        if len(data) > _LONGEST_READ:
            raise BadEvidence(f"is damaged: more than {_LONGEST_READ:,} bytes of a directory or of a name")
        return data


# ---- zip and tar -----------------------------------------------------------------------------------------------------


class _Zip:
    def __init__(self, file: IO[bytes], damage: str) -> None:
        self.members: dict[str, zipfile.ZipInfo] = {}
        self.passed: list[tuple[str, str]] = []
        self.problem, self.users, self._file = damage, 0, file
        try:
            self._zip = zipfile.ZipFile(cast(IO[bytes], _Careful(file)))
            self._list()
        except _DAMAGE as error:
            self.problem = damage or _damage(error)

    def _list(self) -> None:
        for info in self._zip.infolist():
            name = _plain(_zip_name(info))
            if info.is_dir() or name.endswith("/"):
                continue
            mode = info.external_attr >> 16 if info.create_system != _DOS else 0
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                self.passed.append((name, "a link" if stat.S_ISLNK(mode) else "no regular file"))
            else:
                _add(self, name, info)

    def open(self, name: str) -> IO[bytes]:
        info = self.members[name]
        if info.flag_bits & _ENCRYPTED:
            raise BadEvidence("is encrypted")
        try:
            return self._zip.open(info)
        except NotImplementedError as error:
            raise BadEvidence(f"cannot be read: {error}") from error

    def close(self) -> None:
        self._file.close()


class _Tar:
    def __init__(self, file: IO[bytes], damage: str) -> None:
        self.members: dict[str, tarfile.TarInfo] = {}
        self.passed: list[tuple[str, str]] = []
        self.users, self._file = 0, file
        try:
            self._tar = tarfile.open(  # noqa: SIM115 - stays open for whoever asks next
                fileobj=cast(IO[bytes], _Careful(file)), mode="r:", encoding="utf-8", errors="surrogateescape"
            )
            self._list()
            self.problem = damage or self._bad_end()
        except _DAMAGE as error:
            self.problem = damage or _damage(error)

    def _list(self) -> None:
        before = -1
        for info in self._tar:
            if info.offset <= before or info.size < 0:
                raise BadEvidence("is damaged: an entry that points back")
            before = info.offset
            name = _plain(info.name)
            if info.isreg():
                _add(self, name, info)
            elif not info.isdir():
                self.passed.append((name, f"a link to {info.linkname}" if info.linkname else "no regular file"))

    def _bad_end(self) -> str:
        """Why it does not end as a tar does ("" if it does): a damaged header is the end, for the library."""
        self._file.seek(self._tar.offset)
        mark = self._file.read(_TAR_BLOCK)
        if mark.strip(b"\0"):
            return f"is damaged: no header at byte {self._tar.offset:,}"
        if len(mark) < _TAR_BLOCK:
            return "is cut short: its end mark is missing"
        rest = iter(lambda: self._file.read(_BLOCK), b"")
        return "holds more behind its end, which is not read" if any(part.strip(b"\0") for part in rest) else ""

    def open(self, name: str) -> IO[bytes]:
        stream = self._tar.extractfile(self.members[name])
        if stream is None:
            raise BadEvidence("is no file")
        return stream

    def close(self) -> None:
        self._file.close()


def _damage(error: BaseException) -> str:
    return problem(error) if isinstance(error, (BadEvidence, OSError)) else f"is damaged: {error}"


def _add(archive: _Archive, name: str, info: Any) -> None:
    if not name:
        archive.passed.append(("", "an entry without a name"))
        return
    if name in archive.members:
        archive.passed.append((name, REPLACED))
    archive.members[name] = info


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A member's name, with its folders told by slashes. UTF-8 without its flag is known by being UTF-8."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAMES and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name if "/" in name else name.replace("\\", "/")


def _plain(name: str) -> str:
    """The name without what says nothing inside an archive: a leading `/` or `./`, doubled slashes."""
    return re.sub(r"^/+|(?:(?<=/)|^)(?:\./+)+", "", re.sub(r"/{2,}", "/", name))
