"""The benchmark's figures, from what it has seen to the table."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.streaming_speed import MIB, Span, percentile, rate, stored_span, table, with_idle_costs


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 5), (51, 6), (95, 10), (100, 10)])
def test_percentile_is_one_of_the_values(percent: float, expected: int) -> None:
    """The nearest rank, whatever the order."""
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], percent) == expected


def test_a_span_begins_with_the_first_byte_of_the_flood() -> None:
    """What was stored before the flood, with its first byte, or after its end does not count, nor does their time."""
    samples = [(0.0, 50), (1.0, 100), (5.0, 110), (6.0, 150), (8.0, 230), (9.0, 300)]
    assert stored_span(samples, 100, 200) == Span(5.0, 8.0, 90)


def test_two_clients_count_together() -> None:
    """All bytes, over the time from the first one's begin to the last one's end."""
    assert rate([Span(0.0, 2.0, 4 * MIB), Span(1.0, 4.0, 4 * MIB)]) == 2.0


def run(mode: str, site: float, server: float, repeat: int = 1, **figures: float) -> dict[str, Any]:
    cpu = {"server": server, "site-1": site, "site-2": site + 0.25}
    return {"repeat": repeat, "mode": mode, "cpu": cpu, **figures}


def test_streaming_costs_what_is_more_than_without() -> None:
    """The difference to the same repeat's run without streaming; sites by their mean."""
    runs = [run("off", 1.0, 2.0), run("stock", 1.5, 2.25), run("off", 9.0, 9.0, 2), run("fixlib", 9.125, 9.5, 2)]
    assert [(each["idle_site"], each["idle_server"]) for each in with_idle_costs(runs)] == [(0.5, 0.25), (0.125, 0.5)]


def test_the_table_says_plainly_what_is_missed() -> None:
    """Medians with least and greatest, the ratio, the aim, and whether it is met."""
    stock = {"one_mib_s": 8.0, "two_mib_s": 10.0, "p50_ms": 250.0, "p95_ms": 480.0}
    fixlib = {"one_mib_s": 40.0, "two_mib_s": 39.0, "p50_ms": 50.0, "p95_ms": 97.0}
    runs = [run("off", 1.0, 2.0), run("stock", 1.0, 2.0, **stock), run("fixlib", 1.25, 2.75, **fixlib)]
    runs.append(run("fixlib", 1.25, 2.75, **fixlib | {"one_mib_s": 42.0}))
    lines = table(runs).splitlines()
    assert lines[2] == (
        "| throughput, one client (MiB/s) | 8.0 (8.0 to 8.0) | 41.0 (40.0 to 42.0) | 5.12 | 4 x stock | yes |"
    )
    met = [line.split(" | ")[-1].strip(" |") for line in lines[2:]]
    assert met == ["yes", "**no**", "yes", "**no**", "yes", "**no**"]
