"""Up to which byte a site's log must have arrived: the client runner's last line, and nothing that came later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.model import SiteLog, Stream
from gate.runners.flare.streams import ABORTED, COMPLETED, Sites

ABOUT = "2026-11-22 17:40:50,519 - ClientRunner - INFO - [identity=site-1, run=85b3] - ABOUT_TO_END_RUN fired\n"
END = "2026-11-22 17:40:50,608 - ClientRunner - INFO - [identity=site-1, run=85b3] - END_RUN fired\n"
BEFORE = f"2026-11-22 17:40:40,001 - Trainer - INFO - trained\n{ABOUT}"
AFTER = "2026-11-22 17:40:50,609 - MPM - INFO - MPM: Good Bye!\n"
FAILED = "EXECUTION_EXCEPTION"


def json_line(text: str) -> str:
    time, name, level, *_, message = text.rstrip("\n").split(" - ")
    return json.dumps({"asctime": time, "name": name, "levelname": level, "message": message}) + "\n"


class Place:
    """Logs in a folder, and what must have been streamed of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logs = folder, list[SiteLog]()

    def log(self, name: str, *texts: str, site: str = "site-1", streamed: bool = False) -> SiteLog:
        path = self.folder / f"{'copy' if streamed else 'site'}_{site}_{name}"
        path.write_text("".join(texts), encoding="utf-8")
        self.logs.append(SiteLog("t", site, str(path), name, str(path), streamed=streamed))
        return self.logs[-1]

    def streams(self, *names: str, status: str = COMPLETED, stored: tuple[SiteLog, ...] = ()) -> list[Stream]:
        copies = {(log.site, log.name): log for log in stored}
        return list(Sites("t", self.logs, status).streams([("site-1", name) for name in names], copies))

    def required(self, *names: str, status: str = COMPLETED) -> list[int | None]:
        return [stream.required for stream in self.streams(*names, status=status)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_up_to_the_last_line(place: Place) -> None:
    """Text and JSON alike: up to "END_RUN fired" with its line end; "ABOUT_TO_END_RUN fired" is not it."""
    place.log("log.txt", BEFORE, END, AFTER)
    place.log("log.json", *map(json_line, [ABOUT, END, AFTER]))
    assert place.required("log.txt", "log.json") == [
        len(BEFORE + END),
        len(json_line(ABOUT) + json_line(END)),
    ]
    assert place.required("log.txt", status=FAILED) == [len(BEFORE + END)]


def test_a_trainer_that_prints_the_words(place: Place) -> None:
    """Only the client runner's own line counts, and the last one of them."""
    said = "2026-11-22 17:40:51,000 - Trainer - INFO - END_RUN fired\n"
    place.log("log.txt", said, BEFORE, END, said, "END_RUN fired\n")
    assert place.required("log.txt") == [len(said + BEFORE + END)]


def test_the_last_line_in_a_rotated_file(place: Place) -> None:
    """The line may stand in an older file: what is required is counted from the oldest one's first byte."""
    place.log("log.txt", AFTER)
    place.log("log.txt.2", BEFORE)
    place.log("log.txt.1", END, AFTER)
    (stream,) = place.streams("log.txt")
    assert [part.name for part in stream.written] == ["log.txt.2", "log.txt.1", "log.txt"]
    assert (stream.required, stream.cut) == (len(BEFORE + END), False)


def test_as_many_rotations_as_are_kept(place: Place) -> None:
    """With NVFlare's ten rotations the oldest bytes may be gone."""
    for number in range(1, 11):
        place.log(f"log.txt.{number}", BEFORE)
    place.log("log.txt", END)
    assert place.streams("log.txt")[0].cut


def test_a_file_without_the_line(place: Place) -> None:
    """Of an error log, all entries up to the time of the last line are required; those after it are not."""
    early = "2026-11-22 17:40:45,000 - Trainer - ERROR - no disk\nTraceback ...\n"
    late = "2026-11-22 17:40:50,700 - Late - ERROR - after the end\n"
    place.log("log.txt", BEFORE, END, AFTER)
    place.log("error_log.txt", early, late, early)
    place.log("metrics.csv", "1,2\n")
    assert place.required("error_log.txt", "metrics.csv") == [len(early), 4]


def test_an_aborted_job_owes_nothing_more(place: Place) -> None:
    """What an aborted job's site wrote need not arrive, whatever it wrote; nor what a killed process wrote."""
    place.log("log.txt", BEFORE, END)
    assert place.required("log.txt", status=ABORTED) == [None]
    killed = Place(place.folder)
    killed.log("log.txt", BEFORE)
    assert killed.required("log.txt", status=FAILED) == [None]


def test_a_completed_job_without_the_line_owes_all(place: Place) -> None:
    """A log level that hides the line is no way to lose a log unseen."""
    place.log("log.txt", BEFORE)
    assert place.required("log.txt") == [len(BEFORE)]


def test_which_logs_are_streams(place: Place) -> None:
    """What the suite expects, and whatever else the server has a copy of; not what the site never wrote."""
    place.log("log.txt", END)
    place.log("error_log.txt", "")
    place.log("error_log.txt", "", site="site-2")
    copies = tuple(place.log("error_log.txt", "", site=site, streamed=True) for site in ("site-1", "site-2", "site-3"))
    found = [(s.site, s.name, s.stored is not None) for s in place.streams("log.txt", "missing.txt", stored=copies)]
    assert found == [
        ("site-1", "log.txt", False),
        ("site-1", "error_log.txt", True),
        ("site-2", "error_log.txt", True),
    ]
