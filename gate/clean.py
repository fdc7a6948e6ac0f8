"""Log text made fit to be shown: decoded, without control sequences, with obvious secrets masked."""

from __future__ import annotations

import re

_CONTROL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"  # other escapes, and the beginning of a string that never ends
    r"|\x9b[0-?]*[ -/]*[@-~]"
)

MASK = "***"

_NAMES = (
    r"(?<![\w-])[\w-]{0,40}?(?:password|passwd|passphrase|secret|credential|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key"
    r"|encryption[_-]?key|session[_-]?token|auth[_-]?token|access[_-]?token|refresh[_-]?token|_pass|_pwd)s?[\w-]{0,40}"
)
_IS = r"(?:\\?[\"'])?\s*[:=]\s*"

_SECRETS = (
    re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{16,}(?:\\n|\s)+)+(?P<keep>)(?=-----END [A-Z ]*PRIVATE KEY-----)"),
    re.compile(r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s:/@]*:)[^\s/]+(?=@)"),
    re.compile(r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s:/@]{16,}(?=@)"),
    re.compile(rf"(?P<keep>(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie){_IS}(?:\\?[\"'])?)[^\"'\r\n]+"),
    re.compile(r"(?P<keep>\b(?i:bearer)\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    re.compile(rf"(?P<keep>(?i:{_NAMES}){_IS}b?\\?(?P<quote>[\"']))(?:(?!(?P=quote)|\\[\"']).){{4,}}"),
    re.compile(
        rf"(?P<keep>(?i:{_NAMES}){_IS})(?!None\b|null\b|true\b|false\b|\*\*\*|-----|b?\\?[\"'])[^\s\"',;&)}}\]]{{4,}}"
    ),
    re.compile(r"(?P<keep>(?i:--?(?:password|passwd|secret|token|api-key)[ =]))(?=\S{4})[^\s\"']+"),
    re.compile(r"(?P<keep>(?i:<(?:password|passwd|secret|token)>))[^<]{4,}"),
    re.compile(
        rf"(?P<keep>(?i:(?<![\w-])[\w-]{{0,40}}token){_IS}b?(?:\\?[\"'])?)(?=[^\s\"']{{0,80}}\d)[A-Za-z0-9._~+/-]{{8,}}=*"
    ),
    re.compile(
        r"(?P<keep>[?&](?i:sig|signature|x-amz-signature|x-amz-security-token|key|token|access_token|code)=)[^&\s\"']{4,}"
    ),
    re.compile(r"(?P<keep>)\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}"),
    re.compile(
        r"(?P<keep>)\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b"
    ),
    re.compile(
        r"(?P<keep>)\bxox[abprs]-[A-Za-z0-9-]{10,}|\b[rs]k_live_\w{16,}|\bsk-[A-Za-z0-9_-]{20,}|\bpypi-[\w-]{16,}"
    ),
    re.compile(r"(?P<keep>)\bnvapi-[\w-]{20,}|\bhf_[A-Za-z0-9]{30,}"),
    re.compile(r"(?P<keep>\bhooks\.slack\.com/services/)[\w/]+"),
    re.compile(r"(?P<keep>)\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"),
)

_TRACES = (
    *(
        "://",
        "authorization",
        "cookie",
        "bearer",
        "pass",
        "_pwd",
        "secret",
        "credential",
        "key",
        "token",
        "sig=",
        "code=",
    ),
    *("akia", "asia", "aiza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "xox"),
    *("sk-", "k_live_", "nvapi-", "hf_", "slack.com", "eyj"),
)
"""Each secret above holds one of these, in small letters: texts without any are passed over fast."""


def decode(data: bytes) -> str:
    """UTF-8 text; bytes that are none are shown as `\\xNN`, never dropped."""
    return data.decode("utf-8", errors="backslashreplace")


def strip_control(text: str) -> str:
    """The text without terminal control sequences; other control characters are left for each report to show."""
    if "\x1b" not in text and "\x9b" not in text:
        return text
    return _CONTROL_SEQUENCE.sub("", text)


def mask(text: str) -> str:
    """The text with passwords, tokens and keys replaced by `***`."""
    folded = text.lower()
    if not any(trace in folded for trace in _TRACES):
        return text
    for secret in _SECRETS:
        text = secret.sub(lambda found: (found["keep"] or "") + MASK, text)
    return text
