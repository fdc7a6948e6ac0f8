"""Puts fixlib's streaming components into a provisioned POC before it starts."""

from __future__ import annotations

from fixlib.flare import deploy as components
from gate.config import Suite
from gate.errors import InfrastructureError
from gate.runners.flare.provision import Layout


def deploy(suite: Suite, layout: Layout) -> None:
    """With `streaming: fixlib`, on server and clients alike; they take the place of the streamers that jobs name."""
    if suite.streaming != "fixlib":
        return
    for site in layout.sites:
        try:
            components.install(layout.site(site))
        except components.DeployError as error:
            raise InfrastructureError(f"fixlib could not be deployed: {error}") from error
