"""Log text made fit to be shown: decoded, without control sequences, with obvious secrets masked."""

from __future__ import annotations

import re

_CONTROL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"  # other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"
)

MASK = "***"

_SECRETS = (
    re.compile(r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)"),
    re.compile(r"(?P<keep>\b(?i:authorization)\b[\"']?\s*[:=]\s*[\"']?(?:(?i:bearer|basic|token)\s+)?)[^\s\"',;]+"),
    re.compile(r"(?P<keep>\b(?i:bearer)\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    re.compile(
        r"(?P<keep>(?i:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token"
        r"|refresh[_-]?token|client[_-]?secret|private[_-]?key)[\"']?\s*[:=]\s*[\"']?)(?!None\b|null\b|true\b|false\b)"
        r"[^\s\"',;&)}\]]{4,}"
    ),
    re.compile(r"(?P<keep>\b(?i:token)[\"']?\s*[:=]\s*[\"']?)(?=[^\s\"']*\d)[A-Za-z0-9._~+/-]{16,}=*"),
    re.compile(r"(?P<keep>)\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"(?P<keep>)\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b|\bglpat-[\w-]{20,}"),
    re.compile(
        r"(?P<keep>)\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{20,}|\bnvapi-[\w-]{20,}|\bhf_[A-Za-z0-9]{30,}"
    ),
    re.compile(r"(?P<keep>)\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"),
    re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)

_TRACES = (
    *("://", "authorization", "bearer", "pass", "secret", "key", "token", "akia", "asia"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "sk-", "nvapi-", "hf_", "eyj"),
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
