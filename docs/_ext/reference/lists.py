"""What there is to choose from → Markdown: rule packs, log formats, carriers, output formats; what a report holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import msgspec

from gate import carriers, config, errors, logformats, model, reports, streams
from gate.reports import json as report_json
from reference.keys import prose, table, tables, texts


def packs() -> str:
    """Each shipped rule pack with its rules, and the rules of what is compared."""
    return "\n".join(line for name in config.shipped_packs() for line in _pack(name)) + "\n".join(_compared())


def _pack(name: str) -> Iterator[str]:
    pack = msgspec.yaml.decode(config.shipped_packs()[name], type=config.RulePack)
    is_default = " It is one of the default packs." if name in config.DEFAULT_PACKS else ""
    yield from (f"### {name}", "", f"{pack.description}{is_default}", "")
    for rule in pack.rules:
        yield from _rule(rule)


def _rule(rule: model.Rule) -> Iterator[str]:
    asked = f", entries of level {rule.level} and above" if rule.level else ", in a stack trace" if rule.trace else ""
    yield from (f"`{rule.id}`: {rule.title} ({rule.severity}{asked}). {rule.help}", "")
    if rule.pattern:
        yield from ("```text", rule.pattern.rstrip("\n"), "```", "")


def _compared() -> Iterator[str]:
    yield from ("", "### What is compared", "", "Findings of `loggate run`, of no pack:", "")
    for rule in streams.RULES:
        yield from _rule(rule)


def log_formats() -> str:
    """Each log format, in the order in which they are tried."""
    return _plugins(logformats, logformats.NAMES)


def carrier_names() -> str:
    """Each carrier."""
    return _plugins(carriers, carriers.NAMES)


def _plugins(package: ModuleType, names: tuple[str, ...]) -> str:
    rows = ((f"`{name}`", " ".join(prose(import_module(f"{package.__name__}.{name}")).split())) for name in names)
    return "\n".join(table(("name", "what it is"), rows))


def output_formats() -> str:
    """Each output format: what it is for, its file, and what it keeps to."""
    return "\n".join(line for name in reports.NAMES for line in _output_format(name))


def _output_format(name: str) -> Iterator[str]:
    module = import_module(f"gate.reports.{name}")
    file = module.FORMAT.filename
    yield from (f"## {name}", "", prose(module), "", prose(type(module.FORMAT)), "")
    yield from _limits(module)
    yield from ("", f"Without a PATH it is {f'`{file}` in the output folder' if file else 'printed'}.", "")


def _limits(module: ModuleType) -> Iterator[str]:
    """The numbers that a format keeps to, each with what the code says of it."""
    for (owner, name), lines in texts(module.__name__).items():
        if not owner and name[0].isupper() and isinstance(value := getattr(module, name), int):
            yield f"- `{name} = {value:,}`: {' '.join(lines).strip()}"


def report() -> str:
    """The structs of which report.json is made."""
    return tables(
        model.Report,
        *(model.Tool, model.Counts, model.TestcaseCounts, model.DispositionCounts),
        *(model.TestcaseReport, model.SiteReport, model.LogReport, model.StreamReport, model.SharedReport),
        *(model.Issue, model.Finding, model.Place, model.Cause, model.Leftovers, model.Rule, model.Skipped),
        *(model.WaiverReport, model.Trend, model.RunSummary, model.TestcaseTrend, model.Outcome),
        read_only=True,
    )


def report_schema() -> str:
    """The JSON Schema of report.json."""
    return json.dumps(report_json.schema(), indent=2)


def complaints() -> str:
    """The tree of what is a user's or an environment's problem."""
    return f"```text\n{(errors.__doc__ or '').partition(chr(10))[2].strip(chr(10))}\n```"
