"""The command line → Markdown: each command with its usage, options and exit codes, as `--help` has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from gate.cli import cli
from gate.commands import EXIT_CODES_HELP
from reference.keys import table

_EXIT_CODE = re.compile(r" +(\d+)  (.*)")


def commands() -> str:
    """A section for each command, those of a group behind it."""
    return "\n".join(
        line for context in _contexts(click.Context(cli, info_name="loggate")) for line in _section(context)
    )


def exit_codes() -> str:
    """The table of exit codes that the commands which judge have."""
    return "\n".join(_exit_codes(EXIT_CODES_HELP))


def _contexts(context: click.Context) -> Iterator[click.Context]:
    if not isinstance(context.command, click.Group):
        return
    for name in context.command.list_commands(context):
        if command := context.command.get_command(context, name):
            inner = click.Context(command, parent=context, info_name=name)
            yield inner
            yield from _contexts(inner)


def _section(context: click.Context) -> Iterator[str]:
    yield from (f"{'#' * (_depth(context) + 1)} {context.command_path}", "")
    yield from (_prose(context.command.help or ""), "")
    yield from ("```text", context.command.get_usage(context).removeprefix("Usage: "), "```", "")
    yield from _options(context)
    yield from _exit_codes(context.command.epilog or "")


def _depth(context: click.Context) -> int:
    return len(context.command_path.split()) - 1


def _options(context: click.Context) -> Iterator[str]:
    records = [each.get_help_record(context) for each in context.command.params if isinstance(each, click.Option)]
    rows = [(f"`{record[0]}`", record[1]) for record in records if record]
    return table(("option", "meaning"), rows) if rows else iter(())


def _exit_codes(epilog: str) -> Iterator[str]:
    codes = _EXIT_CODE.findall(epilog)
    return table(("exit code", "meaning"), codes) if codes else iter(())


def _prose(text: str) -> str:
    """Capitals are a placeholder's, `*` is a glob's: none of it is markup."""
    return cleandoc(text).replace("*", "\\*").replace("<", "&lt;")
