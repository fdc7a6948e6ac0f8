"""All carriers alike: what was written is read again, nothing raises or takes long, no ordinary log is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import carriers
from tests import cost
from tests.gate.carriers import carrier_samples as samples

LINES = st.one_of(
    st.sampled_from([*samples.PROGRAM, "  indented", "\ttab", "[main] a", "a | b", '{"a": "<&>"}', "=", "KEY=1"]),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=3 * samples.PIECE),
)
BYTES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda name, line, at, junk: (record := samples.written(name, [line]))[: at % len(record)] + junk,
        st.sampled_from(list(samples.WRITERS)),
        LINES,
        st.integers(0, 1000),
        st.binary(max_size=20),
    ),
)


@st.composite
def interleaved(draw: st.DrawFn, name: str) -> tuple[dict[int, list[str]], bytes]:
    """The lines of two lanes, and their records in any order that keeps each lane's own."""
    _, write = samples.WRITERS[name]
    lanes = {lane: draw(st.lists(LINES, max_size=6)) for lane in range(1 if name in samples.ONE_LANE else 2)}
    waiting = {lane: [record for line in lines for record in write(lane, line)] for lane, lines in lanes.items()}
    data = b""
    while left := [lane for lane, records in waiting.items() if records]:
        data += waiting[draw(st.sampled_from(left))].pop(0)
    return {lane: lines for lane, lines in lanes.items() if lines}, data


@pytest.mark.parametrize("name", samples.WRITERS)
@given(draw=st.data())
def test_what_was_written_is_read_again(name: str, draw: st.DataObject) -> None:
    """Each lane gives its lines as the program printed them, whatever the turns of the writers and the parts."""
    lanes, data = draw.draw(interleaved(name))
    found = samples.read(samples.single(samples.WRITERS[name][0]), data)
    assert sorted(found.values()) == sorted(lanes.values())


@given(data=BYTES)
def test_any_bytes_are_taken(data: bytes) -> None:
    """No bytes make a carrier, or the finding of one, raise; what opens is a record that begins."""
    assert not (found := carriers.sniffed(data)) or found.split("/")[0] in carriers.NAMES
    for name in carriers.NAMES:
        carrier = carriers.carrier(name)
        assert carrier.open(data) is None or carrier.begins(data)


@pytest.mark.parametrize(
    "piece",
    [b"a-1", b"a.", b" ", b"1", b"\t", b"a\t", b"[", b"(pid=", b"(a ", b"2026-01-01T10:00:00.", b"\x1b[0m", b"K=V\n",
     b"K\n", b'{"log":"', b"\\u0000", b"[[", b"__CURSOR=", b"::error a=", b"\0", b"web  ", b"INFO "],
)  # fmt: skip
@pytest.mark.parametrize("name", carriers.NAMES)
def test_long_lines_take_linear_time(name: str, piece: bytes) -> None:
    """A line of 400,000 bytes is opened at once, whatever it repeats, alone or behind a record's beginning."""
    begun = [f"{samples.TIME}.1234567Z ", "__CURSOR=", "web-1  | ", "[web] ", '{"log":"']
    with cost.linear():
        for start in (b"", *map(str.encode, begun)):
            samples.single(name).open(start + piece * (400_000 // len(piece)))
            carriers.sniffed(start + piece * (400_000 // len(piece)))


# ---- finding out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples.WRITERS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_carried_log_is_known(name: str, end: bytes) -> None:
    """The carrier shows in what a program with a traceback prints."""
    data = samples.written(name, samples.PROGRAM)
    data = data if name == "journal export" else data.replace(b"\n", end)
    assert carriers.sniffed(data) == samples.WRITERS[name][0]


@pytest.mark.parametrize("name", samples.WRITERS)
def test_strays_do_not_hide_a_carrier(name: str) -> None:
    """A shell's echo, a first record that is cut, and a line between are borne."""
    data = samples.written(name, samples.PROGRAM * 3)
    cut = b"_PID=1\n\n" if name == "journal export" else data[9 : data.find(b"\n") + 1]
    assert carriers.sniffed(b"+ run the tests\n" + cut + data) == samples.WRITERS[name][0]


SURE = [name for name, (carrier, _) in samples.WRITERS.items() if carrier not in ("named", "stamped")]


@pytest.mark.parametrize("name", SURE)
def test_two_lines_are_enough(name: str) -> None:
    """What nobody else writes is known by two lines, and by any longer beginning of the log."""
    data = samples.written(name, ["a line", "another", *samples.PROGRAM])
    two = len(b"".join(samples.records(samples.single(samples.WRITERS[name][0]), data)[:2]))
    assert {carriers.sniffed(data[:cut]) for cut in range(two, len(data))} == {samples.WRITERS[name][0]}


@pytest.mark.parametrize("name", ["docker", "cri", "journal export", "journal json", "gitlab"])
def test_one_record_is_enough(name: str) -> None:
    """What is unmistakable is known by a single record, with or without its line end."""
    record = samples.written(name, ["a line"], lanes=1)
    assert carriers.sniffed(record) == carriers.sniffed(record.rstrip(b"\n")) == samples.WRITERS[name][0]


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("name", samples.ORDINARY)
def test_ordinary_logs_are_not_carried(name: str, times: int) -> None:
    """No carrier takes a log, a table or a text that nothing was wrapped around."""
    assert carriers.sniffed(samples.ORDINARY[name].encode() * times) == ""


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_a_few_records_do_not_make_a_log_carried(name: str) -> None:
    """One record in a log of something else is no carrier, where it is not half of it."""
    record = samples.written("docker compose", ["a line"], lanes=1)
    assert carriers.sniffed(samples.ORDINARY[name].encode() * 30 + record) == ""


# ---- carriers in carriers --------------------------------------------------------------------------------------------

LAYERS = {
    "compose logs -t": ("prefixed/stamped", "web-{n}  | " + samples.STAMPED["docker logs -t"]),
    "compose in GitHub Actions": ("github_actions/prefixed", samples.GITHUB["a job"] + "web-{n}  | "),
    "compose -t in GitHub Actions": (
        "github_actions/prefixed/stamped",
        samples.GITHUB["a job"] + "web-{n}  | " + samples.STAMPED["docker logs -t"],
    ),
    "kubectl --prefix --timestamps": ("prefixed/stamped", "[pod/web/c{n}] " + samples.STAMPED["docker logs -t"]),
    "torchrun in a pod": ("cri/prefixed", f"{samples.TIME}.123456789Z stderr F [default{{n}}]:"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_carrier_in_a_carrier_is_opened(name: str) -> None:
    """Carriers around each other are named from outside in, and opened down to what the program printed."""
    expected, form = LAYERS[name]
    head = f"{samples.TIME}.1234567Z ##[group]Run tests\n".encode() if "GitHub" in name else b""
    write = samples.before_each(form)
    data = b"".join(record for line in samples.PROGRAM for lane in (1, 2) for record in write(lane, line))
    assert carriers.sniffed(head + data) == expected
    assert list(samples.read(carriers.carrier(expected), data).values()) == [samples.PROGRAM, samples.PROGRAM]


def test_a_prefix_is_opened_in_any_carrier() -> None:
    """A launcher's prefix before some lines only, as torch prints tracebacks, is opened though it shows late."""
    opened = carriers.carrier("cri").open(f"{samples.TIME}Z stderr F [rank3]: ValueError: x\n".encode())
    assert opened == carriers.Carried("ValueError: x", "stderr/[rank3]", f"{samples.TIME}+00:00")
