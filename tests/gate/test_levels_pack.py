"""The rule pack `levels`: its patterns propose a line, and the record that begins there disposes."""

from __future__ import annotations

import pytest

from gate import config, needles
from gate.logformats import parse, rank
from gate.match import Matcher
from tests import cost

RULES = config.load_rules(("levels",))
MATCHER = Matcher(RULES)


def found(line: str, below: str = "") -> str:
    """The rule that a line is a finding of, as the reader decides it; "" where it is none."""
    data = line.encode()
    proposed = MATCHER.matching(data, 0, len(data))
    record = parse(line, below)
    level = rank(record.level) if record else 0
    return next((rule.id for rule in RULES if rule.id in proposed and level >= rank(rule.level)), "")


ERRORS = [
    "2026-01-31 10:00:00,123 - shop - ERROR - lost it",
    "ERROR:root:lost it",
    "ERROR lost it",
    "[error] lost it",
    "2026-01-31 10:00:00.123 | ERROR    | shop.cart:add:3 - lost it",
    '{"level":"error","msg":"lost it"}',
    '{"level":50,"time":1769853600000,"msg":"lost it"}',
    '{"level": 50, "time": 1769853600000, "msg": "lost it"}',
    '{"severity":3,"message":"lost it"}',
    '{"short_message":"lost it","level":3}',
    '{"@t":"2026-01-31T10:00:00Z","@m":"lost it","@l":"Error"}',
    '{"t":{"$date":"2026-01-31T10:00:00Z"},"s":"E","c":"NETWORK","msg":"lost it"}',
    "ts=2026-01-31T10:00:00Z lvl=eror msg=lost",
    "E0131 10:00:00.123456   12 a.cc:34] lost it",
    "E20260131 10:00:00.123456   12 a.cc:34] lost it",
    "<11>Jan 31 10:00:00 host shop[12]: lost it",
    "<187>1 2026-01-31T10:00:00Z host shop - - - lost it",
    "2026-01-31 10:00:00,123 [main] ERROR shop.Cart - lost it",
    "01-31 10:00:00.123  123  456 E Shop: lost it",
    "01-31 10:00:00.123 E/Shop( 123): lost it",
    "E/Shop(  123): lost it",
    "2026/01/31 10:00:00 [error] 12#0: *1 lost it",
    "E, [2026-01-31T10:00:00.123456 #12] ERROR -- : lost it",
    "fail: Shop.Orders[3]",
    "2026-01-31 10:00:00 UTC [12] ERROR:  lost it",
    "2026-01-31 10:00:00.123456 E | shop: lost it",
    "2026-01-31 10:00:00 [E] lost it",
    "[10:00:00 ERR] lost it",
    "ERRO[0012] lost it",
    "=CRASH REPORT==== 31-Jan-2026::10:00:00 ===",
    "- 1769853600 2026.01.31 R02 RAS KERNEL SEVERE lost it",
    '{"ts": "2026-01-31T10:00:00Z", "@fields": {"lvl": "ERROR", "msg": "lost it"}}',
    '{"level" : 50, "time" : 1769853600000, "msg" : "lost it"}',
    "2026-01-31 10:00:00.1: E shop/a.cc:12] lost it",
    "2026-01-31T10:00:00Z E! [shop] lost it",
    "[2026-01-31 10:00:00.1] E [ID: 1] lost it",
    "[E 2026-01-31 10:00:00.1 Shop] lost it",
    "[E131 10:00:00.1 a.cpp:12] lost it",
    "E0000 00:00:1769853600.123456   12 a.cc:34] lost it",
    "shop: error: lost it",
    "Thread-1::ERROR::2026-01-31 10:00:00,123::a::1::b::(c) lost it",
    "- 1769853600 2026.01.31 R02 RAS BGLMASTER FAILURE lost it",
]

FATALS = [
    "2026-01-31 10:00:00,123 - shop - CRITICAL - lost it",
    "[2026-01-31 10:00:00 +0000] [12] [CRITICAL] lost it",
    '{"level":60,"time":1769853600000,"msg":"lost it"}',
    '{"level":"dpanic","ts":1769853600.5,"msg":"lost it"}',
    "time=2026-01-31T10:00:00Z level=panic msg=lost",
    "F0131 10:00:00.123456   12 a.cc:34] lost it",
    "<34>1 2026-01-31T10:00:00Z host shop - - - lost it",
    "01-31 10:00:00.123  123  456 F libc: lost it",
    "F/libc(  123): lost it",
    "[2026-01-31 10:00:00.123] [shop] [C] lost it",
    "[C 10:00:00.123 Shop] lost it",
    "shop: fatal: lost it",
    "2026/01/31 10:00:00 [emerg] 12#0: lost it",
    "[Sat Jan 31 10:00:00 2026] [core:alert] lost it",
    "crit: Shop.Orders[3]",
    "2026-01-31 10:00:00 UTC [12] PANIC:  lost it",
    "[31-Jan-2026 10:00:00 UTC] PHP Fatal error:  lost it",
    "[10:00:00 FTL] lost it",
    "FATA[0012] lost it",
]

NEITHER = [
    "2026-01-31 10:00:00 INFO error_count=0",
    "2026-01-31 10:00:00 INFO no errors found",
    "2026-01-31 10:00:00 INFO wrote exception_handler.py",
    "2026-01-31 10:00:00 WARNING will retry after an error",
    "2026-01-31 10:00:00 no errors found",
    "2026-01-31 10:00:00 tests: 0 ERROR, 0 FAIL",
    '{"level":"info","msg":"done","errors": []}',
    '{"level":30,"time":1769853600000,"msg":"level\\":50"}',
    '{"errors": [], "fatal": false}',
    '{"level":3,"nodes":50}',
    "level=info msg=done error=null",
    "I0131 10:00:00.123456   12 a.cc:34] no error",
    "<14>Jan 31 10:00:00 host shop[12]: no error",
    '10.0.0.1 - - [31/Jan/2026:10:00:00 +0100] "GET /error HTTP/1.1" 500 -',
    "W/Shop(  123): fatal is near",
    "info: Shop.Orders[3]",
    "5m   Warning   Failed   pod/shop   Error: ErrImagePull",
    "  2026-01-31 10:00:00 ERROR in a quote",
    "error_count=0",
    "src/exception_handler.py: ok",
    "no errors found",
    "E2012 is a road",
    "Jan 31 10:00:00 host logrotate: ALERT exited abnormally with [1]",
    "2026-01-31 10:00:00 FINEST level=50 of all",
    "[E 12] is a room, and so is [C 12]",
    "shop: no error: 12",
    "the error is gone",
]


@pytest.mark.parametrize("line", ERRORS)
def test_an_entry_of_level_error(line: str) -> None:
    """Whatever its format writes for it."""
    assert found(line, "      lost it") == "level-error"


@pytest.mark.parametrize("line", FATALS)
def test_an_entry_above_error(line: str) -> None:
    """It has a rule of its own, which comes first."""
    assert found(line, "      lost it") == "level-fatal"


@pytest.mark.parametrize("line", NEITHER)
def test_the_word_alone_is_no_error(line: str) -> None:
    """An entry of a lower level that speaks of errors is none, and neither is a line that begins no entry."""
    assert found(line) == ""


def test_javas_heads_of_two_lines() -> None:
    """The second line of the head is proposed; the level of the entry that begins above it disposes."""
    head, second = "Jan 31, 2026 10:00:00 AM shop.Cart add", "SEVERE: lost it"
    assert MATCHER.matching(second.encode(), 0, len(second)) == ("level-error",)
    record = parse(head, second)
    assert record is not None
    assert (rank(record.level), record.lines) == (rank("ERROR"), 2)


@pytest.mark.parametrize("unit", ["ERROR ", "xfatal ", "E/a(", "E01 ", "the servers see all of it "])
def test_a_long_line_is_searched_at_once(unit: str) -> None:
    """A line of 1 MB takes no more than a blink, whether or not it holds what is looked for."""
    data = (unit * (1_000_000 // len(unit)) + "[E]").encode()
    with cost.linear():
        assert MATCHER.matching(data, 0, len(data))


def test_the_priority_of_a_journals_record() -> None:
    """Its JSON may have spaces around the colon; the carrier tells the level."""
    for line in (b'{"PRIORITY" : "1"}', b'{"PRIORITY":"1"}', b'{"PRIORITY": "1"}'):
        assert MATCHER.matching(line, 0, len(line)) == ("level-fatal",)
    assert not MATCHER.matching(b'{"PRIORITY" : "6"}', 0, 18)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_search_is_fast(rule: config.Rule) -> None:
    """Each rule has literals, so that it is searched for at the speed of grep."""
    assert all(needles.required(piece) for piece in needles.alternatives(rule.pattern))
