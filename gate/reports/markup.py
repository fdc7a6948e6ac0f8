"""HTML in which a value can only be text: whatever is not HTML yet is made visible and escaped on its way in."""

from __future__ import annotations

from collections.abc import Iterable

from gate.reports.escape import pieces, visible


class Html(str):
    """HTML, as `html` and `text` make it."""

    __slots__ = ()


_INERT = (Html, int)


def html(form: str, *values: object) -> Html:
    """The form, which is our own, with the values in its `{}`."""
    return Html(form.format(*[value if type(value) in _INERT else escaped(value) for value in values]))


def joined(parts: Iterable[Html], separator: str = "") -> Html:
    return Html(separator.join(parts))


def escaped(value: object) -> Html:
    """A value for an element's text or for an attribute in quotes; characters that cannot be seen are named."""
    return Html(_escape(visible(str(value))))


def text(value: str) -> Html:
    """Text for an element; characters that cannot be seen are named and marked."""
    if value.isascii() and value.isprintable():
        return Html(_escape(value))
    parts = pieces(value)
    return Html("".join(f'<span class="unseen">{_escape(it)}</span>' if bad else _escape(it) for it, bad in parts))


def _escape(value: str) -> str:
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value or ">" in value:
        value = value.replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&#34;").replace("'", "&#39;")
