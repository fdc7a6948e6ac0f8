"""The reference is the code's own words: nothing is left out, and nothing is without a word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest
from sphinx.errors import ExtensionError

from gate import baseline, carriers, config, logformats, model, reports, waivers
from gate.cli import cli
from tests.docs.pages import ROOT

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from reference import SECTIONS, filled, keys

WRITTEN = (
    *(config.Settings, model.Policy, config.RulePack, model.Rule, waivers.Decision, waivers.Context, baseline.Entry),
    *(config.Suite, config.SuiteTestcase, config.Components, config.Component, config.Abort),
    *(model.Expect, model.ExpectedFinding, model.ExpectedLine),
)
"""What people and machines write into files."""


def reached(shape: type[msgspec.Struct]) -> set[type]:
    """A struct and all that stand in it."""
    found, left = set(), [msgspec.inspect.type_info(shape)]
    while left:
        told = left.pop()
        if isinstance(told, msgspec.inspect.StructType) and told.cls not in found:
            found.add(told.cls)
            left += [field.type for field in told.fields]
        inner = getattr(told, "types", None) or [getattr(told, name, None) for name in ("item_type", "value_type")]
        left += [each for each in inner if each]
    return found


@pytest.mark.parametrize("shape", [*WRITTEN, *reached(model.Report)], ids=lambda shape: shape.__name__)
def test_every_key_has_its_word(shape: type[msgspec.Struct]) -> None:
    """Each key of each file, and of report.json, says below itself in the code what it means."""
    internal = {"file"} if shape in (config.Settings, config.Suite) else set()
    told = [field.name for field in msgspec.structs.fields(shape) if keys.documented(shape, field.name)]
    assert {*told} | internal == {field.name for field in msgspec.structs.fields(shape)}
    assert keys.prose(shape)


@pytest.mark.parametrize("name", ["settings", "suite", "waivers", "baseline", "rule pack", "report"])
def test_no_struct_is_left_out(name: str) -> None:
    """What a struct of a page holds has a section on that page."""
    assert missing(SECTIONS[name]()) == []


def test_a_struct_that_is_left_out_is_told() -> None:
    """The twin: settings without their policy."""
    assert missing(keys.tables(config.Settings)) == ["policy"]


def missing(text: str) -> list[str]:
    """Links of a page to sections that it does not have."""
    there = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    return [link for link in re.findall(r"\]\(#([^)]+)\)", text) if link not in there]


def test_every_option_of_every_command_is_there() -> None:
    """What `--help` of a command lists stands in its section, with the same words."""
    text = SECTIONS["commands"]()
    for path, command in every(cli, "loggate"):
        section = text.partition(f" {path}\n")[2].partition("\n#")[0].replace("\\|", "|")
        context = click.Context(command, info_name=path)
        for option in (each for each in command.params if isinstance(each, click.Option)):
            written, told = option.get_help_record(context) or ("", "")
            assert f"`{written}`" in section, (path, written)
            assert told in section, (path, written)


def every(group: click.Group, path: str) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        found.append((f"{path} {name}", command))
        found += every(command, f"{path} {name}") if isinstance(command, click.Group) else []
    return found


def test_all_there_is_to_choose_from() -> None:
    """Each rule pack, rule, log format, carrier and output format has its place."""
    for section, names in (
        ("log formats", logformats.NAMES),
        ("carriers", carriers.NAMES),
        ("packs", [rule.id for name in config.shipped_packs() for rule in config.load_rules((name,))]),
    ):
        assert [name for name in names if f"`{name}`" not in SECTIONS[section]()] == []
    headings = re.findall(r"^## (.+)$", SECTIONS["output formats"](), re.MULTILINE)
    assert headings == list(reports.NAMES)
    assert "`RESULTS = 25,000`" in SECTIONS["output formats"]()


def test_a_page_asks_for_what_there_is() -> None:
    """A section that nobody makes is an error of the build; a comment is left out, its lines stay."""
    with pytest.raises(ExtensionError, match="no section 'setings'"):
        filled("<!-- reference: setings -->")
    assert filled("a\n<!-- set-up\nrm b\n-->\nc") == "a\n\n\n\nc"


def test_every_section_is_on_a_page() -> None:
    """What can be made is asked for by a page of the reference."""
    asked = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")]
    assert {name for text in asked for name in re.findall(r"<!-- reference: (.+) -->", text)} == set(SECTIONS)


def test_a_wrong_page_fails_the_build(tmp_path: Path) -> None:
    """The twin of the strict build: a link to a page or an anchor that is not there is refused."""
    for link in ("gone.md", "index.md#gone"):
        (tmp_path / "index.md").write_text(f"# A\n\n[a]({link})\n")
        settings = ["extensions=myst_parser", "-D", "nitpicky=1", "-D", "myst_heading_anchors=4"]
        command = [sys.executable, "-m", "sphinx", "-C", "-q", "-W", "-D", *settings, tmp_path, tmp_path / "out"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "gone" in done.stderr, done.stderr
        assert done.returncode == 1
