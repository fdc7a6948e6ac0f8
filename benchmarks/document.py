"""Rewrites a section of docs/design/benchmarks.md between its markers; what people wrote around them stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs" / "design"
DOCUMENT = DOCS / "benchmarks.md"


def rewrite(name: str, text: str, document: Path = DOCUMENT) -> None:
    """Put the text where the section of this name was."""
    document.write_text(replaced(document.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def replaced(document: str, name: str, text: str) -> str:
    """The document with another text in one section; ValueError where its markers are not there once each."""
    begin, end = f"<!-- begin:{name} -->", f"<!-- end:{name} -->"
    before, found, rest = document.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended) or begin in rest:
        raise ValueError(f"expected one section between {begin} and {end}")
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A Markdown table; the columns of these numbers are set to the right."""
    numbers = set(right)
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, *rows)).replace("\n", f"\n|{'|'.join(rule)}|\n", 1)
