"""NVIDIA FLARE components over fixlib's core. `fixlib.flare.deploy` needs no nvflare; the components are imported late.

- SiteLogStreamer and SiteLogReceiver: in the parent processes of a client and of the server, for all their jobs.
- JobLogStreamer and JobLogReceiver: in a job's own configuration, where the sites were not prepared.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_COMPONENTS = {
    "JobLogReceiver": "job_log_receiver",
    "JobLogStreamer": "job_log_streamer",
    "SiteLogReceiver": "site_log_receiver",
    "SiteLogStreamer": "site_log_streamer",
}

__all__ = list(_COMPONENTS)


def __getattr__(name: str) -> Any:
    if name in _COMPONENTS:
        return getattr(import_module(f"{__name__}.{_COMPONENTS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
