"""Which names, taken from a job or from the network, may become a file's or a folder's."""

from __future__ import annotations

from ..errors import InvalidName
from ..frames import check_name


def is_file_name(name: object) -> bool:
    """Whether `name` is one harmless component of a path, as the core has it."""
    try:
        return isinstance(name, str) and bool(check_name(name))
    except InvalidName:
        return False
