"""What people write is read strictly: a complaint names file, line, key and what was expected, with a hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gate import config
from gate.errors import ConfigError, UsageError

SUITE = """\
version: 1
runner: nvflare-poc
streaming: stock
clients: [site-1, site-2]
studies:
  heart: [site-1, site-2]
testcases:
  - name: one
    job: jobs/one
    study: heart
    expect:
      findings:
        - pattern: "ValueError: .*"
          site: site-1
          count: 1
  - name: two
    job: jobs/one
    components:
      server:
        - {id: hold, path: faults.StartDelay, args: {seconds: 3}}
    abort: {site: site-1, line: "round 1"}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "jobs" / "one").mkdir(parents=True)
    file = tmp_path / "suite.yaml"
    file.write_text(SUITE)
    return file


def test_a_suite_is_read(suite: Path) -> None:
    """A valid suite gives its testcases with their defaults."""
    read = config.load_suite(suite)
    assert [testcase.name for testcase in read.testcases] == ["one", "two"]
    assert read.testcases[0].stream == ("log.txt",)
    assert read.testcases[1].components.server[0].args == {"seconds": 3}
    assert read.rules == config.DEFAULT_PACKS


@pytest.mark.parametrize(
    ("old", "new", "complaint", "hint"),
    [
        ("streaming: stock", "streming: stock", "3: streming: unknown key", "did you mean 'streaming'?"),
        ("study: heart", "studdy: heart", "10: testcases[0].studdy: unknown key", "did you mean 'study'?"),
        ("clients: [site-1, site-2]", "clients: site-1", "4: clients: expected a list, got str", ""),
        ("count: 1", "count: one", "15: testcases[0].expect.findings[0].count: expected an int or null, got str", ""),
        (
            "streaming: stock",
            "streaming: live",
            "3: streaming: invalid enum value 'live'",
            "one of: stock, off, fixlib",
        ),
        ("version: 1", "version: 2", "1: version: invalid enum value 2", "one of: 1"),
        ("version: 1", "runner: x", "2: key 'runner' stands twice in one map", "keep one of the two"),
        ("  - name: two\n", "  - name: one\n", "16: testcases[1].name: the name 'one' stands twice", ""),
        (
            "  - name: two\n",
            "  - name: ../two\n",
            "16: testcases[1].name: '../two' cannot name a folder",
            "use letters",
        ),
        (
            "    job: jobs/one\n    study",
            "    job: jobs/no\n    study",
            "9: testcases[0].job: no such job folder",
            "relative to",
        ),
        ("study: heart", "study: lung", "10: testcases[0].study: unknown study 'lung'", "studies of this suite: heart"),
        (
            "site: site-1\n",
            "site: site-9\n",
            "14: testcases[0].expect.findings[0].site: unknown site 'site-9'",
            "sites",
        ),
        ('"ValueError: .*"', '"("', "13: testcases[0].expect.findings[0].pattern: not a regular expression", ""),
        ('"ValueError: .*"', '"x*"', "13: testcases[0].expect.findings[0].pattern: matches the empty text", ""),
        ("count: 1", "count: 0", "15: testcases[0].expect.findings[0].count: expected a number from 1, got 0", ""),
        ("streaming: stock", "rules: [nope]", "3: rules[0]: unknown rule pack 'nope'", "shipped packs"),
        ("version: 1", "version: [", "not valid YAML", ""),
        ("runner: nvflare-poc\n", "", "1: missing key 'runner'", ""),
        (
            "seconds: 3",
            "seconds: 3}, extra: {",
            "20: testcases[1].components.server[0].extra: unknown key",
            "known keys",
        ),
    ],
)
def test_a_wrong_suite_is_refused(suite: Path, old: str, new: str, complaint: str, hint: str) -> None:
    """Each mistake is one line with the file, the line and the key path, and a hint where there is one."""
    assert old in SUITE
    suite.write_text(SUITE.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        config.load_suite(suite)
    assert str(caught.value).startswith(str(suite))
    assert complaint in str(caught.value)
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_empty_suite_is_refused(suite: Path) -> None:
    """A suite without testcases, or an empty file, is refused."""
    suite.write_text(SUITE[: SUITE.index("testcases:")] + "testcases: []\n")
    with pytest.raises(ConfigError, match="at least one testcase"):
        config.load_suite(suite)
    suite.write_text("")
    with pytest.raises(ConfigError, match="missing key"):
        config.load_suite(suite)


def test_a_suite_that_is_not_there(tmp_path: Path) -> None:
    """A suite file that does not exist is wrong usage."""
    with pytest.raises(UsageError, match="no such suite"):
        config.load_suite(tmp_path / "no.yaml")


def test_the_shipped_suite_is_valid() -> None:
    """config/poc.yaml holds 17 testcases over at least two studies, and each streams a log."""
    suite = config.load_suite(Path(__file__).parents[2] / "config" / "poc.yaml")
    assert len(suite.testcases) == 17
    assert len({testcase.study for testcase in suite.testcases} - {""}) >= 2
    assert all(testcase.stream for testcase in suite.testcases)


# ---- rule packs ------------------------------------------------------------------------------------------------------

PACK = """\
version: 1
rules:
  - id: slow
    title: Slow round
    pattern: 'round took \\d{3,} s'
    severity: warning
"""


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    """A copied and changed pack is found relative to the file that names it, and joins the shipped ones."""
    (tmp_path / "own.yaml").write_text(PACK)
    rules = config.load_rules(("strict", "own.yaml"), relative_to=tmp_path)
    assert [rule.id for rule in rules] == ["traceback", "exception", "error", "slow"]
    assert rules[-1].severity == "warning"


def test_the_printed_packs_can_be_copied(tmp_path: Path) -> None:
    """Each shipped pack, saved under a name of one's own, is a valid pack with the same rules."""
    for name, text in config.shipped_packs().items():
        (tmp_path / "copy.yaml").write_text(text)
        assert config.load_rules(("copy.yaml",), relative_to=tmp_path) == config.load_rules((name,))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("'round took \\d{3,} s'", "'('", "5: rules[0].pattern: not a regular expression"),
        ("'round took \\d{3,} s'", "'.*'", "5: rules[0].pattern: matches the empty text"),
        ("'round took \\d{3,} s'", "'(a)\\1'", "5: rules[0].pattern: refers back to a group"),
        ("severity: warning", "severity: bad", "6: rules[0].severity: invalid enum value 'bad'"),
        ("title: Slow round", "titel: x", "4: rules[0].titel: unknown key"),
        ("severity: warning", "level: ERRRO", "6: rules[0].level: unknown level 'ERRRO'"),
    ],
)
def test_a_wrong_pack_is_refused(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    """A rule that cannot work is refused with its file and line."""
    file = tmp_path / "own.yaml"
    file.write_text(PACK.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        config.load_rules(("own.yaml",), relative_to=tmp_path)


def test_an_unknown_pack() -> None:
    """An unknown pack is refused, and the shipped ones are named."""
    with pytest.raises(UsageError) as caught:
        config.load_rules(("nope",))
    assert "crashes, levels, strict" in caught.value.hint


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("loggate.yaml", "layout: '{testcase}/**'\nrules: [strict]\n"),
        ("pyproject.toml", "[tool.loggate]\nlayout = '{testcase}/**'\nrules = ['strict']\n"),
    ],
)
def test_settings_are_discovered(name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """loggate.yaml or [tool.loggate] is found in the current folder or above it."""
    (tmp_path / name).write_text(text)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    settings = config.load_settings(None)
    assert (settings.layout, settings.rules, settings.folder) == ("{testcase}/**", ("strict",), tmp_path)


def test_settings_stop_at_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands above the repository is somebody else's."""
    (tmp_path / "loggate.yaml").write_text("layout: x\n")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    assert config.load_settings(None) == config.Settings()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("loggate.yaml", "layuot: x\n", "loggate.yaml:1: layuot: unknown key"),
        ("loggate.yaml", "rules: strict\n", "loggate.yaml:1: rules: expected a list, got str"),
        ("pyproject.toml", "[tool.loggate]\nrules = 3\n", "pyproject.toml [tool.loggate]: rules: expected a list"),
        ("pyproject.toml", "[tool\n", "not valid TOML"),
        ("loggate.yaml", "file: x\n", "loggate.yaml:1: file: unknown key"),
        (
            "loggate.yaml",
            "rules: []\nlog_formats: {a: [b]}\n",
            "loggate.yaml:2: log_formats.*: expected a str, got list",
        ),
    ],
)
def test_wrong_settings_are_refused(name: str, text: str, complaint: str, tmp_path: Path) -> None:
    """A mistake in the settings is refused, not ignored."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        config.load_settings(str(tmp_path / name))


def test_log_formats_that_are_set(tmp_path: Path) -> None:
    """A flag goes before the settings, whose mistakes have their line; nothing unknown is taken."""
    (tmp_path / "loggate.yaml").write_text("log_formats:\n  '*.log': java\n  '*.out': plain\n")
    settings = config.load_settings(str(tmp_path / "loggate.yaml"))
    names = ("java", "plain", "cri")
    assert config.log_formats(("*.log=cri",), settings, names) == {"*.log": "cri", "*.out": "plain"}
    with pytest.raises(ConfigError, match=r"loggate.yaml:3: log_formats.*: no log format 'plain'"):
        config.log_formats((), settings, ("java",))
    for wrong, complaint in (("java", "expected GLOB=NAME"), ("=java", "GLOB=NAME"), ("*=jav", "no log format 'jav'")):
        with pytest.raises(UsageError, match=complaint):
            config.log_formats((wrong,), config.Settings(), names)


def test_a_settings_file_that_is_not_there() -> None:
    """--config with a wrong path is wrong usage."""
    with pytest.raises(UsageError, match="no such file"):
        config.load_settings("/nowhere/loggate.yaml")


def documented(number: int) -> str:
    """A YAML block of docs/how-to/write-a-suite.md."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-suite.md").read_text(encoding="utf-8")
    return text.split("```yaml\n")[number].split("```")[0]


def test_what_the_documentation_shows_is_understood(tmp_path: Path) -> None:
    """The suite and the settings in the documentation are read without a complaint."""
    (tmp_path / "jobs" / "fedavg").mkdir(parents=True)
    (tmp_path / "suite.yaml").write_text(documented(1), encoding="utf-8")
    (testcase,) = config.load_suite(tmp_path / "suite.yaml").testcases
    assert (len(testcase.expect.lines), testcase.expect.ordered, testcase.expect.complete) == (2, True, True)
    (tmp_path / "loggate.yaml").write_text(documented(2), encoding="utf-8")
    policy = config.load_settings(str(tmp_path / "loggate.yaml")).policy
    assert (policy.note, policy.rules) == ("warn", {"stream-incomplete": "warn"})


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{pattern: '('}", "testcases[0].expect.lines[0].pattern: not a regular expression"),
        ("{pattern: ''}", "testcases[0].expect.lines[0].pattern: matches the empty text"),
        ("{pattern: a, count: 0}", "testcases[0].expect.lines[0].count: expected a number from 1, got 0"),
        ("{pattern: a, site: site-9}", "testcases[0].expect.lines[0].site: unknown site 'site-9'"),
    ],
)
def test_expected_lines_are_checked(tmp_path: Path, line: str, complaint: str) -> None:
    """A line that could never be checked as meant is refused where it is written."""
    (tmp_path / "job").mkdir()
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "version: 1\nrunner: nvflare-poc\ntestcases:\n"
        f"  - name: a\n    job: job\n    expect:\n      lines:\n        - {line}\n"
    )
    with pytest.raises(ConfigError) as refused:
        config.load_suite(suite)
    assert complaint in str(refused.value)
    assert f"{suite}:8" in str(refused.value)
