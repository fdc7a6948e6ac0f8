"""Who may import whom: the data flows one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUND = {"gate", "gate.model", "gate.errors"}

DOORS: dict[str, set[str]] = {
    "gate.model": set(),
    "gate.errors": set(),
    "gate.times": set(),
    "gate.ground": set(),
    "gate.secrets": set(),
    "gate.clean": {"gate", "gate.encoding", "gate.search", "gate.secrets"},
    "gate.window": set(),
    "gate.yamlfile": GROUND,
    "gate.config": GROUND | {"gate.yamlfile", "gate.logformats"},
    "gate.compressed": set(),
    "gate.archives": {"gate.compressed"},
    "gate.rotation": GROUND,
    "gate.logfile": GROUND | {"gate.archives", "gate.compressed", "gate.encoding", "gate.window"},
    "gate.flareworkspace": GROUND | {"gate.archives", "gate.compressed"},
    "gate.globs": GROUND,
    "gate.collect": GROUND | {"gate.globs", "gate.flareworkspace", "gate.logfile", "gate.archives", "gate.rotation"},
    "gate.commands.lists": GROUND | {"gate.carriers", "gate.config", "gate.logformats", "gate.reports"},
    "gate.commands.nvflare": GROUND | {"gate.reports", "fixlib.flare", "fixlib.flare.deploy"},
    "gate.needles": set(),
    "gate.patterns": GROUND,
    "gate.search": {"gate", "gate.needles", "gate.patterns"},
    "gate.match": GROUND | {"gate.window", "gate.needles", "gate.patterns", "gate.search"},
    "gate.logformats": GROUND,
    "gate.stacks": GROUND,
    "gate.carriers": GROUND | {"gate.clean"},
    "gate.lines": {"gate", "gate.window", "gate.clean", "gate.carriers", "gate.stacks"},
    "gate.split": {"gate", "gate.stacks"},
    "gate.read": GROUND
    | {"gate.window", "gate.clean", "gate.lines", "gate.split", "gate.stacks", "gate.carriers", "gate.logformats"},
    "gate.excerpt": GROUND | {"gate.window", "gate.clean", "gate.lines", "gate.read", "gate.logformats"},
    "gate.encoding": GROUND | {"gate.window"},
    "gate.streams": GROUND | {"gate.clean"},
    "gate.watch": GROUND | {"gate.clean"},
    "gate.group": GROUND | {"gate.fingerprint", "gate.rotation"},
    "gate.fingerprint": GROUND,
    "gate.versions": GROUND,
    "gate.yamledit": GROUND | {"gate.yamlfile"},
    "gate.diff": GROUND | {"gate.findings"},
    "gate.history": GROUND | {"gate.findings", "gate.reports"},
    "gate.commands": GROUND
    | {"gate.config", "gate.diff", "gate.files", "gate.history", "gate.waivers", "gate.baseline", "gate.reports"},
    "gate.commands.explain": GROUND
    | {
        "gate.clean",
        "gate.config",
        "gate.waivers",
        "gate.baseline",
        "gate.fingerprint",
        "gate.dispose",
        "gate.explain",
        "gate.place",
    }
    | {
        "gate.globs",
        "gate.group",
        "gate.match",
        "gate.read",
        "gate.readlog",
        "gate.reports",
        "gate.streams",
        "gate.walk",
        "gate.watch",
        "gate.window",
    },
    "gate.explain": GROUND | {"gate.baseline", "gate.fingerprint", "gate.waivers"},
    "gate.place": GROUND
    | {
        "gate.clean",
        "gate.collect",
        "gate.group",
        "gate.kept",
        "gate.logfile",
        "gate.match",
        "gate.readlog",
        "gate.watch",
    }
    | {"gate.window"},
    "gate.waivers": GROUND | {"gate.fingerprint", "gate.patterns", "gate.versions", "gate.yamledit", "gate.yamlfile"},
    "gate.baseline": GROUND | {"gate.findings", "gate.fingerprint", "gate.yamlfile"},
    "gate.dispose": GROUND | {"gate.clean", "gate.waivers", "gate.baseline", "gate.patterns"},
    "gate.cause": GROUND | {"gate.times"},
    "gate.kept": GROUND | {"gate.excerpt", "gate.group", "gate.readlog", "gate.rotation", "gate.watch"},
    "gate.workers": GROUND | {"gate.logfile", "gate.readlog", "gate.rotation"},
    "gate.judge": GROUND | {"gate.dispose", "gate.cause", "gate.findings", "gate.times"},
    "gate.findings": GROUND | {"gate.reports.escape"},
    "gate.reports": GROUND | {"gate.findings", "gate.times"},
    "gate.runners": GROUND | {"gate.config", "gate.rotation", "fixlib.flare", "fixlib.flare.deploy"},
    "gate.files": set(),
    "gate.githubaction": GROUND | {"gate.reports"},
    "gate.output": GROUND | {"gate.clean", "gate.reports", "gate.files"},
}
"""What a module, or a folder of plugins, may import of the house; what stands in ABOVE may all of it."""

ABOVE = {"gate", "gate.__main__", "gate.start", "gate.cli", "gate.walk", "gate.readlog", "gate.commands.judging"}

EXECUTED = {"gate/runners/flare/session_helper.py"}
"""Scripts that another Python runs; nothing imports them."""


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if is_module(name)}


def is_module(name: str) -> bool:
    base = ROOT / Path(*name.split("."))
    return top(name) not in ("gate", "fixlib") or base.is_dir() or base.with_suffix(".py").is_file()


def top(name: str) -> str:
    return name.partition(".")[0]


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def room(name: str) -> str | None:
    return next((door for door in sorted(DOORS, key=len, reverse=True) if f"{name}.".startswith(f"{door}.")), None)


@pytest.mark.parametrize("path", sources("gate"), ids=module)
def test_doors(path: Path) -> None:
    """A module imports only from the rooms below it; stages never import each other."""
    own = room(module(path))
    if own is None or module(path) in ABOVE:
        return
    house = {name for name in imported(path) if top(name) in ("gate", "fixlib")}
    strangers = {
        name for name in house if room(name) != own and name not in DOORS[own] and room(name) not in DOORS[own]
    }
    assert not strangers, f"{module(path)} may not import {sorted(strangers)}"


def test_every_room_has_a_door() -> None:
    """A new module says in this file what it may import."""
    assert [module(path) for path in sources("gate") if room(module(path)) is None and module(path) not in ABOVE] == []


@pytest.mark.parametrize("package", ["gate", "fixlib"])
def test_only_fixlib_flare_imports_nvflare(package: str) -> None:
    """The NVFlare under test may live in another environment: nothing that loggate imports needs it."""
    for path in sources(package):
        relative = path.relative_to(ROOT).as_posix()
        if not relative.startswith("fixlib/flare/") and relative not in EXECUTED:
            assert not {name for name in imported(path) if top(name) == "nvflare"}, relative


def test_fixlib_never_imports_gate() -> None:
    """fixlib is copied into sites that have no gate."""
    for path in sources("fixlib"):
        assert not {name for name in imported(path) if top(name) == "gate"}, path
