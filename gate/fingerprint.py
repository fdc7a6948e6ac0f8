"""Fingerprints: a stable identity of an event's cause, without what varies from run to run.

docs/design/fingerprints.md tells what goes in and what is masked. `VERSIONS` has every version that is understood: the
last one makes new fingerprints, the older ones still know what files were written with.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from gate.model import LogEvent, cut_lines

Parts = Callable[[str, LogEvent, Iterable[str]], tuple[str, ...]]
"""What a version makes a fingerprint of: a rule's id, an event and the sites' names → texts without line ends."""


def fingerprint(rule: str, event: LogEvent, sites: Iterable[str] = ()) -> str:
    """The event's fingerprint in the current version: `v1:` and 16 hexadecimal digits."""
    return of(next(reversed(VERSIONS)), rule, event, sites)


def older(rule: str, event: LogEvent, sites: Iterable[str] = ()) -> tuple[str, ...]:
    """The same event's fingerprints in the older versions: under these, older files may know it."""
    return tuple(of(version, rule, event, sites) for version in list(VERSIONS)[:-1])


def of(version: str, rule: str, event: LogEvent, sites: Iterable[str] = ()) -> str:
    """The event's fingerprint in one version."""
    text = "\n".join(VERSIONS[version](rule, event, sites))
    return f"{version}:{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:16]}"


def problem(text: str) -> str:
    """Why a text is no fingerprint that is understood here, in words; "" where it is one."""
    found = re.fullmatch(r"(v\d+):[0-9a-f]{16}", text)
    if not found:
        return f"'{text}' is no fingerprint such as v1:0123456789abcdef"
    if found[1] not in VERSIONS:
        return f"a fingerprint of version {found[1]}; this loggate knows {', '.join(VERSIONS)}"
    return ""


# ---- version 1 -------------------------------------------------------------------------------------------------------

FRAMES = 3
"""How many of the innermost frames of the user's own code tell causes apart."""


def _v1(rule: str, event: LogEvent, sites: Iterable[str]) -> tuple[str, ...]:
    names = frozenset(sites)
    message = event.message.split("\n", 1)[0] if event.exception else ""
    masked = (mask(text, names) for text in (event.logger or "", event.exception, event.matched, message))
    return rule, *masked, *own_frames(event.text), *(mask(frame) for frame in sorted(event.frames))


VERSIONS: dict[str, Parts] = {"v1": _v1}
"""Every version that is understood, the current one last. One that was released never changes."""


# ---- masks -----------------------------------------------------------------------------------------------------------

TEXT, MASKED = 1_000, 500
"""Characters of a text that are looked at, and that count once they are masked."""

ORDINARY = {"server", "client", "local"}
"""Names of sites that are words of any message, too: they stay, or a message would depend on who took part."""

_NAME = r"[\w.@+~=-]"
_LAST = rf"(?:([\w@+~-]{_NAME}*\.[A-Za-z]{{1,5}}\d?(?!\w))|{_NAME}*)"
"""A path's last part; a group if it looks like a file's name."""

_POD = "[bcdfghjklmnpqrstvwxz2456789]"
_UNITS = (
    "%|[nuµm]?s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?|[KMGT]i?B|B|[Bb]ytes?"
    "|[AP]M|UTC|GMT|CES?T|EES?T|WES?T|BST|IST|JST|KST|MSK|[ECMP][SD]T"
)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WINDOWS_PATH = re.compile(rf"(?<!\w)(?:[A-Za-z]:|\\)[\\/]+(?:[\w.@+~=()-]+(?: [\w.@+~=()-]+)*[\\/]+)*{_LAST}")
_PATH = re.compile(rf"/(?<![\w./]/)(?:{_NAME}+/+)+{_LAST}")
_GROUP = "[0-9a-fA-F]{1,4}"
_IPV6 = re.compile(
    rf"(?<![\w:.])(?=[0-9a-fA-F:]*\d)(?:(?:{_GROUP}:){{7}}{_GROUP}|(?:(?:{_GROUP}:){{1,6}}|:):(?:{_GROUP}(?::{_GROUP}){{0,6}})?)"
    r"(?:\.\d+){0,3}(?:%\w+)?(?![\w:])"
)
_HOST = re.compile(r"://[^\s/'\",)\]}>]+")
_POD_NAME = re.compile(rf"-{_POD}{{7,10}}-{_POD}{{5}}(?![\w-])")
_TEMPORARY = re.compile(r"tmp[a-z0-9_]{8}(?![^\W_])")
_NUMBERED_SITE = re.compile(r"site[-_]?\d+(?![^\W_])")
_NUMBER = re.compile(
    r"(?<![^\W_])(?:[a-fA-F][0-9a-fA-F]{6,}(?![^\W_])|[A-Za-z]+\d+[A-Za-z]+\d[A-Za-z0-9]*)"  # an id, a letter first
    r"|\d+%\|[^|]*\|(?: *\S+ \[[^\]]*\])?"  # a progress bar
    rf"|(?:(?<![\w)\]-])[+-])?\d[A-Za-z0-9]*(?:[.,:/+-]\d[A-Za-z0-9]*)*(?: ?(?:{_UNITS})(?!\w))?"
)
_DIGIT = re.compile(r"\d")
_WORD_OF_CODE = re.compile(r"errno|code|status|signal|http", re.IGNORECASE)
_CODE = re.compile(r"(?:errno|code|status|signal|http(?:/[\d.]+)?)\W{1,3}\Z", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? +)?"
    r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}[ /,.-]{1,3})?#"
)
_LIST = re.compile(r"(#|<site>|<path>)(?:[,;]? ?\1)+")
_WITHOUT_QUOTES = str.maketrans("", "", "'\"`")


def mask(text: str, sites: frozenset[str] = frozenset()) -> str:
    """The text without what varies: `<path>`, `<site>` and `#` stand for it; quotes and runs of spaces do not count."""
    if not text:
        return ""
    shape = text[:TEXT].translate(_ALIKE)
    masked = _mask_shape(shape, sites)
    return _mask(text, sites) if masked is None else masked


_ALIKE = str.maketrans("13456789", "00222222")
"""Digits that no pattern below tells from each other: texts that differ in such ones only are mostly masked alike."""


@lru_cache(maxsize=8_192)
def _mask_shape(shape: str, sites: frozenset[str]) -> str | None:
    """What all texts of this shape are masked to; None where their digits make a difference."""
    masked = _mask(shape, sites)
    return None if _DIGIT.search(masked) or _WORD_OF_CODE.search(shape) or _is_site(shape, sites) else masked


def _is_site(shape: str, sites: frozenset[str]) -> bool:
    """Whether a site with a digit in its name may be in a text of this shape."""
    return any(name.translate(_ALIKE) in shape for name in sites if _DIGIT.search(name))


@lru_cache(maxsize=8_192)
def _mask(text: str, sites: frozenset[str]) -> str:
    text = _mask_names(text[:TEXT], sites)
    if _NUMBER.search(text):
        number = _number if _WORD_OF_CODE.search(text) else "#"
        text = _DATE.sub("#", _NUMBER.sub(number, text))
    text = " ".join(text.translate(_WITHOUT_QUOTES).split())
    return (_LIST.sub(r"\1", text) if text.count("#") > 1 or "<" in text else text)[:MASKED]


def _mask_names(text: str, sites: frozenset[str]) -> str:
    """Mask paths, hosts, ids and sites, each only where a cheap look says that there may be one."""
    if "\\" in text or ":/" in text:
        text = _HOST.sub("://<host>", _WINDOWS_PATH.sub(_path, text))
    if "/" in text:
        text = _PATH.sub(_path, text)
    if "::" in text or text.count(":") > 6:
        text = _IPV6.sub("#", text)
    if text.count("-") > 1:
        text = _POD_NAME.sub("-#", _UUID.sub("#", text))
    if "tmp" in text:
        text = _TEMPORARY.sub("#", text)
    if "site" in text:
        text = _NUMBERED_SITE.sub("<site>", text)
    return _of_sites(sites).sub("<site>", text) if any(site in text for site in sites) else text


@lru_cache(maxsize=8)
def _of_sites(sites: frozenset[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(site) for site in sorted(sites - ORDINARY - {""}, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{names or '(?!)'})(?![^\W_])")


def _path(found: re.Match[str]) -> str:
    return f"<path>/{found[1]}" if found[1] else "<path>"


def _number(found: re.Match[str]) -> str:
    """`#`, but a short number behind a word such as `errno` says what happened and stays."""
    text, start = found[0], found.start()
    digits = text.lstrip("+-")
    is_code = digits.isdigit() and len(digits) <= 3 and _CODE.search(found.string, max(0, start - 16), start)
    return text if is_code else "#"


# ---- frames ----------------------------------------------------------------------------------------------------------

_FRAME = re.compile(r'File \\?"([^"\n]+)", line \d+(?:, in ([^\s\\]+))?')
_SEPARATOR = re.compile(r"[\\/]")
_FOREIGN = re.compile(
    r"^<|[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/](?:python|pypy)3\.\d+t?[\\/]|^[A-Za-z]:.*[\\/]Lib[\\/]"
    r"|python3\d+\.zip[\\/]"
)


def own_frames(text: str) -> tuple[str, ...]:
    """The innermost frames of the user's own code in a traceback: `file:function`, sorted, each once.

    Neither installed packages nor the standard library count. Sorted, as a recursion's depth decides which of its
    functions is the innermost. Of a text that was cut only what stands behind the cut is sure to be the end.
    """
    if 'File "' not in text and 'File \\"' not in text:
        return ()
    found: list[str] = []
    for path, function in reversed(_FRAME.findall(_behind_cut(text))):
        if len(found) < FRAMES and not _FOREIGN.search(path):
            file = _SEPARATOR.split(path.rstrip("\\"))[-1]
            frame = f"{mask(file)}:{function}"
            found += [] if frame in found else [frame]
    return tuple(sorted(found))


def _behind_cut(text: str) -> str:
    """What stands behind the line that says how much was cut; all of it where nothing was."""
    if " lines cut " not in text:
        return text
    lines = text.split("\n")
    return "\n".join(lines[max((number + 1 for number, line in enumerate(lines) if cut_lines(line)), default=0) :])
