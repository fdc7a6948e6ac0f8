"""Obvious secrets never reach a report; harmless text is left alone; control sequences are gone."""

from __future__ import annotations

import pytest

from gate import clean
from tests.gate.scanning import scan

SECRETS = [
    ("postgres://admin:s3cr3t!@db:5432/x", "s3cr3t!"),
    ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
    ('{"Authorization": "Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"),
    ("using bearer abcdefghij0123456789", "abcdefghij0123456789"),
    ("password=hunter22", "hunter22"),
    ("PASSWORD: hunter22", "hunter22"),
    ("{'db_password': 'hunter22'}", "hunter22"),
    ("api_key=abcd1234efgh", "abcd1234efgh"),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI/K7MDENG"),
    ("token=0123456789abcdef0123", "0123456789abcdef0123"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("ghp_" + "a1B2" * 9, "a1B2a1B2"),
    ("glpat-abcdefghij0123456789", "abcdefghij0123456789"),
    ("xoxb-123456789012-abcdef", "123456789012-abcdef"),
    ("nvapi-abcdefghij0123456789_x", "abcdefghij0123456789"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_123", "eyJzdWIiOiIxMjM0In0"),
    ('{\\"password\\": \\"hunter22\\"}', "hunter22"),
    ("{b'password': b'hunter22'}", "hunter22"),
    ('password="hunter 22 x"', "hunter 22"),
    ("SECRET_KEY=abcd1234efgh", "abcd1234efgh"),
    ("aws_session_token = FwoGZXIvYXdz", "FwoGZXIvYXdz"),
    ("GITHUB_TOKEN=abc123def456", "abc123def456"),
    ("GET /x?token=ab12cd&y=1", "ab12cd"),
    ("https://x.blob.core/c?sv=1&sig=Abc%2Fdef", "Abc%2Fdef"),
    ("Authorization: Digest username=abc, response=123456", "123456"),
    ("Cookie: session=abcdef123456; other=1", "abcdef123456"),
    ("mysql --password hunter22 -h x", "hunter22"),
    ("DB_PASS=hunter22", "hunter22"),
    ("AccountKey=abcd1234efgh==", "abcd1234efgh"),
    ("<password>hunter22</password>", "hunter22"),
    ("https://0123456789abcdef0123@host/x", "0123456789abcdef0123"),
    ("redis://u:p@ss@host/0", "p@ss"),
    ("https://hooks.slack.com/services/T00/B00/xyz", "T00/B00/xyz"),
    ('{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIB\\n-----END PRIVATE KEY-----"}', "MIIEvQIB"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
]

HARMLESS = [
    "password: None",
    "the token expired",
    "token=train",
    "keyboard interrupt; key error: 'x'",
    "KeyError: 'weights'",
    "GET https://example.org:443/a@b",
    "task-based runner, disk-full",
    "ERROR - passed 3 of 4 tests",
    "max_tokens=512, passes: 3, compass: north",
    "the bypass = open; tokens: [1, 2]",
    "asia-east1 region; bearer of news",
    "fingerprint v1:0123456789abcdef",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_masked(text: str, secret: str) -> None:
    """What looks like a secret is replaced, and something is left to see that it was."""
    masked = clean.mask(f"ERROR {text} end")
    assert secret not in masked
    assert clean.MASK in masked
    assert masked.startswith("ERROR ")


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text: str) -> None:
    """What only resembles a secret is shown as it is."""
    assert clean.mask(text) == text


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_no_part_of_an_event_shows_a_secret(text: str, secret: str) -> None:
    """A secret in an event, before it or after it, is masked in all that a report may show."""
    line = text.replace("\n", " ")
    (event,) = scan(f"{line}\nERROR {line}\n{line}\n".encode())
    assert secret not in repr(event)


def test_the_end_of_a_key_is_masked_too() -> None:
    """A private key whose beginning is out of view is masked up to its end."""
    key = "MIIEowIBAAKCAQEAabcdefghijklmnop\n" * 20 + "-----END RSA PRIVATE KEY-----\nERROR x\n"
    (event,) = scan(key.encode())
    assert "MIIEow" not in repr(event)


def test_a_string_that_never_ends_hides_nothing() -> None:
    """The beginning of a terminal string without its end takes no text away."""
    assert clean.strip_control("before \x1bP after hidden") == "before  after hidden"


def test_control_sequences_are_gone() -> None:
    """Colours, cursor moves and titles leave no trace; text stays."""
    text = "\x1b[31mERROR\x1b[0m \x1b]0;title\x07x\x1b[2K\x1b[1Ay \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"
    assert clean.strip_control(text) == "ERROR xy link"


def test_bytes_that_are_no_text_are_shown() -> None:
    """A byte that is no UTF-8 is shown as its number, and none is dropped."""
    assert clean.decode(b"gr\xfc\xdf") == "gr\\xfc\\xdf"
