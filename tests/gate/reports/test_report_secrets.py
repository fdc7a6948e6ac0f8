"""A secret that stands anywhere in what loggate reads is in nothing that it writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gate import reports

SECRET = "hunter22Xyz1"  # noqa: S105 - what is looked for

LOGS = {
    f"password={SECRET}/site-token=ab12{SECRET}/log.txt": f"""\
2026-01-01 10:00:00,123 - Trainer - INFO - before password={SECRET}
2026-01-01 10:00:00,123 - Trainer - ERROR - [identity=site-1] - login failed postgres://admin:{SECRET}@db/x
Traceback (most recent call last):
  File "/srv/train.py", line 3, in f
    connect("postgres://admin:{SECRET}@db/x", password="{SECRET}")
ValueError: bad password='{SECRET}' for admin
2026-01-01 10:00:01,123 - api_key={SECRET} - ERROR - x
2026-01-01 10:00:00,123 - Trainer - INFO - after token=a1{SECRET}
""",
    "t1/site-1/log.json": f"""\
{{"asctime":"2026-01-01 10:00:00,123","name":"api_key={SECRET}","levelname":"ERROR","message":"password={SECRET}"}}
{{"time":"2026-01-01T10:00:00Z","level":"ERROR","msg":"failed","password":"{SECRET}","auth":{{"token":"a1{SECRET}"}}}}
""",
    "t1/site-1/app.log": f"""\
time=2026-01-01T10:00:00Z level=ERROR msg="password={SECRET}" logger="api_key={SECRET}"
2026-01-01 10:00:00.123 ERROR 1 --- [main] c.e.App : secret={SECRET}
java.lang.IllegalStateException: Exception password={SECRET}
\tat c.e.App.main(App.java:3)
Caused by: java.lang.RuntimeException: token=ab12{SECRET}
\tat c.e.App.x(App.java:9)
""",
    f"t1/site-1/api_key={SECRET}.log": "ERROR: something\n",
    f"t1/site-1/password={SECRET}.bin": "binary\0\0\1\2",
    "waivers.yaml": f"""\
version: 1
waivers:
  - {{pattern: "password={SECRET}", reason: "password={SECRET}", owner: "token=ab12{SECRET}", expires: 2090-01-01}}
  - {{pattern: "never seen", reason: "password={SECRET} unused", owner: a, expires: 2020-01-01}}
""",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All that a scan of these logs writes, by the name of its file or output."""
    folder = tmp_path_factory.mktemp("secrets")
    for name, text in LOGS.items():
        path = folder / ("" if name == "waivers.yaml" else "logs") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    formats = [option for name in reports.NAMES for option in ("--format", f"{name}=out/report.{name}")]
    layout = ("--layout", "{testcase}/{site}/**", "--exclude", f"password={SECRET}x")
    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "logs", *layout, "-o", "out", "--history", "out/h.db", *formats],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return {
        "stdout": done.stdout,
        "stderr": done.stderr,
        **{path.name: path.read_bytes() for path in (folder / "out").iterdir()},
    }


@pytest.mark.parametrize("name", ["stdout", "stderr", "h.db", *(f"report.{name}" for name in reports.NAMES)])
def test_no_output_holds_a_secret(name: str, written: dict[str, bytes]) -> None:
    """Not in messages, traces, context, loggers, names, paths, reasons, the command line or the history."""
    assert SECRET.encode() not in written[name]


@pytest.mark.parametrize("name", ["json", "html", "junit", "sarif", "summary", "markdown", "csv", "github", "gitlab"])
def test_who_and_where_stays(name: str, written: dict[str, bytes]) -> None:
    """Twin: the finding itself is told, with what is no secret."""
    assert b"password=" in written[f"report.{name}"]
    assert b"***" in written[f"report.{name}"]
