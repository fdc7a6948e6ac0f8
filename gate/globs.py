"""Globs and layouts as regular expressions over the path below a scanned folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from gate.errors import UsageError

_TOKEN = re.compile(r"(\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|\{[^{}]*\})")
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def fits(globs: list[re.Pattern[str]], relative: PurePosixPath) -> bool:
    """Whether a glob names this place or a folder above it, by its path or by its name."""
    if not globs:
        return False
    places = (relative, *relative.parents[:-1])
    return any(glob.fullmatch(str(place)) or glob.fullmatch(place.name) for place in places for glob in globs)


def layout(text: str) -> re.Pattern[str]:
    """A layout such as `{testcase}/{site}/**`, with groups `testcase` and `site`. UsageError when it cannot work."""
    fields = [field for field in re.findall(r"\{(.*?)\}", text) if "," not in field]
    if unknown := [field for field in fields if field not in ("testcase", "site")]:
        raise UsageError(f"layout: unknown field '{{{unknown[0]}}}'", hint="fields: {testcase}, {site}; also * and **")
    if "testcase" not in fields or len(set(fields)) != len(fields):
        raise UsageError(f"layout: '{text}' must hold {{testcase}} once", hint="for example {testcase}/{site}/**")
    return _expression("layout", text, {f"{{{field}}}": f"(?P<{field}>[^/]+)" for field in fields})


def compiled(pattern: str) -> re.Pattern[str]:
    """A glob over a path or a name. UsageError when it cannot work."""
    return _expression("glob", pattern.rstrip("/"), {})


class Chosen:
    """What the first glob that fits a path stands for; a glob may leave out the folders above."""

    def __init__(self, globs: Mapping[str, str]) -> None:
        self._globs = [(glob, compiled(f"**/{glob}"), name) for glob, name in globs.items()]
        self.idle = dict(globs)
        """Those that fitted no path yet."""

    def of(self, path: str) -> str:
        """The name for this path, "" where no glob fits."""
        place = PurePosixPath(path.replace("!/", "/"))
        for glob, expression, name in self._globs:
            if fits([expression], place):
                self.idle.pop(glob, None)
                return name
        return ""


def _expression(kind: str, pattern: str, fields: dict[str, str]) -> re.Pattern[str]:
    """A glob over a path below the scanned folder, where a leading `/` or `./` says nothing new."""
    try:
        return re.compile(_translate(re.sub(r"^(\.?/)+", "", pattern), fields), re.DOTALL)
    except re.error as error:
        raise UsageError(
            f"{kind}: '{pattern}': {error.msg}", hint="for example *.log, *.{log,txt} or [ab]*.log"
        ) from error


def _translate(pattern: str, fields: dict[str, str]) -> str:
    """A glob as a regular expression: `**` crosses folders, `*`, `?` and `[ab]` do not, `{a,b}` is a or b.

    `fields` are words that stand for an expression of their own.
    """
    return "".join(_token(token, fields) for token in _TOKEN.split(pattern))


def _token(token: str, fields: dict[str, str]) -> str:
    if known := (_WILDCARDS | fields).get(token):
        return known
    if token[:1] == "[" and token[-1:] == "]":
        negated = token[1] in "!^"
        characters = "".join(sign if sign == "-" else re.escape(sign) for sign in token[1 + negated : -1])
        return f"(?!/)[{'^' * negated}{characters}]"
    if token[:1] == "{" and "," in token:
        return f"(?:{'|'.join(_translate(part, fields) for part in token[1:-1].split(','))})"
    return re.escape(token)
