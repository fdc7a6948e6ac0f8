"""Suites, rule packs and settings: strict, unknown keys refused, every complaint with its file and line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from gate import yamlfile
from gate.errors import ConfigError, UsageError
from gate.logformats import rank
from gate.model import Expect, ExpectedFinding, ExpectedLine, Policy, Rule, Struct

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_OUTPUT = "loggate-report"
SEVERITIES = ("error", "warning", "note")
DEFAULT_PACKS = ("strict", "crashes")
_GROUP_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P)")
DECISION_FILES = {"waivers": "waivers.yaml", "baseline": "baseline.json"}
SETTINGS_FILES = ("loggate.yaml", "loggate.yml", "pyproject.toml")


# What stands below a key is its documentation: the pages of keys in docs/reference/ are made of it.


class Component(Struct, frozen=True):
    """A component that is added to a job's configuration."""

    id: str
    """Its id in the configuration."""
    path: str
    """Its class, such as `faults.BrokenWeights`."""
    args: dict[str, Any] = {}
    """What its class is made with."""


class Components(Struct, frozen=True):
    """What is added to a job's configuration, ahead of the streaming components."""

    server: tuple[Component, ...] = ()
    """To the server's."""
    client: tuple[Component, ...] = ()
    """To each client's."""


class Abort(Struct, frozen=True):
    """Abort the job once a line of a site's log matches."""

    site: str
    """The site whose log is watched."""
    line: str
    """A regular expression, searched in each line of it."""


class SuiteTestcase(Struct, frozen=True):
    """One testcase as a suite declares it."""

    name: str
    """Its name in reports and on the command line; it names a folder: letters, digits, `.`, `_`, `-`."""
    job: str
    """The folder of an exported NVFlare job, relative to the suite's file."""
    study: str = ""
    """The study in which it runs."""
    stream: tuple[str, ...] = ("log.txt",)
    """The logs that each site streams to the server."""
    timeout: float | None = None
    """Seconds until it is given up; left out: the suite's."""
    components: Components = Components()
    """What is added to its configuration."""
    abort: Abort | None = None
    """When it is aborted."""
    expect: Expect = Expect()
    """What it must show."""


class Suite(Struct, frozen=True):
    """A suite file: which jobs run, where, and what each must show."""

    version: Literal[1]
    """The version of the file's form."""
    runner: Literal["nvflare-poc"]
    """What runs the jobs."""
    testcases: tuple[SuiteTestcase, ...]
    """In the order in which they start."""
    clients: tuple[str, ...] = ("site-1", "site-2")
    """The sites beside the server."""
    studies: dict[str, tuple[str, ...]] = {}
    """The studies of the POC: a name, and its sites."""
    streaming: Literal["stock", "off", "fixlib"] = "off"
    """How logs come to the server while the jobs run: with NVFlare's own components, not at all, or with fixlib's."""
    timeout: float = 300.0
    """Seconds until a testcase is given up."""
    rules: tuple[str, ...] = DEFAULT_PACKS
    """What counts: shipped packs' names, or YAML files relative to the suite's."""
    file: str = ""  # where it was read; no key of the file

    @property
    def folder(self) -> Path:
        return Path(self.file).parent


class RulePack(Struct, frozen=True):
    """A rule pack: what is looked for."""

    version: Literal[1]
    """The version of the file's form."""
    rules: tuple[Rule, ...]
    """Of several rules that match one event the first names the finding."""
    description: str = ""
    """What it is for, in a sentence."""


class Settings(Struct, frozen=True):
    """What `loggate.yaml` or `[tool.loggate]` may set. Paths are relative to that file; a flag overrides its key."""

    rules: tuple[str, ...] = ()
    """What counts: shipped packs' names, or YAML files. Left out: the suite's, or `strict` and `crashes`."""
    layout: str = ""
    """How the paths of logs map, for example `{testcase}/{site}/**`."""
    include: tuple[str, ...] = ()
    """Globs: only these files are judged."""
    exclude: tuple[str, ...] = ()
    """Globs: these files are left out."""
    format: tuple[str, ...] = ()
    """Output formats, each `NAME` or `NAME=PATH`. Left out: `terminal`."""
    output: str = ""
    """The folder for report.html and report.json. Left out: `loggate-report` in the current folder."""
    waivers: str = ""
    """The waivers file. Left out: `waivers.yaml` in the current folder, if there is one."""
    strict_waivers: bool = False
    """Whether a waiver that nothing needed fails the gate."""
    baseline: str = ""
    """The baseline file. Left out: `baseline.json` in the current folder, if there is one."""
    policy: Policy = Policy()
    """What a finding does to the gate."""
    history: str = ""
    """The history (SQLite) to which each run is added."""
    log_formats: dict[str, str] = {}
    """How logs are written, where it should not be found out: a glob, and a log format or a carrier."""
    file: str = ""  # where it was read; no key of the file

    @property
    def folder(self) -> Path:
        return Path(self.file).parent


# ---- settings --------------------------------------------------------------------------------------------------------


def load_settings(explicit: str | None) -> Settings:
    """The settings named by `--config`, or discovered in the current folder and its parents, or the defaults."""
    if explicit is not None:
        if not Path(explicit).is_file():
            raise UsageError(f"{explicit}: no such file", hint="--config takes a loggate.yaml or a pyproject.toml")
        return _read_settings(Path(explicit)) or Settings(file=explicit)
    for folder in (Path.cwd(), *Path.cwd().parents):
        for name in SETTINGS_FILES:
            if (folder / name).is_file() and (found := _read_settings(folder / name)) is not None:
                return found
        if (folder / ".git").exists():
            break
    return Settings()


def decision_file(settings: Settings, key: str) -> Path:
    """The waivers or the baseline file that the settings name, or the one of the usual name in the current folder."""
    named = getattr(settings, key)
    return settings.folder / named if named else Path(DECISION_FILES[key])


def wanted_decision_file(given: str | Path | None, settings: Settings, key: str) -> Path | None:
    """A file that somebody named is wanted; one that merely lies in this folder is taken when it is there."""
    if given:
        return Path(given)
    found = decision_file(settings, key)
    return found if getattr(settings, key) or found.is_file() else None


def output_folder(given: str | None, settings: Settings) -> Path:
    """Where reports go: the folder of the flag, of the settings, or the default one."""
    return Path(given) if given else settings.folder / settings.output if settings.output else Path(DEFAULT_OUTPUT)


def check_policy(settings: Settings, rules: tuple[Rule, ...]) -> None:
    """ConfigError for a rule that neither `rules` nor a shipped pack has: a misspelt one would do nothing, silently."""
    known = {rule.id for rule in (*rules, *load_rules(tuple(shipped_packs())))}
    for name in settings.policy.rules:
        if name not in known:
            keys: list[str | int] = ["policy", "rules", name]
            line, hint = _line(settings, keys), f"rules: {', '.join(sorted(known))}"
            raise ConfigError(f"no rule '{name}'", file=settings.file, line=line, key=yamlfile.dotted(keys), hint=hint)


def log_formats(given: tuple[str, ...], settings: Settings, names: tuple[str, ...]) -> dict[str, str]:
    """Glob → log format, the flags' (`GLOB=NAME`) before the settings'. UsageError, ConfigError for an unknown name."""
    hint = f"log formats: {', '.join(names)}"
    for glob, name in settings.log_formats.items():
        if name not in names:
            keys: list[str | int] = ["log_formats", glob]
            raise ConfigError(
                f"no log format '{name}'",
                file=settings.file,
                line=_line(settings, keys),
                key=f"log_formats.{glob}",
                hint=hint,
            )
    chosen = {}
    for text in given:
        glob, _, name = text.rpartition("=")
        if not glob:
            raise UsageError(f"--log-format: expected GLOB=NAME, got '{text}'", hint=hint)
        if name not in names:
            raise UsageError(f"--log-format {text}: no log format '{name}'", hint=hint)
        chosen[glob] = name
    return chosen | {glob: name for glob, name in settings.log_formats.items() if glob not in chosen}


def _line(settings: Settings, keys: list[str | int]) -> int | None:
    """The line of a key of the settings' file; None in TOML, which tells no lines."""
    path = Path(settings.file)
    return None if path.suffix == ".toml" else yamlfile.line_of(yamlfile.load_tree(path), keys)


def _read_settings(path: Path) -> Settings | None:
    if path.suffix == ".toml":
        return _settings_from_toml(path)
    tree = yamlfile.load_tree(path)
    _refuse_key(tree, "file", path)
    return msgspec.structs.replace(yamlfile.convert(tree, Settings, file=str(path)), file=str(path))


def _settings_from_toml(path: Path) -> Settings | None:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", file=str(path)) from error
    table = document.get("tool", {}).get("loggate")
    if table is None:
        return None
    _refuse_key(table, "file", path)
    settings = yamlfile.convert(table, Settings, file=f"{path} [tool.loggate]")
    return msgspec.structs.replace(settings, file=str(path))


def _refuse_key(tree: Any, key: str, path: Path) -> None:
    if isinstance(tree, dict) and key in tree:
        raise ConfigError("unknown key", file=str(path), line=yamlfile.line_of(tree, [key]), key=key)


# ---- rule packs ------------------------------------------------------------------------------------------------------


def shipped_packs() -> dict[str, str]:
    """The shipped rule packs: name → YAML text."""
    folder = Path(__file__).parent / "packs"
    return {
        entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def load_rules(names: tuple[str, ...], *, relative_to: Path | None = None) -> tuple[Rule, ...]:
    """The rules of the named packs, in order: a shipped pack's name, or the path of a YAML file."""
    shipped = shipped_packs()
    rules: list[Rule] = []
    for name in names:
        pack = _shipped(name, shipped[name]) if name in shipped else _own_pack(name, sorted(shipped), relative_to)
        rules += [rule for rule in pack if rule.id not in {known.id for known in rules}]
    if not rules:
        raise UsageError("no rule to look for", hint=f"name a rule pack: {', '.join(shipped)}, or a file of your own")
    return tuple(rules)


@cache
def _shipped(name: str, text: str) -> tuple[Rule, ...]:
    tree = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    return yamlfile.convert(tree, RulePack, file=f"{name}.yaml").rules


@cache
def trace_signs() -> str:
    """The pattern of the shipped rule that asks for stack traces: each trace has a line near its first that matches."""
    return next(rule.pattern for rule in _shipped("crashes", shipped_packs()["crashes"]) if rule.trace)


def shipped_patterns(rules: Iterable[Rule]) -> frozenset[str]:
    """The patterns of shipped rules, which take linear time: of as many packs as have all of these rules, or of all."""
    wanted = {pattern for rule in rules for pattern in (rule.pattern, rule.previous)}
    known: set[str] = set()
    for name, text in sorted(shipped_packs().items(), key=lambda pack: pack[0] not in DEFAULT_PACKS):
        known |= {pattern for rule in _shipped(name, text) for pattern in (rule.pattern, rule.previous)}
        if wanted <= known:
            break
    return frozenset(known)


def _own_pack(name: str, shipped: list[str], relative_to: Path | None) -> tuple[Rule, ...]:
    path = (relative_to or Path()) / name
    if not path.is_file():
        raise UsageError(
            f"unknown rule pack '{name}'", hint=f"shipped packs: {', '.join(shipped)}; or the path of a YAML file"
        )
    tree = yamlfile.load_tree(path)
    pack = yamlfile.convert(tree, RulePack, file=str(path))
    for index, rule in enumerate(pack.rules):
        _check_level(rule.level, tree, ["rules", index, "level"], path)
        for key in ("pattern", "previous"):
            keys: list[str | int] = ["rules", index, key]
            _check_pattern(getattr(rule, key), tree, keys, path, may_be_empty=key == "previous")
            if _GROUP_REFERENCE.search(getattr(rule, key)):
                raise ConfigError(
                    "refers back to a group, or names one",
                    file=str(path),
                    line=yamlfile.line_of(tree, keys),
                    key=yamlfile.dotted(keys),
                    hint="rules are searched together in one pass; use (?:...) groups and no \\1",
                )
    return pack.rules


def _check_level(level: str, tree: Any, keys: list[str | int], path: Path) -> None:
    if level and not rank(level):
        raise ConfigError(
            f"unknown level '{level}'",
            file=str(path),
            line=yamlfile.line_of(tree, keys),
            key=yamlfile.dotted(keys),
            hint="for example WARNING, ERROR or FATAL",
        )


def _check_pattern(pattern: str, tree: Any, keys: list[str | int], path: Path, *, may_be_empty: bool) -> None:
    if not pattern and may_be_empty:
        return
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        problem = f"not a regular expression: {error.msg} at position {error.pos}"
    else:
        if not compiled.search(""):
            return
        problem = "matches the empty text, so every line would be a finding"
    raise ConfigError(problem, file=str(path), line=yamlfile.line_of(tree, keys), key=yamlfile.dotted(keys))


# ---- suites ----------------------------------------------------------------------------------------------------------


def load_suite(path: Path) -> Suite:
    """A suite file, checked: names are unique, job folders and studies exist, patterns compile."""
    if not path.is_file():
        raise UsageError(f"{path}: no such suite file", hint="a suite is a YAML file such as config/poc.yaml")
    tree = yamlfile.load_tree(path)
    _refuse_key(tree, "file", path)
    suite = msgspec.structs.replace(yamlfile.convert(tree, Suite, file=str(path)), file=str(path))
    check = _SuiteCheck(suite, tree, path)
    check.all()
    return suite


class _SuiteCheck:
    """What the shapes alone cannot say about a suite; the first problem is raised with its line."""

    def __init__(self, suite: Suite, tree: Any, path: Path) -> None:
        self.suite, self.tree, self.path = suite, tree, path

    def refuse(self, keys: list[str | int], message: str, hint: str = "") -> None:
        line = yamlfile.line_of(self.tree, keys)
        raise ConfigError(message, file=str(self.path), line=line, key=yamlfile.dotted(keys), hint=hint)

    def all(self) -> None:
        if not self.suite.testcases:
            self.refuse(["testcases"], "a suite needs at least one testcase")
        if not self.suite.clients:
            self.refuse(["clients"], "a suite needs at least one client")
        for index, name in enumerate(self.suite.rules):
            if name not in shipped_packs() and not (self.suite.folder / name).is_file():
                hint = f"shipped packs: {', '.join(shipped_packs())}; or the path of a YAML file"
                self.refuse(["rules", index], f"unknown rule pack '{name}'", hint)
        for study, sites in self.suite.studies.items():
            self.known_sites(sites, ["studies", study])
        seen: set[str] = set()
        for index, testcase in enumerate(self.suite.testcases):
            self.testcase(testcase, ["testcases", index], seen)

    def testcase(self, testcase: SuiteTestcase, at: list[str | int], seen: set[str]) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", testcase.name):
            self.refuse([*at, "name"], f"'{testcase.name}' cannot name a folder", "use letters, digits, '.', '_', '-'")
        if testcase.name in seen:
            self.refuse([*at, "name"], f"the name '{testcase.name}' stands twice")
        seen.add(testcase.name)
        if not (self.suite.folder / testcase.job).is_dir():
            hint = "a job's path is relative to the suite's file"
            self.refuse([*at, "job"], f"no such job folder: {self.suite.folder / testcase.job}", hint)
        if testcase.study and testcase.study not in self.suite.studies:
            known = ", ".join(self.suite.studies) or "none"
            self.refuse([*at, "study"], f"unknown study '{testcase.study}'", f"studies of this suite: {known}")
        for index, name in enumerate(testcase.stream):
            if Path(name).name != name:
                self.refuse([*at, "stream", index], f"expected a file name, got '{name}'")
        self.expectations(testcase, at)

    def expectations(self, testcase: SuiteTestcase, at: list[str | int]) -> None:
        if testcase.abort:
            self.known_sites((testcase.abort.site,), [*at, "abort", "site"])
            _check_pattern(testcase.abort.line, self.tree, [*at, "abort", "line"], self.path, may_be_empty=False)
        for kind in ("findings", "lines"):
            for index, expected in enumerate(getattr(testcase.expect, kind)):
                self.expected(expected, [*at, "expect", kind, index])

    def expected(self, expected: ExpectedFinding | ExpectedLine, keys: list[str | int]) -> None:
        _check_pattern(expected.pattern, self.tree, [*keys, "pattern"], self.path, may_be_empty=False)
        if expected.count is not None and expected.count < 1:
            self.refuse([*keys, "count"], f"expected a number from 1, got {expected.count}")
        if expected.site:
            self.known_sites((expected.site,), [*keys, "site"])

    def known_sites(self, sites: tuple[str, ...], keys: list[str | int]) -> None:
        known = ("server", *self.suite.clients)
        for site in sites:
            if site not in known:
                self.refuse(keys, f"unknown site '{site}'", f"sites of this suite: {', '.join(known)}")
