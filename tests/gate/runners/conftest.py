"""A NVFlare to run real POCs with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NVFLARE_VARIABLE = "LOGGATE_TEST_NVFLARE"


@pytest.fixture(scope="session")
def nvflare_python() -> Path:
    """The interpreter of the environment variable LOGGATE_TEST_NVFLARE, or our own, if it has NVFlare."""
    python = os.environ.get(NVFLARE_VARIABLE, sys.executable)
    probe = "import importlib.util as u, sys; sys.exit(0 if u.find_spec('nvflare') and u.find_spec('numpy') else 1)"
    if subprocess.run([python, "-c", probe], check=False).returncode != 0:
        pytest.skip(f"{python} has no nvflare: install the extra, or name another Python in {NVFLARE_VARIABLE}")
    return Path(python)
