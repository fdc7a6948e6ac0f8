"""Where reports go: files that appear whole or not at all, and standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gate import reports
from gate.errors import GateError, UsageError
from gate.model import Report, Struct

ALWAYS = ("json", "html")
"""Written into the report's folder by every run."""


class Target(Struct, frozen=True):
    """A format and its file; None is standard output."""

    format: str
    path: Path | None


def targets(formats: Iterable[str], folder: Path) -> list[Target]:
    """What `--format` asks for (the terminal's table when it asks for nothing), and what is always written."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {folder}: is a file", hint="name a folder; it is made when it does not exist")
    asked = [_target(text, folder) for text in formats] or [Target("terminal", None)]
    always = [Target(name, folder / reports.load(name).filename) for name in ALWAYS]
    return [*(target for target in always if target not in asked), *asked]


def _target(text: str, folder: Path) -> Target:
    name, _, path = text.partition("=")
    filename = reports.load(name).filename
    if path:
        return Target(name, None if path == "-" else Path(path))
    return Target(name, folder / filename if filename else None)


def write(report: Report, targets: Iterable[Target]) -> None:
    """Write each target. GateError when a file cannot be written."""
    for target in targets:
        if target.path is None:
            reports.load(target.format).write(report, sys.stdout, None)
            sys.stdout.flush()
        else:
            _write_file(report, target.format, target.path)


def _write_file(report: Report, name: str, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                reports.load(name).write(report, out, path.parent)
            Path(part).chmod(0o666 & ~_umask())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise GateError(f"{path}: cannot be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
