"""Output formats: one file each, holding one constant FORMAT that satisfies the contract below."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, TextIO

from gate.errors import UsageError
from gate.model import Report

NAMES = ("html", "json", "junit", "sarif", "github", "summary", "gitlab", "markdown", "csv", "terminal")


class Format(Protocol):
    """Writes a report as UTF-8 text. `filename` is its place in the report's folder, "" for standard output.

    `folder` is where the text will stand (None for standard output), so that links to logs can be relative.
    """

    filename: str

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None: ...


def load(name: str) -> Format:
    """The format of this name; UsageError for an unknown one."""
    if name not in NAMES:
        raise UsageError(f"unknown format '{name}'", hint=f"formats: {', '.join(NAMES)}")
    found: Format = import_module(f"gate.reports.{name}").FORMAT
    return found
