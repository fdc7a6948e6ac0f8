"""The NVFlare to test with, as the runner's tests choose it."""

from __future__ import annotations

from tests.gate.runners.conftest import nvflare_python

__all__ = ["nvflare_python"]
