"""`waive`, `unwaive`, `waivers check` and `baseline` on files: what they change, what they say, what they refuse."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gate import baseline as baselines
from gate import waivers as store
from gate.commands import decisions
from gate.errors import ConfigError, GateError, UsageError
from gate.model import Finding, Report
from gate.reports.json import FORMAT
from tests.gate.decision_samples import ONE, TWO
from tests.gate.reports import report_samples as samples

WHO = ("--reason", "known race", "--owner", "alice", "--expires", "30d")


def in_days(count: int) -> date:
    """Counted from now on: a run of the tests may go over midnight."""
    return datetime.now(timezone.utc).date() + timedelta(count)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(command: click.Command, *arguments: str, code: int = 0) -> str:
    """The command's output; its exit code is `code`, and a GateError of it is raised."""
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    assert done.return_value == code
    return done.output


# ---- waive, unwaive --------------------------------------------------------------------------------------------------

HAND_WRITTEN = """\
# Agreed by the team on Mondays.

version: 1   # the format
waivers:

  # NVFlare's own race, fixed in 2.9.1
  - reason: "stock streaming: the sender is late"
    fingerprint: v1:0123456789abcdef    # every start-delay testcase
    expires: 2099-01-31
    owner:   'alice'

  - {pattern: "no path$", reason: gone, owner: bob, expires: 2099-01-31}


# the end
"""


NEW_LINES = ["- fingerprint", "reason", "owner", "expires"]


@pytest.mark.parametrize("change", [str, lambda text: text.replace("\n", "\r\n"), lambda text: text.rstrip("\n")])
def test_a_hand_written_file_survives(change: Any) -> None:
    """Comments, blank lines, key order, quotes and line ends stay, byte for byte, and `unwaive` takes `waive` back."""
    text = change(HAND_WRITTEN).encode()
    Path("waivers.yaml").write_bytes(text)
    said = run(decisions.waive, ONE, *WHO)
    assert said == f"waivers.yaml: {ONE} is waived until {in_days(30)} (30 days)\n"
    edited = Path("waivers.yaml").read_bytes()
    before, after = text.decode().splitlines(), edited.decode().splitlines()
    added = [line for line in after if line not in before]
    assert [line.strip().partition(":")[0] for line in added] == NEW_LINES
    assert [line for line in after if line not in added and line] == [line for line in before if line]
    assert edited.count(b"\r\n") in (0, edited.count(b"\n"))
    run(decisions.unwaive, ONE)
    assert Path("waivers.yaml").read_bytes() == text


def ours(**changes: Any) -> store.Decision:
    made = {"fingerprint": ONE, "reason": "known race", "owner": "alice", "expires": in_days(30)}
    return store.Decision(**(made | changes))


def test_waive_makes_the_file() -> None:
    """Without a waivers file there is one afterwards, in its folder, and it holds all that was asked for."""
    options = {"link": "https://x.y/1", "testcase": "late-*", "site": "site-1", "file": "log.txt", "nvflare": "<2.9.1"}
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    run(decisions.waive, ONE, *WHO, *arguments, "--phase", "run", "--count", "3", "--waivers", "ci/w.yaml")
    (made,) = store.load(Path("ci/w.yaml")).entries
    assert made.decision == ours(phase="run", count=3, **options)
    assert Path("ci/w.yaml").stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_permissions_and_links_stay() -> None:
    """An edited file keeps its mode, and a link still leads to it."""
    Path("real.yaml").write_text(HAND_WRITTEN)
    Path("real.yaml").chmod(0o640)
    Path("waivers.yaml").symlink_to("real.yaml")
    run(decisions.waive, ONE, *WHO)
    assert Path("waivers.yaml").is_symlink()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o640
    assert len(store.load(Path("real.yaml")).entries) == 3
    assert sorted(path.name for path in Path().iterdir()) == ["real.yaml", "waivers.yaml"]


@pytest.mark.parametrize(
    ("given", "day"),
    [
        (lambda: "30d", lambda: in_days(30)),
        (lambda: "2w", lambda: in_days(14)),
        (lambda: "2099-01-31", lambda: date(2099, 1, 31)),
        (lambda: str(in_days(0)), lambda: in_days(0)),
    ],
    ids=["days", "weeks", "date", "today"],
)
def test_an_expiry_is_a_span_or_a_date(given: Callable[[], str], day: Callable[[], date]) -> None:
    """Days, weeks and dates are understood; today is the earliest last day."""
    run(decisions.waive, ONE, "--reason", "r", "--owner", "o", "--expires", given())
    assert store.load(Path("waivers.yaml")).entries[0].decision.expires == day()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((ONE, *WHO[:-1], "soon"), "--expires: not a day: 'soon'"),
        ((ONE, *WHO[:-1], "2099-02-30"), "--expires: not a day: '2099-02-30'"),
        ((ONE, *WHO[:-1], "99999999999d"), "--expires: not a day: '99999999999d'"),
        ((ONE, *WHO[:-1], "6m"), "--expires: not a day: '6m'"),
        ((ONE, *WHO[:-1], "-3d"), "--expires: not a day: '-3d'"),
        ((ONE, *WHO[:-1], "2020-01-31"), "--expires: 2020-01-31 is over"),
        (("v1:12", *WHO), "fingerprint: "),
        ((ONE, "--reason", " ", *WHO[2:]), "reason: is empty"),
        ((ONE, *WHO, "--count", "0"), "count: expected a number from 1, got 0"),
        ((ONE, *WHO, "--nvflare", "new"), "nvflare: not a version spec: 'new'"),
    ],
)
def test_waive_refuses(arguments: tuple[str, ...], complaint: str) -> None:
    """What would be no good waiver is refused, and no file is made."""
    with pytest.raises(UsageError) as caught:
        run(decisions.waive, *arguments)
    assert str(caught.value).startswith(complaint)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("option", ["--reason", "--owner", "--expires"])
def test_reason_owner_and_expiry_are_required(option: str) -> None:
    """Nobody waives without saying why, who, and until when."""
    at = WHO.index(option)
    with pytest.raises(click.MissingParameter):
        run(decisions.waive, ONE, *WHO[:at], *WHO[at + 2 :])


def test_a_waiver_is_not_given_twice() -> None:
    """The same scope again is refused and says whose it is; another scope is another waiver."""
    run(decisions.waive, ONE, *WHO)
    with pytest.raises(UsageError, match=rf"is waived already: waivers.yaml:3: {ONE} until .* \(owner alice\)"):
        run(decisions.waive, ONE, *WHO, "--count", "3")
    run(decisions.waive, ONE, *WHO, "--site", "site-1")
    assert len(store.load(Path("waivers.yaml")).entries) == 2


def test_unwaive_takes_all_of_a_fingerprint() -> None:
    """Each scope goes, and each is named; another fingerprint stays."""
    for arguments in ((ONE,), (TWO,), (ONE, "--site", "a")):
        run(decisions.waive, *arguments, *WHO)
    said = run(decisions.unwaive, ONE).splitlines()
    assert [line.split(" until")[0] for line in said] == [f"removed waivers.yaml:{at}: {ONE}" for at in (3, 11)]
    assert [waiver.decision.fingerprint for waiver in store.load(Path("waivers.yaml")).entries] == [TWO]


def test_unwaive_refuses_what_is_not_there() -> None:
    """An unknown fingerprint, text that is none, and a missing file are the caller's mistakes."""
    Path("waivers.yaml").write_text(HAND_WRITTEN)
    for fingerprint, file, complaint in (
        (ONE, "waivers.yaml", f"no waiver of {ONE}"),
        ("x", "waivers.yaml", "no waiver of x"),
        (ONE, "no.yaml", "no.yaml: cannot be read"),
    ):
        with pytest.raises(UsageError, match=complaint):
            run(decisions.unwaive, fingerprint, "--waivers", file)
    assert Path("waivers.yaml").read_text() == HAND_WRITTEN


def test_a_wrong_file_is_not_edited() -> None:
    """What cannot be read strictly, or cut safely, is left as it is and said with its name."""
    for text, complaint in (
        (HAND_WRITTEN.replace("    owner:   'alice'\n", ""), r"waivers.yaml:7: waivers\[0\]: missing key 'owner'"),
        (f"version: 1\nwaivers: [{{fingerprint: {TWO}, reason: r, owner: o, expires: 2099-01-01}}]\n", "in brackets"),
    ):
        Path("waivers.yaml").write_text(text)
        with pytest.raises(UsageError, match=complaint) as caught:
            run(decisions.waive, ONE, *WHO)
        assert "waivers.yaml" in str(caught.value)
        assert Path("waivers.yaml").read_text() == text


def test_a_folder_that_takes_no_file() -> None:
    """It is the environment's problem, and said so; not even root may write a file there."""
    with pytest.raises(GateError, match=r"/proc/w.yaml: cannot be written"):
        run(decisions.waive, ONE, *WHO, "--waivers", "/proc/w.yaml")


def test_a_file_in_the_place_of_a_folder() -> None:
    """It is the environment's problem, and said so."""
    Path("shut").write_text("")
    with pytest.raises(GateError, match=r"shut/w.yaml: cannot be written"):
        run(decisions.waive, ONE, *WHO, "--waivers", "shut/w.yaml")


def test_the_settings_name_the_files() -> None:
    """Without an option the files are those that the gate itself would read; an option wins."""
    Path("loggate.yaml").write_text("waivers: ci/w.yaml\nbaseline: ci/b.json\n")
    run(decisions.waive, ONE, *WHO)
    run(decisions.baseline, "write", written("1.json", (ONE, "a")))
    assert "1 waiver, 0 expired" in run(decisions.waivers, "check")
    assert sorted(path.name for path in Path("ci").iterdir()) == ["b.json", "w.yaml"]
    run(decisions.waive, ONE, *WHO, "--waivers", "own.yaml")
    assert Path("own.yaml").is_file()


# ---- waivers check ---------------------------------------------------------------------------------------------------


def test_check_lists_the_days_that_are_left() -> None:
    """Each waiver is a line with its place, owner, reason and days."""
    run(decisions.waive, ONE, *WHO)
    until = in_days(30)
    assert run(decisions.waivers, "check").splitlines() == [
        f"waivers.yaml:3: {ONE} until {until} (owner alice): known race, 30 days left",
        "waivers.yaml: 1 waiver, 0 expired",
    ]


def test_check_fails_on_an_expired_waiver() -> None:
    """Exit code 1, and whose it was; it is no error of the file."""
    run(decisions.waive, ONE, *WHO)
    text = Path("waivers.yaml").read_text().replace(str(in_days(30)), "2026-01-01")
    Path("other.yaml").write_text(text)
    said = run(decisions.waivers, "check", "other.yaml", code=1)
    assert "other.yaml:3: expired on 2026-01-01 (owner alice): known race\n" in said


def test_check_refuses_a_wrong_file() -> None:
    """A file that would be refused by the gate is refused here."""
    Path("waivers.yaml").write_text(HAND_WRITTEN.replace("no path$", ".*"))
    with pytest.raises(ConfigError, match=r"waivers.yaml:12: waivers\[1\].pattern: matches the empty text"):
        run(decisions.waivers, "check")


# ---- baseline --------------------------------------------------------------------------------------------------------


def written(name: str, *found: tuple[str, str]) -> str:
    """A report.json with a finding for each (fingerprint, testcase)."""
    by_name: dict[str, list[Finding]] = {}
    for fingerprint, testcase in found:
        by_name.setdefault(fingerprint, []).append(samples.finding(testcase))
    report: Report = samples.report(
        [samples.testcase(testcase, [samples.site("site-1", testcase=testcase)]) for testcase in ("a", "b")],
        [
            samples.issue(findings, fingerprint=fingerprint, title="no path")
            for fingerprint, findings in by_name.items()
        ],
    )
    out = io.StringIO()
    FORMAT.write(report, out, None)
    Path(name).write_text(out.getvalue())
    return name


def test_a_baseline_is_written_updated_and_shown() -> None:
    """From two runs, with what came in; the ratchet says what left and what is not in it."""
    one, two = written("1.json", (ONE, "a"), (ONE, "a"), (TWO, "a")), written("2.json", (ONE, "a"))
    assert run(decisions.baseline, "write", one, two).splitlines() == [
        f"+ {ONE} no path",
        f"+ {TWO} no path (seen in 1 of 2 runs)",
        "baseline.json: 2 issues from 2 runs",
    ]
    assert run(decisions.baseline, "show").splitlines() == [
        f"{ONE}  2/2  strict-error  no path",
        "    2 in a",
        f"{TWO}  1/2  strict-error  no path",
        "    1 in a",
        "baseline.json: 2 issues",
    ]
    three = written("3.json", (ONE, "a"), (ONE, "b"))
    assert run(decisions.baseline, "update", three).splitlines() == [
        f"lowered {ONE} no path: 1 of 2 in a",
        f"removed {TWO} no path (seen in 1 of 2 runs): not seen any more",
        f"not in the baseline: {ONE} no path: 1 in b",
        "baseline.json: 1 issue",
    ]
    assert run(decisions.baseline, "update", three, "--add", ONE).splitlines() == [
        f"added {ONE}",
        "baseline.json: 1 issue",
    ]
    (left,) = baselines.load(Path("baseline.json")).entries
    assert left.testcases == {"a": 1, "b": 1}


def test_writing_again_says_what_changed() -> None:
    """Nothing is added or dropped silently, and the same run gives the same bytes."""
    run(decisions.baseline, "write", written("1.json", (ONE, "a")), "--baseline", "ci/b.json")
    before = Path("ci/b.json").read_bytes()
    assert run(decisions.baseline, "write", "1.json", "--baseline", "ci/b.json") == "ci/b.json: 1 issue from 1 run\n"
    assert Path("ci/b.json").read_bytes() == before
    said = run(decisions.baseline, "write", written("2.json", (TWO, "a")), "--baseline", "ci/b.json")
    assert said.splitlines()[:2] == [f"+ {TWO} no path", f"- {ONE} no path"]


def test_a_foreign_file_is_never_overwritten() -> None:
    """What is no baseline is refused and stays, and so is what is no report."""
    Path("baseline.json").write_text('{"mine": 1}')
    report = written("1.json", (ONE, "a"))
    for arguments in (("write", report), ("update", report), ("show",), ("write", "baseline.json")):
        with pytest.raises(ConfigError, match=r"baseline.json: is no (baseline|report)"):
            run(decisions.baseline, *arguments)
    assert Path("baseline.json").read_text() == '{"mine": 1}'


def test_a_missing_baseline_is_not_made_by_an_update() -> None:
    """Only `write` makes one; the hint says so."""
    with pytest.raises(ConfigError, match=r"baseline.json: cannot be read") as caught:
        run(decisions.baseline, "update", written("1.json", (ONE, "a")))
    assert "baseline write" in caught.value.hint
