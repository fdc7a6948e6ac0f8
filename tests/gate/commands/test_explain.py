"""`loggate explain` on real files: what it says of a rule, a fingerprint and a line, and what it must not say."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import baseline as baselines
from gate import waivers as store
from gate.collect import Selection, collect
from gate.commands import decisions
from gate.commands.explain import explain
from gate.dispose import Decisions
from gate.errors import ConfigError, GateError, UsageError
from gate.explain import PARTS
from gate.fingerprint import VERSIONS
from gate.model import Evidence, Expect, ExpectedFinding, Issue, Report, SiteLog, Stream, Testcase
from gate.reports.json import FORMAT
from gate.walk import Walk
from tests.gate.scanning import DEFAULT_RULES

START = "2026-05-09 07:35:30,000 - x - INFO - [x] ClientRunner client runner started\n"
INFO = "2026-05-09 07:35:30,100 - x - INFO - fine, no error\n"
RACE = "2026-05-09 07:35:31,204 - CoreCell - ERROR - cannot forward req (7): no path\n"
CRASH = """\
2026-05-09 07:35:32,500 - TaskRunner - ERROR - train failed
Traceback (most recent call last):
  File "/srv/jobs/custom/train.py", line 48, in train
    raise ValueError("shape mismatch")
ValueError: shape mismatch
"""
LOG = START + INFO + RACE + INFO + CRASH + INFO
SITE = "logs/fedavg/site-1/log.txt"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(path: str, text: str | bytes = LOG) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def scanned(evidence: Evidence | None = None, **decided: object) -> Report:
    """The report of a scan of `logs`, or of other evidence, which is the last run's."""
    walk = Walk(DEFAULT_RULES, "loggate scan logs", decisions=Decisions(**{"today": date(2026, 5, 10), **decided}))  # type: ignore[arg-type]
    walk.take(evidence or collect(["logs"], Selection(layout="{testcase}/{site}/**")))
    report = walk.report()
    out = io.StringIO()
    FORMAT.write(report, out, None)
    written("loggate-report/report.json", out.getvalue())
    return report


def said(*arguments: str, command: click.Command = explain) -> str:
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    assert done.return_value == 0
    return done.output


def field(text: str, name: str) -> list[str]:
    """The texts beside a name."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{name:<12}"))
    stop = next((number for number in range(start + 1, len(lines)) if lines[number][:1] != " "), len(lines))
    return [line[12:] for line in lines[start:stop]]


def race(report: Report) -> str:
    return next(issue.fingerprint for issue in report.issues if "no path" in issue.title)


def waived(text: str) -> None:
    entry = f"version: 1\nwaivers:\n  - {{{text}, reason: known race, owner: alice, expires: 2099-01-31}}\n"
    written("waivers.yaml", entry)


# ---- a rule ----------------------------------------------------------------------------------------------------------


def test_a_rule() -> None:
    """Its pack, pattern, what the policy does with it, and what the last report found by it."""
    written(SITE)
    scanned()
    text = said("traceback")
    assert text.startswith("traceback: Python traceback\n")
    assert field(text, "pack") == ["strict"]
    assert field(text, "policy") == ["a new finding fails the gate (severity error)"]
    assert field(text, "report")[0] == "loggate-report/report.json: 1 issue, 1 finding: 1 new"
    assert field(said("stack-trace"), "only") == ["in a stack trace that is recognised"]
    assert "it also matches in 1 finding that an earlier rule names" in field(said("error"), "report")


def test_a_rule_that_is_not_in_use() -> None:
    """A shipped rule whose pack is not among the settings' finds nothing, and it is said; the others are in use."""
    written("loggate.yaml", "rules: [strict]\npolicy: {rules: {error: warn}}\n")
    assert field(said("go-panic"), "pack") == ["crashes: not in use here, so it finds nothing"]
    assert field(said("error"), "pack") == ["strict"]
    assert field(said("error"), "policy") == ["a new finding is reported, and fails nothing (policy.rules.error)"]
    assert field(said("error"), "report") == ["there is none at loggate-report/report.json: --report names one"]


def test_the_first_of_two_packs_wins() -> None:
    """Of two rules with one id the one of the first pack counts, in its place, as in a scan."""
    for name, pattern in (("one", "fine"), ("two", "no path")):
        written(f"{name}.yaml", f"version: 1\nrules: [{{id: a, title: A, pattern: {pattern}}}]\n")
    packs = ("--rules", "one.yaml", "--rules", "two.yaml", "--rules", "strict")
    assert field(said("a", *packs), "pattern") == ["fine"]
    written(SITE)
    assert field(said(f"{SITE}:2", *packs), "rules") == ["a on line 2"]
    assert field(said(f"{SITE}:3", *packs), "rules") == ["error on line 3"]


def test_a_rule_of_an_own_pack() -> None:
    """A pack that a flag names is looked in, and stands in for the default ones."""
    written("own.yaml", "version: 1\nrules: [{id: mine, title: Mine, pattern: 'no path'}]\n")
    assert field(said("mine", "--rules", "own.yaml"), "pack") == ["own.yaml"]
    assert field(said("error", "--rules", "own.yaml"), "pack") == ["strict: not in use here, so it finds nothing"]


# ---- a fingerprint ---------------------------------------------------------------------------------------------------


def test_a_fingerprint() -> None:
    """Title, rule, counts, first places, and what it was made of, by the last report."""
    written(SITE, LOG + RACE)
    written("logs/late/site-2/log.txt", RACE)
    report = scanned()
    text = said(race(report))
    assert text.startswith(f"{race(report)}: CoreCell: cannot forward req (7): no path\n")
    assert field(text, "findings") == [
        "3: 3 new, in loggate-report/report.json",
        "2 new: fedavg › site-1, logs/fedavg/site-1/log.txt:3",
        "1 new: late › site-2, logs/late/site-2/log.txt:1",
    ]
    assert field(text, "waivers") == ["there is no waivers file"]
    assert field(text, "baseline") == ["there is no baseline file"]
    assert field(text, "made of") == ["rule: error", "logger: CoreCell", "event: cannot forward req (#): no path"]


def test_what_hides_a_fingerprint() -> None:
    """A waiver that holds for some of its findings says for how many, and the report what it hid."""
    written(SITE)
    written("logs/late/site-2/log.txt", RACE)
    name = race(scanned())
    waived(f"fingerprint: {name}, testcase: late")
    scanned(waivers=store.load(Path("waivers.yaml")))
    text = said(name)
    entry = f"waivers.yaml:3: {name} until 2099-01-31 (owner alice): known race"
    assert field(text, "findings")[0] == "2: 1 new, 1 waived, in loggate-report/report.json"
    assert field(text, "by") == [f"1 waived: {entry}"]
    assert field(text, "waivers") == [f"holds for 1 of 2: {entry}"]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("testcase: late-*", "testcase fedavg is not 'late-*'"),
        ("site: server", "site site-1 is not 'server'"),
        ("file: log.json", "file logs/fedavg/site-1/log.txt is not 'log.json'"),
        ("nvflare: <2.9.1", "NVFlare of unknown version is not <2.9.1"),
        ("phase: shutdown", "its phase is run, not shutdown"),
        ("context: {line: END_RUN}", "no line before it matches the context 'END_RUN'"),
        (
            "context: {line: runner started, within: 1}",
            "the context 'runner started' stands 2 lines before it, more than 1",
        ),
        ("testcase: x, site: y", "testcase fedavg is not 'x', and site site-1 is not 'y'"),
    ],
)
def test_a_waiver_that_nearly_holds(keys: str, why: str) -> None:
    """What keeps it from the finding is named, and the finding is new; without these keys it holds."""
    written(SITE)
    scanned()
    waived(f"pattern: cannot forward, {keys}")
    text = said(f"{SITE}:3")
    assert field(text, "waivers")[0].startswith("nearly: waivers.yaml:3: /cannot forward/")
    assert field(text, "waivers")[0].endswith(f"; but {why}")
    assert field(text, "finding")[1] == "new: no waiver and no baseline entry holds for it"
    waived("pattern: cannot forward")
    assert field(said(f"{SITE}:3"), "waivers")[0].startswith("holds: waivers.yaml:3")
    assert field(said(f"{SITE}:3"), "finding")[1].startswith("waived: waivers.yaml:3")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("Cannot Forward", "its pattern fits but for upper and lower case"),
        ("'req (7): no'", "its pattern stands there word for word: escape its special characters"),
        ("client runner started", "its pattern matches beside the event, not in it"),
        ("^cannot forward", "its words stand there otherwise"),
        ("cannot forward the req", "the event has all of its pattern but the"),
    ],
)
def test_a_pattern_that_nearly_matches(pattern: str, why: str) -> None:
    """The usual mistakes are told: case, special characters, another line, another wording for the same scope."""
    written(SITE)
    scanned()
    waived(f"pattern: {pattern}")
    assert f"; but {why}" in field(said(f"{SITE}:3"), "waivers")[0]


@pytest.mark.parametrize(
    "what", ["fingerprint: v1:0000000000000000", "pattern: no route", "pattern: no route, site: site-1"]
)
def test_a_waiver_for_something_else(what: str) -> None:
    """One that is meant for another failure comes not near, whatever its scope."""
    written(SITE)
    report = scanned()
    waived(what)
    for target in (f"{SITE}:3", race(report)):
        assert field(said(target), "waivers") == ["none of the 1 in waivers.yaml comes near"]


def test_an_expired_waiver() -> None:
    """It would hold, and holds no more: the finding is new."""
    written(SITE)
    waived("pattern: cannot forward")
    written("waivers.yaml", Path("waivers.yaml").read_text().replace("2099", "2026"))
    text = said(f"{SITE}:3")
    assert field(text, "waivers")[0].startswith("expired, would hold: waivers.yaml:3")
    assert field(text, "finding")[1].startswith("new: ")


def test_a_report_does_not_tell_the_phase() -> None:
    """By fingerprint alone nobody knows phase and context: it is said, and not that they do not fit."""
    written(SITE)
    name = race(scanned())
    waived("pattern: cannot forward, phase: run")
    assert field(said(name), "waivers")[0].endswith("; but a report does not tell the phase: ask for FILE:LINE")
    assert field(said(f"{SITE}:3"), "waivers")[0].startswith("holds: ")


def test_a_baseline_entry() -> None:
    """What is known beside what was found, one for one: with one more the surplus is named."""
    written(SITE)
    name = race(scanned())
    said("write", "loggate-report/report.json", command=decisions.baseline)
    written(SITE, LOG + RACE)
    scanned(baseline=baselines.load(Path("baseline.json")))
    expected = ["baseline.json: seen in 1 of 1 runs", "fedavg: 1 known, 2 found, 1 beyond it"]
    for target in (name, f"{SITE}:3"):
        assert field(said(target), "baseline") == expected
    assert field(said(f"{SITE}:3"), "finding")[1].startswith("known: baseline: 1 known in fedavg")
    assert field(said(f"{SITE}:11"), "finding")[1].startswith("new: ")
    assert field(said(f"{SITE}:11"), "report") == ["loggate-report/report.json has it, new"]


def test_a_baseline_entry_of_another_wording() -> None:
    """A message that has changed has another fingerprint: the entry that it had is named; another failure's is not."""
    written(SITE)
    scanned()
    said("write", "loggate-report/report.json", command=decisions.baseline)
    written(SITE, RACE.replace("path", "route") + RACE.replace("cannot forward req (7): no path", "disk full"))
    report = scanned()
    nearly = (
        f"nearly: {race_entry().fingerprint} CoreCell: cannot forward req (#): no path; but it has another fingerprint"
    )
    for target in (f"{SITE}:1", report.issues[0].fingerprint):
        assert field(said(target), "baseline") == ["baseline.json has no entry of it", nearly]
    assert field(said(f"{SITE}:2"), "baseline") == ["baseline.json has no entry of it"]


def race_entry() -> baselines.Entry:
    return next(entry for entry in baselines.load(Path("baseline.json")).entries if "no path" in entry.title)


def test_what_counts_together() -> None:
    """A waiver's count is used up by the findings of other logs, too, as in the run: the next one is new."""
    written(SITE)
    written("logs/fedavg/site-2/log.txt", RACE)
    scanned()
    waived("pattern: cannot forward, count: 1")
    scanned(waivers=store.load(Path("waivers.yaml")))
    for file, line, disposition in ((SITE, 3, "waived"), ("logs/fedavg/site-2/log.txt", 1, "new")):
        text = said(f"{file}:{line}")
        assert field(text, "finding")[1].startswith(f"{disposition}: ")
        assert field(text, "report")[0].startswith(f"loggate-report/report.json has it, {disposition}")
        assert field(text, "waivers")[0].startswith("holds, at most 1 of a testcase: waivers.yaml:3")


def test_a_fingerprint_that_only_a_file_knows() -> None:
    """A waiver or a baseline entry of what the last run did not show is explained, with or without a report."""
    written(SITE)
    name = race(scanned())
    said("write", "loggate-report/report.json", command=decisions.baseline)
    waived(f"fingerprint: {name}")
    written(SITE, INFO)
    scanned()
    text = said(name)
    assert text.startswith(f"{name}: no finding in loggate-report/report.json\n")
    assert field(text, "waivers")[0].startswith("names it: waivers.yaml:3")
    assert field(text, "baseline")[1] == "fedavg: 1 known, none found"
    Path("loggate-report/report.json").unlink()
    assert said(name).startswith(f"{name}: there is no report to look in\n")


def test_an_unknown_fingerprint() -> None:
    """Exit 2, and where was looked; what is no fingerprint of this loggate is refused."""
    with pytest.raises(UsageError, match="v1:0000000000000000: nothing is known of it") as caught:
        said("v1:0000000000000000")
    assert caught.value.hint == "loggate-report/report.json is not there (--report names another)"
    written(SITE)
    name = race(scanned())
    waived("pattern: cannot forward")
    with pytest.raises(UsageError) as caught:
        said("v1:0000000000000000")
    assert caught.value.hint == "looked in loggate-report/report.json, waivers.yaml"
    with pytest.raises(UsageError, match="is no fingerprint") as caught:
        said(name[:8])
    assert caught.value.hint == f"is it one of these? {name} CoreCell: cannot forward req (7): no path"
    with pytest.raises(UsageError, match="of version v99"):
        said("v99:0000000000000000")


def test_a_report_of_unknown_rules() -> None:
    """A report that another loggate wrote, with rules that are not known here, is explained still."""
    written(SITE)
    name = race(report := scanned())
    out = io.StringIO()
    FORMAT.write(msgspec.structs.replace(report, rules=(), issues=tuple(map(foreign, report.issues))), out, None)
    written("loggate-report/report.json", out.getvalue())
    assert field(said(name), "rule")[0] == "theirs (a rule that is not known here)"


def foreign(issue: Issue) -> Issue:
    return msgspec.structs.replace(issue, rule="theirs")


def test_every_version_can_be_told() -> None:
    """Each version's texts have names: a new version must bring its own."""
    assert PARTS.keys() == VERSIONS.keys()


# ---- a place in a log ------------------------------------------------------------------------------------------------


def test_a_line_in_an_event() -> None:
    """The whole event, each line with its number and the asked one marked; which rule matches which of its lines."""
    written(SITE)
    scanned()
    text = said(f"{SITE}:8")
    assert text.startswith(f"{SITE}:8 lies in an event, lines 5 to 9:\n")
    assert '>      8 |     raise ValueError("shape mismatch")\n' in text
    assert "       9 | ValueError: shape mismatch\n" in text
    assert field(text, "rules") == [
        "traceback on line 6 (names the finding: the first in the packs' order)",
        "error on line 5",
        "stack-trace on line 6",
    ]
    assert field(text, "where") == ["testcase fedavg, site site-1, phase run"]
    assert field(text, "report") == ["loggate-report/report.json has it, new"]
    assert field(text, "made of") == [
        "rule: traceback",
        "logger: TaskRunner",
        "exception: ValueError",
        "event: ValueError: shape mismatch",
        "message: train failed",
        "own frame: train.py:train",
    ]


def test_a_line_in_no_event() -> None:
    """The line, that no rule matches it, those that nearly do, and the nearest events on both sides."""
    written(SITE)
    text = said(f"{SITE}:4")
    assert text.startswith(f"{SITE}:4 is in no event:\n")
    assert ">      4 | 2026-05-09 07:35:30,100 - x - INFO - fine, no error\n" in text
    assert field(text, "rules")[0] == "error: matches only when upper and lower case do not count"
    assert field(text, "rules")[1].startswith("no line of an event, and no match for traceback, exception, fatal")
    nearest = field(text, "nearest")
    assert nearest[0].startswith("1 above: line 3, v1:")
    assert nearest[1].startswith("1 below: lines 5 to 9, v1:")


def test_a_rule_that_asks_for_more() -> None:
    """A rule whose pattern matches, but which asks for more than that, says what is missing; else it is an event."""
    frame = "\tat com.example.Main.run(Main.java:3)\n"
    written("a.log", f"fine\n{frame}")
    assert field(said("a.log:2"), "rules")[0] == "stack-trace: matches this line, which is in no stack trace"
    written("a.log", f"java.lang.StackOverflowError\n{frame}")
    assert "lies in an event" in said("a.log:2")
    pack = "version: 1\nrules:\n  - {id: below, title: t, pattern: step, previous: begin}\n"
    written("own.yaml", pack)
    written("a.log", "fine\nstep one\n2026-01-01 10:00:00 INFO no ERROR: 0\n")
    missing = "below: matches this line, but the line before does not match begin"
    assert missing in said("a.log:2", "--rules", "own.yaml")
    missing = "level-error: matches this line, which begins no entry of level ERROR"
    assert missing in said("a.log:3", "--rules", "levels")


def test_beyond_the_end() -> None:
    """Exit 2 with the number of lines; the last line, with or without its end, is one."""
    for text in (LOG, LOG.removesuffix("\n")):
        written("a.log", text)
        assert said("a.log:10").startswith("a.log:10 is in no event")
        for line in (0, 11):
            with pytest.raises(UsageError, match=f"a.log: there is no line {line}: it has 10 lines"):
                said(f"a.log:{line}")
    written("a.log", "")
    with pytest.raises(UsageError, match="it has 0 lines"):
        said("a.log:1")


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(["fine", "ERROR x", "  indented", "", START.strip(), RACE.strip(), "\x1b[31m##[x]"]), min_size=1
    )
)
def test_every_line_is_explained(lines: list[str]) -> None:
    """Each line of any log is in an event or in none, as the scan has it, and no line can command a terminal."""
    written("any.log", "\n".join([*lines, ""]))
    report = Walk(DEFAULT_RULES, "")
    report.take(collect(["any.log"], Selection()))
    inside = {n for i in report.report().issues for f in i.findings for n in range(f.line, f.end_line + 1)}
    for number in range(1, len(lines) + 1):
        text = said(f"any.log:{number}")
        assert ("is in no event" in text) == (number not in inside)
        assert "\x1b" not in text
        assert "##[" not in text


@pytest.mark.parametrize("name", ["C:\\logs\\a.log", "a.log:12", "a:b.log", "with space.log", "-a.log"])
def test_any_file_name(name: str) -> None:
    """A drive's colon, a name that itself ends like a line, spaces: the last colon stands before the line."""
    written(name)
    assert said("--", f"{name}:3").startswith(f"{name}:3 is an event:\n")


def test_a_name_that_ends_like_a_line() -> None:
    """`a.log:12` is line 12 of a.log where that is there; else it is a file, of which a line must be named."""
    written("a.log:3")
    with pytest.raises(UsageError, match=r"a\.log:3: is a file") as caught:
        said("a.log:3")
    assert caught.value.hint == "which line of it? a.log:3:LINE"
    written("a.log", INFO * 3)
    assert said("a.log:3").startswith("a.log:3 is in no event")


def test_logs_as_they_come() -> None:
    """Compressed, in UTF-16, in an archive: as the scan reads them."""
    written("a.log.gz", gzip.compress(LOG.encode()))
    written("b.log", LOG.encode("utf-16"))
    with zipfile.ZipFile("c.zip", "w") as archive:
        archive.writestr("x/c.log", LOG)
    for file in ("a.log.gz", "b.log", "c.zip!/x/c.log"):
        assert said(f"{file}:8").startswith(f"{file}:8 lies in an event, lines 5 to 9:\n")
    with pytest.raises(UsageError) as caught:
        said("c.zip:8")
    assert caught.value.hint == "an archive's members: c.zip!/x/c.log"


def test_damaged_logs() -> None:
    """What can be read is explained, and that the log is cut short; a log that does not open is no user's mistake."""
    data = gzip.compress(LOG.encode() * 200, 0)
    written("a.log.gz", data[: len(data) // 2])
    assert field(said("a.log.gz:3"), "log") == [
        "is cut short: its compressed data ends too early: what would follow is not known"
    ]
    with pytest.raises(UsageError, match="and is cut short"):
        said("a.log.gz:1999")
    written("b.zip", b"PK\x03\x04 no archive")
    with pytest.raises(GateError, match=r"b.zip is damaged") as caught:
        said("b.zip:1")
    assert caught.value.exit_code == 3


def test_a_secret_is_masked() -> None:
    """In the event and beside it; the password of a line is shown nowhere."""
    written("a.log", "login password=hunter22 fine\nERROR password=hunter22\n")
    for line in (1, 2):
        assert "hunter22" not in said(f"a.log:{line}")


def test_a_log_that_the_report_knows_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From another folder the log has the testcase and site of the report; a log that it does not have is told."""
    written(SITE)
    scanned()
    written("logs/new.log")
    monkeypatch.chdir("logs")
    report = ("--report", "../loggate-report/report.json")
    assert field(said("fedavg/site-1/log.txt:3", *report), "where") == ["testcase fedavg, site site-1, phase run"]
    assert field(said("new.log:3", *report), "where") == ["testcase new.log, site local, phase run"]
    assert field(said("new.log:3", *report), "report") == ["../loggate-report/report.json does not know this log"]


def test_a_log_that_was_not_judged() -> None:
    """The reason for which the last scan skipped the file is the answer."""
    written(SITE)
    written("logs/tool", b"\x7fELF" + b"ERROR\n")
    scanned(collect(["logs"], Selection()))
    assert "has not judged this log: binary: a program" in field(said("logs/tool:1"), "report")[0]


def test_a_log_that_is_gone() -> None:
    """With a report alone its findings are explained still; a line that is none is an error."""
    written(SITE)
    report = scanned()
    Path(SITE).unlink()
    text = said(f"{SITE}:3").splitlines()
    assert text[0] == f"{SITE} is not here; loggate-report/report.json has a finding there:"
    assert text[1].startswith(race(report))
    with pytest.raises(UsageError, match=rf"{SITE}: no such file"):
        said(f"{SITE}:4")


def logs_of(site: str, **expect: Any) -> Evidence:
    """Two sibling files of one site, and what their testcase expects."""
    paths = [f"logs/fedavg/{site}/{name}" for name in ("log.txt", "error_log.txt")]
    logs = tuple(SiteLog("fedavg", site, path, Path(path).name, path, family="flare") for path in paths)
    written(paths[0])
    written(paths[1], RACE)
    return Evidence((Testcase("fedavg", sites=(site,), expect=Expect(**expect)),), logs)


def test_what_the_suite_expects() -> None:
    """Its word of the last run stands, as the suite is not known here; what it does not expect is new."""
    scanned(logs_of("site-1", findings=(ExpectedFinding("no path"),)))
    assert field(said(f"{SITE}:3"), "finding")[1] == "known: expected by the suite: no path"
    assert field(said(f"{SITE}:5"), "finding")[1].startswith("new: ")


def test_a_copy_in_a_sibling_file() -> None:
    """An entry that the report has folded into another file's says of which it is a copy."""
    scanned(logs_of("site-1"))
    text = said("logs/fedavg/site-1/error_log.txt:1")
    copy = f"(as {SITE}:3, of which this is a copy)"
    assert field(text, "report") == [f"loggate-report/report.json has it {copy}, new"]
    assert field(said(f"{SITE}:3"), "report") == ["loggate-report/report.json has it, new"]


def test_a_stream_that_is_incomplete() -> None:
    """What a comparison found stands in the report at lines that no rule matches: it is told there."""
    evidence = logs_of("site-1")
    written("copy.txt", START)
    stored = SiteLog("fedavg", "server", "copy.txt", "log.txt", "copy.txt", streamed=True)
    stream = Stream("fedavg", "site-1", "log.txt", evidence.logs[:1], stored, len(LOG))
    report = scanned(Evidence(evidence.testcases, evidence.logs, streams=(stream,)))
    name = next(issue.fingerprint for issue in report.issues if issue.rule == "stream-incomplete")
    assert field(said(f"{SITE}:2"), "report")[0].startswith(
        f"loggate-report/report.json has {name} (stream-incomplete)"
    )
    assert "report  " not in said(f"{SITE}:1")


def test_a_site_of_any_name() -> None:
    """The fingerprint is the report's, whether or not its run knew the site's name."""
    for evidence in (logs_of("berlin"), None):
        written("logs/fedavg/berlin/log.txt", RACE.replace("(7)", "berlin"))
        report = scanned(evidence)
        text = said("logs/fedavg/berlin/log.txt:1")
        assert field(text, "finding")[0] == race(report)
        assert field(text, "report") == ["loggate-report/report.json has it, new"]
        assert field(said(race(report)), "made of") == field(text, "made of")


# ---- wrong usage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("tracebck", "is it one of these? traceback"),
        ("CANNOT FORWARD", "is it one of these? v1:"),
        ("", "is it one of these? "),
        ("logs", "give a fingerprint of a report"),
        ("v1:", "is it one of these? v1:"),
        ("\x00:1", "give a fingerprint of a report"),
    ],
)
def test_what_is_nothing(target: str, hint: str) -> None:
    """Exit 2, with what is closest or what can be asked for."""
    written(SITE)
    scanned()
    with pytest.raises(UsageError) as caught:
        said(target)
    assert caught.value.hint.startswith(hint)


def test_a_named_file_must_be_there() -> None:
    """A report, waivers or baseline file that somebody named is wanted."""
    for option in ("--report", "--waivers", "--baseline", "--config"):
        with pytest.raises(UsageError, match="no file"):
            said("error", option, "no file")
    written("bad.json", "{}")
    with pytest.raises(ConfigError, match=r"bad.json: is no report"):
        said("error", "--report", "bad.json")
