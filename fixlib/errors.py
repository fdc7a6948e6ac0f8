"""Everything that fixlib raises: what a caller did or configured wrongly, never the weather of the network.

    FixlibError
    ├── FrameError        a message is not a valid frame or reply
    ├── InvalidName       a site's or stream's name is not one harmless path component
    ├── CheckpointError   a saved checkpoint cannot be read
    └── StoreError        the receiver's directory cannot be used safely

Refusals, timeouts and failed disks are no exceptions: they are answers (`Refusal`, `FailureKind`) and events.
"""

from __future__ import annotations


class FixlibError(Exception):
    """A problem that the caller can act on; `hint` says how."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class FrameError(FixlibError):
    """A message that is not exactly what `encode` makes."""


class InvalidName(FixlibError):
    """A name that must not become part of a path."""


class CheckpointError(FixlibError):
    """A checkpoint that was not made by `Checkpoint.to_dict`."""


class StoreError(FixlibError):
    """A directory that is a link, not ours, or writable by everyone."""
