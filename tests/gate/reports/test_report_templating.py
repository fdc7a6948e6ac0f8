"""Templates: nothing can leave them unescaped, and what is compiled is kept beside them, never stale."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
import report_samples as samples
from jinja2 import nodes

from gate.reports import templating
from gate.reports.html import FORMAT
from gate.reports.templating import TEMPLATES

NAMES = sorted(path.name for path in TEMPLATES.glob("*.j2"))
LOADED = """
import sys, pathlib
from gate.reports.templating import environment
made = environment(pathlib.Path(sys.argv[1]))
for _ in range(20):
    [made.get_template(name) for name in made.list_templates(["j2"])]
    made.cache.clear()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Templates of our own, not compiled yet, and nothing else in their folder's folder."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__")))


def fresh(folder: Path) -> jinja2.Environment:
    """As another process has it."""
    return templating.environment.__wrapped__(folder)


def compiled(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    """The templates that a new process compiles."""
    names: list[str] = []
    compile_ = jinja2.Environment.compile

    def counting(self: jinja2.Environment, source: str, name: str, filename: str) -> object:
        names.append(name)
        return compile_(self, source, name, filename)

    with monkeypatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", counting)
        for name in NAMES:
            fresh(folder).get_template(name)
    return names


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# ---- escaping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_no_template_turns_escaping_off(name: str) -> None:
    """Escaping is on for every template, and none says `safe`, `{% autoescape %}` or its own form of either."""
    made = templating.environment()
    assert made.autoescape is True
    tree = made.parse((TEMPLATES / name).read_text("utf-8"))
    off = (nodes.MarkSafe, nodes.MarkSafeIfAutoescape, nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)
    assert list(tree.find_all(off)) == []
    used = {found.name for found in tree.find_all(nodes.Filter)}
    assert used & {"safe", "forceescape", "tojson", "urlize", "xmlattr", "indent", "replace"} == set()


def test_everything_that_is_shown_is_escaped() -> None:
    """The same elements with the same attributes stand on the page, whatever the text that can stand anywhere on it."""

    def elements(text: str) -> list[str]:
        html = io.StringIO()
        FORMAT.write(samples.everywhere(text), html, Path("out"))
        return [tag for tag in _tags(html.getvalue()) if tag != "span class"]

    assert elements("<b onclick='x' id=\"y\">&{{ x }}{% x %}") == elements("plain")


def _tags(html: str) -> list[str]:
    """Each element's name with those of its attributes."""
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(" ".join([tag, *(name for name, _ in attrs)]))

    Tags().feed(html)
    return found


# ---- compiled templates ----------------------------------------------------------------------------------------------


def test_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every template is compiled by the first process and by no other; all can read what it has written."""
    assert compiled(monkeypatch, folder) == NAMES
    assert compiled(monkeypatch, folder) == []
    kept = list((folder / "__pycache__").iterdir())
    assert len(kept) == len(NAMES)
    assert os.name == "nt" or {path.stat().st_mode & 0o777 for path in kept} == {0o644}


def test_stale_source_is_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that was edited is compiled again, even within the same second and to the same length."""
    compiled(monkeypatch, folder)
    parts = folder / "parts.html.j2"
    before = parts.stat()
    parts.write_text(parts.read_text("utf-8").replace('class="cut"', 'class="tuc"'), "utf-8")
    os.utime(parts, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert compiled(monkeypatch, folder) == ["parts.html.j2"]
    assert compiled(monkeypatch, folder) == []
    assert len(list((folder / "__pycache__").iterdir())) == len(NAMES)


def _another_jinja(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jinja2, "__version__", "3.99")


def _another_setting(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(templating._SETTINGS, "trim_blocks", False)


@pytest.mark.parametrize("change", [_another_jinja, _another_setting])
def test_what_others_compiled_is_not_used(
    change: Callable[[pytest.MonkeyPatch], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Jinja, or an environment with other settings, compiles for itself."""
    compiled(monkeypatch, folder)
    change(monkeypatch)
    assert compiled(monkeypatch, folder) == NAMES


def test_damaged_files_are_written_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of a compiled template is left, it is compiled again rather than a reason to fail."""
    compiled(monkeypatch, folder)
    kept = next((folder / "__pycache__").glob("parts*"))
    whole = kept.read_bytes()
    for end in [*range(0, 100, 9), len(whole) // 2, len(whole) - 1]:
        kept.write_bytes(whole[:end])
        fresh(folder).get_template("parts.html.j2")
        assert len(kept.read_bytes()) == len(whole), end


def test_nothing_is_written_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled templates stand in `__pycache__`; the folder for temporary files, which others share, stays empty."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = files(tmp_path)
    compiled(monkeypatch, folder)
    assert {Path(name).parent.as_posix() for name in files(tmp_path) - before} == {"templates/__pycache__"}
    assert list(temporary.iterdir()) == []


def test_works_where_nothing_can_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there can be no `__pycache__`, each process compiles, and says nothing."""
    (folder / "__pycache__").write_text("in the way")
    before = files(folder)
    assert compiled(monkeypatch, folder) == NAMES
    assert compiled(monkeypatch, folder) == NAMES
    assert files(folder) == before


def test_two_processes_at_once(folder: Path) -> None:
    """Processes that compile the same templates at once neither fail nor leave anything behind."""
    command = [sys.executable, "-c", LOADED, str(folder)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in started] == [b""] * 3
    assert len(list((folder / "__pycache__").iterdir())) == len(NAMES)


def test_jinja_is_imported_late() -> None:
    """Who writes no page does not wait for Jinja."""
    code = "import sys, gate.cli, gate.output, gate.reports.html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
