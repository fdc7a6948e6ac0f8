"""The project's own corpus through the real reader: each sample, bare and in what logs put around it, line by line.

What a variant must give is computed from the sample's golden spans, which are known from the making of it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import config
from tests.corpora import make
from tests.gate.scanning import spans

CORPORA = Path(__file__).parents[1] / "corpora"
BEFORE, AFTER = (b"epoch 1 of 3", b"loss 0.25"), (b"epoch 2 of 3",)
PARTIAL = 16 << 10
"""Bytes of a line that container runtimes write into one record; the rest goes into further ones."""


class Event(NamedTuple):
    """An event's lines, from 0: all of them, and the part that its own marks show where nothing is around it."""

    first: int
    last: int
    first_marked: int
    last_marked: int


class Text(NamedTuple):
    """Lines, and the spans of the events in them."""

    lines: list[bytes]
    spans: list[tuple[int, int]]

    def golden(self) -> list[tuple[int, int]]:
        return sorted((first + 1, last + 1) for first, last in self.spans)

    def bytes(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)


class Sample(NamedTuple):
    """A file of the corpus. `bare` says that it has no log's entries, prefixes or test runner's report in it."""

    name: str
    lines: list[bytes]
    events: list[Event]
    bare: bool


@cache
def samples() -> dict[str, Sample]:
    rows = [json.loads(line) for line in (CORPORA / "spans.jsonl").read_text(encoding="utf-8").splitlines()]
    return {sample.name: sample for sample in map(_sample, rows)}


def _sample(row: dict[str, Any]) -> Sample:
    lines = (CORPORA / row["file"]).read_bytes().removesuffix(b"\n").split(b"\n")
    events = [
        Event(each["line"] - 1, each["end_line"] - 1, each["marked_line"] - 1, each["marked_end_line"] - 1)
        for each in row["events"]
    ]
    kinds = {each["kind"] for each in row["events"]}
    name = row["file"].removeprefix("traces/").removesuffix(".txt")
    return Sample(name, lines, events, not kinds & {"logged", "every line behind a prefix", "test report"})


# ---- variants --------------------------------------------------------------------------------------------------------


def bare(sample: Sample) -> Text:
    """Between lines of output; a sample that has a log's entries in it stands as it is."""
    before, after = (BEFORE, AFTER) if sample.bare else ((), ())
    found = [(event.first_marked + len(before), event.last_marked + len(before)) for event in sample.events]
    return Text([*before, *sample.lines, *after], found)


HEADS: dict[str, Callable[[str], bytes]] = {
    "logging": lambda level: f"2030-01-01 12:00:00,250 - app.trainer - {level} - ".encode(),
    "brackets": lambda level: f"[2030-01-01 12:00:00.250] [{level}] [4242] ".encode(),
    "iso": lambda level: f"2030-01-01T12:00:00.250Z {level} app.trainer: ".encode(),
    "logback": lambda level: f"12:00:00.250 [main] {level:5} app.Trainer - ".encode(),
    "loguru": lambda level: f"2030-01-01 12:00:00.250 | {level:8} | app.trainer:step:14 - ".encode(),
    "glog": lambda level: f"{level[0]}0101 12:00:00.250000  4242 train.cc:14] ".encode(),
}
"""How entries begin in some log formats."""


def between(head: Callable[[str], bytes], sample: Sample) -> Text:
    """Each event bare between entries that did not log it."""
    text = Text([head("INFO") + b"epoch 1 of 3"], [])
    for event in sample.events:
        text.spans.append((len(text.lines), len(text.lines) + event.last - event.first))
        text.lines.extend([*sample.lines[event.first : event.last + 1], head("INFO") + b"epoch 2 of 3"])
    return text


def entry(head: Callable[[str], bytes], sample: Sample) -> Text:
    """Each event logged as an entry: its lines below the entry's first."""
    text = Text([head("INFO") + b"epoch 1 of 3"], [])
    for event in sample.events:
        text.spans.append((len(text.lines), len(text.lines) + 1 + event.last - event.first))
        text.lines.append(head("ERROR") + b"the epoch failed")
        text.lines.extend([*sample.lines[event.first : event.last + 1], head("INFO") + b"epoch 2 of 3"])
    return text


def headed(head: Callable[[str], bytes], sample: Sample) -> Text:
    """Every line of an event behind a head of its own."""
    text = Text([head("INFO") + b"epoch 1 of 3"], [])
    for event in sample.events:
        text.spans.append((len(text.lines), len(text.lines) + event.last - event.first))
        text.lines.extend(head("ERROR") + line for line in sample.lines[event.first : event.last + 1])
        text.lines.append(head("INFO") + b"epoch 2 of 3")
    return text


Wrap = Callable[[bytes], list[bytes]]
"""A line of a program → the lines that a carrier writes for it."""


def docker(stream: str) -> Wrap:
    def wrap(line: bytes) -> list[bytes]:
        parts = [line[at : at + PARTIAL] for at in range(0, len(line) + 1, PARTIAL)]
        texts = [part.decode() for part in parts[:-1]] + [parts[-1].decode() + "\n"]
        record = {"stream": stream, "time": "2030-01-01T12:00:00.250000000Z"}
        return [json.dumps({"log": text, **record}, ensure_ascii=False).encode() for text in texts]

    return wrap


def cri(stream: bytes) -> Wrap:
    def wrap(line: bytes) -> list[bytes]:
        parts = [line[at : at + PARTIAL] for at in range(0, len(line) + 1, PARTIAL)]
        tags = [b"P"] * (len(parts) - 1) + [b"F"]
        head = b"2030-01-01T12:00:00.250000000Z " + stream
        return [b"%s %s %s" % (head, tag, part) for tag, part in zip(tags, parts, strict=True)]

    return wrap


def prefix(text: bytes) -> Wrap:
    return lambda line: [text + line]


def carried(wrap: Wrap, inner: Text) -> Text:
    """Each line as a carrier writes it."""
    return woven([(wrap, inner)])


def woven(lanes: list[tuple[Wrap, Text]]) -> Text:
    """Several programs write in turns, a line each, each in a lane of its own."""
    text = Text([], [])
    places: list[list[tuple[int, int]]] = [[] for _ in lanes]
    for number in range(max(len(inner.lines) for _, inner in lanes)):
        for lane, (wrap, inner) in enumerate(lanes):
            if number < len(inner.lines):
                written = wrap(inner.lines[number])
                places[lane].append((len(text.lines), len(text.lines) + len(written) - 1))
                text.lines.extend(written)
    for lane, (_, inner) in enumerate(lanes):
        text.spans.extend((places[lane][first][0], places[lane][last][1]) for first, last in inner.spans)
    return text


CARRIERS: dict[str, tuple[Wrap, Wrap]] = {
    "docker": (docker("stdout"), docker("stderr")),
    "cri": (cri(b"stdout"), cri(b"stderr")),
    "compose": (prefix(b"trainer-1  | "), prefix(b"trainer-2  | ")),
    "ranks": (prefix(b"[rank0]: "), prefix(b"[rank1]: ")),
}
"""A carrier, and how it writes the lines of two writers."""

ACTIONS = prefix(b"2030-01-01T12:00:00.2500000Z ")


def in_actions(text: Text) -> Text:
    """As GitHub Actions writes it: a step begins with the group that tells what it runs."""
    step = [b"##[group]Run ./train", b"##[endgroup]"]
    return carried(ACTIONS, Text([*step, *text.lines], [(first + 2, last + 2) for first, last in text.spans]))


T = TypeVar("T")


def one_of(choices: dict[str, T], sample: Sample) -> T:
    """Always the same choice for a sample, another one for others: all are met without each having all."""
    return choices[sorted(choices)[zlib.crc32(sample.name.encode()) % len(choices)]]


VARIANTS: dict[str, Callable[[Sample], Text]] = {
    "bare": bare,
    "between entries": lambda sample: between(one_of(HEADS, sample), sample),
    "in an entry": lambda sample: entry(one_of(HEADS, sample), sample),
    "behind heads": lambda sample: headed(one_of(HEADS, sample), sample),
    **{name: lambda sample, wrap=wraps[0]: carried(wrap, bare(sample)) for name, wraps in CARRIERS.items()},
    "actions": lambda sample: in_actions(bare(sample)),
    "interleaved": lambda sample: woven([(wrap, bare(sample)) for wrap in one_of(CARRIERS, sample)]),
}


def fits(sample: Sample, variant: str) -> bool:
    """A sample with entries of its own is not put into entries, nor one with prefixes behind others.

    Where each line has a head of its own, lines that nothing marks as an event's are events of their own.
    """
    if variant in ("between entries", "in an entry"):
        return sample.bare and bool(sample.events)
    if variant == "behind heads":
        return sample.bare and all((event.first, event.last) == event[2:] for event in sample.events)
    return True


LIMITS = {
    r"between entries: .*/(segv_shell|abort_shell)": "a line below an entry may be the entry's own",
}
"""What the reader cannot tell, and why: a pattern for the names of cases."""


def case(variant: str, name: str) -> Any:
    reason = next((reason for pattern, reason in LIMITS.items() if re.fullmatch(pattern, f"{variant}: {name}")), None)
    marks = [pytest.mark.xfail(reason=reason)] if reason else []
    return pytest.param(variant, name, id=f"{variant}: {name}", marks=marks)


CASES = [(variant, name) for variant in VARIANTS for name, sample in samples().items() if fits(sample, variant)]


@pytest.mark.parametrize(("variant", "name"), [case(*each) for each in CASES])
def test_samples(variant: str, name: str) -> None:
    """Each event of a sample is found with exactly its lines, and nothing else is."""
    text = VARIANTS[variant](samples()[name])
    assert spans(text.bytes()) == text.golden()


# ---- what is no event ------------------------------------------------------------------------------------------------

HARMLESS = sorted((CORPORA / "harmless").glob("*.txt"))


@pytest.mark.parametrize("file", HARMLESS, ids=[file.stem for file in HARMLESS])
def test_harmless(file: Path) -> None:
    """What only looks dangerous is no event by the packs that read levels and crashes, carried or not."""
    lines = file.read_bytes().removesuffix(b"\n").split(b"\n")
    rules = config.load_rules(("levels", "crashes"))
    assert spans(file.read_bytes(), rules) == []
    assert spans(in_actions(Text(lines, [])).bytes(), rules) == []
    for wrap, _ in CARRIERS.values():
        assert spans(carried(wrap, Text(lines, [])).bytes(), rules) == []


@pytest.mark.parametrize("file", HARMLESS, ids=[file.stem for file in HARMLESS])
def test_harmless_by_default(file: Path) -> None:
    """By default such output is an event only where a strict word stands in it."""
    lines = file.read_bytes().split(b"\n")
    for first, last in spans(file.read_bytes()):
        assert re.search(rb"ERROR|Traceback|Exception", b"\n".join(lines[first - 1 : last]))


# ---- the corpus itself -----------------------------------------------------------------------------------------------


def test_the_corpus_is_whole() -> None:
    """Each trace has its row and each row its trace; events are in order and end on lines with text."""
    files = {
        path.relative_to(CORPORA / "traces").with_suffix("").as_posix() for path in CORPORA.glob("traces/*/*/*.txt")
    }
    assert set(samples()) == files
    for sample in samples().values():
        end = -1
        for event in sample.events:
            assert end < event.first <= event.first_marked <= event.last_marked <= event.last < len(sample.lines)
            assert sample.lines[event.first].strip()
            assert sample.lines[event.last].strip()
            end = event.last


PROGRAM = make.Program(Path("a.py"), {"corpus": ["plain"], "event": ["KeyError: 'a'"]})
TRACE = b"Traceback (most recent call last):\nKeyError: 'a'\n"


@given(
    before=st.lists(st.sampled_from([b"", b"output", b"-- beginning"])),
    after=st.lists(st.sampled_from([b"", b"output", b"--end"])),
    blank=st.integers(0, 3),
)
def test_the_marks_tell_the_event(before: list[bytes], after: list[bytes], blank: int) -> None:
    """The event is what was printed between the marks, without blank lines at its ends; every other line stays."""
    event = b"\n" * blank + TRACE + b"\n" * blank
    printed = b"".join(line + b"\n" for line in before) + b"-- begin\n" + event + b"-- end\n" + b"\n".join(after)
    text, (row,) = make.cut(printed, PROGRAM)
    assert text == printed.replace(b"-- begin\n", b"").replace(b"-- end\n", b"")
    assert (row["line"], row["end_line"]) == (len(before) + blank + 1, len(before) + blank + 2)
    assert (row["exception"], row["exception_line"]) == ("KeyError", row["end_line"])


def test_a_program_must_print_what_it_says() -> None:
    """A run without the events that the program's header tells of makes no sample."""
    for printed in (b"output\n", b"-- begin\nValueError: b\n-- end\n", b"-- begin\nKeyError: 'a'\n-- end\n" * 2):
        with pytest.raises(make.CannotMake):
            make.cut(printed, PROGRAM)


def test_what_varies_is_made_alike() -> None:
    """Equal addresses stay equal, other ones other, and all keep their length."""
    printed = b"==77==ERROR at 0x7ffc01020304 and 0x7ffc01020304, 0x5501020304 (pid 912)"
    assert (
        make.neutral(printed, PROGRAM) == b"==4242==ERROR at 0x7f0000001000 and 0x7f0000001000, 0x7f00001010 (pid 4242)"
    )


def test_the_corpus_tells_nothing_of_a_machine() -> None:
    """No path of the machine on which it was made stands in it."""
    for sample in samples().values():
        assert not re.search(rb"/root/|/tmp/|/work/", b"\n".join(sample.lines)), sample.name
