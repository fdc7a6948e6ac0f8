"""Arguments and exit code; the only place that catches GateError."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from importlib import import_module
from typing import Any, ClassVar, cast

import click

from gate import __version__
from gate.commands import EXIT_CODES_HELP
from gate.errors import GateError, InfrastructureError

_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def main() -> None:
    """The command `loggate`."""
    try:
        code = _invoke()
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show(shown := io.StringIO())
        _say(shown.getvalue())
        code = error.exit_code
    except GateError as error:
        _complain(error)
        code = error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("loggate: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        code = 141
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever else comes here is our own mistake
        code = _our_mistake(error)
    _give_up_stdout()
    sys.exit(code if isinstance(code, int) else 0)


def _invoke() -> Any:
    """The chosen command's exit code. Click's own `main` would make a closed pipe exit code 1, a failed gate."""
    with cli.make_context("loggate", sys.argv[1:]) as context:
        return cli.invoke(context)


def _our_mistake(error: Exception) -> int:
    """What is no user's problem is a bug, unless it is an output that takes no more (a file's own has its name)."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _NOT_WRITABLE:
        click.echo(f"loggate: standard output: cannot be written: {error.strerror}", err=True)
        return GateError.exit_code
    import traceback

    _say("".join(traceback.format_exception(error)))
    click.echo("loggate: this is a bug in loggate; please report it with the lines above", err=True)
    return 4


def _give_up_stdout() -> None:
    """Drop what standard output does not take: Python would complain of it again when it ends."""
    with contextlib.suppress(AttributeError):  # `>&-`: there is none
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: GateError) -> None:
    if isinstance(error, InfrastructureError) and error.log_tail:
        _say(error.log_tail)
    _say(f"loggate: {error}")
    if error.hint:
        _say(f"hint: {error.hint}")


def _say(text: str) -> None:
    from gate import output

    output.say(text)


class _Commands(click.Group):
    """Each command's module is imported when it is asked for: none needs the others."""

    _FOUND_IN: ClassVar = {
        "run": "judging",
        "scan": "judging",
        "diff": "compare",
        "explain": "explain",
        "history": "compare",
        "nvflare": "nvflare",
        "rules": "lists",
        "formats": "lists",
        "baseline": "decisions",
        "unwaive": "decisions",
        "waive": "decisions",
        "waivers": "decisions",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._FOUND_IN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._FOUND_IN:
            return None
        module = import_module(f"gate.commands.{self._FOUND_IN[cmd_name]}")
        return cast(click.Command, getattr(module, cmd_name))


@click.group(cls=_Commands, epilog=EXIT_CODES_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loggate", message="%(prog)s %(version)s")
def cli() -> None:
    """Judge the logs of distributed jobs: every ERROR, Traceback and Exception of every site."""
