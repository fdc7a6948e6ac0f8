"""What is watched for on the way: phases, lines that must appear, lines before an event, whatever else is there."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from gate import config
from gate.match import Matcher
from gate.model import LogEvent, Seen
from gate.read import Reader
from gate.readlog import taken_events
from gate.watch import MARKERS, Watching
from gate.window import Window

RULES = config.load_rules(config.DEFAULT_PACKS)
RUN = "[identity=site-1, run=3ec6]"
START = f"2026-11-22 15:45:59,737 - ClientRunner - INFO - {RUN} - client runner started\n"
STOP = f"2026-11-22 15:46:09,737 - ClientRunner - INFO - {RUN} - ABOUT_TO_END_RUN fired\n"
END = f"2026-11-22 15:46:09,937 - ClientRunner - INFO - {RUN} - END_RUN fired\n"
ERROR = "2026-11-22 15:46:00,000 - R - ERROR - bad\n"
LINE = "2026-11-22 15:46:00,000 - R - INFO - good\n"


def watched(text: str, *patterns: str, block: int = 1 << 20) -> tuple[list[tuple[LogEvent, dict[str, int]]], Seen]:
    """The events with what was seen before each, and what was seen in all."""
    matcher, watching = Matcher(RULES, (*MARKERS, *patterns)), Watching(patterns)
    window = Window(io.BytesIO(text.encode()), block)
    found = [(taken.event, dict(taken.near)) for taken in taken_events(Reader(window), matcher, watching)]
    return found, watching.seen()


def test_phases() -> None:
    """An event is of the phase in which it stands; without the framework's markers nobody can tell."""
    found, seen = watched(ERROR + START + ERROR + STOP + ERROR + END + ERROR)
    assert [seen.phase(event.line) for event, _ in found] == ["startup", "run", "shutdown", "shutdown"]
    assert seen.ended
    found, seen = watched(ERROR + LINE + STOP)
    assert [seen.phase(event.line) for event, _ in found] == [""]
    assert not seen.ended


def test_a_second_run_in_the_same_log() -> None:
    """What fails in the run after a restart is not taken for the shutdown of the run before."""
    found, seen = watched(START + START + ERROR + STOP + ERROR + END + START + ERROR + STOP + ERROR)
    assert [seen.phase(event.line) for event, _ in found] == ["run", "shutdown", "run", "shutdown"]


def test_phases_in_json_and_on_the_server() -> None:
    """The markers are found in JSON logs and in the server's, too, and not in what a trainer prints."""
    entry = '{"asctime": "x", "name": "ServerRunner", "message": "Server runner starting ..."}\n'
    assert watched(entry)[1].begins == (("run", 1),)
    assert watched("ABOUT_TO_END_RUN fired\nclient runner started\n")[1] == Seen()


def test_lines_before_an_event() -> None:
    """The nearest line that matches is told with its distance; one behind the event is not."""
    (first, second), _ = watched(
        "retry 1\n" + LINE * 3 + "retry 2\n" + LINE + ERROR + LINE + ERROR + "give up\n", "retry", "give up"
    )
    assert first[1] == {"retry": 2}
    assert second[1] == {"retry": 4}


def test_lines_within_an_event() -> None:
    """A line that belongs to an event's text is seen as well."""
    _, seen = watched(ERROR + "  round 1\n  round 2\n" + LINE + "round 1\n", "round 1", "round 2")
    assert (seen.counts, seen.order) == ({"round 1": 2, "round 2": 1}, ("round 1", "round 2", "round 1"))


@given(
    st.lists(st.sampled_from(["round 1", "round 2 ERROR", "ERROR", "Traceback", "  round 1", "x round 2", "", "ok"])),
    st.integers(1, 64),
)
def test_against_a_model(lines: list[str], block: int) -> None:
    """Each line that matches is seen once, in order, however the log is read and whatever events it holds."""
    patterns = ("round 1", "round 2")
    _, seen = watched("".join(f"{line}\n" for line in lines), *patterns, block=block)
    matches = [pattern for line in lines for pattern in patterns if pattern in line]
    assert seen.counts == {pattern: matches.count(pattern) for pattern in patterns if pattern in matches}
    assert list(seen.order) == [m for n, m in enumerate(matches) if n == 0 or matches[n - 1] != m]
