"""Findings on disk: each format writes the same of them, and neither reads nor keeps more than it shows."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import baseline, diff, findings, history, reports
from gate.findings import Spool
from gate.model import SHARED, Finding, Report

mixed = st.builds(
    samples.finding,
    st.sampled_from(["fedavg", "cyclic", SHARED]),
    st.sampled_from(["server", "site-1", "site-2"]),
    st.integers(1, 300),
    disposition=st.sampled_from(["new", "known", "waived"]),
    by=st.sampled_from(["", "baseline: 3 known", "expected by the suite"]),
    fails=st.booleans(),
    excerpt=st.sampled_from([samples.RACE, samples.TRACEBACK]),
)
issues = st.builds(
    samples.issue,
    st.lists(mixed, min_size=1, max_size=40),
    severity=st.sampled_from(["error", "warning", "note"]),
    rule=st.sampled_from(["strict-error", "crash-oom"]),
)


def written(name: str, report: Report) -> str:
    out = io.StringIO()
    reports.load(name).write(report, out, Path("out"))
    return out.getvalue()


def compared(report: Report, folder: Path) -> list[Any]:
    db = folder / "runs.db"
    db.unlink(missing_ok=True)
    history.add(db, report)
    return [
        diff.diff(samples.all_pass(), report),
        history.read(db, 1),
        baseline.update(baseline.build([report]), [report]),
    ]


@pytest.mark.parametrize("name", reports.NAMES)
@pytest.mark.parametrize("sample", ["small", "failing"])
def test_samples(name: str, sample: str) -> None:
    """A format writes the same whether the findings are in memory or on disk."""
    report = getattr(samples, sample)()
    with Spool() as spool:
        assert written(name, samples.spooled(report, spool)) == written(name, report)


@settings(deadline=None, max_examples=25)
@given(st.lists(issues, max_size=4))
def test_any_findings(tmp_path_factory: pytest.TempPathFactory, found: list[Any]) -> None:
    """So it does however dispositions and sites mix, and so do a comparison, the history and a baseline."""
    numbered = [msgspec.structs.replace(each, fingerprint=f"v1:{i:016x}") for i, each in enumerate(found)]
    report = samples.report([samples.testcase("fedavg"), samples.testcase("cyclic", verdict="fail")], numbered)
    with Spool() as spool:
        on_disk = samples.spooled(report, spool)
        for name in reports.NAMES:
            assert written(name, on_disk) == written(name, report), name
        folder = tmp_path_factory.mktemp("compared")
        assert compared(on_disk, folder) == compared(report, folder)


def test_names_that_are_no_unicode() -> None:
    """A file whose name is no UTF-8 has its link, and its testcase its row, though JSON cannot say the name."""
    name = os.fsdecode(b"caf\xe9")
    bad = samples.testcase(name, [samples.site("site-1", "fail", "1 new finding", name)], verdict="fail", reason="x")
    found = samples.finding(name, path=bad.sites[0].logs[0].path)
    report = samples.report([bad], [samples.issue([found])])
    with Spool() as spool:
        html = written("html", samples.spooled(report, spool))
    assert html == written("html", report)
    assert 'href="logs/caf%E9/site-1/log.txt"' in html


BOUNDED = [name for name in reports.NAMES if name not in ("html", "json", "csv", "sarif", "gitlab")]


@pytest.mark.parametrize("name", BOUNDED)
def test_reads_what_it_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each of 40 issues a format reads no more than a finding for each of 51 sites."""
    read: list[Finding] = []
    decode = msgspec.json.Decoder(Finding).decode
    with Spool() as spool:
        report = samples.spooled(samples.many(20_000, issues=40), spool)
        monkeypatch.setattr(findings, "_decode", lambda row: read.append(decode(row)) or read[-1])
        written(name, report)
    assert len(read) < 40 * 60


def test_the_page_reads_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides those places the page reads no more findings than it may hold as data."""
    read: list[Finding] = []
    decode = msgspec.json.Decoder(Finding).decode
    monkeypatch.setattr("gate.reports.page.FINDINGS", 500)
    with Spool() as spool:
        report = samples.spooled(samples.many(20_000, issues=40), spool)
        monkeypatch.setattr(findings, "_decode", lambda row: read.append(decode(row)) or read[-1])
        written("html", report)
    assert 500 <= len(read) < 500 + 40 * 60


@pytest.mark.parametrize("name", reports.NAMES)
def test_memory_is_bounded(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A format holds no more than a part of 40 MB of findings, nor of what it writes."""
    monkeypatch.setattr("gate.reports.sarif.RESULTS", 5_000)
    with Spool() as spool:
        report = samples.spooled(samples.many(40_000, issues=400), spool)
        format_ = reports.load(name)
        tracemalloc.start()
        try:
            with (tmp_path / "report").open("w", encoding="utf-8") as out:
                format_.write(report, out, tmp_path)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
