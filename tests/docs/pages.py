"""Pages as programs: each block of commands in Markdown, run in a real shell and held against what the page says.

A block of the kind `sh`, or of none, holds commands; one of the kind `console` commands behind `$` and what they print,
where `...` stands for anything. A command ends with 0 unless its comment says `exit code N` or `$ echo $?` follows. A
comment in the page says what its reader need not see:

    <!-- file: NAME -->             the next block is a file of this name
    <!-- set-up                     commands that make what the page takes for given
    ... -->
    <!-- on a POC -->               the next block starts a real POC
    <!-- not run: REASON -->        the next block is not run
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]

COMMANDS = {"", "sh", "console"}
SHOWN = {"css", "diff", "dockerfile", "groovy", "ini", "json", "python", "text", "toml", "xml", "yaml"}
"""Blocks that are only shown, unless they are a file."""

_DIRECTIVE = re.compile(
    r"<!-- (file: (?P<file>.+?)|(?P<poc>on a POC)|not run: (?P<reason>.+?)|set-up\n(?P<setup>(?s:.*?))) ?-->\s*"
)
_STATED = re.compile(r"#.*\bexit code (\d+)")

When = Literal["always", "poc", "never"]


class PageError(Exception):
    """A page that cannot be run, or that says what is not so."""


@dataclass(frozen=True)
class Block:
    """What a page holds: `kind` is the word behind its fence, `file` the file that it is."""

    line: int
    kind: str
    text: str
    when: When = "always"
    file: str = ""


@dataclass(frozen=True)
class Command:
    """A command, what it must print (None: whatever) and the exit code it must have (None: whatever)."""

    line: int
    text: str
    output: tuple[str, ...] | None = None
    code: int | None = 0


# ---- reading ---------------------------------------------------------------------------------------------------------


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page in their order."""
    told: re.Match[str] | None = None
    for token in MarkdownIt("commonmark").parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            told = _DIRECTIVE.fullmatch(token.content) or told
            if told and told["setup"]:
                yield Block(line + 1, "sh", told["setup"])
                told = None
        elif token.type == "code_block":
            yield Block(line, "indented", token.content)
        elif token.type == "fence":
            yield _block(line, token.info.strip(), token.content, told)
            told = None
        elif token.type.endswith("_open"):
            told = None


def _block(line: int, kind: str, text: str, told: re.Match[str] | None) -> Block:
    if told and told["file"]:
        return Block(line + 1, kind, text, file=told["file"])
    when: When = "poc" if told and told["poc"] else "never" if told and told["reason"] else "always"
    return Block(line + 1, kind, text, when=when)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block; none where it is only shown. PageError for one of a kind that nobody knows."""
    if block.kind not in COMMANDS | SHOWN and not block.kind.startswith("{"):
        raise PageError(f"line {block.line}: a block of the unknown kind '{block.kind}'")
    if block.file:
        yield Command(block.line, _written(block))
    elif block.kind == "console":
        yield from _session(block)
    elif block.kind in COMMANDS:
        yield from _script(block)


def _written(block: Block) -> str:
    return f"mkdir -p \"$(dirname '{block.file}')\"; cat >'{block.file}' <<'END OF FILE'\n{block.text}END OF FILE\n"


def _script(block: Block) -> Iterator[Command]:
    begun = ""
    for number, line in enumerate(block.text.splitlines(), block.line):
        begun += line + "\n"
        if _is_complete(begun):
            if begun.strip():
                yield Command(number, begun, code=_stated(begun))
            begun = ""
    if begun:
        raise PageError(f"line {block.line}: a command without an end: {begun}")


def _is_complete(text: str) -> bool:
    """Whether a shell takes it as it is: no quote or here-document is open, and no line is to go on."""
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return not (done.returncode or done.stderr or text.endswith("\\\n"))


def _session(block: Block) -> Iterator[Command]:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if parts[0].strip():
        raise PageError(f"line {block.line}: a session begins with a command")
    line = block.line
    for part, later in zip(parts[1:], [*parts[2:], ""], strict=True):
        typed = re.match(r".*\n(?:> .*\n)*", part)
        text = typed[0].replace("\n> ", "\n") if typed else part
        output = part[typed.end() if typed else len(part) :].splitlines()
        yield Command(line, text, tuple(output), None if later.startswith("echo $?") else _stated(text))
        line += part.count("\n")


def _stated(text: str) -> int:
    found = _STATED.search(text)
    return int(found[1]) if found else 0


# ---- running ---------------------------------------------------------------------------------------------------------


def run(text: str, folder: Path, *, poc: bool = False) -> int:
    """Run a page's commands in one shell in this folder; how many there were. PageError where it is wrong."""
    when = ("always", "poc") if poc else ("always",)
    wanted = [command for block in blocks(text) if block.when in when for command in commands(block)]
    told = folder.parent / f"{folder.name}-told"
    told.mkdir()
    script = "".join(_step(number, command, told) for number, command in enumerate(wanted))
    subprocess.run(["bash"], input=script, text=True, cwd=folder, env=_environment(folder), check=False)
    for number, command in enumerate(wanted):
        _check(command, told / f"{number}")
    return len(wanted)


def _step(number: int, command: Command, told: Path) -> str:
    """`$?` is the former command's, as at a prompt."""
    out = told / str(number)
    return f"(exit ${{code:-0}})\n{{ {command.text}\n}} >{out} 2>&1 </dev/null\ncode=$?; echo $code >{out}.code\n"


def _environment(folder: Path) -> dict[str, str]:
    """A user's, with this loggate first on the path, and nothing of a CI system's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI", "LOGGATE"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return kept | {"PATH": path, "HOME": str(folder), "COLUMNS": "100", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _check(command: Command, told: Path) -> None:
    if not told.with_suffix(".code").exists():
        raise PageError(f"line {command.line}: not reached: {command.text}")
    printed, code = told.read_text(encoding="utf-8"), int(told.with_suffix(".code").read_text())
    if command.code is not None and code != command.code:
        raise PageError(f"line {command.line}: exit code {code}, not {command.code}: {command.text}\n{printed}")
    if command.output is not None and not re.fullmatch(_pattern(command.output), _stripped(printed.splitlines())):
        raise PageError(
            f"line {command.line}: {command.text} printed\n{printed}\nand not\n" + "\n".join(command.output)
        )


def _pattern(output: Iterable[str]) -> str:
    """A line `...` stands for any lines, `...` within one for any text."""
    lines = (re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + "\n" for line in output)
    return "".join("(?:.*\n)*" if line == ".*\n" else line for line in lines)


def _stripped(lines: Iterable[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)
