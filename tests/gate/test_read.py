"""Several writers in one log: each event has exactly its own lines, and where nothing tells them apart, it says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import config
from gate.model import LogEvent
from tests import cost
from tests.gate.carriers import carrier_samples as carried
from tests.gate.scanning import scan, spans
from tests.gate.test_completeness import STRICT, assert_complete, of_event

Head = Callable[[int, str, str], str]

HEADS: dict[str, Head] = {
    "glog": lambda n, level, text: f"{level[0]}0101 12:00:00.25000{n}  424{n} train.cc:14] {text}",
    "logcat": lambda n, level, text: f"01-01 12:00:00.250  1000  200{n} {level[0]} Trainer : {text}",
    "log4j": lambda n, level, text: f"2026-01-01 12:00:00,250 [worker-{n}] {level} a.Trainer - {text}",
    "syslog": lambda n, level, text: f"Jan  1 10:00:00 host app[{100 + n}]: {text}",
    "process id": lambda n, level, text: f"2026-01-01 12:00:00,250 - {1000 + n} - app - {level} - {text}",
    "logger": lambda n, level, text: f"2026-01-01 12:00:00,250 - worker{n} - {level} - {text}",
}
"""The heads of entries that tell a writer's thread, process or logger."""


def traceback(n: int) -> list[str]:
    return [
        "Traceback (most recent call last):",
        f'  File "train.py", line {n}, in fit',
        f"    loss({n})",
        f'  File "model.py", line {n}, in loss',
        "    raise BatchException(batch)",
        f"BatchException: batch {n} is empty",
    ]


def data(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def numbers(events: list[LogEvent]) -> list[list[int]]:
    return [of_event(event) for event in events]


@st.composite
def turns(draw: st.DrawFn, lanes: list[list[str]]) -> list[tuple[int, str]]:
    """The lines of several writers, with each one's number, in any order that keeps each writer's own."""
    order = draw(st.permutations([n for n, lane in enumerate(lanes) for _ in lane]))
    waiting = [iter(lane) for lane in lanes]
    return [(n, next(waiting[n])) for n in order]


# ---- entries whose messages move the cursor --------------------------------------------------------------------------


@pytest.mark.parametrize("move", ["\r", "\f", "\x1b[1A"], ids=["CR", "form feed", "cursor up"])
@pytest.mark.parametrize("name", HEADS)
@given(lines=st.lists(st.tuples(st.sampled_from(["ERROR", "INFO"]), st.booleans()), min_size=1, max_size=6))
def test_an_entry_stays_one_where_its_message_moves_the_cursor(
    name: str, move: str, lines: list[tuple[str, bool]]
) -> None:
    """Each entry is an event of its own, though its message shows one thing after the other as progress bars do."""
    words = {"ERROR": "Exception", "INFO": "fine"}
    text = [
        HEADS[name](0, level, move.join([f"{words[level]} 10%", "20%", "30% done"]) if moves else words[level])
        for level, moves in lines
    ]
    wanted = [(n, n) for n, (level, _) in enumerate(lines, 1) if level == "ERROR"]
    assert spans(data(text)) == wanted


@pytest.mark.parametrize("name", HEADS)
def test_an_entry_that_fails_at_last(name: str) -> None:
    """A match behind the move belongs to the entry that its line begins, not to the one above."""
    text = [
        HEADS[name](0, "INFO", "a"),
        HEADS[name](0, "INFO", "10%\r20%\rException: lost"),
        HEADS[name](0, "INFO", "b"),
    ]
    assert spans(data(text)) == [(2, 2)]


# ---- heads that tell the writers apart -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEADS)
@given(draw=st.data(), count=st.integers(2, 5))
def test_tracebacks_behind_heads_in_turns(name: str, draw: st.DataObject, count: int) -> None:
    """Tracebacks whose every line has its writer's head are told apart, however the writers take turns."""
    head = HEADS[name]
    lanes = [["start", *traceback(n), "go on"] for n in range(count)]
    written = draw.draw(turns(lanes))
    own = defaultdict(list)
    lines = []
    for number, (n, text) in enumerate(written, 1):
        level = "INFO" if text in ("start", "go on") else "ERROR"
        lines.append(head(n, level, text))
        if level == "ERROR":
            own[n].append(number)
    events = scan(data(lines))
    assert sorted(numbers(events)) == sorted(own.values())
    assert all(event.note for event in events if event.parts)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("cut", range(2, 6))
@pytest.mark.parametrize("others", [1, 3])
def test_a_traceback_cut_by_another_entry_goes_on_below_it(name: str, cut: int, others: int) -> None:
    """What another writer's entry cuts in two is one event, whose note names its lines; the entry is none of them."""
    head, trace = HEADS[name], traceback(0)
    between = [head(1, "INFO", f"no Exception {n}") for n in range(others)]
    text = [head(0, "INFO", "a"), *trace[:cut], *between, *trace[cut:], head(0, "INFO", "b")]
    events = scan(data(text))
    first = [number for number in range(2, 8 + others) if not cut + 2 <= number < cut + 2 + others]
    assert numbers(events) == [first, *([cut + 2 + n] for n in range(others))]
    assert "another writer's" in events[0].note
    assert events[0].matched == "BatchException: batch 0 is empty"


def test_java_frames_cut_by_another_entry() -> None:
    """A trace that has no end of its own goes on where frames stand below an entry that logs none."""
    head = HEADS["log4j"]
    text = [
        head(0, "ERROR", "x"),
        "java.lang.IllegalStateException: no",
        "\tat a.B.c(B.java:1)",
        head(1, "INFO", "other"),
        "\tat a.B.d(B.java:2)",
        "Caused by: java.io.IOException: z",
        "\tat a.E.f(E.java:2)",
        head(0, "INFO", "t"),
    ]
    (event,) = scan(data(text))
    assert of_event(event) == [1, 2, 3, 5, 6, 7]
    assert "breaks off" not in event.note


@pytest.mark.parametrize("name", sorted(set(HEADS) - {"syslog"}))
def test_a_traceback_cut_by_another_failure_says_so(name: str) -> None:
    """Where two failures' lines cannot be told apart, both events say it, and no line is lost."""
    head, one, two = HEADS[name], traceback(0), traceback(1)
    text = [head(0, "ERROR", "x"), *one[:3], head(1, "ERROR", "y"), *two[:3], *one[3:], *two[3:], head(0, "INFO", "z")]
    first, second = scan(data(text))
    assert (of_event(first), of_event(second)) == ([1, 2, 3, 4], list(range(5, 15)))
    assert "breaks off" in first.note
    assert "may be its rest" in second.note


def test_lines_below_an_entry_are_its_own() -> None:
    """Behind a whole traceback the lines below the next entry are that entry's, also indented ones."""
    head = HEADS["logger"]
    text = [head(0, "ERROR", "x"), *traceback(0), head(1, "INFO", "an Exception"), "  more of it", head(0, "INFO", "y")]
    events = scan(data(text))
    assert numbers(events) == [[1, 2, 3, 4, 5, 6, 7], [8, 9]]
    assert not any(event.note for event in events)


def test_the_same_writer_does_not_cut_itself_silently() -> None:
    """A traceback that never goes on says that it breaks off."""
    head = HEADS["logger"]
    (event,) = scan(data([head(0, "ERROR", "x"), *traceback(0)[:3], head(0, "INFO", "y"), head(0, "INFO", "z")]))
    assert of_event(event) == [1, 2, 3, 4]
    assert "breaks off" in event.note


@given(draw=st.data(), count=st.integers(2, 4), block=st.sampled_from([1, 64, 1 << 20]))
def test_entries_with_bare_tracebacks_in_turns_lose_nothing(draw: st.DataObject, count: int, block: int) -> None:
    """Whatever stands between what, each line that grep prints is in one event, and none in two."""
    name = draw.draw(st.sampled_from(list(HEADS)))
    levels = [draw.draw(st.sampled_from(["INFO", "ERROR"])) for _ in range(count)]
    lanes = [[HEADS[name](n, levels[n], "Exception"), *traceback(n), HEADS[name](n, "INFO", "z")] for n in range(count)]
    text = data([line for _, line in draw.draw(turns(lanes))])
    assert_complete(text, scan(text, STRICT, block))


@given(draw=st.data(), count=st.integers(2, 4))
def test_bare_tracebacks_in_turns_say_so(draw: st.DataObject, count: int) -> None:
    """Tracebacks that stand line by line in each other, with nothing to tell them apart, are noted as mixed."""
    written = draw.draw(turns([traceback(n) for n in range(count)]))
    text = data([line for _, line in written])
    events = scan(text)
    assert_complete(text, events)
    if len({tuple(numbers) for numbers in numbers(events)}) < count:
        assert any(event.note for event in events)


# ---- carriers --------------------------------------------------------------------------------------------------------

TRACES = Path(__file__).parents[1] / "corpora" / "traces"


@cache
def traces() -> list[list[str]]:
    """Samples of real traces that are whole texts."""
    texts = [file.read_bytes() for file in sorted(TRACES.rglob("*.txt"))]
    known = [text.decode().removesuffix("\n").split("\n") for text in texts if text.isascii() and b"\r" not in text]
    return [["start", *lines, "done"] for lines in known if len(lines) < 60]


PARTED = ["docker", "cri", "journal json", "docker compose", "mpirun", "ranks"]
WRITERS: dict[str, carried.Writer] = {
    **{name: write for name, (_, write) in carried.WRITERS.items() if name in PARTED},
    "ranks": carried.before_each("[rank{n}]: "),
}


def texts(data: bytes) -> Counter[tuple[str, str]]:
    return Counter((event.text, event.matched) for event in scan(data))


@pytest.mark.parametrize("name", WRITERS)
@given(draw=st.data())
def test_lanes_in_turns_are_read_as_each_alone(name: str, draw: st.DataObject) -> None:
    """The lines of two programs in a carrier's records give the events that each program's give alone."""
    write = WRITERS[name]
    programs = [draw.draw(st.sampled_from(traces())) for _ in range(2)]
    lanes = [[record for line in lines for record in write(n, line)] for n, lines in enumerate(programs)]
    order = draw.draw(st.permutations([n for n, lane in enumerate(lanes) for _ in lane]))
    waiting = [iter(lane) for lane in lanes]
    together = b"".join(next(waiting[n]) for n in order)
    assert texts(together) == sum((texts(b"".join(lane)) for lane in lanes), Counter())


STRAYS = st.sampled_from([b"stray ERROR\n", b"\n", b"  File \n", b"Exception", b"+ ./run\n", b"{}\n", b"Traceback\r\n"])
SAID = st.sampled_from(
    [
        *carried.PROGRAM,
        "ERROR",
        "  at f (a.js:1:1)",
        "MyException: x",
        "x" * 90 + " ERROR",
        "INFO a",
        '{"level": "error"}',
    ]
)


@pytest.mark.parametrize("name", carried.WRITERS)
@given(draw=st.data(), block=st.sampled_from([1, 64, 1 << 20]))
def test_carried_logs_lose_nothing(name: str, draw: st.DataObject, block: int) -> None:
    """Each line that grep prints of a carried log is in one event: whatever the turns, parts, strays and blocks."""
    _, write = carried.WRITERS[name]
    said = draw.draw(st.lists(st.tuples(st.integers(0, 1), SAID), max_size=25))
    records = [record for n, line in said for record in write(n % (1 if name in carried.ONE_LANE else 2), line)]
    for stray in draw.draw(st.lists(STRAYS, max_size=4)):
        records.insert(draw.draw(st.integers(0, len(records))), stray)
    text = b"".join(records)
    assert_none_lost(text, scan(text, STRICT, block))


def assert_none_lost(text: bytes, events: list[LogEvent]) -> None:
    """As of any log, but that an event that is found later may have begun before one of another lane."""
    assert_complete(text, sorted(events, key=lambda event: event.line))


# ---- cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [HEADS["logger"](0, "ERROR", "x"), *traceback(0)[:3], HEADS["logger"](1, "INFO", "y")],
        [HEADS["logger"](0, "ERROR", "x"), *traceback(0)[:3], *[HEADS["logger"](1, "INFO", "y")] * 30],
        [*traceback(0)[:3], HEADS["log4j"](1, "INFO", "Exception"), "\tat a.b(C.java:1)"],
        ["Traceback (most recent call last):"],
        ["web-1  | Traceback (most recent call last):", "web-2  |   File", "web-1  |   File"],
    ],
    ids=["cut", "cut and far", "frames below entries", "heads only", "lanes"],
)
def test_hostile_logs_take_linear_time(lines: list[str]) -> None:
    """Traces that are cut again and again cost no more, for each, than a few do."""

    def made(times: int) -> int:
        return cost.counted(lambda: spans(data(lines * times)))[1]

    made(10)
    assert made(8000 // len(lines)) < 12 * made(1000 // len(lines))


def test_ranks_in_turns_without_a_carrier() -> None:
    """Prefixes that differ in a number only are other writers', also where most of a log's lines have none."""
    trace = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "    f()", "ValueError: x"]
    lines = [f"step {number}" for number in range(300)] + [f"[rank{rank}]: {line}" for line in trace for rank in (0, 1)]
    first, second = scan("\n".join([*lines, "step 300", ""]).encode())
    assert [place.line for place in first.parts] == [301, 303, 305, 307]
    assert [place.line for place in second.parts] == [302, 304, 306, 308]


def test_what_the_rules_look_for_does_not_change_a_span() -> None:
    """A rule's candidate that is refused takes no line from the event below it."""
    trace = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n'
    log = b"2026-01-01 10:00:00 INFO 0 error so far\n" + trace
    for packs in (("strict", "crashes"), ("levels", "crashes"), ("strict", "levels", "crashes")):
        (event,) = scan(log, config.load_rules(packs))
        assert (event.line, event.end_line, event.level) == (2, 4, None)


def test_a_whole_trace_at_the_end_of_a_log() -> None:
    """Only a trace that surely has a further line says that the log ends in it."""
    frame = b"\n\tat a.B.c(B.java:1)\n"
    java = b"a.b.StateException: no" + frame + b"Caused by: a.b.OtherException: x\n\t... 1 more\n"
    (event,) = scan(java)
    assert event.note == ""
    (event,) = scan(b'Traceback (most recent call last):\n  File "a.py", line 1, in f\n')
    assert event.note == "the log ends within this stack trace"
