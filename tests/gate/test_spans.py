"""An event's first and last line, held against golden spans and against tracebacks that this Python prints."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.gate.scanning import spans

GOLDEN = Path(__file__).parent / "spans"


def samples() -> list[tuple[str, list[str]]]:
    found = []
    for file in sorted(GOLDEN.glob("*.txt")):
        for part in re.split(r"^=== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, *lines = part.removesuffix("\n").split("\n")
            found.append((f"{file.stem}: {name}", lines))
    return found


def expected(gutters: str) -> list[tuple[int, int]]:
    """The spans that a column of gutters draws: equal letters side by side are one event."""
    return [(m.start() + 1, m.end()) for m in re.finditer(r"(\w)\1*", gutters)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("block", [7, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize(("name", "lines"), samples(), ids=[name for name, _ in samples()])
def test_golden_spans(name: str, lines: list[str], block: int, line_end: str) -> None:
    """Each event covers exactly the lines that its gutter marks, whatever the line ends and the blocks."""
    assert all(line[1] == "|" for line in lines), name
    text = "".join(line[2:] + line_end for line in lines)
    assert spans(text.encode(), block=block) == expected("".join(line[0] for line in lines))


@pytest.mark.parametrize(("name", "lines"), samples(), ids=[name for name, _ in samples()])
def test_golden_spans_without_a_last_line_end(name: str, lines: list[str]) -> None:
    """A last line that nothing ends is judged like any other."""
    text = "\n".join(line[2:] for line in lines)
    assert spans(text.encode()) == expected("".join(line[0] for line in lines)), name


PROGRAMS = {
    "plain": "def f(x):\n    raise ValueError('x')\nf(1)",
    "no message": "raise KeyError",
    "cause": "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('no') from e",
    "context": "try:\n    {}['a']\nexcept KeyError:\n    1/0",
    "recursion": "def f():\n    f()\nf()",
    "syntax": "exec('def f(:')",
    "group": "raise ExceptionGroup('g', [ValueError(1), ExceptionGroup('h', [KeyError('k')])])",
    "group in a chain": "try:\n    1/0\nexcept ZeroDivisionError:\n    raise ExceptionGroup('g', [ValueError(1)])",
    "worker": "from concurrent.futures import ProcessPoolExecutor as P\n"
    "if __name__ == '__main__':\n    print(flush=True)\n    with P(1) as p: p.submit(int, 'x').result()",
    "thread": "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()",
    "many lines": "foo = dict(a=dict())\nx = (foo\n  ['a']\n  ['b']\n  ['c'])",
}


def known(names: Iterable[str]) -> list[str]:
    """The programs that this Python can run: exception groups came with 3.11."""
    return [name for name in names if "group" not in name or sys.version_info >= (3, 11)]


@pytest.mark.parametrize("name", known(PROGRAMS))
@pytest.mark.parametrize("around", ["", "output\n"], ids=["alone", "between output"])
def test_what_this_python_prints(name: str, around: str, tmp_path: Path) -> None:
    """A traceback of the running Python is one event from its first to its last line, bare or between output."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAMS[name])
    printed = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False).stderr
    assert printed
    first = around.count("\n") + 1
    assert spans((around + printed + around).encode()) == [(first, first + printed.count("\n") - 1)]


@pytest.mark.parametrize("message", ["plain", "two\nlines", "an empty\n\nline", "ends\n"])
@pytest.mark.parametrize("name", known(["plain", "cause", "recursion", "group in a chain"]))
def test_what_logging_writes(name: str, message: str, tmp_path: Path) -> None:
    """An entry that logging writes with its traceback is one event, up to the line before the next entry."""
    file = tmp_path / "log.txt"
    logger = logging.Logger("trainer")
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    logger.addHandler(handler)
    logger.info("before")
    try:
        exec(PROGRAMS[name], {"__name__": "x"})  # noqa: S102 - programs of this file
    except Exception:
        logger.exception(message)
    logger.info("after")
    handler.close()
    lines = file.read_text().count("\n")
    assert spans(file.read_bytes()) == [(2, lines - 1)]
