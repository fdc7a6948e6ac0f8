"""The commands `rules` and `formats`: what there is to choose from."""

from __future__ import annotations

import json
from importlib import import_module

import click

from gate import carriers, config, logformats, reports
from gate.errors import UsageError


@click.command()
@click.argument("pack", required=False)
def rules(pack: str | None) -> int:
    """List the shipped rule packs, or print one as YAML, to copy and change."""
    packs = config.shipped_packs()
    if pack is None:
        for name in packs:
            listed = ", ".join(rule.id for rule in config.load_rules((name,)))
            click.echo(f"{name}: {listed}")
    elif pack in packs:
        click.echo(packs[pack], nl=False)
    else:
        raise UsageError(f"unknown rule pack '{pack}'", hint=f"shipped packs: {', '.join(packs)}")
    return 0


@click.command()
@click.option("--schema", type=click.Choice(["json"]), help="Print the JSON Schema of report.json instead.")
def formats(schema: str | None) -> int:
    """List the output formats, the log formats, and the carriers of logs that are known."""
    if schema:
        from gate.reports import json as report_json

        click.echo(json.dumps(report_json.schema(), indent=2))
        return 0
    for title, package, names in (
        ("Output formats (--format NAME):", reports, reports.NAMES),
        ("Log formats (--log-format GLOB=NAME), found out where none is set:", logformats, logformats.NAMES),
        ("Carriers of logs in any format (--log-format GLOB=NAME), found out, too:", carriers, carriers.NAMES),
    ):
        click.echo(title)
        for name in names:
            click.echo(f"  {name:<18} {_about(f'{package.__name__}.{name}')}")
    return 0


def _about(module: str) -> str:
    """The first sentence that a module says of itself."""
    return (import_module(module).__doc__ or "").partition("\n")[0].rstrip(".")
