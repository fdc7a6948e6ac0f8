"""Text of strangers as HTML: it can be nothing but text, and what cannot be seen in it is named."""

from __future__ import annotations

from markupsafe import Markup

from gate.reports.escape import pieces
from gate.reports.links import Link


def text(value: str) -> Markup:
    """Text for an element; characters that cannot be seen are named and marked."""
    return Markup(escaped(value))  # noqa: S704 - escaped


def escaped(value: str) -> str:
    """The same as a plain string, for those who put many of them together."""
    if value.isascii() and value.isprintable():
        return _escape(value)
    parts = pieces(value)
    return "".join(f'<span class="unseen">{_escape(it)}</span>' if bad else _escape(it) for it, bad in parts)


def path(link: Link) -> Markup:
    """A place in a log, to open where there is a file to open."""
    shown = escaped(link.shown)
    if link.href:
        return Markup(f'<a class="path" href="{link.href}">{shown}</a>')  # noqa: S704 - escaped, and a quoted URL
    return Markup(f'<span class="path">{shown}</span>')  # noqa: S704 - escaped


def _escape(value: str) -> str:
    """As `markupsafe.escape`, without an object for each piece."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value or ">" in value:
        value = value.replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&#34;").replace("'", "&#39;")
