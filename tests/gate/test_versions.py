"""Version specs: which releases a person means, release candidates included."""

from __future__ import annotations

import pytest

from gate import versions
from gate.errors import UsageError


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ("<2.9.1", "2.9.0 2.8.3 2.9.0rc1 2.9.0.post1", "2.9.1 2.9.1.0 2.9.2 2.10.0 3.0"),
        ("<2.9.1", "2.9", "2.9.1rc5 2.9.1.dev3"),
        ("<2.9.1rc5", "2.9.1rc4 2.9.1b2 2.9.0", "2.9.1rc5 2.9.1"),
        ("<=2.9", "2.9.0 2.9 2.8.10", "2.9.1 2.9.0.post1"),
        (">2.9.0", "2.9.1rc1 2.10.0", "2.9.0 2.9.0rc1"),
        (">=2.8,<2.9", "2.8 2.8.0 2.8.99 v2.8.1", "2.9.0 2.9.0rc1 2.8.0rc1 2.7.9"),
        (" >= 2.8 , < 2.9 ", "2.8.1", "2.9.0"),
        ("2.8.*", "2.8.0 2.8.0rc1 2.8 2.8.3+local", "2.80 2.9.0 28.0"),
        ("==2.8.*", "2.8.1", "2.9.1"),
        ("!=2.8.*", "2.9.1", "2.8.1"),
        ("2.9.0", "2.9.0 2.9", "2.9.1 2.9.0rc1"),
        ("!=2.9.0", "2.9.1 2.9.0rc1", "2.9 2.9.0"),
    ],
)
def test_which_versions_a_spec_names(spec: str, inside: str, outside: str) -> None:
    """A spec names the releases that PEP 440 names, and not their neighbours."""
    versions.check(spec)
    known = inside.split()
    assert [version for version in known if not versions.fits(spec, version)] == []
    assert [version for version in outside.split() if versions.fits(spec, version)] == []


@pytest.mark.parametrize("version", ["", "unknown", "main", "2.9.x"])
def test_an_unknown_version_fits_nothing(version: str) -> None:
    """What nobody knows is in no range, not even in one that excludes."""
    assert not versions.fits("!=2.9.0", version)
    assert not versions.fits("<99", version)


@pytest.mark.parametrize("spec", ["", "2.9,", "<", "<2.8.*", "~2.9", "2.9 - 2.10", "latest", "*", "=>2.9", "2.9.*.*"])
def test_what_is_no_spec_is_refused(spec: str) -> None:
    """A spec that cannot be understood is refused, with an example."""
    with pytest.raises(UsageError, match="not a version spec") as caught:
        versions.check(spec)
    assert "<2.9.1" in caught.value.hint
