"""The templates' environment: nothing leaves it unescaped, and templates are compiled once, as Python compiles itself.

Importing it imports Jinja, which is slow: only what writes a page does.
"""

from __future__ import annotations

import pickle
import sys
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from gate.reports import words
from gate.reports.escape import one_line, visible
from gate.reports.markup import path, text

TEMPLATES = Path(__file__).parent / "templates"


def _finalize(value: Any) -> Any:
    """The last door of every value that no filter has made into HTML; autoescape follows."""
    return visible(value) if type(value) is str else value


_SETTINGS: dict[str, Any] = {
    "autoescape": True,
    "finalize": _finalize,
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}


@cache
def environment(templates: Path = TEMPLATES) -> jinja2.Environment:
    """The templates of this folder, with the filters that our own use."""
    made = jinja2.Environment(  # noqa: S701 - autoescape is among the settings
        loader=jinja2.FileSystemLoader(templates),
        bytecode_cache=Compiled(templates / "__pycache__"),
        **_SETTINGS,
    )
    made.globals |= {"ranks": words.VERDICT_RANKS, "symbols": words.SYMBOLS}
    made.filters |= {
        "dispositions": words.dispositions,
        "duration": words.duration,
        "first_finding": words.first_finding,
        "label": words.label,
        "listing": words.listing,
        "moment": _moment,
        "number": words.number,
        "path": path,
        "short": one_line,
        "sites": words.sites,
        "size": _size,
        "testcases": words.testcases,
        "text": text,
        "thousands": _thousands,
    }
    return made


class Compiled(jinja2.FileSystemBytecodeCache):
    """Compiled templates in a `__pycache__` beside their sources, one file each; none where that cannot be written.

    Their checksum is of all that goes into them: the source, the settings, and who compiled it. Whoever could write
    there could write the sources too, which is why it is no folder that is shared, such as the system's for temporary
    files: compiled code is run as it is found.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), "%s.jinja")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """`report.html.j2.cpython-311`: a newer one takes the place of the older."""
        return f"{name}.{sys.implementation.cache_tag}"

    def get_source_checksum(self, source: str) -> str:
        settings = {name: getattr(value, "__name__", value) for name, value in _SETTINGS.items()}
        made_by = (jinja2.__version__, MAGIC_NUMBER.hex(), settings)
        return super().get_source_checksum(f"{made_by}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, pickle.UnpicklingError):  # a file that is damaged is written anew
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write it under another name first, so that no other process reads half of it."""
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
            Path(self._get_cache_filename(bucket)).chmod(0o644)  # for all who can read the sources, as Python's own


def _thousands(count: int) -> str:
    return f"{count:,}"


def _moment(time: str) -> str:
    """`2026-05-09 07:35:25 +02:00`, as it was written when it is no ISO 8601."""
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return time
    return f"{at:%Y-%m-%d %H:%M:%S} {at.isoformat()[-6:] if at.tzinfo else ''}".rstrip()


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
