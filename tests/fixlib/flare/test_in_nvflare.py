"""Runs the checks of in_nvflare.py by the Python under test, each in a process of its own."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("in_nvflare.py")


def checks() -> list[str]:
    """The names in the script's list CHECKS."""
    for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECKS":
            return [ast.unparse(name) for name in getattr(node.value, "elts", [])]
    raise AssertionError("no list CHECKS in the script")


@pytest.mark.poc
@pytest.mark.parametrize("name", checks())
def test_in_nvflare(name: str, nvflare_python: Path) -> None:
    """The check holds, on real ObjectStreamers (its docstring says what it proves)."""
    done = subprocess.run(
        [str(nvflare_python), str(SCRIPT), name], capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr
