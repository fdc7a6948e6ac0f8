"""The GitHub Action: its steps run as GitHub's runner runs them, on good evidence, bad evidence and hostile inputs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml
from sarif import loader

from gate import githubaction
from tests.actionrunner import Command, Run, Runner, Upload, command, outputs

ROOT = Path(__file__).parents[1]
DEFINITION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
COMMAND = Path(sys.executable).with_name("loggate")
INSTALLED = {"install": {"python": sys.executable, "command": str(COMMAND)}}
"""What the first step says when this environment is the one that it made."""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(ROOT, tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})


def write(runner: Runner, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = runner.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def judge(runner: Runner, **inputs: str) -> Run:
    return runner.use({name.replace("_", "-"): value for name, value in inputs.items()}, INSTALLED)


def told(run: Run) -> list[Command]:
    """The annotations; fails if the log made the runner do anything else."""
    commands = run.commands()
    assert {each.name for each in commands} <= {"error", "warning", "notice"}
    return commands


def error(run: Run) -> str:
    """The one annotation of a run that came to no verdict."""
    (found,) = told(run)
    assert (found.name, found.properties["title"]) == ("error", "loggate: error")
    return found.message


# ---- the runner of these tests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("::error file=a b,line=1::x%0Ay%25", Command("error", {"file": "a b", "line": "1"}, "x\ny%")),
        ("  ::warning title=a%3Ab%2Cc::", Command("warning", {"title": "a:b,c"}, "")),
        ("::stop-commands::x", Command("stop-commands", {}, "x")),
        ("text ##[error]x", Command("error", {}, "x")),
        ("text ::error::x", None),
        ("a: :error::x", None),
    ],
    ids=str,
)
def test_the_runner_reads_a_line(line: str, read: Command | None) -> None:
    """Workflow commands are found where GitHub's runner finds them, and nowhere else."""
    assert command(line) == read


def test_the_runner_reads_outputs() -> None:
    """A value between delimiters may have any lines; a file that GitHub's runner refuses is refused."""
    assert outputs("a=1=2\nb<<END\nx\n\na=3\nEND\nc=\n") == {"a": "1=2", "b": "x\n\na=3", "c": ""}
    for text in ("a<<END\nx\n", "no output\n"):
        with pytest.raises(AssertionError, match="the runner"):
            outputs(text)


# ---- the verdict -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict", "code", "counts"),
    [
        ("INFO fine\n", "pass", "0", {"new": "0", "testcases-passed": "1"}),
        ("ERROR bad\n", "fail", "1", {"new": "1", "testcases-failed": "1"}),
        ("", "error", "3", {"new": "0", "testcases-errored": "1"}),
    ],
    ids=["good", "bad", "empty"],
)
def test_the_action_ends_as_the_gate(
    runner: Runner, text: str, verdict: str, code: str, counts: dict[str, str]
) -> None:
    """Good logs pass, bad ones fail, empty ones cannot be judged; whatever it is, the report is uploaded."""
    write(runner, {"logs/site.log": text})
    run = judge(runner, paths="logs")
    assert run.failed == (verdict != "pass")
    assert (run.outputs["verdict"], run.outputs["exit-code"]) == (verdict, code)
    assert run.outputs | counts == run.outputs
    assert run.uploads == [Upload("loggate-report", ("loggate-report/report.html", "loggate-report/report.json"))]
    assert run.log.splitlines()[-1] == (
        f"loggate: {verdict}, exit code {code}, the whole report: https://github.example/artifacts/1"
    )


def test_every_output_has_a_value(runner: Runner) -> None:
    """After a run that came to a verdict no output is empty."""
    write(runner, {"logs/site.log": "ERROR bad\n"})
    run = judge(runner, paths="logs")
    assert set(run.outputs) == set(DEFINITION["outputs"])
    assert all(run.outputs.values()), run.outputs
    assert (runner.workspace / run.outputs["report"]).is_file()
    assert (runner.workspace / run.outputs["report-json"]).is_file()


def test_annotations_and_summary(runner: Runner) -> None:
    """The finding stands at its line, the verdict in a notice; the page of the run has both and the report's link."""
    write(runner, {"logs/site.log": "INFO fine\nERROR bad\n"})
    run = judge(runner, paths="logs")
    place, verdict = told(run)
    assert (place.name, place.properties["file"], place.properties["line"]) == ("error", "logs/site.log", "2")
    assert (verdict.name, verdict.properties["title"]) == ("notice", "loggate: fail")
    report, link = run.summaries
    assert report.startswith("## ❌ loggate: fail")
    assert link == "[The whole report](https://github.example/artifacts/1)\n"


def test_a_path_that_is_missing_is_an_error(runner: Runner) -> None:
    """A folder that is not there is named in the annotation, and is never a pass."""
    run = judge(runner, paths="nowhere")
    assert "nowhere" in error(run)
    assert (run.failed, run.outputs["verdict"], run.outputs["exit-code"]) == (True, "error", "2")
    (summary,) = run.summaries
    assert summary.startswith(
        "**loggate: error**, there is no verdict\n\n```text\nloggate: nowhere: no such file or folder"
    )


def test_paths_with_spaces_and_other_scripts(runner: Runner) -> None:
    """Each line is one path, whatever stands in it; empty lines and indentation are none."""
    write(runner, {"my logs/sité 1.log": "ERROR one\n", "журнал/b.log": "ERROR two\n", "-o": "ERROR three\n"})
    run = judge(runner, paths="\n  my logs/sité 1.log\n\nжурнал\n-o\n", output="my report")
    assert (run.outputs["verdict"], run.outputs["new"]) == ("fail", "3")
    assert {each.properties.get("file") for each in told(run)} == {
        "my logs/sité 1.log",
        "журнал/b.log",
        "-o",
        None,
    }
    assert run.outputs["report"] == "my report/report.html"
    assert run.uploads[0].files == ("my report/report.html", "my report/report.json")


# ---- inputs ----------------------------------------------------------------------------------------------------------

WARNS = """\
version: 1
rules:
  - {id: slow, title: Slow, severity: warning, pattern: slow, help: It is slow.}
"""


def test_every_input_is_used() -> None:
    """Each input of the action reaches a step, and each variable of a step is an input's or another step's output."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8").partition("\nruns:")[2]
    assert [name for name in DEFINITION["inputs"] if f"inputs.{name} " not in text] == []
    (step,) = (step for step in DEFINITION["runs"]["steps"] if step.get("id") == "judge")
    assert {name for name in step["env"] if name.startswith("INPUT_")} == {
        field.encode_name for field in githubaction.msgspec.structs.fields(githubaction.Inputs)
    }


@pytest.mark.parametrize(
    ("fail_on", "verdict", "failed"),
    [("error", "pass", False), ("warning", "fail", True), ("note", "fail", True), ("never", "fail", False)],
)
def test_fail_on(runner: Runner, fail_on: str, verdict: str, failed: bool) -> None:
    """A warning fails from `warning` on; with `never` the verdict is told and the action succeeds all the same."""
    write(runner, {"logs/a.log": "slow\n", "rules.yaml": WARNS})
    run = judge(runner, paths="logs", rules="rules.yaml", fail_on=fail_on)
    assert (run.outputs["verdict"], run.failed) == (verdict, failed)
    assert run.outputs["exit-code"] == str(int(failed))


def test_never_does_not_hide_a_wrong_input(runner: Runner) -> None:
    """Who only wants the report still learns that there is none."""
    run = judge(runner, paths="logs", rules="nothing.yaml", fail_on="never")
    assert (run.failed, run.outputs["exit-code"]) == (True, "2")


def test_rules_layout_and_config(runner: Runner) -> None:
    """Rule packs, the layout and the settings reach the command."""
    write(runner, {"logs/case/site.log": "ERROR\nslow\n", "logs/case/other.log": "slow\n", "rules.yaml": WARNS})
    write(runner, {"own.yaml": "exclude: [other.log]\n"})
    layout = "{testcase}/{site}.log"
    run = judge(runner, paths="logs", rules="crashes\nrules.yaml\n", layout=layout, config="own.yaml")
    assert run.outputs["new"] == "1"
    report = (runner.workspace / run.outputs["report-json"]).read_text(encoding="utf-8")
    for option in ("--rules=crashes", "--rules=rules.yaml", layout, "--config=own.yaml"):
        assert option in report


def test_a_waiver(runner: Runner) -> None:
    """What a person waived does not fail; the twin that it must not hide does."""
    waivers = "version: 1\nwaivers:\n  - {pattern: known race, reason: r, owner: alice, expires: 2099-01-01}\n"
    write(runner, {"logs/a.log": "ERROR known race\n", "w.yaml": waivers})
    run = judge(runner, paths="logs", waivers="w.yaml")
    assert (run.failed, run.outputs["waived"], run.outputs["new"]) == (False, "1", "0")
    write(runner, {"logs/b.log": "ERROR another\n"})
    run = judge(runner, paths="logs", waivers="w.yaml")
    assert (run.failed, run.outputs["waived"], run.outputs["new"]) == (True, "1", "1")


def test_a_baseline(runner: Runner) -> None:
    """What an earlier report held is known; what is new fails."""
    write(runner, {"logs/a.log": "ERROR old\n"})
    report = judge(runner, paths="logs").outputs["report-json"]
    subprocess.run([COMMAND, "baseline", "write", report, "--baseline", "b.json"], cwd=runner.workspace, check=True)
    run = judge(runner, paths="logs", baseline="b.json")
    assert (run.failed, run.outputs["known"]) == (False, "1")
    write(runner, {"logs/a.log": "ERROR old\nERROR new\n"})
    run = judge(runner, paths="logs", baseline="b.json")
    assert (run.failed, run.outputs["known"], run.outputs["new"]) == (True, "1", "1")


def test_further_formats(runner: Runner) -> None:
    """Each format goes where it was asked for, and one without a path is uploaded with the report."""
    write(runner, {"logs/a.log": "ERROR bad\n"})
    run = judge(runner, paths="logs", formats="junit=out dir/loggate.xml\nsarif\n")
    assert JUnitXml.fromfile(str(runner.workspace / "out dir" / "loggate.xml")).failures == 1
    assert "loggate-report/report.sarif" in run.uploads[0].files
    sarif = loader.load_sarif_file(str(runner.workspace / "loggate-report" / "report.sarif"))
    assert sarif.get_result_count() == 1


def test_nothing_is_uploaded_under_no_name(runner: Runner) -> None:
    """With an empty `artifact` the report stays on the runner."""
    write(runner, {"logs/a.log": "fine\n"})
    run = judge(runner, paths="logs", artifact="")
    assert (run.failed, run.uploads, run.outputs["artifact-url"]) == (False, [], "")


def test_a_suite_is_run(runner: Runner) -> None:
    """With a suite the action runs it: here one with a mistake, which is told with its line."""
    write(runner, {"suite.yaml": "version: 1\nrunner: nvflare-poc\ntestcases: []\n"})
    run = judge(runner, suite="suite.yaml")
    assert run.outputs["exit-code"] == "2"
    assert "suite.yaml:3: testcases: a suite needs at least one testcase" in error(run)


@pytest.mark.poc
def test_a_suite_is_run_on_a_poc(tmp_path: Path) -> None:
    """The action runs a job on a real POC, and uploads the report with the logs of all sites."""
    runner = Runner(ROOT, tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, workspace="workspace")
    testcase = f"{{name: fedavg, job: {ROOT}/config/jobs/fedavg}}"
    write(runner, {"suite.yaml": f"version: 1\nrunner: nvflare-poc\nstreaming: fixlib\ntestcases: [{testcase}]\n"})
    run = judge(runner, suite="suite.yaml")
    assert (run.failed, run.outputs["verdict"], run.outputs["testcases-passed"]) == (False, "pass", "1"), run.log
    assert "loggate-report/logs/fedavg/site-1/log.txt" in run.uploads[0].files


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "give the action either `paths`"),
        ({"paths": "logs", "suite": "suite.yaml"}, "give the action either `paths`"),
        ({"suite": "suite.yaml", "layout": "{site}"}, "`layout` belongs to `paths`"),
        ({"paths": "logs", "fail-on": "fatal"}, "'fatal' is not one of 'error', 'warning', 'note'"),
        ({"paths": "logs", "formats": "pdf"}, "unknown format 'pdf'"),
        ({"paths": "logs", "config": "nowhere.yaml"}, "nowhere.yaml: no such file"),
        ({"paths": "logs", "baseline": "nowhere.json"}, "nowhere.json"),
        ({"paths": "logs", "output": ""}, "`output` is one folder"),
        ({"paths": "logs", "output": "one\ntwo"}, "`output` is one folder"),
        ({"paths": "logs", "output": "logs/a.log"}, "-o logs/a.log: is a file"),
    ],
    ids=str,
)
def test_wrong_inputs_are_said(runner: Runner, inputs: dict[str, str], message: str) -> None:
    """A wrong input is an annotation that says what is wrong; there is no report, and none is uploaded."""
    write(runner, {"logs/a.log": "fine\n"})
    run = runner.use(inputs, INSTALLED)
    assert message in error(run)
    assert (run.failed, run.outputs["verdict"], run.outputs["exit-code"]) == (True, "error", "2")
    assert (run.uploads, run.outputs["report"], run.outputs["report-json"]) == ([], "", "")


def test_an_earlier_report_is_not_this_one(runner: Runner) -> None:
    """After a step that passed, one that comes to no verdict says `error`, and does not upload the other's report."""
    write(runner, {"logs/a.log": "fine\n"})
    assert judge(runner, paths="logs").outputs["verdict"] == "pass"
    for wrong in ({"config": "nowhere.yaml"}, {"suite": "suite.yaml"}):
        run = judge(runner, paths="logs", **wrong)
        assert (run.outputs["verdict"], run.outputs["report"], run.uploads) == ("error", "", [])


def test_what_goes_wrong_beside_the_verdict_is_an_error(runner: Runner) -> None:
    """Where a further format cannot be written, the verdict is `error`, and the report is there."""
    write(runner, {"logs/a.log": "fine\n", "file": ""})
    run = judge(runner, paths="logs", formats="junit=file/junit.xml")
    assert (run.failed, run.outputs["verdict"], run.outputs["exit-code"]) == (True, "error", "3")
    assert "file/junit.xml: cannot be written" in told(run)[-1].message
    assert run.uploads


def test_an_upload_that_fails_hides_no_verdict(runner: Runner) -> None:
    """The verdict is told, and the action fails, when the report cannot be uploaded."""
    write(runner, {"logs/a.log": "fine\n"})
    run = judge(runner, paths="logs", artifact="a/b")
    assert (run.failed, run.outputs["verdict"]) == (True, "pass")
    assert run.log.splitlines()[-1] == "loggate: pass, exit code 0"


def test_a_command_that_is_killed() -> None:
    """What the kernel ended has the exit code of a shell, and says by which signal."""
    assert githubaction.run(["sh", "-c", "kill -9 $$"]) == (137, "loggate was ended by signal 9")


# ---- hostile ---------------------------------------------------------------------------------------------------------

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "' ; touch pwned '",
    "--exit-zero",
    "-",
    "::error::pwned",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", [name for name in DEFINITION["inputs"] if name not in ("python", "artifact")])
def test_no_input_is_a_program(runner: Runner, name: str, text: str) -> None:
    """No input is run, is taken for an option, gives the runner an order, or makes bad logs pass."""
    write(runner, {"logs/a.log": "ERROR bad\n"})
    inputs = {name: text} if name == "suite" else {"paths": "logs", name: text}
    run = runner.use(inputs, INSTALLED)
    assert run.failed
    assert run.outputs["verdict"] in ("fail", "error")
    assert not (runner.workspace / "pwned").exists()
    assert "pwned" not in [each.message for each in told(run)]


def test_no_output_is_forged(runner: Runner) -> None:
    """A path that looks like an output, or like the end of one, is the value of `report` and nothing else."""
    write(runner, {"logs/a.log": "ERROR bad\n"})
    folder = "verdict=pass<<EOF"
    run = judge(runner, paths="logs", output=folder)
    assert (run.outputs["verdict"], run.outputs["report"]) == ("fail", f"{folder}/report.html")


def test_a_log_gives_the_runner_no_order(runner: Runner) -> None:
    """Workflow commands in a log, of the old form and the new, stay text wherever they are printed."""
    orders = ["::stop-commands::x", " ::add-mask::a", "ERROR ##[error]pwned", "ERROR\r::set-output name=verdict::pass"]
    write(runner, {"logs/a.log": "\n".join(["ERROR bad", *orders])})
    run = judge(runner, paths="logs")
    assert run.outputs["verdict"] == "fail"
    assert len(told(run)) == int(run.outputs["new"]) + 1


def test_what_goes_to_standard_error_is_no_order(capfd: pytest.CaptureFixture[str]) -> None:
    """The tail of a log that explains why a POC did not start is passed on, and is text."""
    _, said = githubaction.run(["sh", "-c", "echo '::add-mask::x' >&2"])
    assert (said, capfd.readouterr().err) == ("::add-mask::x\n", ": :add-mask::x\n")


def test_what_is_said_is_utf8_whatever_the_locale(runner: Runner) -> None:
    """A complaint with a name that Windows' code page lacks is an annotation, too: isolated, Python is told by -X."""
    (step,) = [each for each in DEFINITION["runs"]["steps"] if each.get("id") == "judge"]
    asked = step["run"].replace("-m gate.githubaction", "-c 'import sys; print(sys.flags.utf8_mode)'")
    done = subprocess.run(
        ["bash", "-c", asked], env={"PYTHON": sys.executable, "LC_ALL": "C.UTF-8"}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"1"
    assert "ログ" in error(judge(runner, paths="ログ"))


def test_a_folder_of_the_workspace_is_not_the_command(runner: Runner) -> None:
    """A package `gate` or a module `msgspec` in the workspace is not imported in place of loggate's own."""
    write(
        runner, {"gate/__init__.py": "raise SystemExit(0)", "msgspec.py": "raise SystemExit(0)", "a.log": "ERROR bad\n"}
    )
    assert judge(runner, paths="a.log").outputs["verdict"] == "fail"


# ---- installation ----------------------------------------------------------------------------------------------------


def refused(run: Run) -> str:
    """The one annotation of a run whose installation failed."""
    (found,) = told(run)
    assert (found.name, found.properties["title"]) == ("error", "loggate could not be installed")
    assert (run.failed, run.outputs["verdict"], run.outputs["exit-code"], run.uploads) == (True, "error", "3", [])
    return found.message


def programs(folder: Path, **scripts: str) -> str:
    """A PATH with bash and these programs."""
    folder.mkdir()
    (folder / "bash").symlink_to(str(shutil.which("bash")))
    for name, script in scripts.items():
        (folder / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_an_old_python_is_said(tmp_path: Path) -> None:
    """Where Python is too old, or missing, the annotation says what was found and what helps."""
    path = programs(tmp_path / "bin", python3="echo 3.8; exit 1")
    message = refused(Runner(ROOT, tmp_path, {"PATH": path}).use({"paths": "logs"}))
    assert message.startswith(
        "python3 is 3.8, python is missing, Python 3.10 or newer is needed: use actions/setup-python"
    )


def test_the_python_that_was_asked_for(tmp_path: Path) -> None:
    """With `python` no other is tried, and its name is text."""
    runner = Runner(ROOT, tmp_path, {"PATH": os.environ["PATH"]})
    message = refused(runner.use({"paths": "logs", "python": "$(touch pwned)\n::add-mask::x"}))
    assert message.startswith("$(touch pwned) ::add-mask::x is missing, Python 3.10 or newer is needed")
    assert not (runner.workspace / "pwned").exists()


def test_a_failed_pip_is_said(tmp_path: Path) -> None:
    """When pip cannot install, its own words stand in the log and the annotation points to them."""
    action = tmp_path / "action"
    action.mkdir()
    shutil.copy(ROOT / "action.yml", action)
    run = Runner(action, tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}).use({"paths": "logs"})
    assert refused(run) == "pip failed, see above"
    assert "is not installable" in run.log


def test_an_environment_as_windows_lays_it_out(tmp_path: Path) -> None:
    """Where the programs of a virtual environment are in `Scripts`, they are found there."""
    own = f'[ "$2" = pip ] || exec "{sys.executable}" "$@"'
    path = programs(
        tmp_path / "bin", own=own, python3='[ "$1" = -c ] || { /bin/mkdir -p "$3"; /bin/cp -r "$OWN" "$3/Scripts"; }'
    )
    (tmp_path / "scripts").mkdir()
    shutil.copy(tmp_path / "bin" / "own", tmp_path / "scripts" / "python")
    runner = Runner(ROOT, tmp_path, {"PATH": path, "OWN": str(tmp_path / "scripts")})
    write(runner, {"a.log": "ERROR bad\n"})
    run = runner.use({"paths": "a.log"})
    assert (run.outputs["verdict"], run.outputs["command"]) == ("fail", f"{runner.temp}/loggate/Scripts/loggate"), (
        run.log
    )


@pytest.mark.network
def test_the_whole_action_on_a_bare_runner(tmp_path: Path) -> None:
    """With nothing but bash and a Python on the path, the action installs itself from a checkout and judges."""
    action = tmp_path / "an action"
    shutil.copytree(ROOT, action, ignore=shutil.ignore_patterns(".*", "tests", "docs", "benchmarks", "out", "dist"))
    path = programs(tmp_path / "bin")
    (tmp_path / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    registry = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
    runner = Runner(action, tmp_path, {"PATH": path, "HOME": str(tmp_path / "home"), **registry})
    write(runner, {"logs/site.log": "ERROR bad\n"})
    run = runner.use({"paths": "logs"})
    assert (run.failed, run.outputs["verdict"], run.outputs["new"]) == (True, "fail", "1"), run.log
    write(runner, {"logs/site.log": "INFO fine\n"})
    run = runner.use({"paths": "logs"})
    assert (run.failed, run.outputs["verdict"], len(run.uploads)) == (False, "pass", 1), run.log
