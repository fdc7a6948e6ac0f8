"""Runs over time in one SQLite file: verdict and duration of each testcase, first and last seen of each issue.

A run takes a row for each testcase, and one for each issue and testcase that has it, however many findings there are.
Plain journal, one transaction for each run: the file is whole after a kill, and stays one file that CI can keep.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, get_args

from gate.errors import GateError, UsageError
from gate.findings import tallies
from gate.model import (
    OF_ONE_RUN,
    SHARED,
    DispositionCounts,
    Outcome,
    Report,
    RunSummary,
    Severity,
    Struct,
    TestcaseTrend,
    Trend,
    Verdict,
)
from gate.reports.escape import encodable

DEFAULT_DB = "loggate-history.db"
REPORTED = 30
"""How many runs a report tells of."""

BUSY_S = 30.0
"""How long to wait for another job that writes."""

_UPGRADES: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE loggate_schema (version INTEGER NOT NULL)",
        "INSERT INTO loggate_schema VALUES (0)",
        "CREATE TABLE run (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, started TEXT NOT NULL,"
        " verdict TEXT NOT NULL, environment TEXT NOT NULL)",
        "CREATE INDEX run_started ON run (started)",
        "CREATE TABLE testcase (run INTEGER NOT NULL, name TEXT NOT NULL, verdict TEXT NOT NULL, duration_s REAL,"
        " flaky INTEGER NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID",
        "CREATE TABLE issue (fingerprint TEXT PRIMARY KEY, rule TEXT NOT NULL, severity TEXT NOT NULL,"
        " title TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE seen (run INTEGER NOT NULL, fingerprint TEXT NOT NULL, testcase TEXT NOT NULL,"
        " new INTEGER NOT NULL, known INTEGER NOT NULL, waived INTEGER NOT NULL,"
        " PRIMARY KEY (run, fingerprint, testcase)) WITHOUT ROWID",
    ),
)
"""The statements that take the schema from version n to n + 1: a change is one more entry, none is ever edited."""

_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_MAGIC = b"SQLite format 3\0"
_OWN_FILE = "give a file of its own to --db or --history"
_LAST_RUNS = "SELECT id FROM run ORDER BY started DESC, id DESC LIMIT ?"


class IssueTrend(Struct, frozen=True):
    """An issue, when a run first and last had it (UTC), and in how many of the trend's runs, how often and where."""

    fingerprint: str
    rule: str
    severity: Severity
    title: str
    first_seen: str
    last_seen: str
    runs: int
    counts: DispositionCounts
    testcases: tuple[str, ...]


class History(NamedTuple):
    """The last runs and their testcases; and all issues, those seen last first."""

    trend: Trend
    issues: tuple[IssueTrend, ...]


# ---- what the commands do --------------------------------------------------------------------------------------------


def check(db: Path) -> None:
    """Refuse a file that is no history, or not whole; one that is not there yet is made by `add`."""
    if db.exists():
        with _transaction(db, "BEGIN"):
            pass


def add(db: Path, report: Report) -> bool:
    """Add a run; the file is made when there is none. False, and nothing changes, when the run is in it already."""
    started = _utc(report.started)
    with _transaction(db, "BEGIN IMMEDIATE", create=True) as connection:
        row = (_identity(report), started, report.verdict, _environment(report))
        cursor = connection.execute(
            "INSERT OR IGNORE INTO run (identity, started, verdict, environment) VALUES (?, ?, ?, ?)", row
        )
        if cursor.rowcount == 0 or cursor.lastrowid is None:
            return False
        _add_testcases(connection, cursor.lastrowid, report)
        _add_issues(connection, cursor.lastrowid, report, started)
    return True


def prune(db: Path, keep: int) -> int:
    """Drop all but the last `keep` runs, and issues that are in none of these; how many runs were dropped."""
    with _transaction(db, "BEGIN IMMEDIATE") as connection:
        dropped = connection.execute(f"DELETE FROM run WHERE id NOT IN ({_LAST_RUNS})", (keep,)).rowcount  # noqa: S608
        connection.execute("DELETE FROM testcase WHERE run NOT IN (SELECT id FROM run)")
        connection.execute("DELETE FROM seen WHERE run NOT IN (SELECT id FROM run)")
        connection.execute("DELETE FROM issue WHERE fingerprint NOT IN (SELECT fingerprint FROM seen)")
    return dropped


def trend(db: Path, limit: int = REPORTED) -> Trend:
    """The last `limit` runs by their start, as data."""
    with _transaction(db, "BEGIN") as connection:
        return _trend(connection, limit)


def read(db: Path, limit: int) -> History:
    """The last `limit` runs by their start, and all issues."""
    with _transaction(db, "BEGIN") as connection:
        return History(_trend(connection, limit), _issues(connection, limit))


# ---- the file --------------------------------------------------------------------------------------------------------


class _Damaged(sqlite3.DatabaseError):
    """SQLite reads the file, but it does not hold what we wrote."""


@contextmanager
def _transaction(db: Path, begin: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection within one transaction, at the schema of today; what is not ours, or not whole, stays untouched."""
    _check_file(db, create)
    if create:
        _make_folder(db)
    try:
        with closing(sqlite3.connect(db, timeout=BUSY_S, isolation_level=None)) as connection:
            connection.execute(begin)
            _prepare(connection, db)
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _complaint(error, db) from error


def _check_file(db: Path, create: bool) -> None:
    """SQLite takes a file of a few bytes for an empty one, and would write over it."""
    if not create and not db.is_file():
        raise UsageError(f"{db}: no such file", hint="`loggate history add REPORT.json` makes it; --db names another")
    try:
        with db.open("rb") as file:
            start = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise GateError(f"{db}: cannot be read: {error.strerror}") from error
    if start not in (b"", _MAGIC):
        raise UsageError(f"{db}: is no SQLite file", hint=_OWN_FILE)


def _make_folder(db: Path) -> None:
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GateError(f"{db}: its folder cannot be made: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, db: Path) -> None:
    """Bring the schema up to today's, and refuse a damaged file, another program's, and a newer loggate's."""
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _Damaged
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if tables and "loggate_schema" not in tables:
        raise UsageError(f"{db}: is another program's database", hint=_OWN_FILE)
    version = _version(connection) if tables else 0
    if version > len(_UPGRADES):
        raise UsageError(
            f"{db}: was written by a newer loggate (schema {version}, this one knows {len(_UPGRADES)})",
            hint="update loggate, or give another file",
        )
    for number, statements in enumerate(_UPGRADES[version:], start=version + 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute("UPDATE loggate_schema SET version = ?", (number,))


def _version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT version FROM loggate_schema").fetchone()
    if row is None or not isinstance(row[0], int):
        raise _Damaged
    return row[0]


def _complaint(error: sqlite3.Error, db: Path) -> GateError:
    words = str(error)
    if isinstance(error, _Damaged) or "malformed" in words or "not a database" in words:
        hint = "move it away and add the kept reports again: loggate history add REPORT.json..."
        return GateError(f"{db}: is damaged, and was left as it is", hint=hint)
    if "locked" in words:
        return GateError(f"{db}: another process has been writing to it for {BUSY_S:.0f} s", hint="try again")
    return GateError(f"{db}: {words}")


# ---- writing ---------------------------------------------------------------------------------------------------------


def _utc(started: str) -> str:
    """The same instant in UTC and of one length, so that its text sorts; a time without an offset is UTC."""
    try:
        time = datetime.fromisoformat(started.replace("Z", "+00:00"))
        zoned = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
        return zoned.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError) as error:
        raise UsageError(f"report: started: '{encodable(started)}' is no time", hint="ISO 8601 is expected") from error


def _identity(report: Report) -> str:
    """Equal for the same run, read back from whichever copy of its report, and for no other."""
    parts = [
        report.started,
        report.finished,
        encodable(report.command),
        [(encodable(each.name), each.verdict, each.duration_s, each.job_id) for each in report.testcases],
        [(issue.fingerprint, issue.count) for issue in report.issues],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _environment(report: Report) -> str:
    told = {encodable(name): encodable(value) for name, value in report.environment.items()}
    return json.dumps(told, sort_keys=True)


def _add_testcases(connection: sqlite3.Connection, run: int, report: Report) -> None:
    rows = [(run, encodable(each.name), each.verdict, each.duration_s, each.flaky) for each in report.testcases]
    if report.shared.verdict != "skipped":
        rows.append((run, SHARED, report.shared.verdict, None, False))
    connection.executemany("INSERT OR REPLACE INTO testcase VALUES (?, ?, ?, ?, ?)", rows)


def _add_issues(connection: sqlite3.Connection, run: int, report: Report, started: str) -> None:
    rows = [(each.fingerprint, each.rule, each.severity, encodable(each.title)) for each in report.issues]
    connection.executemany(
        "INSERT INTO issue VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET"
        " title = CASE WHEN excluded.last_seen < last_seen THEN title ELSE excluded.title END,"
        " first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)",
        [(*row, started, started) for row in rows],
    )
    connection.executemany(
        "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run, fingerprint, testcase) DO UPDATE SET"
        " new = new + excluded.new, known = known + excluded.known, waived = waived + excluded.waived",
        (
            (run, issue.fingerprint, encodable(testcase), counts.new, counts.known, counts.waived)
            for issue in report.issues
            for (testcase, _), counts in tallies(issue).items()
        ),
    )


# ---- reading ---------------------------------------------------------------------------------------------------------


def _trend(connection: sqlite3.Connection, limit: int) -> Trend:
    rows = connection.execute(
        f"SELECT id, started, verdict, environment FROM run WHERE id IN ({_LAST_RUNS}) ORDER BY started, id",  # noqa: S608
        (limit,),
    ).fetchall()
    counts = _counts(connection, limit)
    runs = tuple(
        _summary(started, verdict, environment, counts.get(number, DispositionCounts()))
        for number, started, verdict, environment in rows
    )
    grounds = {number: _ground(run) for (number, *_), run in zip(rows, runs, strict=True)}
    return Trend(runs, _testcases(connection, grounds, limit))


def _counts(connection: sqlite3.Connection, limit: int) -> dict[int, DispositionCounts]:
    """By run how many findings it has."""
    rows = connection.execute(
        f"SELECT run, sum(new), sum(known), sum(waived) FROM seen WHERE run IN ({_LAST_RUNS}) GROUP BY run",  # noqa: S608
        (limit,),
    )
    return {run: DispositionCounts(*counts) for run, *counts in rows}


def _summary(started: str, verdict: str, environment: str, counts: DispositionCounts) -> RunSummary:
    try:
        return RunSummary(started, _verdict(verdict), json.loads(environment), counts)
    except ValueError as error:
        raise _Damaged from error


def _ground(run: RunSummary) -> str:
    """What the run stood on, equal for runs whose verdicts should be equal: another commit is a change to be judged."""
    told = {name: value for name, value in run.environment.items() if name not in OF_ONE_RUN}
    return json.dumps(told, sort_keys=True)


def _verdict(word: str) -> Verdict:
    for verdict in _VERDICTS:
        if verdict == word:
            return verdict
    raise _Damaged


def _testcases(connection: sqlite3.Connection, grounds: dict[int, str], limit: int) -> tuple[TestcaseTrend, ...]:
    """`grounds` has what each run stood on, the oldest first."""
    rows = connection.execute(
        f"SELECT run, name, verdict, duration_s, flaky FROM testcase WHERE run IN ({_LAST_RUNS})",  # noqa: S608
        (limit,),
    )
    found: defaultdict[str, dict[int, Outcome]] = defaultdict(dict)
    for run, name, verdict, duration_s, flaky in rows:
        found[name][run] = Outcome(_verdict(verdict), duration_s, bool(flaky))
    return tuple(
        _testcase(name, tuple(found[name].get(run) for run in grounds), list(grounds.values()))
        for name in sorted(found, key=lambda name: (name == SHARED, name))
    )


def _testcase(name: str, outcomes: tuple[Outcome | None, ...], grounds: list[str]) -> TestcaseTrend:
    durations = [each.duration_s for each in outcomes if each and each.duration_s is not None]
    by_ground: defaultdict[str, list[bool]] = defaultdict(list)
    for outcome, ground in zip(outcomes, grounds, strict=True):
        if outcome and outcome.verdict != "skipped":
            by_ground[ground].append(outcome.verdict == "pass")
    return TestcaseTrend(
        name=name,
        outcomes=outcomes,
        median_s=median(durations) if durations else None,
        drift=_drift(durations),
        flaky=any(each and each.flaky for each in outcomes) or any(map(_alternates, by_ground.values())),
    )


def _drift(durations: Sequence[float]) -> float | None:
    half = len(durations) // 2
    if half < 2:
        return None
    older, newer = median(durations[:half]), median(durations[-half:])
    return newer / older - 1 if older else None


def _alternates(passed: Sequence[bool]) -> bool:
    """To and fro; once to and not back is a regression or its fix."""
    return sum(before != after for before, after in pairwise(passed)) > 1


def _issues(connection: sqlite3.Connection, limit: int) -> tuple[IssueTrend, ...]:
    rows = connection.execute(
        f"SELECT fingerprint, run, testcase, new, known, waived FROM seen WHERE run IN ({_LAST_RUNS})",  # noqa: S608
        (limit,),
    )
    seen: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for fingerprint, *place in rows:
        seen[fingerprint].append(tuple(place))
    issues = connection.execute(
        "SELECT fingerprint, rule, severity, title, first_seen, last_seen FROM issue"
        " ORDER BY last_seen DESC, first_seen DESC, fingerprint"
    )
    return tuple(
        IssueTrend(
            *(fingerprint, rule, severity, title, first, last),
            runs=len({run for run, *_ in seen[fingerprint]}),
            counts=DispositionCounts(*(sum(place[kind] for place in seen[fingerprint]) for kind in (2, 3, 4))),
            testcases=tuple(sorted({testcase for _, testcase, *_ in seen[fingerprint]})),
        )
        for fingerprint, rule, severity, title, first, last in issues
    )
