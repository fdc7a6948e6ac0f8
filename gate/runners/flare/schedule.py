"""Which testcase runs when, and for how long: submits, watches, aborts and gives up, and never hangs.

Knows the running system only through a small protocol, and time only through what it is given.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from gate.config import SuiteTestcase
from gate.runners import Progress
from gate.runners.flare.session import SessionError, SessionLost

TICK_S = 0.25
AHEAD = 2
"""How many jobs wait at the server while others run: its scheduler looks once a second, and must always find one."""

SUBMITTED_LIMIT_S = 60.0
ABORT_LIMIT_S = 30.0
SETTLE_LIMIT_S = 30.0
SILENT_LIMIT_S = 30.0
_NEVER_RAN = ("FINISHED:CAN_NOT_SCHEDULE", "FINISHED:FAILED_TO_RUN", "FINISHED:ABANDONED")


class Flare(Protocol):
    """What the schedule asks of a running system. Calls may raise SessionError or SessionLost."""

    def submit(self, study: str, folder: Path) -> str: ...

    def meta(self, study: str, job_id: str) -> dict[str, Any]: ...

    def abort(self, study: str, job_id: str) -> None: ...

    def down(self) -> str:
        """Why no job can run any more; empty while all is well."""

    def settled(self, job_id: str) -> bool:
        """Whether an ended job has nothing left to write."""

    def job_log(self, site: str, job_id: str) -> Path:
        """A site's log of a running job."""


class Run:
    """One testcase on its way. `job_id` is None until submitted; `problem` says why it cannot be judged."""

    def __init__(self, testcase: SuiteTestcase, folder: Path, timeout_s: float) -> None:
        self.testcase, self.folder, self.timeout_s = testcase, folder, timeout_s
        self.job_id: str | None = None
        self.meta: dict[str, Any] = {}
        self.status = ""
        self.problem = ""
        self.started: str | None = None
        self.duration_s: float | None = None
        self.waits_since = self.running_at = self.ended_at = self.abort_at = self.silent_since = 0.0
        self.watch: LineWatch | None = None

    @property
    def name(self) -> str:
        return self.testcase.name

    def fail(self, problem: str) -> None:
        """Note a problem; the first one is the cause of those that follow."""
        self.problem = self.problem or problem


class LineWatch:
    """Looks for a line in a growing file, reading each byte once."""

    def __init__(self, path: Path, pattern: str) -> None:
        self._path, self._pattern = path, re.compile(pattern.encode())
        self._offset, self._rest = 0, b""
        self.seen = False

    def look(self) -> bool:
        """Whether a line has matched so far; the last, unfinished line counts as it stands."""
        if not self.seen and self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
            self._offset += len(new)
            lines = (self._rest + new).split(b"\n")
            self._rest = lines[-1]
            self.seen = any(self._pattern.search(line) for line in lines)
        return self.seen


class Schedule:
    """Has the testcases run in order, as many at once as the server takes; gives each as its evidence is complete.

    The server runs `capacity` jobs at once and starts them in the order of their submission; `AHEAD` more wait there.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        flare: Flare,
        progress: Progress,
        *,
        capacity: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.waiting, self.active, self.settling = deque(runs), list[Run](), list[Run]()
        self.flare, self.progress, self.capacity = flare, progress, capacity
        self.clock, self.sleep = clock, sleep

    def ended(self) -> Iterator[Run]:
        """The runs, each when nothing of it is left to wait for."""
        while self.waiting or self.active or self.settling:
            if reason := self.flare.down():
                yield from self._give_up(reason)
                return
            yield from self._submit()
            for run in list(self.active):
                self._watch(run)
            yield from self._settled()
            self.sleep(TICK_S)

    def _give_up(self, reason: str) -> Iterator[Run]:
        for run in (*self.settling, *self.active, *self.waiting):
            ran = "while it ran" if run.running_at else "before it ran"
            run.fail(f"the POC failed {'before its logs were complete' if run.ended_at else ran}: {reason}")
            yield run

    # ---- start -------------------------------------------------------------------------------------------------------

    def _submit(self) -> Iterator[Run]:
        while self.waiting and len(self.active) < self.capacity + AHEAD:
            run = self.waiting.popleft()
            try:
                run.job_id = self.flare.submit(run.testcase.study, run.folder)
            except SessionError as error:
                run.fail(f"the server rejected the job: {error}")
                yield run
                continue
            except SessionLost:
                self.waiting.appendleft(run)  # the next look at `down` tells why, for all of them
                return
            run.waits_since = self.clock()
            if abort := run.testcase.abort:
                run.watch = LineWatch(self.flare.job_log(abort.site, run.job_id), abort.line)
            self.active.append(run)

    # ---- watch -------------------------------------------------------------------------------------------------------

    def _watch(self, run: Run) -> None:
        self._update(run)
        if run.status.startswith("FINISHED"):
            self._ended(run)
        elif run.abort_at:
            if self.clock() - run.abort_at > ABORT_LIMIT_S:
                run.fail(f"was aborted, but did not end within {ABORT_LIMIT_S:.0f} s of it")
                self._ended(run)
        elif run.watch and run.watch.look():
            self._abort(run)
        else:
            self._check_limits(run)

    def _update(self, run: Run) -> None:
        try:
            run.meta = self.flare.meta(run.testcase.study, run.job_id or "")
        except SessionLost:
            return
        except SessionError as error:
            run.silent_since = run.silent_since or self.clock()
            if self.clock() - run.silent_since > SILENT_LIMIT_S:
                run.fail(f"its state could not be asked for {SILENT_LIMIT_S:.0f} s: {error}")
                self._ended(run)
            return
        run.silent_since = 0.0
        run.status = str(run.meta.get("status") or "")
        if not run.running_at and run.status in ("DISPATCHED", "RUNNING"):
            run.running_at = self.clock()
            self.progress.testcase(run.name, "running")

    def _check_limits(self, run: Run) -> None:
        now = self.clock()
        if run.running_at and now - run.running_at > run.timeout_s:
            run.fail(f"did not end within {run.timeout_s:g} s: aborted")
            self._abort(run)
        elif self._queued(run):
            run.waits_since = now
        elif not run.running_at and now - run.waits_since > SUBMITTED_LIMIT_S:
            run.fail(f"was not started within {SUBMITTED_LIMIT_S:.0f} s{_history(run.meta)}")
            self._abort(run)

    def _queued(self, run: Run) -> bool:
        """Whether jobs submitted before it take all of the server's places; one that is passed over is not queued."""
        earlier = takewhile(lambda each: each is not run, self.active)
        return not run.running_at and sum(bool(each.running_at) for each in earlier) >= self.capacity

    def _abort(self, run: Run) -> None:
        run.abort_at = self.clock()
        try:
            self.flare.abort(run.testcase.study, run.job_id or "")
        except SessionLost:
            return
        except SessionError as error:
            if error.kind != "JobNotRunning":  # it may have ended just now: its status will tell
                run.fail(f"could not be aborted: {error}")

    # ---- end ---------------------------------------------------------------------------------------------------------

    def _ended(self, run: Run) -> None:
        if run not in self.active:
            return
        self.active.remove(run)
        self.settling.append(run)
        run.ended_at = self.clock()
        run.started = _iso(run.meta.get("start_time"))
        run.duration_s = seconds(run.meta.get("duration")) or (run.running_at and run.ended_at - run.running_at) or None
        if run.status in _NEVER_RAN and run.status != run.testcase.expect.status:
            run.fail(f"never ran: {run.status}{_history(run.meta)}")
        if run.watch and not run.abort_at and run.testcase.abort and not run.problem:
            abort = run.testcase.abort
            run.fail(f"ended before a line of {abort.site}'s log matched '{abort.line}': not aborted")

    def _settled(self) -> Iterator[Run]:
        for run in list(self.settling):
            late = self.clock() - run.ended_at > SETTLE_LIMIT_S
            if not self.flare.settled(run.job_id or "") and not late:
                continue
            if late:
                run.fail(f"its logs were still being written {SETTLE_LIMIT_S:.0f} s after its end")
            self.settling.remove(run)
            yield run


def _history(meta: dict[str, Any]) -> str:
    """Why a job did not start, in the server's words."""
    said = [*(meta.get("job_deploy_detail") or []), *(meta.get("schedule_history") or [])[-1:]]
    return f" ({'; '.join(map(str, said))})" if said else ""


def seconds(duration: Any) -> float | None:
    """NVFlare's `0:00:14.132` or `1 day, 0:00:14` in seconds; None if it is not one."""
    found = re.fullmatch(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)", str(duration))
    if not found:
        return None
    days, hours, minutes, rest = found.groups(default="0")
    return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _iso(start: Any) -> str | None:
    """NVFlare's start time with an offset: releases before 2.9 write local time without one."""
    try:
        moment = datetime.fromisoformat(str(start))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(timezone.utc).isoformat()
