from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from gate.reports import excerpts
from gate.reports.escape import visible
from gate.reports.markup import escaped, text
from gate.reports.templating import environment

texts = st.text(st.characters(exclude_categories=[])) | st.sampled_from(["<b>&amp;\"'", "{}{0}", "\x1b[2J", "</p>"])
plain = environment().from_string('{{ x }}|||{{ x|text }}|||<i class="{{ x }}">|||{{ {"x": x}.x }}|||{{ "" ~ x }}')


@given(texts.filter(lambda text: "|" not in text))
def test_a_value_is_text(value: str) -> None:
    """Whatever a value holds, in an element and in an attribute it can only be itself, with what is unseen named."""
    element, marked, attribute, member, joined = plain.render(x=value).split("|||")
    for made in (element, attribute.removeprefix('<i class="').removesuffix('">'), member, joined):
        assert unescape(made) == visible(value)
        assert not set(made) & set("<>\"'")
    assert marked == text(value)


@given(texts)
def test_unseen_is_marked(value: str) -> None:
    """Text for an element differs from it only in that what is unseen is marked."""
    made = text(value).replace('<span class="unseen">', "").replace("</span>", "")
    assert unescape(str(made)) == visible(value)
    assert not set(str(made)) & set("<>\"'")
    assert text(value) == escaped(value)


@given(
    st.lists(st.sampled_from(["Error", "ValueError", "ERROR", "x", "&", "<", '"', "'", ".", " ", "_", "#", ";", "é"]))
)
def test_what_tells_is_bold(parts: list[str]) -> None:
    """Escapes change nothing of which words of a line are bold."""
    line = "".join(parts)
    bold = excerpts._TELLING.findall(line)
    assert re.findall("<b>(.*?)</b>", excerpts._telling(line)) == bold
