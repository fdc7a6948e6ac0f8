"""Which Python and which NVFlare are under test: asked in a sub-process, so that gate never imports them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from gate.errors import InfrastructureError
from gate.model import Struct

PROBE_LIMIT_S = 30.0
HINT = "pip install 'loggate[nvflare]', or name another Python or virtual environment: --nvflare PATH"

_PROBE = """
import json, platform, site, sys
from importlib import metadata, util
spec = util.find_spec("nvflare")
try:
    version = metadata.version("nvflare")
except metadata.PackageNotFoundError:
    version = ""
print("\\n" + json.dumps({
    "nvflare": version if spec else "",
    "package": list(spec.submodule_search_locations or [""])[0] if spec else "",
    "python_version": platform.python_version(),
    "virtual_env": sys.prefix if sys.prefix != sys.base_prefix else "",
    "user_base": site.getuserbase() if site.ENABLE_USER_SITE else "",
}))
"""


class Interpreter(Struct, frozen=True):
    """A Python with NVFlare. `python` is absolute but not resolved: a resolved link would leave its environment."""

    python: Path
    nvflare: str
    package: str
    python_version: str
    virtual_env: str = ""
    user_base: str = ""


def probe(python: Path) -> Interpreter:
    """Ask an interpreter (or a virtual environment's folder) for its NVFlare; InfrastructureError if it has none."""
    command = _executable(python)
    try:
        done = subprocess.run(  # noqa: S603 - the user's own interpreter
            [str(command), "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InfrastructureError(f"{command}: cannot be run: {error}", hint=HINT) from error
    if done.returncode != 0:
        raise InfrastructureError(f"{command}: is no working Python", hint=HINT, log_tail=done.stderr[-2000:])
    answer = json.loads(done.stdout.splitlines()[-1])
    if not answer["nvflare"]:
        raise InfrastructureError(f"{command}: NVFlare is not installed there", hint=HINT)
    return Interpreter(python=command, **answer)


def _executable(python: Path) -> Path:
    if python.is_dir():
        python = python / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return Path(os.path.abspath(python))  # noqa: PTH100 - Path.resolve would follow the link out of the environment
