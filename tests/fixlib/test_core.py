"""The core keeps to itself: standard library only, and neither threads nor sleeps nor sockets."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import fixlib

PACKAGE = Path(fixlib.__file__).parent
CORE = sorted(PACKAGE.glob("*.py"))
FORBIDDEN = {
    "threading",
    "socket",
    "time",
    "asyncio",
    "subprocess",
    "multiprocessing",
    "concurrent",
    "select",
    "logging",
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add("." * node.level + node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_core_imports(path: Path) -> None:
    """It is copied into sites where nobody runs pip, and is told the time."""
    names = imported(path)
    assert names <= set(sys.stdlib_module_names) | {f".{each.stem}" for each in CORE}
    assert not names & FORBIDDEN


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_imports_within_are_relative(path: Path) -> None:
    """A copy of it works under any name, beside another fixlib."""
    assert "fixlib" not in imported(path)


def test_the_public_face() -> None:
    """`fixlib` offers what it lists, sorted, and every event can be told in a line."""
    assert all(hasattr(fixlib, name) for name in fixlib.__all__)
    for event in (
        fixlib.Gap("log.txt", 7, None, "why"),
        fixlib.Gap("log.txt", 7, 3, "why"),
        fixlib.Started("log.txt", 0, 3, 1.5),
        fixlib.Retrying("log.txt", 2, "timeout", 0.5),
        fixlib.Recovered("log.txt", 7, 1.0),
        fixlib.Missing("log.txt"),
        fixlib.Failed("log.txt", 7, "starting", "why", "what to check"),
        fixlib.Completed("log.txt", 7, 1),
        fixlib.Stored("site-1", "log.txt", 7, 0),
        fixlib.QuotaReached("site-1", "log.txt", "site", 7),
        fixlib.Refused("site-1", "a\nb", fixlib.RefusalKind.NAME, "why"),
        fixlib.WriteFailed("site-1", "log.txt", 7, "why"),
    ):
        assert "\n" not in str(event)
        assert not any(word in str(event) for word in ("ERROR", "Traceback", "Exception"))
