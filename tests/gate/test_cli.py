"""The command as a user runs it: exit codes, files, streams, complaints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate import __version__

FAILING = "2026-01-01 10:00:00 INFO a\n2026-01-01 10:00:01 ERROR b\n"


def loggate(*arguments: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gate", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **env},
    )


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "bad.log").write_text(FAILING)
    (tmp_path / "logs" / "good.log").write_text("INFO fine\n")
    return tmp_path


def test_a_failing_scan(logs: Path) -> None:
    """Exit 1; the terminal says where and why; report.json and report.html are written."""
    done = loggate("scan", "logs", cwd=logs)
    assert done.returncode == 1, done.stderr
    assert "logs/bad.log:2" in done.stdout
    assert "exit code 1" in done.stdout
    report = json.loads((logs / "loggate-report" / "report.json").read_text())
    assert report["verdict"] == "fail"
    assert report["counts"]["testcases"] == {"pass": 1, "fail": 1, "error": 0, "skipped": 0}
    (finding,) = report["issues"][0]["findings"]
    assert (finding["path"], finding["line"], finding["end_line"]) == ("logs/bad.log", 2, 2)
    assert "<html" in (logs / "loggate-report" / "report.html").read_text()


def test_a_passing_scan(logs: Path) -> None:
    """Exit 0 when no log holds a finding."""
    assert loggate("scan", "logs/good.log", "-o", "out", cwd=logs).returncode == 0
    assert json.loads((logs / "out" / "report.json").read_text())["verdict"] == "pass"


def test_exit_zero(logs: Path) -> None:
    """--exit-zero is for those who only want the report."""
    assert loggate("scan", "logs", "--exit-zero", cwd=logs).returncode == 0


def test_standard_input(logs: Path) -> None:
    """`-` reads standard input: findings fail, nothing at all is no pass."""
    assert loggate("scan", "-", cwd=logs, stdin=FAILING).returncode == 1
    assert loggate("scan", "-", cwd=logs, stdin="fine\n").returncode == 0
    assert loggate("scan", "-", cwd=logs, stdin="").returncode == 3


def test_formats_to_standard_output_and_files(logs: Path) -> None:
    """A format that goes to standard output is alone there; another goes to its file."""
    done = loggate("scan", "logs", "--format", "json=-", "--format", "github=notes.txt", cwd=logs)
    assert json.loads(done.stdout)["verdict"] == "fail"
    assert (logs / "notes.txt").read_text().startswith("::error file=logs/bad.log,line=2")


@pytest.mark.parametrize(
    ("arguments", "complaint", "hint"),
    [
        (["scan", ""], "a PATH is empty", "hint: is it a variable that is not set?"),
        (["scan", "logs", "--include", "[z-a]"], "glob: '[z-a]'", "hint: "),
        (["scan", "nowhere"], "nowhere: no such file or folder", "hint: "),
        (["scan", "logs", "--format", "pdf"], "unknown format 'pdf'", "formats: html, json"),
        (["scan", "logs", "--rules", "nope"], "unknown rule pack 'nope'", "shipped packs"),
        (["scan", "logs", "--layout", "{x}"], "layout: unknown field '{x}'", "{testcase}"),
        (["scan", "logs", "-o", "logs/bad.log"], "-o logs/bad.log: is a file", "name a folder"),
        (["scan", "logs", "--log-format", "*.log=jav"], "no log format 'jav'", "java"),
        (["scan"], "Missing argument 'PATH...'", ""),
        (["scan", "--nope"], "No such option", ""),
        (["run", "nowhere.yaml"], "nowhere.yaml: no such suite file", "config/poc.yaml"),
        (["rules", "nope"], "unknown rule pack 'nope'", "shipped packs"),
    ],
)
def test_wrong_usage(arguments: list[str], complaint: str, hint: str, logs: Path) -> None:
    """Exit 2 with what is wrong and a hint, no traceback, and nothing written."""
    done = loggate(*arguments, cwd=logs)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (logs / "loggate-report").exists()


def test_a_suite_with_a_mistake_starts_nothing(tmp_path: Path) -> None:
    """`loggate run` with a mistake in the suite ends with exit 2, file and line, before anything is started."""
    (tmp_path / "suite.yaml").write_text("version: 1\nrunner: nvflare-poc\ntestcases:\n  - {name: a, job: none}\n")
    done = loggate("run", "suite.yaml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "suite.yaml:4: testcases[0].job: no such job folder: none" in done.stderr
    assert not (tmp_path / "out").exists()


def test_run_chooses_testcases_that_exist(tmp_path: Path) -> None:
    """--testcase with an unknown name is refused, and the known ones are named."""
    (tmp_path / "job").mkdir()
    (tmp_path / "suite.yaml").write_text("version: 1\nrunner: nvflare-poc\ntestcases:\n  - {name: a, job: job}\n")
    done = loggate("run", "suite.yaml", "--testcase", "b", cwd=tmp_path)
    assert (done.returncode, "hint: testcases: a" in done.stderr) == (2, True)


def test_run_without_nvflare(tmp_path: Path) -> None:
    """Without NVFlare in the Python under test: exit 3, and how to install it."""
    (tmp_path / "job").mkdir()
    (tmp_path / "suite.yaml").write_text("version: 1\nrunner: nvflare-poc\ntestcases:\n  - {name: a, job: job}\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    done = loggate("run", "suite.yaml", "--nvflare", "bare", "-o", "out", cwd=tmp_path)
    assert done.returncode == 3
    assert "NVFlare" in done.stderr
    assert "pip install" in done.stderr


def test_settings_and_flags(logs: Path) -> None:
    """loggate.yaml is discovered, a path in it is relative to it, and a flag overrides it."""
    (logs / "loggate.yaml").write_text("exclude: ['bad*']\noutput: reports/here\n")
    (logs / "sub").mkdir()
    assert loggate("scan", "../logs", cwd=logs / "sub").returncode == 0
    assert (logs / "reports" / "here" / "report.json").exists()
    assert loggate("scan", "../logs", "--exclude", "good*", cwd=logs / "sub").returncode == 1


def test_a_log_format_that_is_set(logs: Path) -> None:
    """By default entries begin where they seem to; as plain output the same lines have none; the report says which."""
    (logs / "app.log").write_text("2026-01-01 10:00:00 ERROR a\nmore\n2026-01-01 10:00:01 INFO b\n")

    def judged(*options: str) -> tuple[str, list[int]]:
        loggate("scan", "app.log", *options, cwd=logs)
        report = json.loads((logs / "loggate-report" / "report.json").read_text())
        (finding,) = report["issues"][0]["findings"]
        return report["testcases"][0]["sites"][0]["logs"][0]["format"], [finding["line"], finding["end_line"]]

    assert judged() == ("timestamped", [1, 2])
    assert judged("--log-format", "*.log=plain") == ("plain", [1, 1])
    said = loggate("scan", "app.log", "--log-format", "*.txt=plain", cwd=logs).stderr
    assert said == "loggate: no log fits the log format *.txt=plain\n"
    (logs / "loggate.yaml").write_text("log_formats: {app.*: plain}\n")
    assert judged() == ("plain", [1, 1])


def test_all_formats_are_listed(tmp_path: Path) -> None:
    """`loggate formats` names what can be written and what can be read, each with what it is."""
    lines = loggate("formats", cwd=tmp_path).stdout.splitlines()
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.startswith("  ")}
    assert {"sarif", "syslog", "docker_json", "plain"} <= told.keys()
    assert all(told.values())


def test_rules_are_listed_and_printed(tmp_path: Path) -> None:
    """`loggate rules` lists the packs; with a name it prints one as YAML that works as a copy."""
    assert "strict: traceback, exception, error" in loggate("rules", cwd=tmp_path).stdout
    (tmp_path / "own.yaml").write_text(loggate("rules", "strict", cwd=tmp_path).stdout)
    (tmp_path / "x.log").write_text("Exception\n")
    assert loggate("scan", "x.log", "--rules", "own.yaml", cwd=tmp_path).returncode == 1


def in_shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A bash command line; `loggate` in it is the command, and its exit code that of the first loggate in a pipe."""
    return subprocess.run(
        ["bash", "-c", f'loggate() {{ "{sys.executable}" -m gate "$@"; }}; {command}; exit "${{PIPESTATUS[0]}}"'],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize(
    "name", ["html", "junit", "sarif", "summary", "gitlab", "markdown", "csv", "github", "terminal"]
)
def test_standard_output_of_any_encoding(name: str, tmp_path: Path) -> None:
    """Every format can be printed where standard output is not UTF-8; the exit code stays the verdict's."""
    (tmp_path / "a.log").write_text("ERROR grün ✓ \u202e\n", encoding="utf-8")
    done = loggate("scan", "a.log", "--format", f"{name}=-", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, "bug" in done.stderr) == (1, False), done.stderr


@pytest.mark.parametrize("target", ["json=-", "json=/dev/stdout"])
def test_a_closed_pipe_is_no_bug(target: str, logs: Path) -> None:
    """`loggate ... | head` ends quietly, and not with the exit code of a failed gate."""
    (logs / "logs" / "many.log").write_text("".join(f"ERROR {number * 'x'}\n" for number in range(1000)))
    done = in_shell(f"loggate scan logs --format {target} | head -c 1", logs)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command", ["scan logs", "scan logs --format json=-", "rules", "rules strict", "--help", "--version"]
)
@pytest.mark.parametrize("buffered", ["", "PYTHONUNBUFFERED=1 "])
def test_a_full_standard_output_is_no_bug(buffered: str, command: str, logs: Path) -> None:
    """An output that takes nothing is one clear line and exit 3; the report's files are written all the same."""
    done = in_shell(f"{buffered}loggate {command} >/dev/full", logs)
    message = "loggate: standard output: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (3, message)
    assert (logs / "loggate-report" / "report.json").exists() == command.startswith("scan")


@pytest.mark.parametrize("formats", ["", "--format json=-"])
def test_a_closed_standard_output_is_no_bug(formats: str, logs: Path) -> None:
    """Started with a closed standard output: one clear line and exit 3; without need of it, no difference."""
    done = in_shell(f"loggate scan logs {formats} >&-", logs)
    assert (done.returncode, done.stderr) == (3, "loggate: standard output: cannot be written: it is closed\n")
    assert in_shell("loggate scan logs --format json=x.json >&-", logs).returncode == 1


def test_a_closed_standard_input_is_no_pass(logs: Path) -> None:
    """`-` without a standard input is missing evidence."""
    done = in_shell("loggate scan - <&-", logs)
    assert (done.returncode, "cannot be read" in done.stdout, done.stderr) == (3, True, "")


def test_a_second_scan_into_the_current_folder(logs: Path) -> None:
    """`-o .` run twice judges the same logs twice, and never its own reports."""
    (logs / "logs" / "bad.log").unlink()
    (logs / "app.log").write_text("INFO fine\n")
    for _ in range(2):
        done = loggate("scan", ".", "-o", ".", "--format", "github=notes.txt", "--format", "terminal", cwd=logs)
        assert done.returncode == 0, done.stdout
        (logs / "notes.txt").write_text("::error ::ERROR\n")
    report = json.loads((logs / "report.json").read_text())
    assert {testcase["name"] for testcase in report["testcases"]} == {"app.log", "logs"}
    assert {skip["path"] for skip in report["skipped"]} == {"report.json", "report.html", "notes.txt"}


def test_an_interrupted_scan_leaves_no_half_report(logs: Path) -> None:
    """Ctrl-C ends with 130 and leaves no report behind that looks whole."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gate", "scan", "-"],
        cwd=logs,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        # a shell's background job ignores SIGINT, and what it starts would inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin
    process.stdin.write(FAILING)
    process.stdin.flush()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in complaint
    assert not (logs / "loggate-report").exists()


def test_help_names_every_exit_code(tmp_path: Path) -> None:
    """The help of each command that judges says what its exit codes mean."""
    for command in ("run", "scan"):
        text = loggate(command, "--help", cwd=tmp_path).stdout
        assert all(f"\n    {code}  " in text for code in range(5)), text


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A client's startup kit, with the little that an installation reads."""
    site = tmp_path / "site-1"
    (site / "startup").mkdir(parents=True)
    (site / "local").mkdir()
    (site / "startup" / "fed_client.json").write_text("{}")
    (site / "local" / "resources.json.default").write_text('{"format_version": 2, "components": []}')
    return site


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_fixlib_goes_into_a_startup_kit_and_out_of_it(kit: Path) -> None:
    """`loggate nvflare install`, twice, `status`, `uninstall`: the kit has fixlib, says so, and is as it was before."""
    before = files(kit)
    assert loggate("nvflare", "status", "site-1", cwd=kit.parent).returncode == 1
    for _ in range(2):
        done = loggate("nvflare", "install", "site-1", "--file", "log.json", cwd=kit.parent)
        assert (done.returncode, done.stdout) == (0, f"{kit}: installed\n"), done.stderr
    assert (kit / "local" / "custom" / "fixlib" / "producer.py").is_file()
    assert loggate("nvflare", "status", "site-1", cwd=kit.parent).returncode == 0
    done = loggate("nvflare", "uninstall", "site-1", cwd=kit.parent)
    assert (done.returncode, done.stdout) == (0, f"{kit}: absent\n")
    assert files(kit) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["install", "nowhere"], "nowhere: no such folder"),
        (["install", "."], "holds no NVFlare server or client"),
        (["install", "site-1", "--file", "../x"], "'../x': is not the plain name of a file"),
    ],
)
def test_what_is_no_workspace_is_refused(arguments: list[str], complaint: str, kit: Path) -> None:
    """A folder without a startup kit, or a file name that is a path, is exit 2, and nothing is written."""
    cwd = kit.parent if "site-1" in arguments else kit / "local"
    before = files(kit)
    done = loggate("nvflare", *arguments, cwd=cwd)
    assert (done.returncode, complaint in done.stderr) == (2, True), done.stderr
    assert files(kit) == before


def test_the_version_is_told_at_once() -> None:
    """`--version` says what the full command says, without importing it; with anything else it is the command's."""
    code = "import sys, gate.start as start; start.main(); sys.exit('click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"loggate {__version__}\n")
    for arguments in (["--version", "scan"], ["--version", "--help"]):
        done = subprocess.run([sys.executable, "-m", "gate", *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"loggate {__version__}\n")
