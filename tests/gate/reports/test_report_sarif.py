from __future__ import annotations

import gzip
import io
import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cmarkgfm
import jsonschema
import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from sarif import loader

from gate.model import Report
from gate.reports import sarif
from gate.reports.sarif import FORMAT, RESULTS

SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
)
any_text = st.text(st.characters(exclude_categories=[]))


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def run(report: Report) -> dict[str, Any]:
    """The one run of the file; fails where the standard's schema or a rule that GitHub counts on is broken."""
    tree = json.loads(written(report))
    shortened = [each | {"results": each["results"][:100]} for each in tree["runs"]]
    SCHEMA.validate(tree | {"runs": shortened})
    assert (tree["version"], len(tree["runs"])) == ("2.1.0", 1)
    found: dict[str, Any] = tree["runs"][0]
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in found["results"]:
        check_result(result, rules)
    return found


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note")
    assert result["message"]["text"]
    assert result["baselineState"] in ("new", "unchanged")
    place = result["locations"][0]["physicalLocation"]
    assert 1 <= place["region"]["startLine"] <= place["region"]["endLine"]
    uri = urlsplit(place["artifactLocation"]["uri"])
    assert uri.scheme == ("" if "uriBaseId" in place["artifactLocation"] else "file")
    assert not uri.netloc


def message(text: str) -> str:
    issue = samples.issue([samples.finding()], title=text)
    shown: str = run(samples.report([samples.testcase("a")], [issue]))["results"][0]["message"]["text"]
    return shown


@pytest.mark.parametrize("name", ["small", "all_pass", "failing", "missing_evidence", "nothing", "hostile"])
def test_another_reader(name: str, tmp_path: Path) -> None:
    """sarif-tools reads every report, with each finding's tool, severity, rule, path and line."""
    report: Report = getattr(samples, name)()
    run(report)
    path = tmp_path / FORMAT.filename
    path.write_text(written(report), encoding="utf-8")
    read = loader.load_sarif_file(str(path))
    assert read.get_distinct_tool_names() == ["loggate"]
    assert read.get_result_count() == report.counts.findings.total
    records = read.get_records()
    if name == "failing":
        assert records[0] == {
            "Tool": "loggate",
            "Location": "out/logs/start-delay-1s/server/log.txt",
            "Line": 60,
            "Severity": "error",
            "Code": "strict-error",
            "Description": "ObjectStreamer: no stream processing info registered for log_streaming:live_log "
            "(start-delay-1s › server)",
        }


def test_fingerprints() -> None:
    """A result has its issue's fingerprint, and one that GitHub goes by, which tells apart repeats in a file."""
    of_server = [
        result
        for result in run(samples.failing())["results"]
        if result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(
            "start-delay-1s/server/log.txt"
        )
    ]
    assert {result["fingerprints"]["loggate/v1"] for result in of_server} == {"03ad77c1f2b4e890"}
    lines = [result["partialFingerprints"]["primaryLocationLineHash"] for result in of_server]
    assert lines == [f"03ad77c1f2b4e890:{i}" for i in range(1, 23)]


def test_dispositions() -> None:
    """New is new; known is unchanged and no more than a note; waived is suppressed, with who waived it."""
    by_disposition = {each["properties"]["disposition"]: each for each in run(samples.failing())["results"]}
    assert by_disposition["new"]["baselineState"] == "new"
    assert by_disposition["new"]["suppressions"] == []
    assert (by_disposition["known"]["baselineState"], by_disposition["known"]["level"]) == ("unchanged", "note")
    assert by_disposition["known"]["suppressions"] == []
    assert by_disposition["waived"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "expected by the suite"}
    ]


def test_rules_have_help() -> None:
    """Each rule has a title, a level and a help; one that only an issue names is there as well."""
    rules = {rule["id"]: rule for rule in run(samples.failing())["tool"]["driver"]["rules"]}
    assert rules["strict-error"]["help"]["text"] == "Whatever a framework calls an error."
    shown = cmarkgfm.github_flavored_markdown_to_html(rules["strict-error"]["help"]["markdown"])
    assert "<p>Whatever a framework calls an error.</p>" in shown
    assert '<pre lang="text"><code>ERROR\n</code></pre>' in shown
    assert rules["strict-traceback"]["help"]["text"] == "A Python traceback"
    assert rules["strict-exception"]["defaultConfiguration"]["level"] == "warning"
    old = samples.report([samples.testcase("a")], [samples.issue([samples.finding()], rule="gone")])
    assert run(old)["results"][0]["ruleIndex"] == len(samples.RULES)


def test_invocation() -> None:
    """The run says its exit code, its times in UTC, whether all could be judged, and what no finding tells."""
    ran = run(samples.missing_evidence())["invocations"][0]
    assert (ran["exitCode"], ran["executionSuccessful"]) == (3, False)
    assert ran["startTimeUtc"] == "2026-05-09T05:35:02.120Z"
    told = [each["message"]["text"] for each in ran["toolExecutionNotifications"]]
    assert "fedavg › site-1: error: no log of this site" in told
    assert run(samples.failing())["invocations"][0]["executionSuccessful"] is True


def test_fixed_is_a_property() -> None:
    """What nobody found any more is told by the run: GitHub takes no result without a place."""
    assert run(samples.failing())["properties"]["fixed"] == ["v1:f1x3d"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./out/a b.txt", "out/a%20b.txt"),
        ("logs.zip!/x/log.txt", "logs.zip!/x/log.txt"),
        ("javascript:alert(1)//x", "javascript%3Aalert%281%29/x"),
        ("100%.txt", "100%25.txt"),
        ("/elsewhere/log.txt", "file:///elsewhere/log.txt"),
    ],
)
def test_uris(path: str, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is a relative URI from the working directory where it lies inside, and never of another scheme."""
    monkeypatch.chdir(tmp_path)
    report = samples.report([samples.testcase("a")], [samples.issue([samples.finding(path=path)])])
    location = run(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == uri
    assert location.get("uriBaseId") == (None if path.startswith("/") else "%SRCROOT%")


def test_no_link_in_a_message() -> None:
    """A message's text can hold no link and no placeholder, which SARIF knows even in plain text."""
    assert message("[click](http://evil) {0} [x][y]").startswith("[click] (http://evil) { 0} [x][y]")
    assert message("a [b] (c) {d}").startswith("a [b] (c) {d} (")


@given(any_text)
def test_any_text(text: str) -> None:
    """Whatever the texts are, the file is ASCII and keeps the standard's rules, and no message has a link."""
    report = samples.everywhere(text)
    assert written(report).isascii()
    tree = run(report)
    assert not re.search(r"\]\(|\{\d+\}", json.dumps([result["message"] for result in tree["results"]]))


def test_hostile_text() -> None:
    """No command for a CI system's log reader, no control character after decoding."""
    text = written(samples.everywhere(samples.HOSTILE))
    assert "##" not in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert all(
        each.isprintable() or each == "\n" for each in json.loads(text)["runs"][0]["results"][0]["message"]["text"]
    )


def test_25000_results() -> None:
    """Of more findings than GitHub takes the worst are kept, and a notification says how many are missing."""
    common = [samples.finding(line=i + 1, excerpt="x") for i in range(RESULTS + 5)]
    rare = samples.issue([samples.finding("other")], fingerprint="v1:2", severity="note")
    tree = run(samples.report([samples.testcase("a")], [samples.issue(common), rare]))
    assert len(tree["results"]) == RESULTS
    assert "v1" in str(tree["results"][1]["fingerprints"])
    assert tree["results"][1]["level"] == "note"
    told = tree["invocations"][0]["toolExecutionNotifications"][0]
    assert told["message"]["text"] == "6 more findings left out: see report.json"


def test_10_megabytes_compressed() -> None:
    """A file of findings that cannot be compressed stays below GitHub's limit, and says what was cut."""
    noise = random.Random(7)  # noqa: S311
    found = [
        samples.finding(line=i + 1, excerpt="\n".join(noise.randbytes(130).hex() for _ in range(15)))
        for i in range(6_000)
    ]
    report = samples.report([samples.testcase("a")], [samples.issue(found)])
    size = len(gzip.compress(written(report).encode()))
    assert sarif.COMPRESSED * 0.95 < size < 10_000_000
    told = run(report)["invocations"][0]["toolExecutionNotifications"][0]
    assert "more findings left out" in told["message"]["text"]
