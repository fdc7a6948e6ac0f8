"""Evidence comes in parts, also again: the last attempt decides, and nothing that was seen is lost."""

from __future__ import annotations

from pathlib import Path

from gate import config
from gate.model import SHARED, Evidence, Report, SiteLog, Stream, Testcase
from gate.walk import Walk

RULES = config.load_rules(config.DEFAULT_PACKS)
JOBS = ("0f758870-f157-4288-970f-12bf672211ec", "1f758870-f157-4288-970f-12bf672211ec")
ERROR = "2026-11-22 15:46:00,000 - R - ERROR - bad\n"
FINE = "2026-11-22 15:46:00,000 - R - INFO - good\n"


def log(place: Path, text: str, testcase: str = "t", site: str = "site-1") -> SiteLog:
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{testcase}-{site}.txt"
    path.write_text(text, encoding="utf-8")
    return SiteLog(testcase, site, str(path), "log.txt", str(path), required=True)


def attempt(place: Path, number: int, text: str, parent: str = FINE, *, lost: bool = False) -> list[Evidence]:
    """What a runner gives of one testcase whose site logged `text` and streamed it, and of its POC."""
    own = log(place / str(number), text)
    copy = log(place / str(number) / "server", "" if lost else text)
    stream = Stream("t", "site-1", "log.txt", (own,), copy, required=len(text))
    testcase = Testcase("t", job_id=JOBS[number - 1], sites=("server", "site-1"))
    return [
        Evidence((testcase,), (log(place / str(number), FINE, site="server"), own), streams=(stream,)),
        Evidence((), (log(place / str(number), parent, SHARED, "server"),)),
    ]


def walked(*attempts: list[Evidence]) -> Report:
    walk = Walk(RULES, "test")
    for number, parts in enumerate(attempts):
        if number:
            walk.again()
        failed = walk.take_all(parts)
        assert bool(failed) == (number < len(attempts) - 1)
    return walk.report()


def test_a_testcase_that_passes_when_it_is_run_again(tmp_path: Path) -> None:
    """Its verdict is the last attempt's; it is flaky, and what it showed before is known, in the shared logs, too."""
    named = f"2026-11-22 15:46:00,000 - R - ERROR - job {JOBS[0]} is lost\n"
    report = walked(attempt(tmp_path, 1, ERROR, named, lost=True), attempt(tmp_path, 2, FINE))
    (case,) = report.testcases
    assert (report.verdict, case.verdict, case.flaky, case.attempts) == ("pass", "pass", True, 2)
    assert case.job_id == JOBS[1]
    assert {finding.by for issue in report.issues for finding in issue.findings} == {"attempt 1 of 2"}
    assert report.counts.findings.known == 3
    assert [stream.problem for site in case.sites for stream in site.streams] == [""]
    assert {Path(entry.path).parent.name for site in case.sites for entry in site.logs} == {"2"}
    assert not report.causes


def test_what_no_testcase_owns_stays(tmp_path: Path) -> None:
    """An error of the first POC that names no job is not forgotten because a testcase was run again."""
    report = walked(attempt(tmp_path, 1, ERROR, ERROR.replace("bad", "worse")), attempt(tmp_path, 2, FINE))
    assert (report.verdict, report.testcases[0].verdict, report.shared.verdict) == ("fail", "pass", "fail")


def test_streams_of_a_part_are_judged(tmp_path: Path) -> None:
    """A copy that lacks bytes fails its site, is listed with its amounts, and brings its rules into the report."""
    walk = Walk(RULES, "test")
    assert walk.take_all(attempt(tmp_path, 1, FINE, lost=True)) == ["t"]
    report = walk.report()
    (stream,) = report.testcases[0].sites[1].streams
    assert stream.problem == f"{len(FINE)} written, 0 stored, missing from byte 0"
    assert report.issues[0].rule == "stream-incomplete"
    assert {"stream-incomplete", "stream-differs"} <= {rule.id for rule in report.rules}
    assert "stream-differs" not in {rule.id for rule in Walk(RULES, "test").report().rules}


# ---- rotated logs ----------------------------------------------------------------------------------------------------


def rotated(place: Path, **texts: str) -> Report:
    """Judge files of one site; `log_txt_1` stands for `log.txt.1`."""
    logs = []
    for key, text in texts.items():
        name = key.replace("_", ".")
        (place / name).write_text(text, encoding="utf-8")
        logs.append(SiteLog("t", "site-1", str(place / name), name, str(place / name)))
    walk = Walk(RULES, "test")
    walk.add(Evidence((Testcase("t"),), tuple(logs)))
    return walk.report()


HEAD = "2026-11-22 15:46:00,000 - R - ERROR - bad\nTraceback (most recent call last):\n"
TAIL = '  File "a.py", line 1, in f\n    f()\nValueError: x\n' + FINE


def test_an_event_across_the_seam(tmp_path: Path) -> None:
    """It is one finding in the file in which it begins; its parts name both files."""
    report = rotated(tmp_path, log_txt=TAIL, log_txt_1=FINE + HEAD)
    ((finding,),) = (issue.findings for issue in report.issues)
    old, new = str(tmp_path / "log.txt.1"), str(tmp_path / "log.txt")
    assert (finding.path, finding.line, finding.end_line) == (old, 2, 3)
    assert [(part.path, part.line, part.end_line) for part in finding.parts] == [(old, 2, 3), (new, 1, 3)]
    assert finding.note == f"goes on in {new}"
    assert "ValueError: x" in finding.excerpt
    assert [(log.findings, log.lines) for log in report.testcases[0].sites[0].logs] == [(0, 4), (1, 3)]


def test_a_gap_in_the_numbers_joins_nothing(tmp_path: Path) -> None:
    """Where a file is missing, what goes on behind the hole is no part of the event before it."""
    report = rotated(tmp_path, log_txt=TAIL, log_txt_2=FINE + HEAD)
    ((finding,),) = (issue.findings for issue in report.issues)
    assert (finding.path, finding.line, finding.end_line) == (str(tmp_path / "log.txt.2"), 2, 3)
    assert not finding.parts


def test_events_of_each_file_have_its_own_lines(tmp_path: Path) -> None:
    """Lines are counted in the file in which they stand, however many came before in the rotation."""
    report = rotated(tmp_path, log_txt=FINE + ERROR, log_txt_1=FINE * 3 + ERROR + FINE, log_txt_2=ERROR)
    found = sorted((Path(each.path).name, each.line) for issue in report.issues for each in issue.findings)
    assert found == [("log.txt", 2), ("log.txt.1", 4), ("log.txt.2", 1)]


def test_a_log_that_ends_in_the_middle_of_an_entry(tmp_path: Path) -> None:
    """A last line that is half a JSON record is evidence that is cut; one that only lacks its line end is not."""
    record = '{"time": "2026-11-22T15:46:00Z", "level": "info", "msg": "good"}\n'
    assert rotated(tmp_path, log_json=record * 2 + record[:30]).verdict == "error"
    assert rotated(tmp_path, log_json=record * 2 + record.rstrip()).verdict == "pass"


def test_a_line_that_is_cut_by_the_rotation(tmp_path: Path) -> None:
    """Where a file ends within a line, what matches in its other half is in the finding's parts."""
    half = "2026-11-22 15:46:00,000 - R - INFO - the word "
    report = rotated(tmp_path, log_txt="ERROR stands here\n" + FINE, log_txt_1=FINE + half)
    ((finding,),) = (issue.findings for issue in report.issues)
    assert [(Path(part.path).name, part.line, part.end_line) for part in finding.parts] == [
        ("log.txt.1", 2, 2),
        ("log.txt", 1, 1),
    ]
