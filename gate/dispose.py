"""Occurrences → findings: each gets exactly one disposition, and what gave it is named. Nothing is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from gate import baseline as baselines
from gate import clean, waivers
from gate.model import (
    SHARED,
    Disposition,
    Evidence,
    ExpectedFinding,
    Finding,
    Leftovers,
    Occurrence,
    Place,
    Policy,
    Rule,
    WaiverReport,
)
from gate.patterns import of_text


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


EXPECTED = "expected by the suite"
"""A finding's `by` begins so when the suite made it known."""

NEW = Ruling("new", "", may_fail=True)


NO_DECISIONS = Decisions()


class Disposing:
    """Gives each occurrence to the first that has something to say of it: attempt, suite, policy, waivers, baseline.

    What is asked at the end holds once all occurrences were ruled.
    """

    def __init__(self, evidence: Evidence, rules: Iterable[Rule], decisions: Decisions) -> None:
        self._evidence, self._decisions = evidence, decisions
        self._effects = {rule.id: decisions.policy.effect(rule) for rule in rules}
        self._last = {testcase.name: testcase.attempts for testcase in evidence.testcases}
        self._expected = {testcase.name: testcase.expect.findings for testcase in evidence.testcases}
        self._met: Counter[tuple[str, int]] = Counter()
        self._waivers = waivers.Applying(decisions.waivers, decisions.today, evidence.environment.get("nvflare", ""))
        self._baseline = baselines.Applying(decisions.baseline)

    def finding(self, found: Occurrence) -> Finding:
        """The occurrence with its disposition."""
        self._baseline.see(found)
        ruling = self._ruling(found)
        return _finding(found, ruling, fails=ruling.may_fail and self._effects[found.rule] == "fail")

    def _ruling(self, found: Occurrence) -> Ruling:
        if found.log.attempt < (attempts := self._last.get(found.testcase, 0)):
            return Ruling("known", f"attempt {found.log.attempt} of {attempts}")  # the last attempt is what counts
        for number, expected in enumerate(self._expected.get(found.testcase, ())):
            if _fits(expected, found):
                self._met[found.testcase, number] += 1
                return Ruling("known", f"{EXPECTED}: {expected.pattern}")
        if self._effects[found.rule] == "ignore":
            return Ruling("known", f"the policy ignores {found.rule}")
        if waiver := self._waivers.waiver(found):
            return Ruling("waived", str(waiver))
        if by := self._baseline.known(found):
            return Ruling("known", by, self._decisions.policy.total)
        return NEW

    def unmet(self) -> dict[str, list[str]]:
        """By testcase, which expectations were not met."""
        return {
            name: [
                f"expected {each}, found {self._met[name, number]}"
                for number, each in enumerate(expected)
                if not _is_met(each, self._met[name, number])
            ]
            for name, expected in self._expected.items()
        }

    def leftovers(self, unsure: Collection[str] = ()) -> Leftovers:
        """`unsure` are testcases whose logs are not whole: what does not stand there is not fixed."""
        fixed = self._baseline.fixed(_whole(self._evidence).difference(unsure))
        return Leftovers(
            unused_waivers=tuple(map(str, self._waivers.unused())),
            expired_waivers=tuple(map(str, self._waivers.expired())),
            fixed=tuple(str(each) for each in fixed if each.is_gone),
        )

    def waivers(self) -> tuple[WaiverReport, ...]:
        """What became of each waiver."""
        return self._waivers.told()

    def failures(self) -> tuple[str, ...]:
        """What fails the gate besides findings."""
        unused = self._waivers.unused() if self._decisions.strict_waivers else ()
        return (*map(str, self._waivers.expired()), *(f"unused: {waiver}" for waiver in unused))


def _whole(evidence: Evidence) -> set[str]:
    """The testcases of which it can be said that something did not happen."""
    whole = {testcase.name for testcase in evidence.testcases if not testcase.problem and not testcase.skipped}
    return whole | {SHARED for log in evidence.logs if log.testcase == SHARED}


def _fits(expectation: ExpectedFinding, found: Occurrence) -> bool:
    texts = (found.event.text, found.event.note)
    return expectation.site in ("", found.site) and any(map(of_text(expectation.pattern).search, texts))


def _is_met(expectation: ExpectedFinding, count: int) -> bool:
    if expectation.optional and count == 0:
        return True
    return count >= 1 if expectation.count is None else count == expectation.count


# ---- findings --------------------------------------------------------------------------------------------------------


def _finding(found: Occurrence, ruling: Ruling, *, fails: bool) -> Finding:
    event = found.event
    return Finding(
        testcase=_masked(found.testcase),
        site=_masked(found.site),
        path=_masked(found.log.path),
        line=event.line,
        end_line=event.end_line,
        time=found.time,
        clock=None if found.time else event.time,
        disposition=ruling.disposition,
        excerpt=event.text,
        also=tuple(map(_place, found.also)),
        before=event.before,
        after=event.after,
        rules=event.rules,
        by=_masked(ruling.by),
        note=event.note,
        fails=fails,
        parts=tuple(_place(part, found.log.path) for part in event.parts),
        level=event.level,
        logger=event.logger and _masked(event.logger),
    )


def _place(place: Place, otherwise: str = "") -> Place:
    return Place(_masked(place.path or otherwise), place.line, place.end_line)


_masked = lru_cache(4_096)(clean.mask)
"""For what is said of many findings; an event's own texts are masked when it is read."""
