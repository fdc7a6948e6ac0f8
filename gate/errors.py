"""Everything that loggate reports as a user's or an environment's problem.

    GateError                 exit code 3
    ├── UsageError            exit code 2: the command line or a file that a person wrote is wrong
    │   └── ConfigError       ... and this is the file, the line and the key
    └── InfrastructureError   exit code 3: something could not be run (a POC that does not come up, a job refused)

Any other exception that leaves the command is a bug in loggate: exit code 4.
"""

from __future__ import annotations


class GateError(Exception):
    """A problem that a user can act on; `hint` says how."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(GateError):
    exit_code = 2


class ConfigError(UsageError):
    """A wrong value in a file: `file:line: key.path: what was expected`."""

    def __init__(self, message: str, *, file: str, line: int | None = None, key: str = "", hint: str = "") -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(": ".join(part for part in (where, key, message) if part), hint=hint)


class InfrastructureError(GateError):
    """Something that had to run did not; `log_tail` holds the last lines that say why."""

    def __init__(self, message: str, *, hint: str = "", log_tail: str = "") -> None:
        super().__init__(message, hint=hint)
        self.log_tail = log_tail
