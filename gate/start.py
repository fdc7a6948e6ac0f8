"""Where the command starts: scripts that ask for the version need not wait for a parser of command lines."""

from __future__ import annotations

import sys

from gate import __version__


def main() -> None:
    """The command `loggate`."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        try:
            sys.stdout.write(f"loggate {__version__}\n")
            sys.stdout.flush()
        except OSError:
            pass  # the command says what is wrong
        else:
            return
    from gate.cli import main as command

    command()
