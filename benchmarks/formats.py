"""What reading a typical line costs, and rendering a finding: each log format, carrier, language and report.

    python benchmarks/formats.py [--repeat N] [--write]

A line is one that the plugin knows; a new plugin without a sample here is an error, so that none goes unmeasured. A
report has 1,000 findings in 100 issues; the cost of all of it is divided by its findings, and one that writes nothing
is an error. `--write` remembers the figures in docs/design/formats.json and writes the table of
docs/design/benchmarks.md.
"""

from __future__ import annotations

import io
import json
import timeit
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks import document, sample_report
from gate import carriers, logformats, reports, stacks
from gate.model import Report

REPEAT = 2_000
FINDINGS, ISSUES = 1_000, 100
RAW = document.DOCS / "formats.json"
SECTION = "formats"

LINES = {
    "flare_json": '{"asctime": "2026-01-31 10:00:00,123", "name": "shop", "levelname": "ERROR", "message": "lost it"}',
    "json_lines": '{"time":"2026-01-31T10:00:00Z","level":"error","logger":"shop.cart","msg":"lost it","pid":12}',
    "flare": "2026-01-31 10:00:00,123 - shop.Cart - ERROR - [identity=site-1, run=12] - lost it",
    "logfmt": 'time=2026-01-31T10:00:00Z level=error component=shop msg="lost it"',
    "glog": "E0131 10:00:00.123456   12 shop/cart.cc:34] lost it",
    "logcat": "01-31 10:00:00.123  123  456 E Shop: lost it",
    "ruby_logger": "E, [2026-01-31T10:00:00.123456 #12] ERROR -- shop: lost it",
    "dotnet": "fail: Shop.Orders[3] lost it",
    "kubernetes_events": "5m30s       Warning   BackOff   pod/shop-1   lost it",
    "web_server": '10.0.0.1 - - [31/Jan/2026:10:00:00 +0100] "GET /cart HTTP/1.1" 500 12',
    "database": "2026-01-31 10:00:00.123 UTC [12] shop@shop ERROR:  lost it",
    "syslog": "Jan 31 10:00:00 host shop[12]: lost it",
    "python_logging": "2026-01-31 10:00:00,123 - shop.cart - ERROR - lost it",
    "java": "2026-01-31 10:00:00,123 [main] ERROR shop.Cart - lost it",
    "timestamped": "2026-01-31 10:00:00.123 [12] <Error> shop: lost it",
    "level_first": "ERROR: lost it",
    "plain": "lost it",
}

_CURSOR = "s=1;i=1;b=1;m=1;t=1;x=1"
RECORDS = {
    "docker_json": '{"log":"lost it\\n","stream":"stderr","time":"2026-01-31T10:00:00.123456789Z"}\n',
    "journal_json": f'{{"__CURSOR":"{_CURSOR}","__REALTIME_TIMESTAMP":"1769853600000000",'
    '"PRIORITY":"3","MESSAGE":"lost it"}\n',
    "systemd_export": f"__CURSOR={_CURSOR}\n__REALTIME_TIMESTAMP=1769853600000000\nPRIORITY=3\nMESSAGE=lost it\n\n",
    "cri": "2026-01-31T10:00:00.123456789Z stderr F lost it\n",
    "github_actions": "2026-01-31T10:00:00.1234567Z lost it\n",
    "gitlab_ci": "2026-01-31T10:00:00.123456Z 00O lost it\n",
    "prefixed": "web-1  | lost it\n",
    "named": "[web] lost it\n",
    "stamped": "2026-01-31T10:00:00.123456789Z lost it\n",
}

TRACES = {
    "ruby": "cart.rb:3:in `add': lost it (RuntimeError)\n\tfrom shop.rb:7:in `buy'\n\tfrom shop.rb:12:in `<main>'",
    "php": "PHP Fatal error:  Uncaught RuntimeException: lost it in /shop/cart.php:3\nStack trace:\n"
    "#0 /shop/shop.php(7): Cart->add()\n#1 {main}\n  thrown in /shop/cart.php on line 3",
    "dart": "Unhandled exception:\nBad state: lost it\n#0      Cart.add (package:shop/cart.dart:3:5)\n"
    "#1      main (package:shop/shop.dart:7:3)",
    "rust": "thread 'main' panicked at src/cart.rs:3:5:\nlost it\nstack backtrace:\n"
    "   0: rust_begin_unwind\n             at /rustc/1/library/std/src/panicking.rs:1:5\n"
    "   1: shop::cart::add\n             at ./src/cart.rs:3:5",
    "native": "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2 bp 0x3 sp 0x4\n"
    "READ of size 4 at 0x1 thread T0\n    #0 0x2 in add /shop/cart.c:3:5\n    #1 0x3 in main /shop/shop.c:7:3\n\n"
    "==12==ABORTING",
    "python": 'Traceback (most recent call last):\n  File "/shop/shop.py", line 7, in buy\n    add()\n'
    '  File "/shop/cart.py", line 3, in add\n    raise ValueError("lost it")\nValueError: lost it',
    "python_tools": "ERROR: test_add (cart.Checks.test_add)\n" + "-" * 70 + "\nTraceback (most recent call last):\n"
    '  File "cart.py", line 3, in test_add\n    add()\nValueError: lost it\n\n' + "-" * 70 + "\nRan 1 test in 0.01s",
    "java": 'Exception in thread "main" java.lang.IllegalStateException: lost it\n\tat shop.Cart.add(Cart.java:3)\n'
    "\tat shop.Shop.buy(Shop.java:7)\nCaused by: java.io.IOException: gone\n\tat shop.Cart.read(Cart.java:9)\n"
    "\t... 1 more",
    "javascript": "Error: lost it\n    at add (/shop/cart.js:3:9)\n    at buy (/shop/shop.js:7:3)",
    "csharp": "Unhandled exception. System.InvalidOperationException: lost it\n"
    "   at Shop.Cart.Add() in /shop/Cart.cs:line 3\n   at Shop.Program.Main() in /shop/Program.cs:line 7",
    "go": "panic: lost it\n\ngoroutine 1 [running]:\nmain.add(...)\n\t/shop/cart.go:3\n"
    "main.main()\n\t/shop/shop.go:7 +0x1d",
}


class Row(NamedTuple):
    kind: str
    name: str
    nanoseconds: float


def measure(repeat: int = REPEAT) -> list[Row]:
    """Each plugin's cost of a call, each report's of a finding; an error where one does not know its sample."""
    return [*_plugins(repeat), *_reports(max(1, repeat // FINDINGS))]


def table(rows: list[Row]) -> str:
    """A row for each; what it counts for is in its kind."""
    head = ["kind", "name", "ns per call (reports: per finding)"]
    return document.table(head, [[row.kind, f"`{row.name}`", f"{row.nanoseconds:,.0f}"] for row in rows], right=(2,))


def _plugins(repeat: int) -> list[Row]:
    kinds = (
        ("log format", logformats.NAMES, LINES, _format),
        ("carrier", carriers.NAMES, RECORDS, _carrier),
        ("stack trace", stacks.NAMES, TRACES, _stack),
    )
    return [
        Row(kind, name, _cost(call(name, samples[name]), repeat))
        for kind, names, samples, call in kinds
        for name in _with_samples(kind, names, samples)
    ]


def _reports(repeat: int) -> list[Row]:
    given = sample_report.report(FINDINGS, ISSUES)
    return [Row("report", name, _cost(_render(name, given), repeat) / FINDINGS) for name in reports.NAMES]


def _with_samples(kind: str, names: tuple[str, ...], samples: Mapping[str, str]) -> tuple[str, ...]:
    if missing := set(names) ^ set(samples):
        raise LookupError(f"{kind}: one of plugin and sample is missing: {', '.join(sorted(missing))}")
    return names


def _format(name: str, line: str) -> Callable[[], object]:
    known: logformats.LogFormat = import_module(f"gate.logformats.{name}").FORMAT
    return lambda: known.parse(line) or name == "plain"


def _carrier(name: str, record: str) -> Callable[[], object]:
    known, data = carriers.carrier(name), record.encode()
    return lambda: known.begins(data.split(b"\n", 1)[0]) and known.open(data)


def _stack(name: str, text: str) -> Callable[[], object]:
    known: stacks.Stack = import_module(f"gate.stacks.{name}").STACK
    lines = text.split("\n")
    return lambda: known.read(lambda number: lines[number] if number < len(lines) else None)


def _render(name: str, report: Report) -> Callable[[], object]:
    known = reports.load(name)

    def write() -> int:
        out = io.StringIO()
        known.write(report, out, Path("loggate-report").absolute() if known.filename else None)
        return out.tell()

    return write


def _cost(call: Callable[[], object], repeat: int) -> float:
    """Nanoseconds of the fastest of five runs."""
    if not call():
        raise ValueError("a sample that its plugin does not know")
    return min(timeit.repeat(call, number=repeat, repeat=5)) / repeat * 1e9


@click.command()
@click.option("--repeat", default=REPEAT, show_default=True, help="Calls in each of five runs.")
@click.option("--write", is_flag=True, help="Remember the figures and write the document's table.")
@click.option("--render", is_flag=True, help="Measure nothing: write the table from docs/design/formats.json.")
def main(repeat: int, *, write: bool, render: bool) -> None:
    """Print what a call of each plugin costs."""
    rows = [Row(*row) for row in json.loads(RAW.read_bytes())] if render else measure(repeat)
    click.echo(table(rows))
    if write:
        RAW.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")
    if write or render:
        document.rewrite(SECTION, table(rows))


if __name__ == "__main__":
    main()
