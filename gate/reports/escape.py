"""Log text is written by strangers: one room makes it harmless before any format shows it."""

from __future__ import annotations

import re

ALTERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 (but tab and line feed), DEL, C1
    "\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""A regular expression's class: what moves the cursor, turns the reading direction, breaks lines or cannot be seen."""

_SURROGATES = "\ud800-\udfff"
_UNPAIRED = re.compile(f"[{_SURROGATES}]")
_UNSEEN = re.compile(f"[{ALTERING}{_SURROGATES}]")
_SPACE = re.compile(r"[ \t\n]*[\t\n][ \t\n]*|\r\n")
_COMMAND = re.compile(r"#(?=#\w*\[)|(?<!\S):(?=:)|^(?=(?:---|\+\+\+|~~~|\^\^\^)(?:\s|$))", re.MULTILINE)
_MAY_COMMAND = re.compile(r"##|::|---|\+\+\+|~~~|\^\^\^")


def picture(character: str) -> str:
    """A visible name in plain ASCII: ESC is `^[` as in cat -v, a byte that was no UTF-8 `\\xff`, others `[U+202E]`."""
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"[U+{code:04X}]"


def visible(text: str) -> str:
    """The text with every control, bidirectional or invisible character as its picture; tab and line feed stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: picture(found[0]), text)


def pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut into (piece, is it the picture of an unseen character), for formats that can mark the difference."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for found in _UNSEEN.finditer(text):
        if found.start() > end:
            parts.append((text[end : found.start()], False))
        parts.append((picture(found[0]), True))
        end = found.end()
    if end < len(text):
        parts.append((text[end:], False))
    return parts


def encodable(text: str) -> str:
    """The text with unpaired surrogates (bytes of a name that were no UTF-8) as pictures, so that it is Unicode."""
    return _UNPAIRED.sub(lambda found: picture(found[0]), text)


def path_text(path: str) -> str:
    """A path or name for one line of text: every space kept, tab and line feed as pictures too."""
    return visible(path).replace("\n", picture("\n")).replace("\t", picture("\t"))


def one_line(text: str, limit: int = 0) -> str:
    """Visible, on one line, and cut to `limit` characters when that is given (the cut shows as `…`)."""
    if "\n" in text or "\t" in text:
        text = _SPACE.sub(" ", text)
    line = visible(text.strip(" "))
    return line[: limit - 1] + "…" if limit and len(line) > limit else line


def inert(text: str) -> str:
    """Text that a CI system's log reader takes for no command: `::error::`, `##[group]`, `##vso[...]`, `+++ heading`.

    GitHub's runner accepts `##[` anywhere in a line and `::` after leading spaces, so both are pulled apart; Buildkite
    takes `---`, `+++`, `~~~` and `^^^` at a line's beginning for a heading, so that a space goes before them.
    """
    return _COMMAND.sub(lambda found: found[0] + " ", text) if _MAY_COMMAND.search(text) else text


def lines(text: str) -> list[str]:
    """The lines as grep counts them (by line feed alone), without line endings; none for an empty text."""
    if not text:
        return []
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


_PLAIN_SIGNS = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "×": "x", "…": "...", "›": ">", "→": ">", "↑": "+", "↓": "-", "·": "."}
)


def fitting(text: str, encoding: str) -> str:
    """The text as an output of this encoding can take it: our own signs in plain ones, the rest escaped."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN_SIGNS).encode(encoding, "backslashreplace").decode(encoding)
    return text
