"""Where reports go: files that appear whole or not at all, and standard output."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from gate import clean, reports
from gate.errors import GateError, UsageError
from gate.files import replaced
from gate.model import Report, Struct
from gate.reports.escape import inert, visible

ALWAYS = ("json", "html")
"""Written into the report's folder by every run."""


_OPEN_STREAM = re.compile(r"/dev/(stdout|stderr|fd/\d+)|/proc/(self|\d+)/fd/\d+")


class Target(Struct, frozen=True):
    """A format and its file; None is standard output."""

    format: str
    path: Path | None


def targets(formats: Iterable[str], folder: Path) -> list[Target]:
    """What `--format` asks for (the terminal's table when it asks for nothing), and what is always written."""
    try:
        is_file = folder.exists() and not folder.is_dir()
    except OSError as error:
        raise GateError(f"-o {folder}: cannot be used: {error.strerror}") from error
    if is_file:
        raise UsageError(f"-o {folder}: is a file", hint="name a folder; it is made when it does not exist")
    asked = [_target(text, folder) for text in formats] or [Target("terminal", None)]
    always = [Target(name, folder / reports.load(name).filename) for name in ALWAYS]
    wanted = [*(target for target in always if target not in asked), *asked]
    _check_apart(wanted)
    return wanted


def _check_apart(targets: Iterable[Target]) -> None:
    """Each document has a place of its own: the second in one file would take the first's place."""
    taken: dict[str, str] = {}
    for target in targets:
        place = os.path.normpath(Path.cwd() / target.path) if target.path else ""
        other = taken.get(place)
        is_again = target.path and other == target.format  # the same document, whatever its place was called
        if other and not is_again and _is_document(target.path, other, target.format):
            where = target.path or "standard output"
            said = f"--format: {other} and {target.format} cannot both go to {where}"
            raise UsageError(said, hint="give one another file: NAME=PATH")
        taken[place] = target.format


def _is_document(path: Path | None, *formats: str) -> bool:
    """Whether what is written there must stand alone: a file, or a text that is not made for standard output."""
    if path is None:
        return any(reports.load(name).filename for name in formats)
    return path.is_file() or not path.exists()


def _target(text: str, folder: Path) -> Target:
    name, _, path = text.partition("=")
    filename = reports.load(name).filename
    if path:
        return Target(name, None if path == "-" else Path(path))
    return Target(name, folder / filename if filename else None)


def say(text: str) -> None:
    """To standard error, as text that no terminal and no CI system's log reader obeys, its secrets masked."""
    click.echo(inert(visible(clean.mask(text))).rstrip("\n"), err=True)


def write(report: Report, targets: Iterable[Target]) -> None:
    """Write each target. GateError when one cannot be written; BrokenPipeError when nobody reads a pipe."""
    for target in targets:
        if target.path is None:
            _write_stdout(report, target.format)
        else:
            _write_file(report, target.format, target.path)


def _write_stdout(report: Report, name: str) -> None:
    if sys.stdout is None:  # `>&-`
        raise GateError("standard output: cannot be written: it is closed")
    if name != "terminal" and isinstance(sys.stdout, io.TextIOWrapper):  # whose text is fitted to any encoding
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    try:
        reports.load(name).write(report, sys.stdout, None)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise GateError(f"standard output: cannot be written: {error.strerror}") from error


def _write_file(report: Report, name: str, path: Path) -> None:
    try:
        if _OPEN_STREAM.fullmatch(str(path)) or (path.exists() and not path.is_file()):
            with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                reports.load(name).write(report, out, None)
        else:
            with replaced(path) as out:
                reports.load(name).write(report, out, path.parent)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise GateError(f"{path}: cannot be written: {error.strerror}") from error
