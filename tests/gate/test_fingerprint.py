"""One cause, one fingerprint: equal where only what varies differs, different where the cause does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import fingerprint
from gate.model import LogEvent, cut_mark
from tests.gate.scanning import DEFAULT_RULES, scan

SITES = {"server", "site-1", "site-2", "hospital-a"}
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n{}\n'


def fingerprints(text: str) -> list[str]:
    order = [rule.id for rule in DEFAULT_RULES]
    return [fingerprint.fingerprint(min(event.rules, key=order.index), event, SITES) for event in scan(text.encode())]


def prefixed(prefix: str, text: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


# ---- whole events ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix", ["", "web_1  | ", "2026-01-01T10:00:00.1234567Z ", "Jan  1 10:00:00 host app[12]: ", "    "]
)
def test_different_exceptions_are_different(prefix: str) -> None:
    """Two exceptions never share a fingerprint, whatever stands before each of their lines."""
    one, other = (prefixed(prefix, TRACEBACK.format(end)) for end in ("KeyError: 1", "MemoryError: out of it"))
    assert len(set(fingerprints(f"{one}end\n{other}end\n"))) == 2


def test_different_lines_of_one_entry_are_different() -> None:
    """What a rule matched in a later line of an entry names it, not the entry's harmless first line."""
    entry = "2026-01-01 10:00:00 INFO training started\n{}\n"
    assert len(set(fingerprints(entry.format("ERROR one") + entry.format("ERROR two")))) == 2


def test_what_stands_before_a_progress_bars_traceback() -> None:
    """A traceback behind a progress bar is named by its exception, not by how far the bar has come."""
    bars = [" 50%|#####     | 5/10 [00:05<00:05,  1.00it/s]", "  7%|7         | 7/99 [01:05<22:05,  0.31s/it]"]
    same = [bar + TRACEBACK.format("KeyError: 1") for bar in bars]
    other = bars[0] + TRACEBACK.format("ValueError: 1")
    one, two, three = fingerprints("end\n".join([*same, other]))
    assert one == two != three


# ---- what varies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "ERROR job 1f0e8032-a813-4313-9d01-c97f08a50c64 failed",
            "ERROR job 29a6ec29-bdad-4313-9086-a55c7e8da3b0 failed",
        ),
        (
            "ERROR tx_id='T3c8effcd-60b8-49dd-89a3-7feec44f25c8'",
            "ERROR tx_id='Ta3b0dddd-bdad-4313-aaaa-a55c7e8da3b0'",
        ),
        ("ERROR cannot send to server.:abcdefa", "ERROR cannot send to server.:8a50c64"),
        ("ERROR took 3.5 s", "ERROR took 14 minutes"),
        ("ERROR took 3.5s", "ERROR took 140ms"),
        ("ERROR Size: 1.3KB (1307 Bytes)", "ERROR Size: 1 MB (1048576 Bytes)"),
        ("ERROR seq 12", "ERROR seq 12345678"),
        ("ERROR on site-1", "ERROR on site-2"),
        ("ERROR on hospital-a", "ERROR on site-17"),
        ("ERROR in app_site-1", "ERROR in app_site-2"),
        ("ERROR only ['site-1', 'site-2'] answered", "ERROR only ['site-2'] answered"),
        ("ERROR at 0x7f3cad65ea00", "ERROR at 0x7f3cad65eb11"),
        ("ERROR connecting to 10.0.0.1:8002", "ERROR connecting to 10.0.0.2:9003"),
        ("ERROR connecting to [::1]:8002", "ERROR connecting to [fe80::3c8f:1%eth0]:9003"),
        ("ERROR connecting to 2001:db8:0:0:0:0:0:1", "ERROR connecting to ::ffff:10.0.0.1"),
        ("ERROR connecting to grpc://localhost:8002", "ERROR connecting to grpc://fl.example.com:443"),
        ("ERROR reading /tmp/a1b2/x.txt", "ERROR reading /var/tmp/c3d4/x.txt"),
        ("ERROR reading '/tmp/tmpab12cd_x/x.txt'", r"ERROR reading 'C:\Users\me\Local Settings\Temp\x.txt'"),
        ("ERROR no folder /tmp/loggate-abcdefgh", "ERROR no folder /home/me/work/other"),
        ("ERROR no tmpabcdefgh here", "ERROR no tmp1_x3zzzz here"),
        ("ERROR 50% done", "ERROR 7.5% done"),
        ("ERROR in Thread-3 (run), pid 77", "ERROR in Thread-12 (run), pid 12345"),
        ("ERROR nvflare 2.8.0rc1", "ERROR nvflare 2.9.1"),
        ("ERROR pod fl-server-7d9f8b6c5-x2x9z is gone", "ERROR pod fl-server-bbbbbbbbb-bcdfg is gone"),
        ("ERROR request fa39c1d2e7 x2x9z", "ERROR request 0bbb112233 7x2x9"),
        ("ERROR reason: train' is aborted", "ERROR reason: 'train' is aborted"),
        ("2026-01-01 10:00:00 ERROR x", "2026-02-02 11:11:11 ERROR x"),
        ("ERROR since Sun Nov 22 18:56:02 UTC 2026", "ERROR since Mon Jan  1 08:00:00 CEST 2029"),
        ("ERROR since 2026-01-01T10:00:00.123Z", "ERROR since 2026-07-31T23:59:59.5+02:00"),
        ("ERROR since 01/Jan/2026:10:00:00 +0000", "ERROR since 22/Nov/2026:11:00:00 -0500"),
        ("ERROR since 9:05 AM", "ERROR since 11:45 PM"),
    ],
)
def test_what_varies_makes_no_difference(one: str, other: str) -> None:
    """Ids, numbers, sites, addresses, hosts, paths and times of any form do not make another issue."""
    first, second = fingerprints(f"{one}\nend\n{other}\n")
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ERROR task 'train' failed", "ERROR task 'validate' failed"),
        ("ERROR exited with code 1", "ERROR exited with code 137"),
        ("ERROR return code -9", "ERROR return code -15"),
        ("ERROR at::native failed", "ERROR at::sparse failed"),
        ("ERROR add::beef", "ERROR add::dead"),
        ("ERROR HTTP/1.1 404", "ERROR HTTP/1.1 500"),
        ("ERROR [Errno 13] x", "ERROR [Errno 111] x"),
        ("ERROR cannot read /tmp/a/labels.csv", "ERROR cannot read /tmp/a/images.csv"),
        ("ERROR /tmp/a/x is gone", "ERROR /tmp/a/x is full"),
        (r"ERROR C:\a\x.txt is gone", r"ERROR C:\a\x.txt is full"),
        ("ERROR copy /tmp/a/x to home", "ERROR copy /tmp/a/x to disk"),
        ("ERROR grpc://a.example.com failed", "ERROR http://a.example.com failed"),
        ("ERROR loss is nan", "ERROR loss is 0.5"),
        ("ERROR from the server", "ERROR from site-1"),
        ("ERROR on-site work", "ERROR off-site work"),
        ("ERROR decade", "ERROR facade"),
        ("ERROR May it be", "ERROR Must it be"),
        ("ERROR sites-1", "ERROR tiles-1"),
        ("ERROR 3 steps", "ERROR 3 epochs"),
    ],
)
def test_what_tells_causes_apart_is_kept(one: str, other: str) -> None:
    """No mask reaches a word, a file's name or an error code: these are different causes."""
    first, second = fingerprints(f"{one}\nend\n{other}\n")
    assert first != second


def test_the_sites_that_took_part_make_no_difference() -> None:
    """A message that names no site, or a numbered one, is the same whoever took part, even a site called server."""
    for text in ("error from target server: TIMEOUT", "Result from site-3 is bad", "local variable x"):
        assert fingerprint.mask(text) == fingerprint.mask(text, frozenset({"server", "local", "client", "site-3", ""}))


@pytest.mark.parametrize("key", ["message", "exc_info", "exc_text", "stack_trace"])
@pytest.mark.parametrize("error", ["ValueError: bad shape", "KeyError: weights"])
def test_a_traceback_in_a_json_record_is_that_of_the_text_log(key: str, error: str) -> None:
    """Whichever file of a site is read, its exception has one fingerprint, and another exception has another."""
    trace = f'Traceback (most recent call last):\n  File "/job/train.py", line 3, in step\n    go()\n{error}'
    head = {"asctime": "2026-11-22 10:00:00,000", "name": "T", "levelname": "ERROR", "message": "step failed"}
    record = head | ({"message": f"step failed\n{trace}"} if key == "message" else {key: trace})
    (of_json,) = fingerprints(json.dumps(record) + "\n")
    (of_text,) = fingerprints(f"2026-11-22 10:00:00,000 - T - ERROR - step failed\n{trace}\n")
    (other,) = fingerprints(json.dumps(record).replace(error, "OSError: gone") + "\n")
    assert of_json == of_text != other


# ---- both ways, by property ------------------------------------------------------------------------------------------

HEX = "0123456789abcdef"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAME = st.text(LETTERS, min_size=1, max_size=8)
NUMBER = st.integers(0, 10**9)
FOLDERS = st.lists(NAME, min_size=1, max_size=4)

VARIABLE: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "uuid, quoted": st.uuids().map("'{}'".format),
    "end of a job's id": st.text(HEX, min_size=7, max_size=7),
    "address": NUMBER.map(hex),
    "number": NUMBER.map(str),
    "float": st.floats(0, 1e9, allow_subnormal=False).map("{:.4f}".format),
    "ip and port": st.builds("{}:{}".format, st.ip_addresses(v=4), st.integers(1, 65535)),
    "time": st.datetimes().map("{:%Y-%m-%d %H:%M:%S}".format),
    "iso time": st.datetimes().map("{:%Y-%m-%dT%H:%M:%S.%fZ}".format),
    "syslog time": st.datetimes().map("{:%b %d %H:%M:%S}".format),
    "duration": st.builds("{}{}".format, NUMBER, st.sampled_from(["s", " ms", " seconds", "h", " min"])),
    "size": st.builds("{}{}".format, NUMBER, st.sampled_from(["KB", " MiB", " bytes", "B"])),
    "percentage": st.integers(0, 100).map("{}%".format),
    "site": st.sampled_from(sorted(SITES - {"server"})),
    "numbered site": st.integers(1, 999).map("site-{}".format),
    "path": FOLDERS.map(lambda names: "/tmp/" + "/".join(names)),  # noqa: S108 - a text, no file
    "path of a file": FOLDERS.map(lambda names: "/".join(["", *names, "model.pt"])),
    "windows path": FOLDERS.map(lambda names: "\\".join(["C:", *names, "model.pt"])),
    "thread": NUMBER.map("Thread-{} (run)".format),
    "counter": NUMBER.map("CN{:05}".format),
}
WORDS = st.text("ghijklmnopqrtuvwxyz", min_size=4, max_size=9).filter(lambda word: word not in ("hour", "minutes"))
ITEMS = st.lists(WORDS.map(lambda word: ("", word)) | st.sampled_from([(kind, "") for kind in VARIABLE]), min_size=1)


@st.composite
def two_fillings(draw: st.DrawFn) -> tuple[str, str]:
    """One message, twice: its words are the same, what varies does not."""
    items = draw(ITEMS)
    one, other = (" ".join(word or draw(VARIABLE[kind]) for kind, word in items) for _ in range(2))
    return one, other


def event(message: str = "it failed", exception: str = "", text: str = "", logger: str = "Trainer") -> LogEvent:
    return LogEvent(1, 2, text, logger=logger, message=message, matched=message, exception=exception)


def traced(folder: str, line: int, file: str = "train.py", function: str = "step") -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "{folder}/lib/python3.{line % 9 + 8}/site-packages/nvflare/app/run.py", line {line}, in run\n'
        f'  File "{folder}/{file}", line {line}, in {function}\n    fail()\n'
        f'  File "{folder}/lib/python3.11/json/decoder.py", line {line}, in decode\nValueError: no\n'
    )


@given(two_fillings(), FOLDERS, FOLDERS, st.integers(1, 999), st.integers(1, 999))
def test_a_substitution_makes_no_difference(
    texts: tuple[str, str], here: list[str], there: list[str], line: int, other_line: int
) -> None:
    """Whatever varies may be anything: other values, another machine's folders, other line numbers."""
    folders = ["/" + "/".join(names) for names in (here, there)]
    one, other = (
        fingerprint.fingerprint("traceback", event(text, "ValueError", traced(folder, number)), SITES)
        for text, folder, number in zip(texts, folders, (line, other_line), strict=True)
    )
    assert one == other


@given(ITEMS, st.data())
def test_a_word_makes_a_difference(items: list[tuple[str, str]], data: st.DataObject) -> None:
    """Another word in a message is another cause, whatever varies around it."""
    word, another = data.draw(st.lists(WORDS, min_size=2, max_size=2, unique=True))
    values = [kept or data.draw(VARIABLE[kind]) for kind, kept in items]
    place = data.draw(st.integers(0, len(values)))
    one, other = (" ".join([*values[:place], each, *values[place:]]) for each in (word, another))
    if len(fingerprint.mask(one)) < fingerprint.MASKED and len(one) < fingerprint.TEXT:
        assert fingerprint.mask(one, frozenset(SITES)) != fingerprint.mask(other, frozenset(SITES))


@pytest.mark.parametrize(
    "changed",
    [
        fingerprint.fingerprint("exception", event("it failed", "ValueError", traced("/a", 1))),
        fingerprint.fingerprint("traceback", event("it failed", "KeyError", traced("/a", 1))),
        fingerprint.fingerprint("traceback", event("it stopped", "ValueError", traced("/a", 1))),
        fingerprint.fingerprint("traceback", event("it failed", "ValueError", traced("/a", 1), logger="Evaluator")),
        fingerprint.fingerprint("traceback", event("it failed", "ValueError", traced("/a", 1, file="model.py"))),
        fingerprint.fingerprint("traceback", event("it failed", "ValueError", traced("/a", 1, function="load"))),
        fingerprint.fingerprint("traceback", event("it failed", "ValueError")),
    ],
)
def test_each_part_makes_a_difference(changed: str) -> None:
    """Rule, exception, message, logger, and the file and function of the user's own frame tell causes apart."""
    assert changed != fingerprint.fingerprint("traceback", event("it failed", "ValueError", traced("/a", 1)))


@given(st.text(max_size=3_000), st.frozensets(st.text(max_size=5), max_size=3))
def test_any_text_can_be_masked(text: str, sites: frozenset[str]) -> None:
    """No text and no site's name is too strange, and what counts is bounded and of one line."""
    masked = fingerprint.mask(text, sites)
    assert len(masked) <= fingerprint.MASKED
    assert "\n" not in masked


# ---- frames ----------------------------------------------------------------------------------------------------------


def frames(*lines: tuple[str, str]) -> str:
    return "\n".join(f'  File "{path}", line {number}, in {name}' for number, (path, name) in enumerate(lines, 1))


def test_only_own_code_counts() -> None:
    """Neither packages nor the standard library nor frozen modules are the user's own code, on any system."""
    text = frames(
        ("/home/me/train.py", "<module>"),
        ("/venv/lib/python3.11/site-packages/nvflare/client/api.py", "is_running"),
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "load"),
        ("/usr/lib/python3.12/threading.py", "run"),
        ("/opt/pypy/lib/pypy3.10/json/decoder.py", "decode"),
        (r"C:\Python312\Lib\runpy.py", "run_path"),
        (r"C:\venv\Lib\site-packages\torch\nn.py", "forward"),
        ("<frozen importlib._bootstrap>", "_find_and_load"),
        ("<string>", "<module>"),
    )
    assert fingerprint.own_frames(text) == ("train.py:<module>",)


def test_own_code_is_not_hidden_by_its_folder() -> None:
    """A job's own code counts though it lies in NVFlare's workspace, in a folder `lib`, or in a JSON string."""
    text = frames(("/tmp/nvflare/poc/site-1/app/custom/train.py", "main"), ("/work/lib/net.py", "fit"))  # noqa: S108
    assert fingerprint.own_frames(text) == ("net.py:fit", "train.py:main")
    assert fingerprint.own_frames(text.replace('"', '\\"').replace("\n", "\\n")) == ("net.py:fit", "train.py:main")


def test_the_innermost_frames_count() -> None:
    """Of many own frames the last three count, each once, in whatever order a recursion ended."""
    outer, ping, pong = ("a.py", "outer"), ("a.py", "ping"), ("a.py", "pong")
    tail = [("a.py", "one"), ping, pong, ping, pong]
    assert fingerprint.own_frames(frames(outer, *tail)) == ("a.py:one", "a.py:ping", "a.py:pong")
    assert fingerprint.own_frames(frames(outer, *tail, ping)) == ("a.py:one", "a.py:ping", "a.py:pong")


def test_frames_of_a_text_that_was_cut() -> None:
    """How far the beginning of a long traceback is shown makes no difference: its end is behind the cut."""
    tail = frames(("a.py", "f"), ("b.py", "g"))
    for head in ("Traceback (most recent call last):", frames(("c.py", "other"))):
        assert fingerprint.own_frames(f"{head}\n{cut_mark(1_234)}\n{tail}") == ("a.py:f", "b.py:g")


def test_frames_of_chained_tracebacks() -> None:
    """A wrapper's traceback without own code does not hide where the user's code failed."""
    chain = "\nValueError: no\n\nDuring handling of the above exception, another exception occurred:\n\n"
    wrapper = frames(("/venv/lib/python3.11/site-packages/nvflare/run.py", "run")) + "\nRuntimeError: wrapped"
    assert fingerprint.own_frames(frames(("train.py", "step")) + chain + wrapper) == ("train.py:step",)


def test_a_syntax_error_is_in_its_file() -> None:
    """The frame that a SyntaxError names has no function."""
    assert fingerprint.own_frames('  File "/job/net.py", line 3\n    def f(:\n') == ("net.py:",)


# ---- versions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def version_2() -> Iterator[None]:
    """A pretended v2, which no longer tells loggers apart."""
    fingerprint.VERSIONS["v2"] = lambda rule, event, sites: (rule, fingerprint.mask(event.message, frozenset(sites)))
    yield
    del fingerprint.VERSIONS["v2"]


def test_the_current_version_is_said() -> None:
    """A fingerprint begins with its version, and a v1 that was once written stays what it is."""
    example = event("job 1f0e8032-a813-4313-9d01-c97f08a50c64 failed on site-1", "ValueError", traced("/a", 1))
    assert fingerprint.fingerprint("traceback", example, SITES) == "v1:d409ce42add69dd3"
    assert fingerprint.older("traceback", example, SITES) == ()


def test_old_files_are_upgraded(version_2: None) -> None:
    """A file with v1 fingerprints still knows each event, and its next edit replaces them by the current ones."""
    waived = {fingerprint.of("v1", "error", event("a failed")), fingerprint.of("v1", "error", event("b failed"))}
    for number, message in enumerate(("a failed", "b failed"), 1):
        current, older = fingerprint.fingerprint("error", event(message)), fingerprint.older("error", event(message))
        assert current.startswith("v2:")
        assert waived & {current, *older}
        waived = waived - set(older) | {current}
        assert sum(entry.startswith("v2:") for entry in waived) == number
    assert {entry[:3] for entry in waived} == {"v2:"}


def test_an_old_file_does_not_know_another_event(version_2: None) -> None:
    """The older fingerprint of another cause is another one."""
    known = fingerprint.of("v1", "error", event("a failed"))
    assert known not in fingerprint.older("error", event("c failed"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v1:0123456789abcdef", ""),
        ("v1:0123456789ABCDEF", "no fingerprint"),
        ("0123456789abcdef", "no fingerprint"),
        ("v9:0123456789abcdef", "of version v9; this loggate knows v1"),
    ],
)
def test_what_a_person_wrote(text: str, words: str) -> None:
    """A text that is no fingerprint, or one of a later loggate, is refused in words."""
    said = fingerprint.problem(text)
    assert words in said
    assert bool(said) == bool(words)


TOLD = (
    *("errno 13", "site-1", "site-12", "10.0.0.1", "/a/b/c.py", "x-7d9f4b6c8-x2z9k", "2026-01-31", "5 ms", "12%", "v2"),
    *(
        "tmpab12cd3_",
        "log4j",
        "sha256",
        "Jan 31",
        "0x1f",
        "fe80::1%eth0",
        "12,34",
        "HTTP 404",
        "b7f0a1c2",
        "python3.11",
    ),
)


@given(
    parts=st.lists(st.one_of(st.sampled_from(TOLD), st.text("0123456789abz-./: ", max_size=6)), max_size=6),
    sites=st.sampled_from([frozenset(), frozenset(["site-1", "server"]), frozenset(["site-12", "w4"])]),
)
def test_texts_of_one_shape_are_masked_alike(parts: list[str], sites: frozenset[str]) -> None:
    """That a text is known by its shape changes nothing about what it is masked to."""
    text = " ".join(parts)
    assert fingerprint.mask(text, sites) == fingerprint._mask.__wrapped__(text, sites)
