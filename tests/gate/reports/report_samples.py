"""Reports of every kind that the formats must show, made without running anything."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from gate.findings import Spool, encode
from gate.model import (
    SHARED,
    Cause,
    Counts,
    Disposition,
    DispositionCounts,
    Finding,
    Issue,
    Leftovers,
    LogReport,
    Outcome,
    Place,
    Report,
    Rule,
    RunSummary,
    SharedReport,
    SiteReport,
    Skipped,
    StreamReport,
    TestcaseCounts,
    TestcaseReport,
    TestcaseTrend,
    Tool,
    Trend,
    Verdict,
    WaiverReport,
    WaiverState,
    cut_mark,
)

SITES = ("server", "site-1", "site-2")

RULES = (
    Rule("strict-error", "ERROR", "An entry that says ERROR", help="Whatever a framework calls an error."),
    Rule("strict-traceback", "Traceback", "A Python traceback"),
    Rule("strict-exception", "Exception", "An entry that names an exception", "warning"),
    Rule("crash-oom", "Out of memory: Killed process", "The kernel ended a process", help="Give the site more memory."),
)

TRACEBACK = """\
2026-05-09 07:35:31,204 - TaskRunner - ERROR - [identity=site-1, run=5c2f] - train failed
Traceback (most recent call last):
  File "/srv/jobs/custom/train.py", line 48, in train
    loss = step(model, batch)
           ^^^^^^^^^^^^^^^^^^
  File "/srv/jobs/custom/train.py", line 31, in step
    raise ValueError(f"shape mismatch: {a.shape} and {b.shape}")
ValueError: shape mismatch: (32, 10) and (32, 12)"""

RACE = (
    "2026-05-09 07:35:27,118 - _LogTailProducer - ERROR - [identity=site-1, run=5c2f, peer=server] - "
    "error from target server: EXECUTION_EXCEPTION"
)

HOSTILE = (
    "ERROR </pre></span><script>document.title='owned';fetch('http://127.0.0.1:9/')</script>"
    '<img src=x onerror="document.title=1">" onmouseover="document.title=2\n'
    "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08ERROR red [bold]markup[/bold] [link=http://x]y[/link]\n"
    "::error file=a::owned\n  ::set-output name=x::y ##[error]owned ##vso[task.setvariable variable=x]y\n"
    "{{ 7*7 }} {% raw %} \u202egnp.exe\u202c zero\u200bwidth \ufeff \udcff \ud800 \u2028 100% a:b,c"
)


def finding(testcase: str = "fedavg", site: str = "site-1", line: int = 120, **changes: Any) -> Finding:
    """A finding of one line, or of whatever `excerpt` holds."""
    excerpt: str = changes.pop("excerpt", RACE)
    path = changes.pop("path", f"out/logs/{testcase}/{site}/log.txt")
    values: dict[str, Any] = {
        "end_line": line + excerpt.count("\n"),
        "time": "2026-05-09T07:35:27.118+02:00",
        "disposition": "new",
        "rules": ("strict-error",),
    }
    return Finding(testcase=testcase, site=site, path=path, line=line, excerpt=excerpt, **(values | changes))


def issue(findings: Sequence[Finding], **changes: Any) -> Issue:
    """The issue that these findings make, its counts computed from them."""
    counts = count(findings)
    worst: Disposition = "new" if counts.new else "known" if counts.known else "waived"
    values: dict[str, Any] = {
        "fingerprint": "v1:8c1f0b52d7e94a36",
        "rule": "strict-error",
        "severity": "error",
        "title": "_LogTailProducer: error from target server: EXECUTION_EXCEPTION",
        "disposition": worst,
    }
    return Issue(count=len(findings), counts=counts, findings=tuple(findings), **(values | changes))


def count(findings: Iterable[Finding]) -> DispositionCounts:
    kinds = [found.disposition for found in findings]
    return DispositionCounts(*(kinds.count(kind) for kind in ("new", "known", "waived")))


def site(
    name: str,
    verdict: Verdict = "pass",
    reason: str = "",
    testcase: str = "fedavg",
    *,
    found: int = 0,
    lose: bool = False,
) -> SiteReport:
    logs = tuple(
        LogReport(f"out/logs/{testcase}/{name}/{file}", size, lines, found if file == "log.txt" else 0)
        for file, size, lines in (("log.txt", 48_213, 412), ("log.json", 96_400, None), ("error_log.txt", 0, 0))
    )
    whole = StreamReport("log.txt", f"out/logs/{testcase}/server/streamed/{name}/log.txt", 48_213, 47_402, 47_402)
    lost = StreamReport("log.txt", "", 48_213, 0, 47_402, "48,213 written, 0 stored, missing from byte 0")
    streams = () if name in ("server", "local") else (lost,) if lose else (whole,)
    return SiteReport(name, verdict, reason or "no finding in 3 logs", logs, streams)


def testcase(name: str, sites: Sequence[SiteReport] = (), **changes: Any) -> TestcaseReport:
    values: dict[str, Any] = {
        "verdict": "pass",
        "reason": "no finding on 3 sites",
        "job_id": "5c2f6a0e-8f5d-4a57-9a1c-0f4a3f6d2b11",
        "status": "FINISHED:COMPLETED",
        "duration_s": 14.2,
        "attempts": 1,
        "flaky": False,
    }
    chosen = tuple(sites) or tuple(site(each, testcase=name) for each in SITES)
    return TestcaseReport(name=name, sites=chosen, **(values | changes))


testcase.__test__ = False  # type: ignore[attr-defined]


def report(testcases: Sequence[TestcaseReport] = (), issues: Sequence[Issue] = (), **changes: Any) -> Report:
    """A whole report; its counts are computed from what it holds."""
    verdicts = [each.verdict for each in testcases]
    counts = TestcaseCounts(*(verdicts.count(word) for word in ("pass", "fail", "error", "skipped")))
    verdict: Verdict = "fail" if counts.fail else "error" if counts.error or not testcases else "pass"
    parts = [f"{verdicts.count(word)} {word}" for word in ("fail", "error", "pass", "skipped") if word in verdicts]
    values: dict[str, Any] = {
        "tool": Tool("loggate", "0.1.0"),
        "verdict": verdict,
        "reason": f"{len(verdicts)} testcases: {', '.join(parts)}",
        "exit_code": {"pass": 0, "fail": 1, "error": 3}[verdict],
        "started": "2026-05-09T07:35:02.120+02:00",
        "finished": "2026-05-09T07:39:41.870+02:00",
        "command": "loggate run config/poc.yaml --streaming stock -o out",
        "environment": {
            "NVFlare": "2.9.0",
            "streaming": "stock",
            "Python": "3.11.7",
            "machine": "Linux x86_64, 2 cores",
        },
        "counts": Counts(counts, count(found for each in issues for found in each.findings)),
        "shared": SharedReport("skipped", "no shared logs"),
        "leftovers": Leftovers(),
        "rules": RULES,
        "skipped": (),
    }
    return Report(testcases=tuple(testcases), issues=tuple(issues), **(values | changes))


def waiver(state: WaiverState, days_left: int, findings: int = 0, **changes: Any) -> WaiverReport:
    """A waiver so many days before its end, by the samples' day."""
    values: dict[str, Any] = {
        "fingerprint": "" if "pattern" in changes else "v1:0123456789abcdef",
        "reason": "race at the end, fixed in 2.9.1",
        "owner": "alice",
        "place": "waivers.yaml:3",
        "expires": (date(2026, 5, 9) + timedelta(days=days_left)).isoformat(),
    }
    return WaiverReport(state=state, days_left=days_left, findings=findings, **(values | changes))


# ---- the samples -----------------------------------------------------------------------------------------------------


def small() -> Report:
    """One testcase, one site, no finding: what `loggate scan one.log` gives."""
    one = testcase("train.log", [site("local", testcase="train.log")], job_id=None, status=None, duration_s=None)
    return report([one], reason="1 testcase: 1 pass", command="loggate scan train.log", environment={})


def all_pass() -> Report:
    names = ("fedavg", "fedavg-external", "cyclic", "cross-site-eval", "swarm", "statistics")
    shared = SharedReport("pass", "no finding outside the testcases", site("server", testcase=SHARED).logs)
    return report([testcase(name) for name in names], shared=shared)


def _delayed(name: str) -> TestcaseReport:
    sites = [
        site("server", "fail", "22 new findings", name, found=22),
        site("site-1", "fail", "1 new finding", name, found=1, lose=True),
        site("site-2", "fail", "1 new finding", name, found=1, lose=True),
    ]
    reason = "; ".join(f"{each.name}: {each.reason}" for each in sites)
    return testcase(name, sites, verdict="fail", reason=reason, duration_s=22.8)


def _race(names: Sequence[str]) -> Issue:
    also = tuple(
        Place(f"out/logs/{name}/site-1/{file}", 7, 7) for name in names[:1] for file in ("error_log.txt", "log.json")
    )
    return issue(
        [
            finding(
                name,
                each,
                118 + 3 * i,
                also=also if not i else (),
                before="2026-05-09 07:35:27,021 - ClientRunner - INFO - START_RUN fired\n"
                "2026-05-09 07:35:27,090 - JobLogStreamer - INFO - streaming log.json\n",
                after="2026-05-09 07:35:27,140 - ClientRunner - INFO - asking for a task\n",
            )
            for i, (name, each) in enumerate((name, each) for name in names for each in SITES[1:])
        ]
    )


def _unregistered(names: Sequence[str]) -> Issue:
    text = (
        "2026-05-09 07:35:26,870 - ObjectStreamer - ERROR - "
        "no stream processing info registered for log_streaming:live_log"
    )
    return issue(
        [finding(name, "server", 60 + i, excerpt=text) for name in names for i in range(22)],
        fingerprint="v1:03ad77c1f2b4e890",
        title="ObjectStreamer: no stream processing info registered for log_streaming:live_log",
    )


def failing() -> Report:
    """The suite on stock streaming: races, an aborted evidence, waived and known findings, shared logs."""
    slow = ("start-delay-1s", "start-delay-3s", "start-delay-8s")
    long = "\n".join([*TRACEBACK.split("\n")[:4], cut_mark(211), *TRACEBACK.split("\n")[4:]])
    issues = [
        _race(slow),
        _unregistered(slow),
        issue(
            [
                finding(
                    "trainer-raises", "site-1", 203, excerpt=TRACEBACK, disposition="waived", by="expected by the suite"
                ),
                finding(
                    "trainer-raises", "site-2", 198, excerpt=TRACEBACK, disposition="waived", by="expected by the suite"
                ),
            ],
            fingerprint="v1:b0a1c2d3e4f50617",
            rule="strict-traceback",
            title="TaskRunner: ValueError: shape mismatch: (32, 10) and (32, 12)",
        ),
        issue(
            [
                finding(
                    "swarm",
                    "site-2",
                    88,
                    excerpt=long,
                    end_line=88 + 7 + 211,
                    disposition="known",
                    by="baseline.json",
                    note="a note",
                )
            ],
            fingerprint="v1:77aa88bb99cc00dd",
            rule="strict-traceback",
            severity="warning",
            title="SwarmController: TimeoutError: no answer from site-1",
        ),
        issue(
            [finding(SHARED, "server", 310 + i, path="out/logs/_shared/server/log.txt") for i in range(2)],
            fingerprint="v1:5151515151515151",
            title="CoreCell: cannot forward req: no path",
        ),
    ]
    missing = [
        site("server", testcase="late-end"),
        site("site-1", testcase="late-end"),
        SiteReport("site-2", "error", "no log of this site"),
    ]
    testcases = [
        *(testcase(name) for name in ("fedavg", "fedavg-external", "cyclic", "statistics", "start-delay-0.1s")),
        *(_delayed(name) for name in slow),
        testcase("swarm", attempts=2, flaky=True),
        testcase(
            "trainer-raises", reason="the expected failures, and nothing else", status="FINISHED:EXECUTION_EXCEPTION"
        ),
        testcase("late-end", missing, verdict="error", reason="site-2: no log of this site", duration_s=19.4),
        testcase(
            "aborted",
            verdict="fail",
            reason="job ended as FINISHED:COMPLETED, expected FINISHED:ABORTED",
            duration_s=73.0,
        ),
    ]
    shared_logs = (LogReport("out/logs/_shared/server/log.txt", 1_204_311, 9_120, 2),)
    return report(
        testcases,
        issues,
        shared=SharedReport("fail", "server: 2 new findings", shared_logs),
        leftovers=Leftovers(("v1:dead (owner ana)",), ("v1:0ld0 expired 2026-04-01",), ("v1:f1x3d",)),
        skipped=(Skipped("out/logs/fedavg/server/model.pt", "binary"), Skipped("out/report.html", "loggate's own")),
        waivers=(waiver("expired", -3), waiver("used", 9, 2, scope={"testcase": "late-*"}), waiver("unused", 90)),
        trend=Trend(
            (
                RunSummary("2026-05-08T05:35:02.120+00:00", "pass", {}),
                RunSummary("2026-05-09T05:35:02.120+00:00", "fail", {}),
            ),
            (
                TestcaseTrend(
                    "aborted",
                    (Outcome("pass", 14.0, flaky=False), Outcome("fail", 73.0, flaky=False)),
                    43.5,
                    None,
                    flaky=False,
                ),
            ),
        ),
    )


def missing_evidence() -> Report:
    """No finding at all, yet nothing can be believed."""
    gone = SiteReport("site-1", "error", "no log of this site")
    empty = SiteReport(
        "server", "error", "log.txt is empty", (LogReport("out/logs/fedavg/server/log.txt", 0, 0, 0, "empty"),)
    )
    return report(
        [
            testcase(
                "fedavg", [empty, gone], verdict="error", reason="server: log.txt is empty; site-1: no log of this site"
            ),
            testcase(
                "cyclic", [SiteReport("server", "error", "no log of this site")], verdict="error", reason="rejected"
            ),
        ]
    )


def nothing() -> Report:
    return report(reason="no testcase was judged", rules=())


def hostile() -> Report:
    """Every text that a log or a name can carry tries to be more than text."""
    name, where = f"t</a>{HOSTILE}", "site\u202e<b>"
    found = finding(
        name, where, 7, excerpt=HOSTILE, path="javascript:alert(1)//\u202e<x>.txt", before=HOSTILE, by=HOSTILE
    )
    bad = SiteReport(where, "fail", HOSTILE, (LogReport('x" onclick="1.txt', 10, 1, 1, HOSTILE),))
    return report(
        [testcase(name, [bad], verdict="fail", reason=HOSTILE, status=HOSTILE, job_id=HOSTILE)],
        [issue([found], title=HOSTILE, rule=HOSTILE, fingerprint=HOSTILE)],
        reason=HOSTILE,
        command=HOSTILE,
        environment={HOSTILE: HOSTILE},
        leftovers=Leftovers((HOSTILE,), (HOSTILE,), (HOSTILE,)),
        skipped=(Skipped(HOSTILE, HOSTILE),),
        rules=(Rule(HOSTILE, HOSTILE, HOSTILE, help=HOSTILE),),
    )


def everywhere(text: str) -> Report:
    """This text wherever a log, a file name or a person's file can bring one."""
    found = [
        finding(
            text, text, 7, excerpt=text, path=text, before=text, by=text, note=text, disposition=disposition, time=text
        )
        for disposition in ("new", "known", "waived")
    ]
    bad = SiteReport(text, "fail", text, (LogReport(text, 10, 1, 1, text),), (StreamReport(text, text, 2, 1, 2, text),))
    lost = SiteReport(text + "2", "error", text)
    return report(
        [testcase(text, [bad, lost], verdict="fail", reason=text, status=text, job_id=text, flaky=True, attempts=2)],
        [issue([each], title=text, rule=text, fingerprint=f"{text}{i}") for i, each in enumerate(found)],
        reason=text,
        command=text,
        started=text,
        environment={text: text},
        shared=SharedReport("error", text, (LogReport(text, 1, 1, 0, text),)),
        leftovers=Leftovers((text,), (text,), (text,)),
        skipped=(Skipped(text, text),),
        rules=(Rule(text, text, text, help=text),),
        causes=(Cause(text, text, text, (text,), text, text, 1, text, 1, text),),
        waivers=(waiver("used", 1, pattern=text, reason=text, owner=text, place=text, link=text, scope={text: text}),),
        trend=Trend(
            (RunSummary(text, "pass", {"commit": text}),) * 2,
            (TestcaseTrend(text, (Outcome("pass", 1.0, flaky=True),) * 2, 1.0, 0.5, flaky=True),),
        ),
    )


def many(findings: int, issues: int = 1, excerpt: str = TRACEBACK) -> Report:
    """So many findings, spread evenly over so many issues, and over 17 testcases of three sites."""
    names = [f"testcase-{i:02}" for i in range(1, 18)]
    places = [(name, each) for name in names for each in SITES]
    each = max(1, findings // issues)
    made = [
        issue(
            [finding(*places[(i * each + j) % len(places)], line=10 * j + 1, excerpt=excerpt) for j in range(each)],
            fingerprint=f"v1:{i:016x}",
            title=f"Component{i}: something went wrong",
        )
        for i in range(issues)
    ]
    sites = {name: [site(each, "fail", "new findings", name) for each in SITES] for name in names}
    return report([testcase(name, sites[name], verdict="fail", reason="new findings") for name in names], made)


def spooled(report: Report, spool: Spool) -> Report:
    """The same report with its findings on disk."""
    return msgspec.structs.replace(
        report,
        issues=tuple(
            msgspec.structs.replace(
                each, findings=spool.findings(array("I", [_add(spool, it) for it in each.findings]))
            )
            for each in report.issues
        ),
    )


def _add(spool: Spool, found: Finding) -> int:
    return spool.add(encode(found), (found.testcase, found.site), found.disposition)


def wide(testcases: int, sites: int) -> Report:
    """A federation of so many sites."""
    names = [f"site-{i}" for i in range(1, sites + 1)]
    return report(
        [
            testcase(f"testcase-{i}", [site(name, testcase=f"testcase-{i}") for name in names])
            for i in range(1, testcases + 1)
        ]
    )
