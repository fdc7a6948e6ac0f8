"""Obvious secrets never reach a report; harmless text is left alone; control sequences are gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gate import clean
from gate.secrets import KINDS
from tests import cost
from tests.gate.scanning import scan

CORPUS = yaml.safe_load((Path(__file__).parent / "secrets.yaml").read_text(encoding="utf-8"))
ALPHABETS = {"": "a1B2c3D4e5", "x": "0a1b2c3d4e", "U": "A1B2C3D4E5"}


def filled(text: str) -> str:
    """A text of the corpus with what looks like tokens in it."""
    return re.sub(r"<(\d+)([xU]?)>", lambda found: (ALPHABETS[found[2]] * 30)[: int(found[1])], text)


SECRETS = [(filled(text), masked) for text, masked in CORPUS["masked"]]
HARMLESS = [filled(text) for text in CORPUS["harmless"]]


@pytest.mark.parametrize(("text", "masked"), SECRETS, ids=[masked for _, masked in SECRETS])
def test_secrets_are_masked(text: str, masked: str) -> None:
    """Of a secret nothing is left, who and where stay readable, and to mask it again changes nothing."""
    assert clean.mask(f"ERROR {text}") == f"ERROR {masked}"
    assert clean.mask(masked) == masked


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text: str) -> None:
    """What only resembles a secret is shown as it is."""
    assert clean.mask(text) == text


@pytest.mark.parametrize(("text", "masked"), [each for each in SECRETS if "\n" not in each[0]])
def test_no_part_of_an_event_shows_a_secret(text: str, masked: str) -> None:
    """A secret in an event, before it or after it, is masked in all that a report may show."""
    hidden = re.fullmatch(re.escape(masked).replace(re.escape(clean.MASK), "(.+?)"), text)
    (event,) = scan(f"{text}\nERROR {text}\n{text}\n".encode())
    assert (event.before, event.text, event.after) == (masked, f"ERROR {masked}", masked)
    assert hidden
    assert not any(secret in repr(event) for secret in hidden.groups())


@pytest.mark.parametrize(
    "unit",
    [
        *("password", "_pass=", "token:a", "a://b:", "BEGIN PRIVATE KEY", "sk-a", "glpat-a", "curl -u a", "<password>"),
        *(
            "Private-Lines: 1\nAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAA ",
            "eyJaaaaaaaaaaa.",
            "&key=",
            "a8Q~",
            "sessionid=",
            f"{'aB1+' * 16}\n",
            "a\"a'a\n",
            *(
                "docker login -",
                "mysql -p ",
                "login a password ",
                "machine a login ",
                "pass=",
                "otp=",
                "SKa",
                "EAA",
                "/bot1:",
            ),
            *("password=a,", "password='\\\\'", 'password="""', "name='password' ", "https://a:b/", '"auth":"aB1='),
        ),
    ],
)
def test_time_to_mask_is_linear(unit: str) -> None:
    """Text made to look like the beginnings of many secrets is masked in no time."""
    with cost.linear():
        for end in ("", "=x1234567", "\n-----END EC PRIVATE KEY-----", "@h"):
            clean.mask(unit * (100_000 // len(unit)) + end)


def test_secrets_can_be_shown() -> None:
    """LOGGATE_SHOW_SECRETS=1 leaves them as they are, for who looks at a log of their own."""
    code = "from gate import clean; print(clean.mask('password=hunter22'))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"LOGGATE_SHOW_SECRETS": "1"}, capture_output=True, check=True
    )
    assert done.stdout == b"password=hunter22\n"


def test_the_end_of_a_key_is_masked_too() -> None:
    """A private key whose beginning is out of view is masked up to its end."""
    key = "MIIEowIBAAKCAQEAabcdefghijklmnop\n" * 20 + "-----END RSA PRIVATE KEY-----\nERROR x\n"
    (event,) = scan(key.encode())
    assert "MIIEow" not in repr(event)


KEY = [*((f"{n}aB+cD/eF" * 9) for n in range(1, 9)), "Zz9aB+cD/eF1aB+cD/eA"]


def shown_of_key(carrier: str, head: str, key: list[str], at: int) -> str:
    """All that is known of an error that stands behind the first `at` of a key's lines, all in entries of their own."""
    lines = [head + line for line in ("begin", *key, "done", "done", "done")]
    lines.insert(at + 1, "2026-01-01 10:00:00,123 - a - ERROR - x")
    (event,) = scan("\n".join(carrier + line for line in lines).encode())
    return repr(event)


@pytest.mark.parametrize("head", ["2026-01-01 10:00:00,123 - a - INFO - ", ""])
@pytest.mark.parametrize("carrier", ["2026-01-01T10:00:00.123456789Z ", ""])
@pytest.mark.parametrize("width", [64, 70, 76])
def test_a_key_in_entries_shows_nowhere(carrier: str, head: str, width: int) -> None:
    """Wherever an error stands in a key each line of which is an entry, it shows none of them."""
    body = [line[:width] for line in KEY]
    key = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"]
    for at in range(len(key) + 1):
        shown = shown_of_key(carrier, head, key, at)
        assert not any(line in shown for line in body)
    for at in range(2, len(body) - 1):
        shown = shown_of_key(carrier, head, body, at)
        assert not any(line in shown for line in body)


def test_a_string_that_never_ends_hides_nothing() -> None:
    """The beginning of a terminal string without its end takes no text away."""
    assert clean.strip_control("before \x1bP after hidden") == "before  after hidden"


def test_control_sequences_are_gone() -> None:
    """Colours, cursor moves and titles leave no trace; text stays."""
    text = "\x1b[31mERROR\x1b[0m \x1b]0;title\x07x\x1b[2K\x1b[1Ay \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"
    assert clean.strip_control(text) == "ERROR xy link"


def test_bytes_that_are_no_text_are_shown() -> None:
    """A byte that is no UTF-8 is shown as its number, and none is dropped."""
    assert clean.decode(b"a \xfc\x81 \xff\xfe\xfd b") == r"a \xfc\x81 \xff\xfe\xfd b"
    assert clean.decode("größer ".encode() + b"gr\xf6\xdfer") == r"größer gr\xf6\xdfer"


def test_a_line_of_western_text_is_read() -> None:
    """A line in Windows-1252 is read as that, also where the log's beginning did not tell."""
    assert clean.decode("ERROR: Größe überschritten, é".encode("cp1252")) == "ERROR: Größe überschritten, é"


@pytest.mark.parametrize(
    ("unsafe", "secret"), [("PAſſWORD=hunter22", "hunter22"), ("authorızation: Basic abcd1234", "abcd1234")]
)
def test_letters_that_fold_hide_nothing(unsafe: str, secret: str) -> None:
    """What a search that ignores case takes for a letter is no way around the mask."""
    assert secret not in clean.mask(f"token {unsafe}")


@given(
    st.lists(
        st.sampled_from([*(text for text, _ in SECRETS), *HARMLESS, " ", "=", "\n", "'", "Token", "SECRET", "x" * 40]),
        max_size=6,
    )
)
def test_nothing_is_searched_in_vain(parts: list[str]) -> None:
    """The traces that spare searches change nothing: all searches together mask the same."""
    text = expected = " ".join(parts)
    for kind in KINDS:
        expected = re.sub(kind.pattern, lambda found: (found["keep"] or "") + clean.MASK, expected)
    assert clean.mask(text) == expected


def test_a_key_without_its_dashes_is_masked() -> None:
    """A message that a log format took from behind dashes shows no key either."""
    assert "MIIEow" not in clean.mask("BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----")


ENTRY = "2026-01-01 10:00:00 - a - ERROR - x"


@pytest.mark.parametrize(
    "line",
    [
        ENTRY,
        f"{ENTRY}\r\n",
        f"{ENTRY}\r\r\n",
        f"100%|██| 3/3 [00:00<00:00]\r{ENTRY}",
        f"\r  0%|  |\r 50%|█ |\r100%|██|\x1b[A{ENTRY}\n",
        f" 50%|█ |\x1b[A\x1b[A\r{ENTRY}\r\n",
        f"\x1b[2K\x1b[1G{ENTRY}\x1b[0K\n",
        "\x1b[31m2026-01-01\x1b[0m 10:00:00 - a - \x1b[1;31mERROR\x1b[0m - x\x1b[0m\r\n",
        f"\0\0\0\0{ENTRY}\n",
        f"\ufeff{ENTRY}\n",
        f"\x0c{ENTRY}\n",
        f"\a{ENTRY}\a\n",
        "2\b20\b026-01-01 10:00:00 - a - E\bER\bRR\bRO\bOR\bR - x\n",
        f"Building... \b|\b/\b-\b\\\b\b\b{ENTRY}",
        f"{ENTRY}\r   \r\x1b[K",
        f"\x1b]0;title\x07{ENTRY}",
        f"\x1b[?25l{ENTRY}\x1b[?25h",
    ],
)
def test_an_entry_is_seen(line: str) -> None:
    """An entry is read behind progress bars, colours, spinners, holes, marks and page feeds."""
    assert clean.visible(line) == ENTRY


def test_the_piece_that_holds_a_match_is_seen() -> None:
    """Among the pieces that a line showed one after the other, the one with the match counts."""
    line = f"  0%|  |\r\x1b[31m{ENTRY}\x1b[0m\r100%|██|\x1b[A done\r\n"
    assert clean.visible(line, line.index("ERROR")) == ENTRY
    assert clean.visible(line, 0) == "  0%|  |"
    assert clean.visible(line, line.index("██")) == "100%|██|"
    assert clean.visible(line) == " done"


def test_an_entry_that_moves_the_cursor_itself() -> None:
    """From the piece in which an entry begins all counts, up to the one that holds a match, or the last."""

    def begins(text: str) -> bool:
        return text.startswith("2026")

    line = "  0%\r2026 ERROR - 10%\r20%\f30% failed"
    assert clean.visible(line, begins=begins) == "2026 ERROR - 10% 20% 30% failed"
    assert clean.visible(line, line.index("20%"), begins) == "2026 ERROR - 10% 20%"
    assert clean.visible(line, 0, begins) == "  0%"
    assert clean.visible("2026 a" + "\r1%" * 99, begins=begins) == "2026 a" + " 1%" * 99


@pytest.mark.parametrize(
    "text", ["\tat f", "    ERROR: x", "a\x0bb", "a\x85b\u2028c", "ü → 中文", "", " ", "x\b", "100 %"]
)
def test_other_text_stays(text: str) -> None:
    """Tabs, indentation and signs that end no line are left; so is what a cursor only went back over."""
    assert clean.visible(text) == text.replace("\b", "")


@given(text=st.text(st.sampled_from("ab\r\n\x1b[2KA1;m\b\0\x0c]\x07\\ \ufeffü"), max_size=60), at=st.integers(0, 60))
def test_what_is_seen_was_there(text: str, at: int) -> None:
    """Nothing is made up, and text that a line holds is never wholly lost."""
    line = text.replace("\n", "")
    for seen in (clean.visible(line), clean.visible(line, min(at, max(0, len(line) - 1)))):
        rest = iter(line)
        assert all(char in rest for char in seen)
    plain = clean.plain(text.encode())
    assert clean.plain(plain).count(b"\n") >= text.count("\n")


@given(data=st.binary(max_size=80))
def test_any_bytes_are_made_plain(data: bytes) -> None:
    """No bytes break it, and bytes that are neither control characters nor marks stay where they are."""
    rest = iter(data.replace(b"\r", b"\n").replace(b"\x0c", b"\n"))
    assert all(byte == ord("\n") or byte in rest for byte in clean.plain(data).replace(b"\r", b"\n"))
    text = data.replace(b"\x1b", b"")
    if not re.search(rb"[\0-\x1f\x7f]|\xc2\x9b|\xef\xbb\xbf", text):
        assert clean.plain(text) is text


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        (b"\r\x1b[31mpanic: x\n", rb"^panic: "),
        (b"\x1b[1;31mFATAL\x1b[0m x\n", rb"\bFATAL\b"),
        (b"100%|##|\rpanic: x\r\n", rb"^panic: x\r?$"),
        (b"\0\0\0panic: x\n", rb"^panic: "),
        (b"\xef\xbb\xbfpanic: x\n", rb"^panic: "),
        (b" 50%|#|\x1b[Apanic: x\n", rb"^panic: "),
        (b"Killed\x1b[0m\r\n", rb"^Killed\r?$"),
        (b"Killed\r 50%|#|\n", rb"^Killed$"),
        (b"p\bpa\ban\bni\bic\bc: x\xff\n", rb"^panic: x\xff$"),
    ],
)
def test_patterns_match_what_is_seen(line: bytes, pattern: bytes) -> None:
    """A line's beginning, its end and its words are where a reader sees them."""
    assert re.search(pattern, clean.plain(b"before\n" + line + b"after\n"), re.MULTILINE)


@pytest.mark.parametrize("lines", [b"INFO a\r\n\r\nb\tc\r\n", "ü → x\r\r\n".encode(), b"a\xff\n", b"ends\r", b""])
def test_ordinary_lines_are_plain(lines: bytes) -> None:
    """Line ends of any kind are no moves: `^$` matches no line that is not empty."""
    assert clean.plain(lines) is lines


@pytest.mark.parametrize(
    "unit", ["\r", "\b", "\r\n", "x\b", "\x1b", "\x1b[", "\x1b]", "\x1b[1;", "\x1b]0;a", "\0", "\x1b[A", "a\r", "x\b\b"]
)
def test_time_is_linear(unit: str) -> None:
    """A line of control characters is read in no time."""
    text = unit * (200_000 // len(unit))
    with cost.linear():
        for line in (text, text + "x", text + "\n"):
            clean.visible(line)
            clean.visible(line, len(line) // 2)
            clean.plain(line.encode())
