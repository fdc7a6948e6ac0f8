"""How soon the HTML report is there in a browser, and how soon it answers, with few findings and with 100,000.

    python benchmarks/opening.py [--repeat N] [--chromium PATH] [--write]

Each figure is the median over so many new tabs of one Chromium, in its own clock: from the start of loading until the
first paint, until the findings can be filtered, and from a choice or a search until what it leaves is drawn. A blank
page stands beside them, for what the browser costs itself. `--write` writes the table of docs/benchmarks.md.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click

from benchmarks import document, sample_report
from gate import reports

SECTION = "opening"
CASES = ((17, 17), (1_000, 100), (100_000, 1), (100_000, 500), (100_000, 20_000))
"""Findings, and in how many issues."""

BLANK = "<!doctype html><title>blank</title><p>blank"
_READY = """
new MutationObserver((_, observer) => {
  if (!document.getElementById("found")?.textContent) return;
  window.readyAfter = performance.now();
  observer.disconnect();
}).observe(document, {childList: true, subtree: true});
"""
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_ANSWER = """
async ([name, value]) => {
  const found = document.getElementById("found"), control = document.querySelector(`#filter [name=${name}]`);
  const before = found.textContent, start = performance.now();
  control.value = value;
  control.dispatchEvent(new Event("input", {bubbles: true}));
  while (found.textContent === before) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}
"""


class Row(NamedTuple):
    """Sizes in bytes, times in milliseconds but for `written`, which is in seconds; None for what a page has not."""

    page: str
    size: int
    written: float | None
    painted: float
    ready: float | None
    filtered: float | None
    searched: float | None


def measure(chromium: str, repeat: int) -> list[Row]:
    """A row for the blank page and one for each case."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        blank = Path(folder) / "blank.html"
        blank.write_text(BLANK, encoding="utf-8")
        painted = median(_painted(browser.new_page(), blank) for _ in range(repeat))
        rows = [Row("blank", len(BLANK), None, painted, None, None, None)]
        rows += [_case(browser, Path(folder), *case, repeat) for case in CASES]
        browser.close()
    return rows


def _case(browser: Any, folder: Path, findings: int, issues: int, repeat: int) -> Row:
    file = folder / f"{findings}-{issues}.html"
    report = sample_report.report(findings, issues)
    start = time.perf_counter()
    with file.open("w", encoding="utf-8") as out:
        reports.load("html").write(report, out, folder)
    written = time.perf_counter() - start
    opened = [_opened(browser.new_page(), file) for _ in range(repeat)]
    times = (median(each) for each in zip(*opened, strict=True))
    return Row(f"{findings:,} in {issues:,} issue{'s' * (issues > 1)}", file.stat().st_size, written, *times)


def _opened(page: Any, file: Path) -> tuple[float, ...]:
    page.add_init_script(_READY)
    painted = _painted(page, file)
    ready = _until(page, "() => window.readyAfter")
    answers = (page.evaluate(_ANSWER, wanted) for wanted in (["testcase", "testcase-7"], ["q", "no such words"]))
    times = (painted, ready, *answers)
    page.close()
    return times


def _painted(page: Any, file: Path) -> float:
    page.goto(file.as_uri())
    return _until(page, _PAINTED)


def _until(page: Any, told: str, within_s: float = 60) -> float:
    end = time.monotonic() + within_s
    while (value := page.evaluate(told)) is None:
        if time.monotonic() > end:
            raise TimeoutError(told)
        time.sleep(0.01)
    return float(value)


def table(rows: Iterable[Row]) -> str:
    head = ["findings", "size", "written", "first paint", "ready to filter", "a filter's answer", "the first search's"]
    return document.table(head, [_cells(row) for row in rows], right=range(1, 7))


def _cells(row: Row) -> list[str]:
    seconds = "" if row.written is None else f"{row.written:.2f} s"
    times = (row.painted, row.ready, row.filtered, row.searched)
    return [row.page, f"{row.size / 1e6:.2f} MB", seconds, *("" if ms is None else f"{ms:,.0f} ms" for ms in times)]


@click.command()
@click.option("--repeat", default=7, show_default=True, help="Tabs that each page is opened in.")
@click.option("--chromium", default=lambda: shutil.which("chromium") or "", help="The browser.  [default: on the PATH]")
@click.option("--write", is_flag=True, help="Write the document's table.")
def main(repeat: int, chromium: str, *, write: bool) -> None:
    """Print how soon each page is there."""
    if not chromium:
        raise click.UsageError("no chromium on the PATH: name one with --chromium")
    shown = table(measure(chromium, repeat))
    click.echo(shown)
    if write:
        document.rewrite(SECTION, shown)


if __name__ == "__main__":
    main()
