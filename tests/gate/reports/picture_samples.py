"""Reports for the pictures: findings that come in bursts, jobs that run side by side, runs that go to and fro."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import get_args

import msgspec
import report_samples as samples

from gate.model import (
    Disposition,
    DispositionCounts,
    Finding,
    Issue,
    Outcome,
    Report,
    RunSummary,
    TestcaseTrend,
    Trend,
    Verdict,
    WaiverReport,
)

NAMES = (
    *("fedavg", "fedavg-external", "cyclic", "cross-site-eval", "swarm", "statistics", "one-stream", "two-streams"),
    *("start-delay-0.1s", "start-delay-1s", "start-delay-3s", "start-delay-8s", "late-end", "chatty-client"),
    *("log-past-end", "trainer-raises", "aborted"),
)
START = datetime(2026, 5, 9, 7, 35, 2, 120_000, timezone(timedelta(hours=2)))


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def suite(sites: Sequence[str] = samples.SITES, names: Sequence[str] = NAMES, seed: int = 7) -> Report:
    """Two jobs at a time, some 15 s each; most of them fail at their start and again at their end."""
    dice = random.Random(seed)  # noqa: S311
    testcases, found = [], list[Finding]()
    for number, name in enumerate(names):
        begin, lasts = 3 + number // 2 * 16 + number % 2 * 5, dice.uniform(11, 22)
        verdict: Verdict = "pass" if number % 6 == 0 else "error" if number % 7 == 3 else "fail"
        made = [samples.site(each, verdict, testcase=name) for each in sites]
        testcases.append(
            samples.testcase(name, made, verdict=verdict, reason="", started=at(begin), duration_s=round(lasts, 1))
        )
        if verdict != "pass":
            found += _burst(dice, name, sites, begin + dice.uniform(1, 3))
            found += _burst(dice, name, sites[:1], begin + lasts - 1)
    return samples.report(testcases, _issues(found))


def _burst(dice: random.Random, name: str, sites: Sequence[str], begin: float) -> Iterator[Finding]:
    for place, each in enumerate(sites):
        count = dice.choice((1, 1, 2, 22)) if place == 0 else 1
        disposition = dice.choice(("new", "new", *get_args(Disposition)))
        for number in range(count):
            when = at(begin + place * 0.4 + number * 0.11)
            yield samples.finding(name, each, 60 + number, time=when, disposition=disposition)


def _issues(found: Sequence[Finding]) -> list[Issue]:
    kinds = {kind: [each for each in found if each.disposition == kind] for kind in get_args(Disposition)}
    return [samples.issue(each, fingerprint=f"v1:{kind}") for kind, each in kinds.items() if each]


def one_lane() -> Report:
    """A scanned file: no job, one site, a few findings."""
    found = [samples.finding("train.log", "local", 10 + n, time=at(60 * n * n)) for n in range(4)]
    one = samples.testcase("train.log", [samples.site("local", "fail")], verdict="fail", duration_s=None)
    return samples.report([one], _issues(found))


def many_lanes() -> Report:
    return suite([f"site-{number}" for number in range(1, 1001)], NAMES[1:3])


def hostile(name: str) -> Report:
    """This name for a testcase and its site, on every picture."""
    report = suite((name,), (name, "fedavg"))
    return msgspec.structs.replace(report, trend=trend((name, "fedavg")), waivers=waivers(name))


def trend(names: Sequence[str] = NAMES, runs: int = 30, seed: int = 3) -> Trend:
    """Nightly runs: most pass, some go to and fro, one becomes slower, one comes later."""
    dice = random.Random(seed)  # noqa: S311
    outcomes = {
        name: [_outcome(dice, number, night, runs) for night in range(runs)] for number, name in enumerate(names)
    }
    counts = [DispositionCounts(dice.choice((0, 0, 3, 22, 140)), dice.choice((0, 4)), 2) for _ in range(runs)]
    made = [
        RunSummary(
            (START + timedelta(days=night - runs + 1)).astimezone(timezone.utc).isoformat(timespec="milliseconds"),
            "fail" if counts[night].new else "pass",
            {"nvflare": "2.9.0", "commit": f"{night:040x}"},
            counts[night],
        )
        for night in range(runs)
    ]
    testcases = [
        TestcaseTrend(name, tuple(found), 14.2, 0.31 if number == 2 else 0.01, flaky=number % 5 == 1)
        for number, (name, found) in enumerate(outcomes.items())
    ]
    return Trend(tuple(made), tuple(testcases))


def _outcome(dice: random.Random, number: int, night: int, runs: int) -> Outcome | None:
    if number == 4 and night < runs // 2:
        return None
    bad: Verdict = "error" if number == 6 else "fail"
    verdict = bad if (number % 5 == 1 and dice.random() < 0.3) or (number == 3 and night > runs - 6) else "pass"
    slower = 1 + (night / runs if number == 2 else 0)
    return Outcome(verdict, round(14 * slower * dice.uniform(0.95, 1.1), 1), flaky=False)


def waivers(reason: str = "race at the end, fixed in 2.9.1") -> tuple[WaiverReport, ...]:
    """One of each state, and one that ends soon."""
    waiver = partial(samples.waiver, reason=reason)
    return (
        waiver("used", 200, 12, scope={"testcase": "late-*", "count": "3"}, link="https://example.com/issues/12"),
        waiver("used", 6, 2, pattern="cannot forward req: no path", owner="bob"),
        waiver("unused", 90),
        waiver("expired", -3, 7),
        waiver("elsewhere", 30, scope={"nvflare": "<2.9"}),
    )
