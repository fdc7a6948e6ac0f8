"""Every command in README and in the pages does what the page says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import COMMANDS, PAGES, ROOT, Block, PageError, blocks, commands, run

TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
WITH_COMMANDS = [name for name, text in TEXTS.items() if any(block.kind in COMMANDS for block in blocks(text))]
ON_A_POC = [name for name, text in TEXTS.items() if any(block.when == "poc" for block in blocks(text))]


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_a_page(name: str, tmp_path: Path) -> None:
    """Its commands run in their order, end with the exit codes that it states and print what it shows."""
    (tmp_path / "here").mkdir()
    run(TEXTS[name], tmp_path / "here")


@pytest.mark.poc
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ON_A_POC)
def test_a_page_on_a_poc(name: str, tmp_path: Path) -> None:
    """So do those that start a POC, in a fresh clone of the project."""
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "here"], check=True)
    run(TEXTS[name], tmp_path / "here", poc=True)


@pytest.mark.parametrize("name", TEXTS)
def test_no_block_escapes(name: str) -> None:
    """Each block is of a kind that is run or known to be only shown, and none is overlooked."""
    found = list(blocks(TEXTS[name]))
    fences = sum(line.lstrip().startswith("```") for line in TEXTS[name].splitlines())
    assert len(found) == fences // 2 + TEXTS[name].count("<!-- set-up\n")
    for block in found:
        list(commands(block))


# ---- the twins: what makes a page fail -------------------------------------------------------------------------------


def page(fence: str, text: str, before: str = "") -> str:
    return f"{before}\n```{fence}\n{text}\n```\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (page("sh", "loggate scam logs"), "exit code 2, not 0: loggate scam"),
        (page("", "true\nfalse\ntrue"), "line 4: exit code 1, not 0: false"),
        (page("sh", "true  # exit code 1"), "exit code 0, not 1"),
        (page("sh", "exit 0\ntrue"), "not reached"),
        (page("console", "$ echo a\nb"), "printed\na\n\nand not\nb"),
        (page("console", "$ echo a; echo b\na"), "and not"),
        (page("console", "$ false\n$ echo $?\n0"), "and not"),
        (page("console", "$ false"), "exit code 1, not 0"),
        (page("console", "output alone"), "a session begins with a command"),
        (page("sh", "echo 'open"), "a command without an end"),
        (page("bash", "true"), "a block of the unknown kind 'bash'"),
        ("text\n\n    loggate scan\n", "a block of the unknown kind 'indented'"),
        (page("sh", "false", "<!-- not run: -->"), "exit code 1, not 0"),
        (page("sh", "true", "<!-- set-up\nfalse\n-->"), "line 2: exit code 1, not 0: false"),
    ],
)
def test_a_wrong_page_fails(text: str, complaint: str, tmp_path: Path) -> None:
    """A wrong command, exit code, output or block is told, with its line."""
    with pytest.raises(PageError) as told:
        run(text, tmp_path)
    assert complaint in str(told.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (page("sh", "cat <<END |\na\nEND\n  grep a\nx=1"), 2),
        (page("sh", "cd /\n") + page("console", "$ pwd\n/\n$ echo one \\\n> two; echo three\none two\n..."), 3),
        (page("console", "$ false\n$ echo $?\n1"), 2),
        (page("yaml", "a: 1", "<!-- file: b/c.yaml -->") + page("console", "$ cat b/c.yaml\n...1"), 2),
        (page("sh", "false", "<!-- not run: it is wrong -->") + page("sh", "false", "<!-- on a POC -->"), 0),
        (page("sh", "kubectl logs", "<!-- set-up\nkubectl() { echo a; }\n-->"), 2),
        (page("text", "false"), 0),
    ],
)
def test_a_good_page_passes(text: str, number: int, tmp_path: Path) -> None:
    """One shell for a page: folder, variables and functions last; files and hidden set-up are there."""
    assert run(text, tmp_path) == number


def test_a_poc_only_when_asked(tmp_path: Path) -> None:
    """What starts a POC is run when POCs are."""
    with pytest.raises(PageError, match="exit code 1"):
        run(page("sh", "false", "<!-- on a POC -->"), tmp_path, poc=True)


def test_what_a_directive_says_holds_for_the_next_block_only() -> None:
    """A paragraph between them, and it is forgotten."""
    text = page("sh", "a", "<!-- not run: why -->") + page("sh", "b") + page("sh", "c", "<!-- on a POC -->\n\ntext\n")
    assert list(blocks(text)) == [Block(3, "sh", "a\n", "never"), Block(7, "sh", "b\n"), Block(14, "sh", "c\n")]
