"""The streaming matrix: from reports to tables, and which POC runs what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

STREAMING = Path(__file__).parents[2] / "benchmarks" / "streaming"
sys.path.insert(0, str(STREAMING))

import matrix  # noqa: E402
import tables  # noqa: E402

LOST = "9,994 written, 0 stored, missing from byte 0"


def site(name: str, *streams: dict[str, Any]) -> dict[str, Any]:
    logs = [{"path": f"out/logs/delay/{name}/{file}", "bytes": 10} for file in ("log.txt", "log.txt.1", "log.json")]
    return {"name": name, "logs": logs, "streams": list(streams)}


def stream(**values: Any) -> dict[str, Any]:
    return {"name": "log.txt", "path": "", "written": 9994, "stored": 9994, "required": 9000, "problem": ""} | values


def finding(where: str, path: str, **values: Any) -> dict[str, Any]:
    return {"testcase": "delay", "site": where, "path": path, "disposition": "new"} | values


def report(*sites: dict[str, Any], issues: dict[str, list[dict[str, Any]]] | None = None) -> dict[str, Any]:
    delay = {"name": "delay", "verdict": "fail", "reason": "", "status": "FINISHED:COMPLETED", "sites": list(sites)}
    listed = [
        {"rule": "stream-incomplete" if title == "lost" else "error", "title": title, "findings": findings}
        for title, findings in (issues or {}).items()
    ]
    return {"testcases": [delay], "issues": listed}


def cell(given: dict[str, Any], **values: Any) -> tables.Cell:
    (found,) = tables.cells_of(given, "2.9.0", "stock", {"delay": ["log.txt"]})
    return tables.Cell(**{name: getattr(found, name) for name in found.__struct_fields__} | values)


def rendered(*cells: tables.Cell) -> str:
    sessions = [
        tables.Session(cell.release, cell.mode, "together", "2026-01-02", "2 cores", "abc", 60) for cell in cells
    ]
    return tables.render(tables.Measured(tuple(cells), tuple(sessions)), ["delay", "not-allowed", "no-receiver"])


def test_errors_are_counted_where_they_stand() -> None:
    """Clients, the server's job and the server's parent apart; what is known, and loggate's own finding, not at all."""
    given = report(
        site("server"),
        site("site-1", stream(stored=0, problem=LOST)),
        issues={
            "no handler": [finding("server", "out/logs/delay/server/log.txt")] * 3,
            "no path": [finding("server", "out/logs/_shared/server/log.txt")],
            "refused": [finding("site-1", "out/logs/delay/site-1/log.txt"), finding("site-2", "a", testcase="other")],
            "expected": [finding("site-1", "out/logs/delay/site-1/log.txt", disposition="known")],
            "lost": [finding("site-1", "out/logs/delay/site-1/log.txt")],
        },
    )
    found = cell(given)
    assert (found.clients, found.server, found.parent) == (1, 3, 1)
    text = rendered(found)
    assert "| delay | 1 / 3 / 1 | **0 / 9,994**, 1 of 1 logs |" in text
    assert "| stock | 3 | server | `no handler` |" in text


def test_what_is_not_reported_as_a_stream_is_not_stored() -> None:
    """Without a stream's report the site's own logs tell, with their rotations, what was written."""
    (log,) = cell(report(site("site-1"))).logs
    assert (log.written, log.stored, bool(log.problem)) == (20, 0, True)


def test_no_path_of_a_machine_gets_into_the_document() -> None:
    """What names no job is counted for its POC, with the folders of its paths cut."""
    line = finding("server", "out/logs/_shared/server/log.txt", testcase="_shared")
    given = report(issues={"cannot read /home/me/x/log.txt of site-2: gone": [line, line]})
    assert tables.unnamed(given) == {"parent: cannot read … of site-N: gone": 2}


@pytest.mark.parametrize(
    ("name", "clients", "stored", "wanted"),
    [
        ("delay", 0, 9994, True),
        ("delay", 1, 9994, False),
        ("no-receiver", 1, 0, True),
        ("no-receiver", 0, 0, False),
        ("not-allowed", 0, 0, True),
        ("not-allowed", 0, 9994, False),
    ],
)
def test_as_wanted(name: str, clients: int, stored: int, *, wanted: bool) -> None:
    """No ERROR and nothing missing; one ERROR where there is no receiver; nothing stored where it is not allowed."""
    found = cell(report(site("server"), site("site-1", stream(stored=stored))), cell=name, clients=clients)
    assert tables.as_wanted(found) is wanted


def test_a_partial_run_replaces_its_own_rows_only() -> None:
    """Cells that were measured before stay, in the suite's order."""
    first = cell(report(site("site-1", stream())))
    other = cell(report(site("site-1", stream(written=7, stored=7))), cell="not-allowed", release="2.8.0rc1")
    again = cell(report(site("site-1", stream(written=5, stored=5))))
    both = tables.Measured((first, other)).merged(tables.Measured((again,)))
    assert both.cells == (again, other)
    text = rendered(*both.cells)
    assert text.index("### NVFlare 2.8.0rc1") < text.index("### NVFlare 2.9.0")
    assert "| delay | 0 | 5 / 5 ✓ |" in text


def test_only_the_tables_of_the_document_are_replaced() -> None:
    """What people wrote around the markers stays; without markers nothing is written."""
    document = f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n"
    assert tables.replace_tables(document, "new") == f"before\n{tables.BEGIN}\n\nnew\n\n{tables.END}\nafter\n"
    with pytest.raises(ValueError, match="expected one"):
        tables.replace_tables("nothing", "new")


def test_the_suite_is_cut_into_pocs() -> None:
    """What disturbs others runs alone; a job of its own brings its streamers and its receiver, but for one cell."""
    suite = yaml.safe_load((STREAMING / "suite.yaml").read_text(encoding="utf-8"))
    names = [testcase["name"] for testcase in suite["testcases"]]
    together, *alone = matrix.pocs(suite, "2.9.0", "job", names)
    assert [poc.kind for poc in alone] == list(matrix.ALONE)
    assert {poc.streaming for poc in (together, *alone)} == {"off"}
    *received, last = together.testcases
    for testcase in received:
        assert testcase["components"]["server"][-1]["path"] == matrix.RECEIVER
        streamed = [c["args"]["log_file_name"] for c in testcase["components"]["client"] if c["path"] == matrix.OURS]
        assert streamed == list(matrix.files_of(testcase))
    assert "server" not in last["components"]
    assert [poc.streaming for poc in matrix.pocs(suite, "2.9.0", "stock", names)] == ["stock"] * 3 + ["off"]
    fixlib = [testcase["name"] for poc in matrix.pocs(suite, "2.9.0", "fixlib", names) for testcase in poc.testcases]
    assert sorted(fixlib) == sorted(set(names) - {matrix.NO_RECEIVER})
