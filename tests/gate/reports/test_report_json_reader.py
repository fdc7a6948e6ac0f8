from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import report_samples as samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.errors import ConfigError, UsageError
from gate.model import Report
from gate.reports.json import FORMAT
from gate.reports.json_reader import load

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(report: Report) -> str:
    out = io.StringIO()
    FORMAT.write(report, out, None)
    return out.getvalue()


def read(text: str | bytes, folder: Path) -> Report:
    path = folder / "report.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path)


def grown(value: Any) -> Any:
    """The value with a key more in each of its objects, but for the free maps."""
    if isinstance(value, list):
        return [grown(each) for each in value]
    if not isinstance(value, dict):
        return value
    known = {key: each if key in ("environment", "scope") else grown(each) for key, each in value.items()}
    return {"added by a later release": [{"deep": 1}], **known}


@pytest.mark.parametrize("name", ["small", "all_pass", "failing", "missing_evidence", "nothing"])
def test_round_trip(name: str, tmp_path: Path) -> None:
    """What the JSON format writes is read back as the very report."""
    report = getattr(samples, name)()
    assert read(written(report), tmp_path) == report


def test_the_contract_may_grow(tmp_path: Path) -> None:
    """Keys that this release does not know, anywhere, change nothing."""
    report = samples.failing()
    assert read(json.dumps(grown(json.loads(written(report)))), tmp_path) == report


def test_the_contract_was_smaller(tmp_path: Path) -> None:
    """What an older release did not write yet takes its default."""
    tree = json.loads(written(samples.failing()))
    for finding in tree["issues"][0]["findings"]:
        del finding["note"], finding["rules"], finding["before"]
    del tree["testcases"][0]["sites"][0]["streams"], tree["testcases"][0]["started"]
    del tree["issues"][0]["first_time"], tree["issues"][0]["last_time"], tree["waivers"], tree["trend"]
    first = read(json.dumps(tree), tmp_path)
    assert first.issues[0].findings[0].note == ""
    assert first.testcases[0].sites[0].streams == ()
    assert (first.testcases[0].started, first.issues[0].first_time, first.waivers, first.trend) == (
        None,
        None,
        (),
        None,
    )


def test_what_has_no_default_is_missed(tmp_path: Path) -> None:
    """A key that every version has is not made up: the complaint names the file and the place."""
    tree = json.loads(written(samples.failing()))
    del tree["testcases"][1]["verdict"]
    with pytest.raises(ConfigError, match=r"report\.json: testcases\[1\]: .*verdict"):
        read(json.dumps(tree), tmp_path)


@pytest.mark.parametrize(
    "text",
    ["[]", "3", "null", '{"version": "2.1.0", "runs": []}', '{"a": 1}', "<html>", "[" * 100_000, b"\xff\xfe", ""],
)
def test_no_report(text: str | bytes, tmp_path: Path) -> None:
    """What is no report of ours is a usage error that names the file, whatever it is."""
    with pytest.raises(ConfigError, match=r"report\.json.* (no report|no JSON|empty|cut short)"):
        read(text, tmp_path)


def test_another_version(tmp_path: Path) -> None:
    """A later version is refused, not misread."""
    tree = json.loads(written(samples.small())) | {"version": 2}
    with pytest.raises(ConfigError, match="version 2, this loggate reads version 1"):
        read(json.dumps(tree), tmp_path)


def test_no_file(tmp_path: Path) -> None:
    """A missing file and a folder say so."""
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "absent.json")
    with pytest.raises(UsageError, match="directory"):
        load(tmp_path)


WHOLE = written(samples.failing()).rstrip().encode()


@in_one_folder
@given(length=st.integers(1, len(WHOLE) - 1))
def test_cut_short(length: int, tmp_path: Path) -> None:
    """A report that ends early is never taken for a smaller one, wherever it ends."""
    with pytest.raises(ConfigError, match=r"cut short|no JSON"):
        read(WHOLE[:length], tmp_path)


@in_one_folder
@given(data=st.binary(max_size=200), at=st.integers(0, len(WHOLE)))
def test_damaged(data: bytes, at: int, tmp_path: Path) -> None:
    """Bytes from elsewhere give a report or a complaint, nothing else."""
    try:
        read(WHOLE[:at] + data + WHOLE[at:], tmp_path)
    except UsageError as error:
        assert "report.json" in str(error)
