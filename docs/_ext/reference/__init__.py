"""A Sphinx extension: what the code knows stands in the pages of docs/reference/ without having been copied there.

A page has a line `<!-- reference: NAME -->`, which becomes what `SECTIONS` makes of NAME.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from gate import baseline, config, model, waivers
from reference import commands, lists
from reference.keys import tables

SECTIONS: dict[str, Callable[[], str]] = {
    "commands": commands.commands,
    "exit codes": commands.exit_codes,
    "errors": lists.complaints,
    "settings": lambda: tables(config.Settings, model.Policy, but=("file",)),
    "suite": lambda: tables(
        *(config.Suite, config.SuiteTestcase, config.Components, config.Component, config.Abort),
        *(model.Expect, model.ExpectedFinding, model.ExpectedLine),
        but=("file",),
    ),
    "waivers": lambda: tables(waivers.Decision, waivers.Context),
    "baseline": lambda: tables(baseline.Entry),
    "rule pack": lambda: tables(config.RulePack, model.Rule),
    "packs": lists.packs,
    "log formats": lists.log_formats,
    "carriers": lists.carrier_names,
    "output formats": lists.output_formats,
    "report": lists.report,
}
"""What may stand in a page, and what makes it."""

_PLACE = re.compile(r"^<!-- reference: (.+) -->$", re.MULTILINE)
_COMMENT = re.compile(r"^<!--.*?-->$", re.MULTILINE | re.DOTALL)


def filled(text: str) -> str:
    """A page with what it asks for, without its comments. ExtensionError where it asks for what there is not.

    Comments say how the page is tested, to nobody who reads it; their lines stay, empty, so that warnings count right.
    """
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), _PLACE.sub(lambda at: _section(at[1]), text))


def _section(name: str) -> str:
    if name not in SECTIONS:
        raise ExtensionError(f"no section '{name}': there are {', '.join(SECTIONS)}")
    return SECTIONS[name]()


def _fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def _write_schema(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        (Path(app.outdir) / "reference" / "report.schema.json").write_text(lists.report_schema(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", _fill)
    app.connect("build-finished", _write_schema)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
