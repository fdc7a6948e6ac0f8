"""Python's logging and its relatives, and NVIDIA FLARE's logs."""

from __future__ import annotations

import logging

import pytest

from tests.gate.logformats.rows import Row, by, knows, told

ROWS: list[Row] = [
    ("ERROR:root:lost it", None, "ERROR", "root", "lost it", ""),
    ("WARNING:py.warnings:old call", None, "WARNING", "py.warnings", "old call", ""),
    ("ERROR    shop.cart:test_cart.py:12 lost it", None, "ERROR", "shop.cart", "lost it", ""),
    (
        "2026-01-31 10:00:00,123 - shop.cart - ERROR - lost it",
        "2026-01-31T10:00:00.123",
        "ERROR",
        "shop.cart",
        "lost it",
        "",
    ),
    ("2026-01-31 10:00:00,123 | ERROR | shop | lost it", "2026-01-31T10:00:00.123", "ERROR", "shop", "lost it", ""),
    (
        "2026-01-31 10:00:00.123 | ERROR    | shop.cart:add:3 - lost it",
        "2026-01-31T10:00:00.123",
        "ERROR",
        "shop.cart",
        "lost it",
        "",
    ),
    (
        "2026-01-31 10:00:00.123 | SUCCESS  | __main__:<module>:3 - done",
        "2026-01-31T10:00:00.123",
        "SUCCESS",
        "__main__",
        "done",
        "",
    ),
    (
        "[2026-01-31 10:00:00 +0000] [12] [CRITICAL] worker gone",
        "2026-01-31T10:00:00+00:00",
        "CRITICAL",
        None,
        "worker gone",
        "12",
    ),
    (
        "[2026-01-31 10:00:00,000: ERROR/MainProcess] lost it",
        "2026-01-31T10:00:00.000",
        "ERROR",
        None,
        "lost it",
        "MainProcess",
    ),
    (
        "[2026-01-31 10:00:00,000: INFO/Worker-2] shop.add[1-a]: lost it",
        "2026-01-31T10:00:00.000",
        "INFO",
        "shop.add",
        "lost it",
        "Worker-2",
    ),
    (
        "Thread-12::ERROR::2026-01-31 10:00:00,123::task::850::Shop.Cart::(add) lost it",
        "2026-01-31T10:00:00.123",
        "ERROR",
        "Shop.Cart",
        "(add) lost it",
        "Thread-12",
    ),
    ("ERROR 01-31 10:00:00 [core.py:12] lost it", None, "ERROR", "core.py", "lost it", ""),
    (
        "ERROR flwr 2026-01-31 10:00:00,123 | server.py:12 | lost it",
        "2026-01-31T10:00:00.123",
        "ERROR",
        "flwr",
        "lost it",
        "",
    ),
    ("shop.cart - ERROR - lost it", None, "ERROR", "shop.cart", "lost it", ""),
    ("[2026-01-31 10:00:00,000] ERROR in app: lost it", "2026-01-31T10:00:00.000", "ERROR", "app", "lost it", ""),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_python_logging(row: Row) -> None:
    """Each usual form tells its time, level, logger, message and process."""
    assert told(by("python_logging", row[0])) == row[1:]


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: lost it",
        "ERROR lost it",
        "KeyError:root:x",
        "Error:root:x",
        "2026-01-31 10:00:00,123 lost it",
        "a:b:c",
        "",
    ],
)
def test_what_python_logging_does_not_write(line: str) -> None:
    """A line that only looks a little like it is left to others."""
    assert by("python_logging", line) is None


def test_the_default_form_is_that_of_this_python() -> None:
    """What logging.basicConfig's default formatter writes is read back."""
    record = logging.LogRecord("shop", logging.ERROR, "a.py", 1, "lost %s", ("it",), None)
    assert told(by("python_logging", logging.Formatter(logging.BASIC_FORMAT).format(record))) == (
        None,
        "ERROR",
        "shop",
        "lost it",
        "",
    )


def test_flare() -> None:
    """NVFlare's text and JSON logs are told from others, and without the context in their message."""
    line = "2026-01-31 10:00:00,123 - ServerRunner - ERROR - [identity=server, run=1] - lost it"
    assert told(by("flare", line)) == ("2026-01-31T10:00:00.123", "ERROR", "ServerRunner", "lost it", "")
    assert knows(line) == "flare"
    line = (
        '{"asctime": "2026-01-31 10:00:00,123", "name": "A", "levelname": "ERROR", "fl_ctx": "", "message": "lost it"}'
    )
    assert told(by("flare_json", line)) == ("2026-01-31T10:00:00.123", "ERROR", "A", "lost it", "")
    assert knows(line) == "flare_json"
    assert by("flare_json", '{"asctime": "2026') is None
    assert told(by("flare_json", '{"asctime": null}')) == (None, None, None, "", "")
