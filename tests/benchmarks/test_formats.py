"""The benchmark of log formats, carriers, stack traces and reports: every plugin is in it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TextIO

import pytest

from benchmarks import formats, sample_report
from gate import carriers, logformats, reports, stacks
from gate.model import Report


def test_each_plugin_has_a_row() -> None:
    """Each is called with a sample that it knows, and its cost stands in the table under its name."""
    rows = formats.measure(repeat=2)
    assert [row.name for row in rows] == [*logformats.NAMES, *carriers.NAMES, *stacks.NAMES, *reports.NAMES]
    assert all(row.nanoseconds > 0 for row in rows)
    assert formats.table(rows).count("\n| ") == len(rows)


@pytest.mark.parametrize("samples", [formats.LINES, formats.RECORDS, formats.TRACES])
def test_a_plugin_without_a_sample(samples: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, so that no new one goes unmeasured."""
    monkeypatch.delitem(samples, next(iter(samples)))
    with pytest.raises(LookupError, match="missing"):
        formats.measure(repeat=1)


def test_a_sample_that_its_plugin_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of not knowing a line is not what is measured."""
    monkeypatch.setitem(formats.LINES, "syslog", "hello")
    with pytest.raises(ValueError, match="does not know"):
        formats.measure(repeat=1)


class Silent:
    """A report format that writes nothing."""

    filename = ""

    def write(self, report: Report, out: TextIO, folder: Path | None) -> None: ...


def test_a_report_that_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no figure, and that is an error."""
    monkeypatch.setattr(reports, "load", lambda name: Silent())
    with pytest.raises(ValueError, match="does not know"):
        formats.measure(repeat=1)


def test_the_report_that_is_rendered() -> None:
    """It has all findings that it counts, and its rendering has its last one."""
    report = sample_report.report(40, 4)
    assert sum(len(issue.findings) for issue in report.issues) == report.counts.findings.new == 40
    assert sum(log.findings for each in report.testcases for site in each.sites for log in site.logs) == 40
    out = io.StringIO()
    reports.load("json").write(report, out, None)
    assert "lost 39" in out.getvalue()
