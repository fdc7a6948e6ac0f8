"""The components of the fixlib in the folder beside this file, whatever else its Python has installed as `fixlib`.

NVFlare puts a site's `local/custom` at the end of the path: an installed fixlib, perhaps an older one, would go first.
So `deploy` copies this file to `local/custom`, a site's configuration names the components by it, and it loads its
neighbour under a name of its own.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

PACKAGE = "fixlib_of_this_site"


def _load() -> None:
    folder = Path(__file__).resolve().parent / "fixlib"
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder}: is no Python package")
    sys.modules[PACKAGE] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{PACKAGE}.flare"), name)


_load()
