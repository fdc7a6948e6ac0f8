"""The page docs/design/fixlib.md says what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parents[1] / "docs" / "design" / "fixlib.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    """The example of the core without NVFlare runs as it stands, and says what it did."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [
        "site-1/train.log: complete, 8 bytes",
        "train.log: complete, 8 bytes",
    ]


def test_what_holds_a_guarantee_is_there() -> None:
    """Each test and each check that the page names exists."""
    for file, name in re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PAGE.partition("## What it says")[0]):
        (path,) = TESTS.rglob(Path(file).name)
        assert f"def {name}(" in path.read_text(encoding="utf-8") or not name, (file, name)
    checks = (TESTS / "flare" / "in_nvflare.py").read_text(encoding="utf-8")
    for names in re.findall(r"`in_nvflare\.py: ([^`]+)`", PAGE):
        for name in names.split(", "):
            assert f"def {name.rstrip('*')}" in checks, name
