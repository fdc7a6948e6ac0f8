"""Occurrences → findings: each gets exactly one disposition, and what gave it is named. Nothing is dropped."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from gate import baseline as baselines
from gate import waivers
from gate.model import (
    SHARED,
    Disposition,
    Evidence,
    ExpectedFinding,
    Finding,
    Leftovers,
    Occurrence,
    Policy,
    Rule,
    Testcase,
)


class Decisions(NamedTuple):
    """What people have decided. `today` is the day on which expiry dates are looked at."""

    policy: Policy = Policy()
    waivers: waivers.Waivers = waivers.Waivers()
    baseline: baselines.Baseline = baselines.Baseline()
    today: date = date.max
    strict_waivers: bool = False


class Ruling(NamedTuple):
    """A disposition, and what gave it in words. One that `may_fail` fails the gate if the policy counts totals."""

    disposition: Disposition
    by: str
    may_fail: bool = False


class Disposed(NamedTuple):
    """Findings beside their occurrences; by testcase, which expectations were not met; what was left over.

    `failures` is what fails the gate besides findings.
    """

    findings: list[tuple[Occurrence, Finding]]
    unmet: dict[str, list[str]]
    leftovers: Leftovers
    failures: tuple[str, ...]


EXPECTED = "expected by the suite"
"""A finding's `by` begins so when the suite made it known."""

NEW = Ruling("new", "", may_fail=True)


NO_DECISIONS = Decisions()


def dispose(
    evidence: Evidence,
    occurrences: list[Occurrence],
    rules: Iterable[Rule],
    decisions: Decisions,
    unsure: Collection[str] = (),
) -> Disposed:
    """Give each occurrence to the first that has something to say of it: attempt, suite, policy, waivers, baseline.

    `unsure` are testcases whose logs are not whole: what does not stand there is not fixed.
    """
    testcases, nvflare = evidence.testcases, evidence.environment.get("nvflare", "")
    rulings: dict[int, Ruling] = {}
    whole = _whole(evidence).difference(unsure)
    by_id = {rule.id: rule for rule in rules}
    rulings |= _of_earlier_attempts(testcases, occurrences)
    unmet = _expect(testcases, occurrences, rulings)
    rulings |= _ignored(occurrences, _free(occurrences, rulings), by_id, decisions.policy)
    waived = waivers.apply(decisions.waivers, occurrences, _free(occurrences, rulings), decisions.today, nvflare)
    rulings |= {index: Ruling("waived", str(waiver)) for index, waiver in waived.by.items()}
    known = baselines.apply(decisions.baseline, occurrences, _free(occurrences, rulings), whole)
    rulings |= {index: Ruling("known", by, decisions.policy.total) for index, by in known.by.items()}
    return Disposed(
        findings=[
            (found, _finding(found, ruling, fails=ruling.may_fail and _fails(found, by_id, decisions.policy)))
            for index, found in enumerate(occurrences)
            for ruling in [rulings.get(index, NEW)]
        ],
        unmet=unmet,
        leftovers=Leftovers(
            unused_waivers=tuple(map(str, waived.unused)),
            expired_waivers=tuple(map(str, waived.expired)),
            fixed=tuple(str(fixed) for fixed in known.fixed if fixed.is_gone),
        ),
        failures=tuple(_failures(waived, strict=decisions.strict_waivers)),
    )


def _whole(evidence: Evidence) -> set[str]:
    """The testcases of which it can be said that something did not happen."""
    whole = {testcase.name for testcase in evidence.testcases if not testcase.problem and not testcase.skipped}
    return whole | {SHARED for log in evidence.logs if log.testcase == SHARED}


def _free(occurrences: list[Occurrence], rulings: dict[int, Ruling]) -> list[int]:
    return [index for index in range(len(occurrences)) if index not in rulings]


def _fails(found: Occurrence, rules: dict[str, Rule], policy: Policy) -> bool:
    return policy.effect(rules[found.rule]) == "fail"


def _failures(waived: waivers.Applied, *, strict: bool) -> Iterator[str]:
    yield from map(str, waived.expired)
    if strict:
        yield from (f"unused: {waiver}" for waiver in waived.unused)


# ---- rulings ---------------------------------------------------------------------------------------------------------


def _of_earlier_attempts(testcases: tuple[Testcase, ...], occurrences: list[Occurrence]) -> dict[int, Ruling]:
    """What a testcase showed before it was run again is known: its last attempt is what counts."""
    last = {testcase.name: testcase.attempts for testcase in testcases}
    return {
        index: Ruling("known", f"attempt {found.log.attempt} of {attempts}")
        for index, found in enumerate(occurrences)
        if found.log.attempt < (attempts := last.get(found.testcase, 0))
    }


def _expect(
    testcases: tuple[Testcase, ...], occurrences: list[Occurrence], rulings: dict[int, Ruling]
) -> dict[str, list[str]]:
    """Rule what the testcases expect to be known; gives the expectations that were not met."""
    own: defaultdict[str, list[int]] = defaultdict(list)
    for index in _free(occurrences, rulings):
        own[occurrences[index].testcase].append(index)
    unmet: defaultdict[str, list[str]] = defaultdict(list)
    for testcase in testcases:
        for expectation in testcase.expect.findings:
            free = [index for index in own[testcase.name] if index not in rulings]
            matched = [index for index in free if _fits(expectation, occurrences[index])]
            rulings |= dict.fromkeys(matched, Ruling("known", f"{EXPECTED}: {expectation.pattern}"))
            if not _is_met(expectation, len(matched)):
                unmet[testcase.name].append(f"expected {expectation}, found {len(matched)}")
    return unmet


def _fits(expectation: ExpectedFinding, found: Occurrence) -> bool:
    texts = (found.event.text, found.event.note)
    return expectation.site in ("", found.site) and any(re.search(expectation.pattern, text) for text in texts)


def _is_met(expectation: ExpectedFinding, count: int) -> bool:
    if expectation.optional and count == 0:
        return True
    return count >= 1 if expectation.count is None else count == expectation.count


def _ignored(
    occurrences: list[Occurrence], free: list[int], rules: dict[str, Rule], policy: Policy
) -> dict[int, Ruling]:
    ignored = [index for index in free if policy.effect(rules[occurrences[index].rule]) == "ignore"]
    return {index: Ruling("known", f"the policy ignores {occurrences[index].rule}") for index in ignored}


# ---- findings --------------------------------------------------------------------------------------------------------


def _finding(found: Occurrence, ruling: Ruling, *, fails: bool) -> Finding:
    event = found.event
    return Finding(
        testcase=found.testcase,
        site=found.site,
        path=found.log.path,
        line=event.line,
        end_line=event.end_line,
        time=found.time,
        disposition=ruling.disposition,
        excerpt=event.text,
        also=found.also,
        before=event.before,
        after=event.after,
        rules=event.rules,
        by=ruling.by,
        note=event.note,
        fails=fails,
        parts=tuple(msgspec.structs.replace(part, path=part.path or found.log.path) for part in event.parts),
        level=event.level,
        logger=event.logger,
    )
