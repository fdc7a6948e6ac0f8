"""The sections of docs/design/benchmarks.md that commands write."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import document, formats
from benchmarks.scan import compare, growth, stages


def test_only_the_section_is_replaced(tmp_path: Path) -> None:
    """What stands around it, and in other sections, stays."""
    path = tmp_path / "document.md"
    path.write_text("a\n<!-- begin:x -->\nold\n<!-- end:x -->\n<!-- begin:xy -->\nb\n<!-- end:xy -->\n")
    document.rewrite("x", "new\n", path)
    text = path.read_text()
    assert text == "a\n<!-- begin:x -->\n\nnew\n\n<!-- end:x -->\n<!-- begin:xy -->\nb\n<!-- end:xy -->\n"


@pytest.mark.parametrize("text", ["", "<!-- begin:x -->", "<!-- end:x --><!-- begin:x -->", "<!-- begin:x -->" * 2])
def test_a_document_without_the_section(text: str) -> None:
    """Nothing is written anywhere else."""
    with pytest.raises(ValueError, match="expected one section between <!-- begin:x -->"):
        document.replaced(text, "x", "new")


def test_a_table() -> None:
    """Markdown, numbers set to the right."""
    assert document.table(["a", "b"], [["1", "2"]], right=(1,)) == "| a | b |\n|---|---:|\n| 1 | 2 |"


@pytest.mark.parametrize("command", [compare, growth, stages, formats])
def test_each_command_has_its_section(command: ModuleType) -> None:
    """docs/design/benchmarks.md has the markers between which it writes."""
    text = document.DOCUMENT.read_text(encoding="utf-8")
    assert "new" in document.replaced(text, command.SECTION, "new")
