"""The benchmark of log formats, carriers and stack traces: every plugin is in it."""

from __future__ import annotations

import pytest

from benchmarks import formats
from gate import carriers, logformats, stacks


def test_each_plugin_has_a_row() -> None:
    """Each is called with a sample that it knows, and its cost stands in the table under its name."""
    rows = formats.measure(repeat=2)
    assert [row.name for row in rows] == [*logformats.NAMES, *carriers.NAMES, *stacks.NAMES]
    assert all(row.nanoseconds > 0 for row in rows)
    assert formats.table(rows).count("\n| ") == len(rows)


@pytest.mark.parametrize("samples", [formats.LINES, formats.RECORDS, formats.TRACES])
def test_a_plugin_without_a_sample(samples: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, so that no new one goes unmeasured."""
    monkeypatch.delitem(samples, next(iter(samples)))
    with pytest.raises(LookupError, match="missing"):
        formats.measure(repeat=1)


def test_a_sample_that_its_plugin_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of not knowing a line is not what is measured."""
    monkeypatch.setitem(formats.LINES, "syslog", "hello")
    with pytest.raises(ValueError, match="does not know"):
        formats.measure(repeat=1)
