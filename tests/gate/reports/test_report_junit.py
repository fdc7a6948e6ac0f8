from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from junit2htmlreport.parser import Junit
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from lxml import etree

from gate.model import Report, SiteReport, TestcaseReport
from gate.reports import junit
from gate.reports.junit import FORMAT, LIMIT, WHOLE

TestCase.__test__ = TestSuite.__test__ = False
JENKINS = etree.XMLSchema(file=Path(__file__).parent / "schemas" / "junit-10.xsd")
any_text = st.text(st.characters(exclude_categories=[]))


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def read(report: Report) -> JUnitXml:
    """The report as junitparser reads it; fails if a total is not what the elements add up to."""
    parsed = JUnitXml.fromstring(written(report).encode())
    said = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in parsed]
    whole = (parsed.tests, parsed.failures, parsed.errors)
    parsed.update_statistics()
    times = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in parsed]
    assert said == times
    assert whole == (parsed.tests, parsed.failures, parsed.errors)
    return parsed


def valid(xml: str) -> None:
    """Fails if Jenkins' xUnit plugin would refuse the file."""
    JENKINS.assertValid(etree.fromstring(xml.encode(), etree.XMLParser(huge_tree=True)))


def tests(report: Report) -> dict[tuple[str, str], TestCase]:
    return {(suite.name, test.name): test for suite in read(report) for test in suite}


tests.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["small", "all_pass", "failing", "missing_evidence", "nothing", "hostile"])
def test_another_reader(name: str) -> None:
    """Jenkins' schema allows every report, junitparser adds up the same totals, and junit2html shows each test."""
    report = getattr(samples, name)()
    valid(written(report))
    shown = [case for suite in Junit(xmlstring=written(report)).suites for case in suite.all()]
    assert len(shown) == read(report).tests
    assert sum(case.failed() for case in shown) >= (report.verdict != "pass")


def test_a_test_is_a_site() -> None:
    """A testcase is a suite with its duration, each of its sites a test with its verdict and reason."""
    report = samples.failing()
    suites = {suite.name: suite for suite in JUnitXml.fromstring(written(report).encode())}
    assert list(suites)[:2] == ["fedavg", "fedavg-external"]
    assert suites["start-delay-1s"].time == 22.8
    results = {test.name: test.result for test in suites["start-delay-1s"]}
    assert list(results) == ["server", "site-1", "site-2"]
    assert isinstance(results["server"][0], Failure)
    assert results["server"][0].message == "22 new findings"
    assert results["server"][0].type == "strict-error"
    assert isinstance(tests(report)["late-end", "site-2"].result[0], Error)
    assert tests(report)["fedavg", "server"].is_passed


def test_a_failure_shows_its_excerpt() -> None:
    """A failure has each issue with its count, its first place, its fingerprint and its lines."""
    text = tests(samples.failing())["start-delay-1s", "site-1"].result[0].text
    assert text == (
        "1× strict-error: _LogTailProducer: error from target server: EXECUTION_EXCEPTION\n"
        "out/logs/start-delay-1s/site-1/log.txt:118 (v1:8c1f0b52d7e94a36)\n" + samples.RACE + "\n"
    )


def test_a_wrong_status_is_a_failure() -> None:
    """What no site tells is a test of its own; a testcase whose sites say it all has none."""
    found = tests(samples.failing())
    assert found["aborted", WHOLE].result[0].message == "job ended as FINISHED:COMPLETED, expected FINISHED:ABORTED"
    assert ("start-delay-1s", WHOLE) not in found


def test_a_wrong_status_beside_a_failed_site() -> None:
    """A wrong status is told even where a site failed, too."""
    site = SiteReport("site-1", "fail", "1 new finding")
    reason = "job ended as A, expected B; site-1: 1 new finding"
    found = tests(samples.report([samples.testcase("t", [site], verdict="fail", reason=reason)]))
    assert found["t", WHOLE].result[0].message == "job ended as A, expected B"


def test_skipped_and_shared() -> None:
    """A skipped testcase is skipped, and shared logs are a suite with the findings that belong to nobody."""
    skipped = TestcaseReport("t", "skipped", "of another release", None, None, None, 1, False, ())
    result = tests(samples.report([skipped]))["t", WHOLE].result[0]
    assert isinstance(result, Skipped)
    assert result.message == "of another release"
    shared = tests(samples.failing())["shared logs", WHOLE].result[0]
    assert "CoreCell: cannot forward req: no path" in shared.text


@pytest.mark.parametrize("report", [samples.nothing(), samples.report([samples.testcase("a")], verdict="fail")])
def test_a_bad_verdict_is_never_green(report: Report) -> None:
    """A report that did not pass has a failure or an error, even if nothing was judged."""
    parsed = read(report)
    assert parsed.failures + parsed.errors == 1


def test_passed_is_green() -> None:
    """Twin: a report that passed has neither, and says what was found and allowed."""
    parsed = read(samples.all_pass())
    assert parsed.failures + parsed.errors == 0
    known = tests(samples.failing())["trainer-raises", "site-1"]
    assert known.is_passed
    assert known.system_out.startswith("waived: 1× strict-traceback: TaskRunner: ValueError")


def test_hostile_text() -> None:
    """Log text stays text: no element of its own, no control character, no command for whoever shows it."""
    report = samples.everywhere(samples.HOSTILE + "]]> <![CDATA[ &amp; <!ENTITY x> [[ATTACHMENT|/etc/passwd]]")
    text = written(report)
    root = ET.fromstring(text)  # noqa: S314
    assert {element.tag for element in root.iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "system-out"),
    }
    assert "[[attachment" not in text.lower()
    assert "##[" not in text
    assert "\x1b" not in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert "<script>document.title" in "".join(root.itertext())


@given(any_text)
def test_any_text(text: str) -> None:
    """Whatever the texts are, the file is XML 1.0 of the form that Jenkins asks for."""
    valid(written(samples.everywhere(text)))


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufffe", "\uffff", "\udcff", "\x85", "\U000e0001"])
def test_characters_that_xml_forbids(character: str) -> None:
    """A character that XML 1.0 forbids is shown by its name."""
    element = ET.fromstring(written(samples.report(verdict="fail", reason=f"a{character}b")))  # noqa: S314
    message = element.findall(".//failure")[0].get("message")
    assert message is not None
    assert message.isprintable()
    assert len(message) > 3


def test_under_30_megabytes() -> None:
    """Of a hundred thousand failing sites with long excerpts the file keeps to its bound and says what it left out."""
    text = "<&>\"'" * 200
    sites = [SiteReport(f"site-{i}", "fail" if i % 2 else "pass", text) for i in range(100_000)]
    found = [samples.finding("t", f"site-{i}", excerpt=f"{text}\n" * 30) for i in range(1, 2_000, 2)]
    report = samples.report(
        [samples.testcase("t", sites, verdict="fail", reason="many")], [samples.issue(found, title=text)]
    )
    xml = written(report)
    assert LIMIT * 0.9 < len(xml.encode()) < LIMIT
    root = ET.fromstring(xml)  # noqa: S314
    last = root.findall("testsuite")[-1]
    skipped = last.find("testcase/skipped")
    assert skipped is not None
    assert (skipped.get("message") or "").endswith("more tests: see report.json")
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert "(no room for the excerpt)" in xml
    assert not root.findall(".//testcase[@name='site-0']")


def test_many_issues_of_a_site_are_bounded() -> None:
    """A test tells of some of its issues and says how many more there are."""
    issues = [samples.issue([samples.finding("t")], fingerprint=f"v1:{i}") for i in range(100)]
    sites = [SiteReport("site-1", "fail", "100 new findings")]
    text = tests(samples.report([samples.testcase("t", sites, verdict="fail", reason="x")], issues))["t", "site-1"]
    assert text.result[0].text.endswith(f"and {100 - junit._TOLD} more issues: see the report")


def test_paths_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding's place is told by its path from the working directory."""
    monkeypatch.chdir(tmp_path)
    issue = samples.issue([samples.finding("t", path=str(tmp_path / "out" / "log.txt"))])
    sites = [SiteReport("site-1", "fail", "1 new finding")]
    found = tests(samples.report([samples.testcase("t", sites, verdict="fail", reason="x")], [issue]))
    assert found["t", "site-1"].result[0].text.splitlines()[1].startswith("out/log.txt:120 (v1:")
