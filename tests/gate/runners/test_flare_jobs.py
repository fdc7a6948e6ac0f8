"""The jobs that are submitted are the suite's, with the testcase's and the streaming's components added."""

from __future__ import annotations

from pathlib import Path

import pytest
from flare_samples import make_suite, read_json, write_job, write_json

from gate.config import Component, Components, SuiteTestcase
from gate.errors import InfrastructureError
from gate.runners.flare import jobs


def prepared(tmp_path: Path, testcase: SuiteTestcase, streaming: str) -> tuple[list[dict], list[dict]]:
    (tmp_path / "scratch").mkdir()
    job = jobs.prepare(make_suite(tmp_path, testcase, streaming=streaming), testcase, tmp_path / "scratch")
    config = job / "app/config"
    return tuple(read_json(config / f"config_fed_{side}.json")["components"] for side in ("server", "client"))


def test_stock_streaming_comes_after_everything_else(tmp_path: Path) -> None:
    """Mode `stock` adds the job's own, the testcase's, then one streamer a file and one receiver, in this order."""
    write_job(tmp_path / "job")
    added = Components(server=(Component("hold", "faults.Hold", {"seconds": 3}),), client=(Component("x", "a.B"),))
    testcase = SuiteTestcase("two", "job", stream=("log.txt", "log.json"), components=added)

    server, client = prepared(tmp_path, testcase, "stock")

    assert [entry["id"] for entry in server] == ["persistor", "hold", "log_receiver"]
    assert server[1] == {"id": "hold", "path": "faults.Hold", "args": {"seconds": 3}}
    assert [entry["id"] for entry in client] == ["x", "log_streamer_1", "log_streamer_2"]
    assert [entry["args"]["log_file_name"] for entry in client[1:]] == ["log.txt", "log.json"]


def test_streaming_off_adds_only_the_testcases_components(tmp_path: Path) -> None:
    """Mode `off` adds no streaming component."""
    write_job(tmp_path / "job")
    server, client = prepared(tmp_path, SuiteTestcase("plain", "job"), "off")
    assert [entry["id"] for entry in server] == ["persistor"]
    assert client == []


def test_the_suites_own_job_folder_is_left_alone(tmp_path: Path) -> None:
    """Components are added to a copy; two testcases of one job do not see each other's."""
    job = write_job(tmp_path / "job")
    before = read_json(job / "app/config/config_fed_server.json")
    prepared(tmp_path, SuiteTestcase("plain", "job"), "stock")
    assert read_json(job / "app/config/config_fed_server.json") == before


def test_every_app_gets_the_components(tmp_path: Path) -> None:
    """A job with an app for the server and another for the clients is changed in both."""
    write_json(tmp_path / "job/app_server/config/config_fed_server.json", {"workflows": []})
    write_json(tmp_path / "job/app_client/config/config_fed_client.json", {"executors": []})
    testcase = SuiteTestcase("split", "job")
    (tmp_path / "scratch").mkdir()

    job = jobs.prepare(make_suite(tmp_path, testcase, streaming="stock"), testcase, tmp_path / "scratch")

    assert read_json(job / "app_server/config/config_fed_server.json")["components"][0]["id"] == "log_receiver"
    assert read_json(job / "app_client/config/config_fed_client.json")["components"][0]["id"] == "log_streamer_1"


def test_an_id_that_is_taken_is_not_given_twice(tmp_path: Path) -> None:
    """A component whose id the job already uses gets another one: NVFlare refuses two of a name."""
    write_job(tmp_path / "job")
    added = Components(server=(Component("persistor", "faults.Hold"),))
    server, _ = prepared(tmp_path, SuiteTestcase("clash", "job", components=added), "off")
    assert [entry["id"] for entry in server] == ["persistor", "persistor_"]


@pytest.mark.parametrize("content", [None, "[1]", "{not json"])
def test_a_folder_that_is_no_job_is_said(tmp_path: Path, content: str | None) -> None:
    """A job folder without readable JSON configuration is an error that names the file, before anything starts."""
    config = tmp_path / "job/app/config/config_fed_server.json"
    config.parent.mkdir(parents=True)
    if content is not None:
        config.write_text(content, encoding="utf-8")
    with pytest.raises(InfrastructureError, match=r"config_fed_server\.json"):
        prepared(tmp_path, SuiteTestcase("odd", "job"), "off")


@pytest.mark.parametrize(
    ("deploy_map", "sites"),
    [
        ({"app": ["@ALL"]}, ("server", "a", "b")),
        ({"app": ["@all"]}, ("server", "a", "b")),
        ({"app": []}, ("server", "a", "b")),
        ({"one": ["server"], "two": ["b"]}, ("server", "b")),
        ({"app": {"sites": ["server", "a"]}}, ("server", "a")),
        (None, ("server", "a", "b")),
    ],
)
def test_the_sites_that_must_have_logs(tmp_path: Path, deploy_map: object, sites: tuple[str, ...]) -> None:
    """They are the server and those clients of the study on which the job is deployed."""
    write_job(tmp_path / "job", meta={"deploy_map": deploy_map})
    testcase = SuiteTestcase("t", "job", study="s")
    suite = make_suite(tmp_path, testcase, clients=("a", "b", "c"), studies={"s": ("a", "b")})
    assert jobs.sites_of(suite, testcase) == sites
