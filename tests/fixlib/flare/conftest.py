"""The NVFlare to test with, as the runner's tests choose it; and the same beside another fixlib."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.gate.runners.conftest import nvflare_python

__all__ = ["nvflare_python"]

OLDER = 'raise RuntimeError("an installed fixlib was used, not the one that was deployed")\n'


@pytest.fixture(scope="session")
def shadowed_python(nvflare_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with that NVFlare, where another version of a package `fixlib` is installed, and goes first."""
    folder = tmp_path_factory.mktemp("shadowed")
    subprocess.run([str(nvflare_python), "-m", "venv", "--without-pip", str(folder)], check=True)
    code = "import sys; print(*(path for path in sys.path if path.endswith('-packages')), sep='\\n')"
    (own,) = folder.glob("lib/python*/site-packages")
    installed = subprocess.run([str(nvflare_python), "-c", code], capture_output=True, text=True, check=True).stdout
    (own / "nvflare.pth").write_text(installed, encoding="utf-8")
    (own / "fixlib").mkdir()
    (own / "fixlib" / "__init__.py").write_text(OLDER, encoding="utf-8")
    return folder / "bin" / "python"
