"""What failed first, over all sites, and which testcases fail for one cause."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import cause
from gate.cause import Mark
from gate.model import SHARED, LogEvent, Occurrence, SiteLog

ID = "8cea46a8-d620-4171-a576-0f1fccc9bb12"


def found(
    testcase: str,
    site: str = "server",
    time: str | None = "10:00:00.000",
    what: str = "it failed",
    *,
    rule: str = "error",
    line: int = 1,
    name: str = "log.txt",
    zone: str = "",
) -> Occurrence:
    log = SiteLog(testcase, site, f"{testcase}/{site}/{name}", name, name, zone=zone)
    at = f"2026-11-22T{time}" if time else None
    event = LogEvent(line, line, what, time=at, logger="Trainer", message=what, matched=what)
    return Occurrence(testcase, site, log, event, rule, f"v1:{what}")


def named(*occurrences: Occurrence, clocks: cause.Clocks | None = None) -> list[str]:
    """What was named as the cause, in any order in which the occurrences may come."""
    causes = {cause.causes(order, clocks or {}) for order in permutations(occurrences)}
    assert len(causes) == 1
    return [each.title.removeprefix("Trainer: ") for each in causes.pop()]


# ---- the first error -------------------------------------------------------------------------------------------------


def test_nothing_fails() -> None:
    """Without findings there is no cause."""
    assert cause.causes((), {}) == ()


def test_the_first_error_is_the_cause() -> None:
    """The earliest finding of all sites and files of a testcase is its cause, in whatever order they were read."""
    late, early = found("a", "server", "10:00:02.000", "late"), found("a", "site-1", "10:00:01.999", "early", line=90)
    assert named(late, early, found("a", "site-2", "10:00:02.001", "later")) == ["early"]


def test_one_cause_of_many_testcases_is_one_line() -> None:
    """Testcases whose first errors share a fingerprint have one cause, told in one line, in the order of time."""
    race = [found(name, "site-1", f"15:45:{59 - n}.000", "lost") for n, name in enumerate(("c", "b", "a"))]
    after = [found(name, "server", "15:46:10.000", f"and then {name}") for name in "abc"]
    (one,) = cause.causes([*race, *after, *after], {})
    assert one.testcases == ("a", "b", "c")
    assert (one.followed, one.site, one.path, one.line) == (6, "site-1", "a/site-1/log.txt", 1)
    assert one.text == "3 testcases fail for one cause: Trainer: lost (first on site-1, 15:45:57; 6 more followed)"


def test_the_greatest_cause_comes_first() -> None:
    """Causes come by how many testcases they struck, then by when they struck first."""
    alone, other = found("a", time="09:00:00.000", what="alone"), found("d", time="09:30:00.000", what="other")
    assert named(other, alone, found("b", what="both"), found("c", what="both")) == ["both", "alone", "other"]


@pytest.mark.parametrize(
    ("testcases", "words"),
    [
        (("fedavg",), "fedavg fails"),
        ((SHARED,), "the shared logs fail"),
        (("fedavg", SHARED), "fedavg and the shared logs fail for one cause"),
        (("a", "b", SHARED), "2 testcases and the shared logs fail for one cause"),
    ],
)
def test_who_fails(testcases: tuple[str, ...], words: str) -> None:
    """A single testcase is named, several are counted, and the shared logs are no testcase."""
    (one,) = cause.causes([found(name) for name in testcases], {})
    assert one.text == f"{words}: Trainer: it failed (first on server, 10:00:00)"


def test_a_title_is_without_context() -> None:
    """The brackets before a message are not what happened."""
    (one,) = cause.causes([found("a", what="[tx_id=1 seq=2] no stream registered")], {})
    assert one.title == "Trainer: no stream registered"


def test_a_title_of_a_very_long_line_is_its_message() -> None:
    """What names a line of which a part was cut begins with the entry's head, which says nothing new."""
    cut = "2026-01-01 10:00:00,000 - Trainer - ERROR - lost it " + "x" * 300 + " … 4,000 bytes cut …"
    one = found("a", what=cut)
    event = msgspec.structs.replace(one.event, message="lost it " + "x" * 4_300)
    assert msgspec.structs.replace(one, event=event).title("?").startswith("Trainer: lost it xxx")
    plain = msgspec.structs.replace(one.event, matched="ValueError: lost it", message="lost it")
    assert msgspec.structs.replace(one, event=plain).title("?") == "Trainer: ValueError: lost it"


# ---- times -----------------------------------------------------------------------------------------------------------


def test_no_time_never_beats_a_time() -> None:
    """What has no time is no cause when anything has one: it may have been at any time."""
    assert named(found("a", time=None, what="bare", line=1), found("a", what="timed", line=9)) == ["timed"]


def test_without_times_the_file_decides() -> None:
    """The first line is the first error where nothing has a time, and of two at the same time."""
    for time in (None, "10:00:00.000"):
        assert named(found("a", time=time, what="2nd", line=12), found("a", time=time, what="1st", line=7)) == ["1st"]


def test_a_lost_stream_is_a_consequence() -> None:
    """That a stream ended early is named only if nothing else failed."""
    lost = found("a", time=None, what="the copy ends early", rule="stream-incomplete")
    assert named(lost) == ["the copy ends early"]
    assert named(lost, found("a", time=None, what="crash")) == ["crash"]
    assert named(lost, found("a", what="error")) == ["error"]


def test_zones_are_respected() -> None:
    """Times with offsets, or of logs whose zone is known, are compared as the moments that they are."""
    berlin = found("a", "site-1", "10:59:00.000", "first", zone="+01:00")
    assert named(found("a", "server", "10:00:00.000+00:00", "second"), berlin) == ["first"]
    assert named(found("a", "server", "10:00:00Z", "second"), berlin) == ["first"]
    (one,) = cause.causes([berlin], {})
    assert one.time == "2026-11-22T10:59:00.000+01:00"


def test_unknown_zones_are_compared_as_they_stand() -> None:
    """Times without a zone are compared as written, and the report, which has no times without offset, leaves them."""
    (one,) = cause.causes([found("a", "site-1", "10:00:00.100"), found("a", "site-2", "10:00:00.020", "first")], {})
    assert (one.title, one.time) == ("Trainer: first", None)
    assert "10:00:00" in one.text


# ---- clocks ----------------------------------------------------------------------------------------------------------


def test_a_wrong_clock_is_corrected() -> None:
    """What a fast clock dates late was first nevertheless."""
    first, second = found("a", "site-1", "10:05:00.000", "first"), found("a", "server", "10:00:01.000", "second")
    assert named(first, second) == ["second"]
    assert named(first, second, clocks={("a", "site-1"): 300.0}) == ["first"]
    assert named(first, second, clocks={("b", "site-1"): 300.0}) == ["second"]


CONTEXT = f"[identity=site-1, run=413e7ccc-eea4-43a5-a035-e3b30bcfa4d9, task_name=train, task_id={ID}]"


@pytest.mark.parametrize(
    ("line", "key", "sent"),
    [
        (f"ServerRunner - INFO - {CONTEXT} - assigned task to client site-1: name=train, id={ID}", "task", True),
        (f"ClientRunner - INFO - [identity=site-1] - got task assignment: name=train, id={ID}", "task", False),
        (f"ClientRunner - INFO - {CONTEXT} - start to send task result to server", "result", True),
        (f'"fl_ctx": "{CONTEXT}", "message": "start to send task result to server"}}', "result", True),
        (f"ServerRunner - INFO - got result from client site-1 for task: name=train, id={ID}", "result", False),
    ],
)
def test_marks(line: str, key: str, sent: bool) -> None:
    """Both sides of a task's way to a site and back are marks with the task's id."""
    assert cause.mark(line, 1.5) == Mark(f"{key} {ID}", 1.5, sent)


@pytest.mark.parametrize("line", ["", "got task assignment", f"sent task assignment to client. task_id:{ID}"])
def test_other_lines_are_no_marks(line: str) -> None:
    """Only lines that stand on both sides are marks."""
    assert cause.mark(line, 1.5) is None


def handovers(site: str, ahead: float, latencies: list[float], start: float = 1_000.0) -> dict[str, list[Mark]]:
    """Tasks that the server hands to a site whose clock is `ahead`, and gets back; each message takes a latency."""
    server, own, now = [], [], start
    for number, latency in enumerate(latencies):
        task, result = f"task {site} {number}", f"result {site} {number}"
        server += [Mark(task, now, sent=True), Mark(result, now + 10 + 2 * latency, sent=False)]
        own += [Mark(task, now + latency + ahead, sent=False), Mark(result, now + 10 + latency + ahead, sent=True)]
        now += 30
    return {"server": server, site: own}


def test_clocks_that_are_right_are_left_alone() -> None:
    """However slow the messages are: what latency explains is no offset."""
    for latency in (0.0, 0.02, 9.0):
        assert cause.clock_offsets(handovers("site-1", 0.0, [latency] * 3)) == {}


@pytest.mark.parametrize("hours", [-11, -0.5, 1, 5.5, 14])
def test_zones_are_found(hours: float) -> None:
    """A clock in another zone is ahead by exactly that, although messages take their time."""
    marks = handovers("site-1", hours * 3_600, [0.5, 20.0])
    assert cause.clock_offsets(marks) == {"site-1": hours * 3_600}


def test_what_only_one_direction_says() -> None:
    """Where no result came back a message is taken to need a few seconds at most."""
    marks = handovers("site-1", 7_200.0, [0.5, 0.5])
    one_way = {site: [mark for mark in own if mark.key.startswith("task")] for site, own in marks.items()}
    assert cause.clock_offsets(one_way) == {"site-1": 7_200.0}
    marks = handovers("site-1", 0.0, [3.0, 3.0])
    one_way = {site: [mark for mark in own if mark.key.startswith("task")] for site, own in marks.items()}
    assert cause.clock_offsets(one_way) == {}


def test_too_little_is_known() -> None:
    """One message alone, marks that nobody shares, or no server say nothing about a clock."""
    one = handovers("site-1", 100.0, [0.1])
    assert cause.clock_offsets({"server": one["server"][:1], "site-1": one["site-1"][:1]}) == {}
    assert cause.clock_offsets({"server": one["server"], "site-1": handovers("site-2", 9e3, [0.1])["site-2"]}) == {}
    assert cause.clock_offsets({"site-1": one["site-1"]}) == {}
    assert cause.clock_offsets({}) == {}


def test_a_clock_that_was_set_on_the_way() -> None:
    """Marks that contradict each other are not believed."""
    before, after = handovers("site-1", 100.0, [0.1] * 2), handovers("site-1", 50.0, [0.1] * 4)
    marks = {"server": after["server"], "site-1": before["site-1"] + after["site-1"][4:]}
    assert cause.clock_offsets(marks) == {}


def test_a_repeated_mark_counts_once() -> None:
    """Sibling files repeat a mark; a later repeat does not move the clock."""
    marks = handovers("site-1", 100.0, [0.1] * 2)
    again = [Mark(mark.key, mark.at + 500, mark.sent) for mark in marks["site-1"]]
    assert cause.clock_offsets({**marks, "site-1": marks["site-1"] + again}) == cause.clock_offsets(marks)


CLOCKS = st.floats(-100_000, 100_000) | st.integers(-40, 40).map(lambda quarters: quarters * 900.0)


@given(
    st.permutations([10.0, 20.0, 30.0]),
    CLOCKS,
    st.lists(st.floats(0, 2), min_size=1, max_size=5),
    st.sampled_from(["server", "site-1", "site-2"]),
)
def test_a_shifted_clock_names_the_same_cause(
    times: list[float], shift: float, latencies: list[float], shifted: str
) -> None:
    """Whichever site's clock is shifted, by whatever: the same error is first as long as the marks are shifted, too."""
    marks = handovers("site-1", 0.0, latencies) | {"site-2": handovers("site-2", 0.0, latencies)["site-2"]}
    marks["server"] = [*handovers("site-1", 0.0, latencies)["server"], *handovers("site-2", 0.0, latencies)["server"]]
    marks[shifted] = [Mark(mark.key, mark.at + shift, mark.sent) for mark in marks[shifted]]
    clocks = {("a", site): ahead for site, ahead in cause.clock_offsets(marks).items()}
    errors = [
        error_at(site, 1e9 + at + (shift if site == shifted else 0.0))
        for site, at in zip(("server", "site-1", "site-2"), times, strict=True)
    ]
    first = ("server", "site-1", "site-2")[times.index(10.0)]
    (one,) = (each for each in cause.causes(errors, clocks))
    assert one.site == first


def error_at(site: str, at: float) -> Occurrence:
    moment = datetime.fromtimestamp(at, timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds")
    log = SiteLog("a", site, f"a/{site}/log.txt", "log.txt", "log.txt")
    return Occurrence("a", site, log, LogEvent(1, 1, "x", time=moment, matched=site), "error", f"v1:{site}")
