"""Findings over time: each is in the picture or counted among what is not, and no name breaks out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import msgspec
import picture_samples as pictures
import pytest
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from test_report_html import Document, rendered

from gate.model import SHARED, Report, SharedReport
from gate.reports import timeline
from gate.reports.timeline import COLUMNS, DISPOSITIONS, HEAD, LANES, MARKS, ROW, Timeline, TimelineView


def drawn(report: Report) -> TimelineView | None:
    made = Timeline(report)
    for number, issue in enumerate(report.issues, 1):
        for finding in issue.findings:
            made.add(number, finding, f"#i{number}-{finding.testcase}-{finding.line}")
    return made.view()


def view(report: Report) -> TimelineView:
    made = drawn(report)
    assert made
    return made


def of_times(times: Iterable[str | None]) -> Report:
    return samples.report([], [samples.issue([samples.finding(time=time) for time in times])])


def counted(made: TimelineView) -> int:
    """The findings that the marks say they stand for."""
    titles = [mark.title.split("\n")[0] for lane in made.lanes for mark in lane.marks]
    numbers = (int(each.replace(",", "")) for it in titles for each in re.findall(r"([\d,]+) (?:new|known|waived)", it))
    return sum(numbers)


# ---- what is drawn ---------------------------------------------------------------------------------------------------


def test_every_finding_is_drawn_or_said() -> None:
    """The marks of a suite stand for all of its findings; nothing needs to be said."""
    report = pictures.suite()
    made = view(report)
    assert counted(made) == report.counts.findings.total
    assert made.said == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["server", "site-1"]), st.floats(0, 10_000), st.booleans()),
        min_size=1,
        max_size=60,
    )
)
def test_any_findings(found: list[tuple[str, str, float, bool]]) -> None:
    """Whatever comes: what is drawn and what is said add up, marks lie in their lane, and no two at one place."""
    findings = [
        samples.finding(name, site, n, time=pictures.at(at) if timed else None, disposition=DISPOSITIONS[n % 3])
        for n, (name, site, at, timed) in enumerate(found)
    ]
    made = drawn(samples.report([], [samples.issue(findings)]))
    timed = sum(each.time is not None for each in findings)
    if made is None:
        assert timed == 0
        return
    assert counted(made) == timed
    assert ("without a time" in " ".join(made.said)) == (timed < len(findings))
    for place, lane in enumerate(made.lanes):
        assert lane.y == HEAD + place * ROW
        assert all(lane.y < mark.y < lane.y + ROW and mark.size <= ROW / 2 for mark in lane.marks)
        assert all(0 < mark.at < 100 for mark in lane.marks)
        assert all(after.at - before.at > 99 / COLUMNS for before, after in pairwise(lane.marks))
        assert sum(lane.counts.total for lane in made.lanes) == timed


def test_a_mark_leads_to_its_worst_finding() -> None:
    """Of findings at one moment the mark shows the worst disposition and leads there; all are counted and named."""
    at = pictures.at(5)
    kinds = ("waived", "known", "new", "new")
    found = [samples.finding("a", line=n, time=at, disposition=kind) for n, kind in enumerate(kinds)]
    (lane,) = view(samples.report([], [samples.issue([each]) for each in found])).lanes
    (mark,) = lane.marks
    assert (mark.disposition, mark.href) == ("new", "#i3-a-2")
    assert mark.title == "2 new, 1 known, 1 waived, 2026-05-09 07:35:07\na › site-1\nissues #1, #2, #3, 1 more"


def test_more_findings_make_a_larger_mark() -> None:
    """The size grows with the number and stays within the lane."""
    sizes = [view(of_times([pictures.at(1)] * count)).lanes[0].marks[0].size for count in (1, 10, 100, 9_999)]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] < ROW / 2


def test_when_a_job_ran() -> None:
    """Each lane of a testcase has the bar of its job, and findings that it made lie on it."""
    made = view(pictures.suite())
    lanes = [lane for lane in made.lanes if lane.testcase == "cyclic"]
    bars = {lane.bar for lane in lanes}
    assert [lane.site for lane in lanes] == ["server", "site-1", "site-2"]
    assert [lane.opens for lane in lanes] == [True, False, False]
    (bar,) = bars
    assert bar
    assert all(bar.at - 1 < lane.marks[0].at < bar.at + bar.width + 1 for lane in lanes)
    assert bar.words.startswith("the job ran 2026-05-09 07:35:21 to 07:35:3")


def test_testcases_without_a_finding_show_when_their_job_ran() -> None:
    """They come last, in one lane each, without a site and without a mark."""
    lanes = view(pictures.suite()).lanes
    quiet = [lane.testcase for lane in lanes if not lane.site]
    assert quiet == ["fedavg", "one-stream", "late-end"]
    assert [lane.testcase for lane in lanes[-3:]] == quiet
    assert all(lane.bar and not lane.marks and not lane.first for lane in lanes[-3:])


def test_the_worst_comes_first() -> None:
    """By the testcases' verdicts, then by how much is new; the shared logs take part by theirs."""
    shared = SharedReport("fail", "2 new findings")
    report = msgspec.structs.replace(samples.failing(), shared=shared)
    lanes = view(report).lanes
    assert [lane.testcase for lane in lanes if lane.opens] == [
        *("start-delay-1s", "start-delay-3s", "start-delay-8s", "shared logs"),
        *("swarm", "trainer-raises"),
    ]


def test_all_findings_stand_on_top() -> None:
    """The blocks of a column stand on each other within their room, new ones on top; also of lanes that are cut."""
    made = view(pictures.many_lanes())
    assert all(block.y >= 0 and block.y + block.height <= timeline.STACK + 2.1 for block in made.blocks)
    (block,) = view(of_times([pictures.at(1)] * 3)).blocks
    assert (block.disposition, block.height) == ("new", timeline.STACK)
    told = sum(int(block.title.split(" ")[0].replace(",", "")) for block in made.blocks)
    assert told == 1001


# ---- what is not drawn -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [[], [None, None], ["2026-05-09T07:35:27"[:10], "25:00"]])
def test_no_time_no_picture(times: list[str | None]) -> None:
    """Where no finding has a time there is no picture, and no empty section on the page."""
    report = of_times(times) if times else samples.all_pass()
    assert drawn(report) is None
    assert 'id="timeline"' not in rendered(report)


def test_findings_without_a_time_are_said() -> None:
    """They are counted beside the picture."""
    assert view(of_times([None, pictures.at(1), None])).said == ["2 findings not drawn, without a time."]


def test_a_clock_of_an_unknown_zone_is_said() -> None:
    """A time without an offset is drawn as if it were of the report's zone, beside those that have one."""
    found = [samples.finding(time=None, clock="2026-05-09 07:35:10,5"), samples.finding(time="2026-05-09T05:35:11.5Z")]
    made = view(samples.report([], [samples.issue(found)]))
    assert made.said == ["1 finding by clocks whose zone nobody knows, drawn as if it were UTC+02:00."]
    assert (made.lanes[0].first[11:], made.lanes[0].last[11:]) == ("07:35:10.500", "07:35:11.500")


def test_a_lost_clock_is_said() -> None:
    """What lies far from the others is not drawn, but said with its time; its lane's table has it."""
    times = ["1970-01-01T00:00:03+00:00", *(pictures.at(second) for second in range(8))]
    made = view(of_times(times))
    assert made.said == ["1 finding not drawn, far from the others: 1970-01-01 02:00:03."]
    assert made.lanes[0].first == "1970-01-01 02:00:03.000"
    assert counted(made) == 8


def test_lanes_have_a_bound() -> None:
    """Of a thousand sites the worst are drawn, and it is said how many more there are."""
    made = view(pictures.many_lanes())
    assert len(made.lanes) == LANES
    assert made.said == [f"{1000 - LANES} more lanes with {1000 - LANES} findings not drawn, the worst come first."]
    assert made.lanes[0].site == "site-1"


def test_lanes_with_new_findings_are_the_worst() -> None:
    """A lane with a new finding is drawn though hundreds of lanes of known ones come before it."""
    found = [samples.finding("a", f"site-{n}", time=pictures.at(n), disposition="known") for n in range(300)]
    found.append(samples.finding("a", "site-299", time=pictures.at(9)))
    assert any(lane.site == "site-299" for lane in view(samples.report([], [samples.issue(found)])).lanes)


def test_marks_have_a_bound() -> None:
    """Where every lane is full of marks, columns become wider: no finding is lost, and the page stays small."""
    names = [f"t{n}" for n in range(LANES)]
    found = [samples.finding(names[n % LANES], "s", time=pictures.at(n / 10)) for n in range(20_000)]
    made = view(samples.report([], [samples.issue(found)]))
    assert MARKS / 4 < sum(len(lane.marks) for lane in made.lanes) <= MARKS
    assert counted(made) == 20_000


def test_findings_that_it_was_not_given_are_said() -> None:
    """A page reads the worst findings of a report only: the picture says how many it does not know."""
    report = of_times(map(pictures.at, range(50)))
    made = Timeline(report)
    for finding in report.issues[0].findings[:30]:
        made.add(1, finding, "#i1")
    picture = made.view()
    assert picture
    assert counted(picture) == 30
    assert picture.said == ["20 findings not drawn, the worst come first."]


# ---- in words and as HTML --------------------------------------------------------------------------------------------


def test_its_zone_is_the_reports() -> None:
    """Times are in the zone in which the report was written, whatever zones the logs are in."""
    made = view(of_times(["2026-05-09T05:35:27Z", "2026-05-09T01:35:28-04:00"]))
    assert made.zone == "UTC+02:00"
    assert (made.lanes[0].first, made.lanes[0].last) == ("2026-05-09 07:35:27.000", "2026-05-09 07:35:28.000")


def test_it_is_told_to_those_who_do_not_see_it() -> None:
    """The picture has a name that sums it up, and a table with each lane's counts, times and links."""
    document = Document(rendered(pictures.suite()))
    (picture,) = [found for tag, found in document.elements if tag == "svg" and found.get("class") == "picture"]
    assert picture["role"] == "figure"
    assert re.fullmatch(
        r"\d+ findings over time, on 42 sites of testcases, 2026-05-09 .*\. Most: cyclic › server, 44\.",
        picture["aria-label"],
    )
    assert "The same as a table" in document.text
    assert "the job ran 2026-05-09 07:35:21" in document.text


@pytest.mark.parametrize("report", [pictures.suite(), pictures.many_lanes()], ids=["suite", "many lanes"])
def test_links_lead_somewhere(report: Report) -> None:
    """Each mark, and each time of the table, leads to an element of the page, though not all findings are on it."""
    document = Document(rendered(report))
    links = [found["href"][1:] for tag, found in document.elements if tag == "a" and "mark" in found.get("class", "")]
    assert len(links) > 50
    assert set(links) <= set(document.all("id"))


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "\u202egnp.exe\u202c",
        "שלום עולם",
        "x" * 10_000,
        "\ud800\x1b[2J\n\n",
        "",
    ],
    ids=["script", "attribute", "bidi", "rtl", "long", "control", "empty"],
)
def test_any_name(name: str) -> None:
    """A testcase and a site of any name are text in the picture, and take no more room than others."""
    html = rendered(pictures.hostile(name))
    picture = html[html.index('<section id="timeline"') : html.index('<section id="issues"')]
    document = Document(picture)
    assert {tag for tag, _ in document.elements} & {"script", "img"} == set()
    assert not any(attribute.startswith("on") for _, found in document.elements for attribute in found)
    assert len(picture) < 40_000
    assert "\u202e" not in picture


def test_shared_logs_have_a_lane() -> None:
    """What belongs to no testcase stands in a lane of the shared logs."""
    found = [samples.finding(SHARED, "server", time=pictures.at(1))]
    (lane,) = view(samples.report([], [samples.issue(found)])).lanes
    assert (lane.testcase, lane.site) == ("shared logs", "server")
