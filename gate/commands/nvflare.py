"""The command `nvflare`: fixlib's log streaming in an NVFlare workspace that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.errors import GateError, UsageError
from gate.reports.escape import inert, path_text


@click.group()
def nvflare() -> None:
    """Put fixlib's log streaming into an NVFlare workspace, and take it out again.

    WORKSPACE is a POC's folder or a site's startup kit. No pip is needed there; server and clients take the change up
    when they are started the next time.
    """


def _workspace_command(command: Any) -> Any:
    return nvflare.command()(click.argument("workspace", type=click.Path(path_type=Path))(command))


@_workspace_command
@click.option("--file", "files", multiple=True, metavar="NAME", help="Stream this log of each job. Default: log.txt.")
def install(workspace: Path, files: tuple[str, ...]) -> int:
    """Install into every site below WORKSPACE; what is there already stays as it is."""
    return _deployed(lambda deploy: deploy.install(workspace, files=files or deploy.DEFAULT_FILES))


@_workspace_command
def uninstall(workspace: Path) -> int:
    """Take fixlib out of every site below WORKSPACE, restoring what was there before."""
    return _deployed(lambda deploy: deploy.uninstall(workspace))


@_workspace_command
def status(workspace: Path) -> int:
    """How each site below WORKSPACE stands; exit 0 when all have this fixlib, 1 otherwise."""
    return _deployed(lambda deploy: deploy.status(workspace), wanted="installed")


def _deployed(action: Any, wanted: str = "") -> int:
    from fixlib.flare import deploy

    try:
        found = action(deploy)
    except deploy.DeployError as error:
        raise UsageError(str(error), hint="WORKSPACE is a POC's folder or a site's startup kit") from error
    except OSError as error:
        raise GateError(f"{error.filename}: {error.strerror}") from error
    for site in found:
        click.echo(inert(path_text(f"{site.site.path}: {site.state}{f' ({site.detail})' if site.detail else ''}")))
    return 1 if wanted and any(site.state != wanted for site in found) else 0
