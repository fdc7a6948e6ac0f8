"""Shared by the tests: scan bytes as the command does."""

from __future__ import annotations

import io

from gate import config
from gate.match import Matcher
from gate.model import LogEvent, Rule
from gate.read import Reader
from gate.readlog import events
from gate.window import BLOCK, Window

DEFAULT_RULES = config.load_rules(config.DEFAULT_PACKS)


def scan(data: bytes, rules: tuple[Rule, ...] = DEFAULT_RULES, block: int = BLOCK) -> list[LogEvent]:
    """The events of a log, read in blocks of `block` bytes."""
    return list(events(Reader(Window(io.BytesIO(data), block)), Matcher(rules, signs=config.trace_signs())))


def spans(data: bytes, rules: tuple[Rule, ...] = DEFAULT_RULES, block: int = BLOCK) -> list[tuple[int, int]]:
    return [(event.line, event.end_line) for event in scan(data, rules, block)]
