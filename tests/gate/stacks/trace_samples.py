"""Reading the golden traces in `samples/`: each line has a gutter; equal letters side by side are one trace."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from gate.stacks import Line, Stack, Trace

ENTRY = "2026-02-03 04:05:06,789 - plan - INFO - nothing new"


def samples(name: str) -> dict[str, list[str]]:
    """The samples of one language by name: their lines with gutters."""
    text = (Path(__file__).parent / "samples" / f"{name}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== ", text, flags=re.MULTILINE)[1:]
    return {part.split("\n")[0]: part.removesuffix("\n").split("\n")[1:] for part in parts}


def bare(lines: list[str]) -> list[str]:
    return [line[2:] for line in lines]


def expected(lines: list[str]) -> list[tuple[int, int]]:
    """The first and last lines that the gutters draw, from 0."""
    found = []
    for letter, group in groupby(range(len(lines)), key=lambda number: lines[number][0]):
        numbers = list(group)
        if letter != " ":
            found.append((numbers[0], numbers[-1]))
    return found


def only(lines: list[str]) -> list[list[str]]:
    """Each trace of a sample by itself."""
    return [bare(lines[first : last + 1]) for first, last in expected(lines)]


def lines_of(lines: list[str]) -> Line:
    return lambda number: lines[number] if number < len(lines) else None


def traces(stack: Stack, lines: list[str]) -> list[tuple[int, Trace]]:
    """Every trace in the lines, as one finds them who goes from each one's end to the next."""
    found, number = [], 0
    while number < len(lines):
        trace = stack.read(lines_of(lines[number:]))
        if trace is not None:
            found.append((number, trace))
        number += trace.lines if trace else 1
    return found


def spans(stack: Stack, lines: list[str]) -> list[tuple[int, int]]:
    return [(first, first + trace.lines - 1) for first, trace in traces(stack, lines)]


def reads_within(stack: Stack, lines: list[str]) -> None:
    """Reading asks for no line before or far behind the first that is not there, and finds no more than there is."""
    asked: list[int] = []

    def line(number: int) -> str | None:
        asked.append(number)
        return lines[number] if number < len(lines) else None

    trace = stack.read(line)
    assert min(asked, default=0) >= 0
    assert trace is None or 1 <= trace.lines <= len(lines)
