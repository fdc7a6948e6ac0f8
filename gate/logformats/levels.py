"""The words, letters and numbers that logs have for a level, and their order (RFC 5424, log4j, glog, logcat, pino)."""

from __future__ import annotations

_ORDER = (
    "ALL NOTSET SILLY FINEST FINER TRACE TRC TRCE TRAC VERBOSE VRB",
    "DEBUG DBG DBUG DEBU FINE",
    "INFO INF INFORMATION INFORMATIONAL CONFIG LOG NOTE NORMAL SUCCESS SYSTEM STATEMENT DEFAULT HTTP",
    "NOTICE",
    "WARN WRN WARNING DEPRECATED",
    "ERROR ERR ERRO EROR SEVERE FAIL FAILURE",
    "FATAL FATA FTL CRIT CRITICAL PANIC PANI PNC DPANIC ALERT EMERG EMERGENCY FAULT ASSERT",
)
_RANKS = {word: rank for rank, words in enumerate(_ORDER, 1) for word in words.split()}

LOUD = (
    "TRACE\\d?|VERBOSE|DEBUG\\d?|INFO|INFORMATION|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|FAILURE|CRIT|CRITICAL|FATAL|PANIC|EMERG"
    "|FINE|FINER|FINEST|NOTSET|TRC|DBG|INF|WRN|FTL|PNC|DPANIC"
)
"""Words that are a level where they stand in capitals in an entry's head."""

BOXED = f"{LOUD}|ALERT|EMERGENCY|NOTE|SUCCESS|EROR|FAIL"
"""Words that are a level, in any case, in brackets."""

SEVERITIES = ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG")
"""By the number that syslog has for them."""

LETTERS = {
    "T": "TRACE",
    "V": "VERBOSE",
    "D": "DEBUG",
    "I": "INFO",
    "N": "NOTICE",
    "W": "WARNING",
    "E": "ERROR",
    "C": "CRITICAL",
    "F": "FATAL",
    "A": "ASSERT",
    "S": "FATAL",
}
"""glog, logcat, Ruby, MongoDB, etcd; logcat's `S` (silent) is never written but for a failed assertion."""

_TENS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


_SHORT = {
    "TRAC": "TRACE",
    "TRCE": "TRACE",
    "DEBU": "DEBUG",
    "DBUG": "DEBUG",
    "ERRO": "ERROR",
    "EROR": "ERROR",
    "FATA": "FATAL",
    "PANI": "PANIC",
}
SHORT = "|".join(_SHORT)


def word(text: str) -> str:
    """A level as a word in capitals; the words that some loggers cut to four letters are made whole."""
    text = text.upper()
    return _SHORT.get(text, text)


def rank(level: str | None) -> int:
    """The place of a level in the order of all: ERROR, ERR, SEVERE and FAIL are one; 0 for what is no level.

    What has a number behind it (DEBUG1 to DEBUG5, TRACE1) is of the word's rank.
    """
    return _RANKS.get(level.upper().rstrip("0123456789"), 0) if level else 0


def by_number(number: float) -> str | None:
    """The level of a number: syslog's 0 to 7 (GELF, journal), the tens of pino and bunyan from 10 to 60."""
    if not 0 <= number < 70 or number != int(number):
        return None
    if number < len(SEVERITIES):
        return SEVERITIES[int(number)]
    return _TENS[int(number) // 10 - 1] if number >= 10 else None
