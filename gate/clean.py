"""Log text made fit to be read and shown: decoded, without control sequences, with obvious secrets masked.

Control sequences are those of ECMA-48 and of xterm; what a line shows, where a program moved the cursor in it, is what
stands between two moves: progress bars end in a carriage return, or go up a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from gate.encoding import SINGLE_BYTE, is_single_byte
from gate.search import Words

_CONTROL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"  # other escapes, and the beginning of a string that never ends
    r"|\x9b[0-?]*[ -/]*[@-~]"
)

_MOVE = re.compile(
    r"\r(?<!\r\r)\r*(?![\r\n]|\Z)"
    r"|\x08\x08+|\x0c"
    r"|\x1b\[[\d;]*[ABEFGHfsu]|\x1b\[[123]J|\x1b\[[12]K|\x1b[78DEM]"
)
"""Behind it a terminal writes elsewhere, or over what stands there: not so a CR at a line's end."""

_OVERSTRUCK = re.compile(r"[^\x08\n]\x08(?=[^\x08\n])")
_INVISIBLE = re.compile("[\0\x07\x08\x7f\ufeff]+")
_HAS_CONTROL = re.compile("[\0\x07\x08\x0c\r\x1b\x7f\x9b\ufeff]")
_TELLS_CONTROL = re.compile(
    rb"\0|\x07|\x08|\x0c|\x1b|\x7f|\r(?<!\r\r)\r*(?![\r\n]|\Z)|\xc2\x9b|\xef\xbb\xbf"  # literals first: it is fast
)

MASK = "***"

_NAMES = (
    r"(?<![\w-])[\w-]{0,40}?(?:password|passwd|passphrase|secret|credential|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key"
    r"|encryption[_-]?key|session[_-]?token|auth[_-]?token|access[_-]?token|refresh[_-]?token|_pass|_pwd)s?[\w-]{0,40}"
)
_IS = r"(?:\\?[\"'])?\s*[:=]\s*"

_KEYS = tuple(
    f"{name}{link}{what}"
    for names, what in (
        (("api", "access", "account", "private", "encryption"), "key"),
        (("session", "auth", "access", "refresh"), "token"),
    )
    for name in names
    for link in ("", "_", "-")
)
_NAMED = ("password", "passwd", "passphrase", "secret", "credential", "_pass", "_pwd", *_KEYS)

_SECRETS = (
    (("private key",), r"(?s:(?P<keep>BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z))"),
    (
        ("-----end",),
        r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{16,}(?:\\n|\s)+)+(?P<keep>)(?=-----END [A-Z ]*PRIVATE KEY-----)",
    ),
    (("@",), r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s:/@]*:)[^\s/]+(?=@)"),
    (("@",), r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s:/@]{16,}(?=@)"),
    (
        ("authorization", "cookie"),
        rf"(?P<keep>(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie){_IS}(?:\\?[\"'])?)[^\"'\r\n]+",
    ),
    (("bearer",), r"(?P<keep>\b(?i:bearer)\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    (_NAMED, rf"(?P<keep>(?i:{_NAMES}){_IS}b?\\?(?P<quote>[\"']))(?:(?!(?P=quote)|\\[\"']).){{4,}}"),
    (
        _NAMED,
        rf"(?P<keep>(?i:{_NAMES}){_IS})(?!None\b|null\b|true\b|false\b|\*\*\*|-----|b?\\?[\"'])[^\s\"',;&)}}\]]{{4,}}",
    ),
    (
        ("-password", "-passwd", "-secret", "-token", "-api-key"),
        r"(?P<keep>(?i:--?(?:password|passwd|secret|token|api-key)[ =]))(?=\S{4})[^\s\"']+",
    ),
    (
        ("<password>", "<passwd>", "<secret>", "<token>"),
        r"(?P<keep>(?i:<(?:password|passwd|secret|token)>))[^<]{4,}",
    ),
    (
        ("token",),
        rf"(?P<keep>(?i:(?<![\w-])[\w-]{{0,40}}token){_IS}b?(?:\\?[\"'])?)(?=[^\s\"']{{0,80}}\d)[A-Za-z0-9._~+/-]{{8,}}=*",
    ),
    (
        ("sig=", "signature=", "key=", "token=", "code="),
        r"(?P<keep>[?&](?i:sig|signature|x-amz-signature|x-amz-security-token|key|token|access_token|code)=)"
        r"[^&\s\"']{4,}",
    ),
    (("akia", "asia", "aiza"), r"(?P<keep>)\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}"),
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_"),
        r"(?P<keep>)\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b",
    ),
    (
        ("xox", "k_live_", "sk-", "pypi-"),
        r"(?P<keep>)\bxox[abprs]-[A-Za-z0-9-]{10,}|\b[rs]k_live_\w{16,}|\bsk-[A-Za-z0-9_-]{20,}|\bpypi-[\w-]{16,}",
    ),
    (("nvapi-", "hf_"), r"(?P<keep>)\bnvapi-[\w-]{20,}|\bhf_[A-Za-z0-9]{30,}"),
    (("slack.com",), r"(?P<keep>\bhooks\.slack\.com/services/)[\w/]+"),
    (("eyj",), r"(?P<keep>)\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"),
)
"""What each secret holds at least one of, in small letters, and what it looks like: traces are found faster."""


def decode(data: bytes) -> str:
    """A line's text: UTF-8, or Windows-1252 where it clearly is; other bytes are shown as `\\xNN`, never dropped."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", SINGLE_BYTE if is_single_byte(data) else "backslashreplace")


def strip_control(text: str) -> str:
    """The text without terminal control sequences; other control characters are left for each report to show."""
    if "\x1b" not in text and "\x9b" not in text:
        return text
    return _CONTROL_SEQUENCE.sub("", text)


def visible(text: str, at: int | None = None) -> str:
    """What counts of a line: what stands between the cursor's moves around `text[at]`, without control sequences.

    Without `at` it is the last piece with text in it: an entry that was written behind a progress bar.
    """
    text = text.rstrip("\r\n")
    if not _HAS_CONTROL.search(text):
        return text
    if at is not None:
        before = [move.end() for move in _MOVE.finditer(text) if move.start() <= at]
        after = _MOVE.search(text, at + 1)
        return _shown(text[before[-1] if before else 0 : after.start() if after else len(text)])
    pieces = [_shown(piece) for piece in _MOVE.split(text)]
    return next((piece for piece in reversed(pieces) if piece.strip()), pieces[-1])


def plain(lines: bytes) -> bytes:
    """Lines as a reader sees them, for patterns: each piece on a line of its own, without control sequences.

    It is the same object where nothing in them is to be taken away.
    """
    if not _TELLS_CONTROL.search(lines):
        return lines
    text = _MOVE.sub("\n", lines.decode("utf-8", "surrogateescape"))
    return _shown(text).encode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return _INVISIBLE.sub("", _OVERSTRUCK.sub("", strip_control(text)))


def mask(text: str) -> str:
    """The text with passwords, tokens and keys replaced by `***`."""
    for number in sorted(_may_hold(text)):
        gate, secret = _secret(number)
        if gate.search(text):
            text = secret.sub(_masked, text)
    return text


@cache
def _secret(number: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What shows, fast, that a secret may be there, and what it looks like."""
    words, pattern = _SECRETS[number]
    secret = re.compile(pattern)
    return (re.compile(rf"(?i:{'|'.join(words)})[\w-]*{_IS}") if _IS in pattern else secret), secret


def may_hold_secrets(data: bytes) -> bool:
    """Whether `mask` may change what is decoded of these bytes."""
    return not data.isascii() or bool(_words().groups(data))


@cache
def _words() -> Words:
    return Words([traces for traces, _ in _SECRETS])


def _may_hold(text: str) -> Collection[int]:
    """The numbers of the secrets that may be in a text."""
    if text.isascii():
        return _words().groups(text.encode())
    folded = _folded(text)
    return [number for number, (traces, _) in enumerate(_SECRETS) if any(trace in folded for trace in traces)]


def _masked(found: re.Match[str]) -> str:
    return (found["keep"] or "") + MASK


def _folded(text: str) -> str:
    """The text in small letters, as a search that ignores case sees it: it takes a dotless i for an i, too."""
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")
