"""Random histories of a log, its links, its receivers and its processes, checked against what was written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fixlib import Failed
from fixlib.testing import Fault
from tests.fixlib.history import LOSSLESS, LOSSY, History, random_history

TARGETS = st.integers(0, 1)
FAULT = st.sampled_from([fault.value for fault in Fault])
UNHURRIED = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Lossless(RuleBasedStateMachine):
    """Whatever happens here destroys nothing: no gap is declared, and nothing is missing."""

    keep = 99

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.history = History(self.folder, keep=self.keep)

    @rule(times=st.integers(1, 4))
    def write(self, times: int) -> None:
        for _ in range(times):
            self.history.write()

    @rule(what=st.sampled_from(LOSSLESS))
    def happen(self, what: str) -> None:
        getattr(self.history, what)()

    @rule(which=TARGETS, fault=FAULT)
    def step_with_fault(self, which: int, fault: str) -> None:
        self.history.step(self.history.targets[which], fault)

    @rule(which=TARGETS, times=st.integers(1, 5))
    def steps(self, which: int, times: int) -> None:
        for _ in range(times):
            self.history.step(self.history.targets[which])

    @rule(which=TARGETS)
    def restart_receiver(self, which: int) -> None:
        self.history.restart_receiver(self.history.targets[which])

    @rule(which=TARGETS)
    def restart_producer(self, which: int) -> None:
        self.history.restart_producer(self.history.targets[which])

    @rule(which=TARGETS)
    def stop(self, which: int) -> None:
        self.history.stop(self.history.targets[which])

    @rule(seconds=st.floats(0, 3))
    def pass_time(self, seconds: float) -> None:
        self.history.pass_time(seconds)

    def teardown(self) -> None:
        try:
            for target in self.history.targets:
                self.history.finish(target)
        finally:
            self.history.close()
            shutil.rmtree(self.folder)


class Lossy(Lossless):
    """Bytes are destroyed before they are read: what is stored is what was written, but for the declared gaps."""

    keep = 4

    @rule(what=st.sampled_from(LOSSY))
    def destroy(self, what: str) -> None:
        if not any(target.stop_at is not None for target in self.history.targets):
            getattr(self.history, what)()

    @rule(which=TARGETS)
    def restart_producer(self, which: int) -> None:
        """What was destroyed between a crash and the restart is another story: `test_tail` tells it."""


@pytest.mark.parametrize("machine", [Lossless, Lossy])
def test_histories(machine: type[Lossless]) -> None:
    """What a receiver holds is always what was written, in order, once, byte-exact, and whole after the End."""
    case = machine.TestCase
    case.settings = UNHURRIED
    case().runTest()


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("lossy", [False, True])
def test_histories_by_dice(tmp_path: Path, seed: int, lossy: bool) -> None:
    """The same, by dice that fall alike for the same seed, as the broken copies are judged by."""
    random_history(tmp_path, seed, lossy=lossy)


def test_a_dead_target_harms_no_other(tmp_path: Path) -> None:
    """Of two targets one never answers: it fails once, within its deadline; the other gets everything once."""
    history = History(tmp_path)
    dead, alive = history.targets
    history.next_fault = Fault.REFUSE
    for _ in range(700):
        history.write()
        history.step(dead, "refuse")
        history.step(alive)
        history.pass_time(0.1)
    history.finish(alive)
    assert [type(event) for event in dead.events if isinstance(event, Failed)] == [Failed]
    assert dead.stored() == b""
    assert not alive.of("Retrying")
    history.close()
