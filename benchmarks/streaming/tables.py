"""From what was measured to the tables of docs/design/streaming.md; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

MODES = {"stock": "stock", "fixlib": "fixlib", "job": "fixlib (job)"}
NOTHING_STORED = ("not-allowed", "no-receiver")
"""Cells in which no byte may, or can, be stored."""

BEGIN, END = "<!-- matrix: written by benchmarks/streaming/matrix.py -->", "<!-- /matrix -->"
_TITLE = 105
_VARYING = [
    (re.compile(r"(?<![\w.])/\S+"), "…"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}"), "ID"),
    (re.compile(r"\bsite-\d+"), "site-N"),
    (re.compile(r"\d{3,}|(?<=seq )\d+"), "N"),
]
_SITE_LOG = re.compile(r"/logs/[^/]+/(?P<site>[^/]+)/(?P<name>[^/]+?)(?:\.\d+)?$")


class Log(msgspec.Struct, frozen=True):
    """A streamed log, in bytes, as report.json has it."""

    site: str
    name: str
    written: int
    stored: int
    required: int | None
    problem: str = ""


class Cell(msgspec.Struct, frozen=True):
    """One testcase with one release and one mode; `clients`, `server`, `parent` count the ERRORs there."""

    release: str
    mode: str
    cell: str
    verdict: str
    reason: str
    status: str
    clients: int
    server: int
    parent: int
    logs: tuple[Log, ...]
    said: dict[str, int] = {}

    @property
    def key(self) -> tuple[str, ...]:
        return self.release, self.mode, self.cell

    @property
    def errors(self) -> int:
        return self.clients + self.server + self.parent


class Session(msgspec.Struct, frozen=True):
    """One POC; `said` are the ERRORs in the parents' logs and consoles that name no job."""

    release: str
    mode: str
    kind: str
    date: str
    machine: str
    fixlib: str
    seconds: int
    said: dict[str, int] = {}

    @property
    def key(self) -> tuple[str, ...]:
        return self.release, self.mode, self.kind


class Measured(msgspec.Struct, frozen=True):
    """What docs/design/streaming.json holds."""

    cells: tuple[Cell, ...] = ()
    sessions: tuple[Session, ...] = ()

    def merged(self, newer: Measured) -> Measured:
        """What is measured anew takes the place of its predecessor; all else stays."""
        return Measured(_merge(self.cells, newer.cells), _merge(self.sessions, newer.sessions))


def _merge(old: Iterable[Any], new: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({value.key: value for value in (*old, *new)}.values())


# ---- report.json → what was measured ---------------------------------------------------------------------------------


def cells_of(report: dict[str, Any], release: str, mode: str, files: Mapping[str, Sequence[str]]) -> tuple[Cell, ...]:
    """The cells of a report; `files` tells which logs each of them was to stream."""
    return tuple(
        _cell(testcase, _findings(report, testcase["name"]), release, mode, files[testcase["name"]])
        for testcase in report["testcases"]
        if testcase["name"] in files
    )


def unnamed(report: dict[str, Any]) -> dict[str, int]:
    """The ERRORs that belong to no testcase, each with where it stands."""
    counts: Counter[str] = Counter()
    for issue in report["issues"]:
        for finding in _new(issue):
            if finding["testcase"] == "_shared":
                counts[f"{_where(finding)}: {_title(issue)}"] += 1
    return dict(counts)


def _findings(report: dict[str, Any], testcase: str) -> list[tuple[str, str]]:
    """Where each new ERROR stands, and what it says; loggate's own words on streams are none."""
    return [
        (_where(finding), _title(issue))
        for issue in report["issues"]
        if not issue["rule"].startswith("stream-")
        for finding in _new(issue)
        if finding["testcase"] == testcase
    ]


def _new(issue: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in issue["findings"] if finding["disposition"] == "new"]


def _where(finding: dict[str, Any]) -> str:
    if finding["site"] != "server":
        return "clients"
    return "parent" if "/_shared/" in finding["path"] else "server"


def _title(issue: dict[str, Any]) -> str:
    """In one short line, without what differs from run to run and from machine to machine."""
    text = re.sub(r"\s+", " ", issue["title"]).replace("|", "/").replace("`", "'")
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text if len(text) <= _TITLE else f"{text[:_TITLE]} …"


def _cell(
    testcase: dict[str, Any], found: list[tuple[str, str]], release: str, mode: str, files: Sequence[str]
) -> Cell:
    where = Counter(place for place, _ in found)
    return Cell(
        release=release,
        mode=mode,
        cell=testcase["name"],
        verdict=testcase["verdict"],
        reason=testcase["reason"] if testcase["verdict"] == "error" else "",
        status=testcase["status"] or "",
        clients=where["clients"],
        server=where["server"],
        parent=where["parent"],
        logs=tuple(_log(site, name) for site in testcase["sites"] if site["name"] != "server" for name in files),
        said=dict(Counter(f"{place}: {title}" for place, title in found)),
    )


def _log(site: dict[str, Any], name: str) -> Log:
    """The stream's own report; where there is none nothing was stored, and the site's logs tell what was written."""
    for stream in site.get("streams", ()):
        if stream["name"] == name:
            known = {key: stream[key] for key in ("name", "written", "stored", "required", "problem")}
            return Log(site=site["name"], **known)
    parts = [(log, _SITE_LOG.search(log["path"])) for log in site["logs"]]
    written = sum(log["bytes"] for log, at in parts if at and (at["site"], at["name"]) == (site["name"], name))
    return Log(site["name"], name, written, 0, None, "nothing is stored")


# ---- what was measured → Markdown ------------------------------------------------------------------------------------


def as_wanted(cell: Cell) -> bool:
    """No ERROR and every byte that is owed; without a receiver: one ERROR on each site; not allowed: no byte."""
    if cell.verdict == "error":
        return False
    if cell.cell == "no-receiver":
        sites = {log.site for log in cell.logs}
        return (cell.clients, cell.server, cell.parent) == (len(sites), 0, 0)
    if cell.cell == "not-allowed":
        return not cell.errors and not any(log.stored for log in cell.logs)
    return not cell.errors and not any(log.problem for log in cell.logs)


def render(measured: Measured, order: Sequence[str]) -> str:
    """All tables; `order` is the suite's order of the cells, which is the one of the rows."""
    measured = Measured(tuple(cell for cell in measured.cells if cell.cell in order), measured.sessions)
    releases = sorted({cell.release for cell in measured.cells}, key=_version)
    parts = [_summary(measured, releases)]
    parts += [_release(measured, release, order) for release in releases]
    return "\n\n".join(parts)


def replace_tables(document: str, tables: str) -> str:
    """The document with the tables between its markers."""
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        raise ValueError(f"expected one '{BEGIN}' and one '{END}'")
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{rest.split(END)[1]}"


def _version(release: str) -> list[tuple[int, str]]:
    """2.8.0rc1 comes before 2.8.3, 2.9.0 before 2.9.1rc5."""
    return [(int(number or 0), rest) for number, rest in re.findall(r"(\d+)([a-z]*\d*)", release)]


def _summary(measured: Measured, releases: Sequence[str]) -> str:
    head = ["NVFlare", *(f"{title}: cells as wanted" for title in MODES.values())]
    return _table(head, [[release, *(_share(measured, release, mode) for mode in MODES)] for release in releases])


def _share(measured: Measured, release: str, mode: str) -> str:
    cells = [cell for cell in measured.cells if (cell.release, cell.mode) == (release, mode)]
    if not cells:
        return "not run"
    text = f"{sum(map(as_wanted, cells))} of {len(cells)}"
    more = sum(sum(s.said.values()) for s in measured.sessions if (s.release, s.mode) == (release, mode))
    return f"{text}; ERRORs naming no job: {more}" if more else text


def _release(measured: Measured, release: str, order: Sequence[str]) -> str:
    cells = {(cell.mode, cell.cell): cell for cell in measured.cells if cell.release == release}
    sessions = [session for session in measured.sessions if session.release == release]
    head = ["cell", *(f"{title}: {what}" for title in MODES.values() for what in ("ERRORs", "stored / written"))]
    rows = [[name, *_row(cells, name)] for name in order if any(key[1] == name for key in cells)]
    rows.append(["naming no job", *(text for mode in MODES for text in (_unnamed(sessions, mode), ""))])
    return "\n\n".join([f"### NVFlare {release}", _measured(sessions), _table(head, rows), _said(cells, sessions)])


def _measured(sessions: Sequence[Session]) -> str:
    dates = sorted({session.date for session in sessions})
    where = ", ".join(sorted({session.machine for session in sessions}))
    sources = sorted({session.fixlib for session in sessions if session.mode != "stock"})
    minutes = sum(session.seconds for session in sessions) / 60
    when = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    fixlib = f"; fixlib {', '.join(sources)}" if sources else ""
    return f"{when}, {where}{fixlib}; {len(sessions)} POCs in {minutes:.0f} minutes."


def _row(cells: dict[tuple[str, str], Cell], name: str) -> list[str]:
    texts: list[str] = []
    for mode in MODES:
        cell = cells.get((mode, name))
        texts += [_errors(cell), _stored(cell)] if cell else ["–", "–"]
    return texts


def _errors(cell: Cell) -> str:
    if cell.verdict == "error":
        return f"not judged: {cell.reason}"
    return f"{cell.clients} / {cell.server} / {cell.parent}" if cell.errors else "0"


def _stored(cell: Cell) -> str:
    stored, written = (sum(getattr(log, name) for log in cell.logs) for name in ("stored", "written"))
    text = f"{stored:,} / {written:,}"
    if cell.cell in NOTHING_STORED:
        return text
    problems = sum(bool(log.problem) for log in cell.logs)
    if problems:
        return f"**{text}**, {problems} of {len(cell.logs)} logs"
    return f"{text} ✓" if all(log.required is not None for log in cell.logs) else text


def _unnamed(sessions: Iterable[Session], mode: str) -> str:
    found = [session for session in sessions if session.mode == mode]
    return str(sum(sum(session.said.values()) for session in found)) if found else "–"


def _said(cells: dict[tuple[str, str], Cell], sessions: Sequence[Session]) -> str:
    """What the ERRORs were, by mode, the most frequent first."""
    lines: list[str] = []
    for mode, title in MODES.items():
        counts: Counter[str] = Counter()
        for cell in (cell for (of, _), cell in cells.items() if of == mode):
            counts.update(cell.said)
        for session in (session for session in sessions if session.mode == mode):
            counts.update({f"{text} (no job named)": count for text, count in session.said.items()})
        lines += [f"| {title} | {count} | {_split(text)} |" for text, count in counts.most_common()]
    if not lines:
        return "No ERROR at all."
    table = "\n".join(["| mode | times | where | what |", "|---|---:|---|---|", *lines])
    return f"<details><summary>What the ERRORs were</summary>\n\n{table}\n\n</details>"


def _split(said: str) -> str:
    where, _, text = said.partition(": ")
    return f"{where} | `{text}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    line: Callable[[Sequence[str]], str] = lambda texts: f"| {' | '.join(texts)} |"  # noqa: E731
    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])
