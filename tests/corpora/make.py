"""Makes the corpus: runs each small program with each toolchain at hand and keeps what it printed, with golden spans.

    python tests/corpora/make.py [LANGUAGE ...]

Nothing here knows how a trace looks: the programs print `-- begin` and `-- end` around what fails, and these lines
tell where an event begins and ends. What this machine cannot make stays as it is, and is named at the end.
The README says what the header lines of a program mean.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
PROGRAMS, TRACES, SPANS = HERE / "programs", HERE / "traces", HERE / "spans.jsonl"
ROOT = Path("/srv")
APP = ROOT / "app"
BEGIN, END = b"-- begin", b"-- end"
SECONDS = 60

Row = dict[str, Any]


class Toolchain(NamedTuple):
    """How the programs of a language are built and run: `{file}` and `{stem}` stand for a program's name."""

    language: str
    version: str
    run: tuple[str, ...]
    build: tuple[str, ...] = ()


class Program(NamedTuple):
    """A program and the header lines in its comments."""

    path: Path
    header: dict[str, list[str]]

    @property
    def name(self) -> str:
        return self.path.relative_to(HERE).as_posix()

    def one(self, key: str, default: str = "") -> str:
        return self.header.get(key, [default])[0]


class CannotMake(Exception):
    """This machine lacks what the sample needs, or the program did not print what its header says."""


# ---- toolchains ------------------------------------------------------------------------------------------------------


def pythons() -> Iterator[Toolchain]:
    """Every Python that pyenv has; each is run by a path that tells nothing of the machine."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in sorted(home.glob("[0-9]*"), key=lambda path: _numbers(path.name)):
        short = ".".join(version.name.split(".")[:2])
        link = ROOT / "python" / short
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(version)
        yield Toolchain("python", short, (f"{link}/bin/python{short}", "-u", "{file}"))


def _version(command: list[str], pattern: str) -> str:
    """The version that a tool tells of itself."""
    if not shutil.which(command[0]):
        raise CannotMake(f"{command[0]} is not installed")
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, told.stdout + told.stderr)
    if not found:
        raise CannotMake(f"{command[0]} tells no version")
    return found[1]


def _tool(language: str, asked: list[str], pattern: str, build: str, run: str) -> Callable[[], Iterator[Toolchain]]:
    def found() -> Iterator[Toolchain]:
        yield Toolchain(language, _version(asked, pattern), tuple(run.split()), tuple(build.split()))

    return found


TOOLS: dict[str, Callable[[], Iterator[Toolchain]]] = {
    "python": pythons,
    "java": _tool("java", ["java", "-version"], r'"(\d+)', "javac -g -d . {file}", "java -Xshare:auto -cp . {stem}"),
    "javascript": _tool("javascript", ["node", "-v"], r"v(\d+)", "", "node {file}"),
    "rust": _tool("rust", ["rustc", "-V"], r"rustc (\d+\.\d+)", "rustc -g -o program {file}", "./program"),
    "go": _tool("go", ["go", "version"], r"go(\d+\.\d+)", "go build -o program {file}", "./program"),
    "c": _tool("c", ["gcc", "--version"], r" (\d+)\.\d", "gcc -g -pthread -o program {file}", "./program"),
    "cpp": _tool("cpp", ["g++", "--version"], r" (\d+)\.\d", "g++ -g -pthread -o program {file}", "./program"),
    "clang": _tool("clang", ["clang++", "--version"], r"version (\d+)", "clang++ -g -o program {file}", "./program"),
    "csharp": _tool("csharp", ["mono", "-V"], r"version (\d+\.\d+)", "mcs -debug {file}", "mono --debug {stem}.exe"),
    "ruby": _tool("ruby", ["ruby", "-v"], r"ruby (\d+\.\d+)", "", "ruby {file}"),
    "php": _tool("php", ["php", "-v"], r"PHP (\d+\.\d+)", "", "php -n -d display_errors=stderr -d log_errors=0 {file}"),
}


# ---- programs --------------------------------------------------------------------------------------------------------


def programs(language: str) -> list[Program]:
    """The programs of a language: those with a `corpus:` line; other files are parts of them."""
    found = [Program(path, _header(path)) for path in sorted((PROGRAMS / language).iterdir()) if path.is_file()]
    return [program for program in found if "corpus" in program.header]


def _header(path: Path) -> dict[str, list[str]]:
    """The lines `# key: value` (or `// key: value`) at the top of a program."""
    header: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"(?:#|//|<\?php //) (\w+): (.*)", line)
        if found:
            header.setdefault(found[1], []).append(found[2])
        elif line.strip() and not line.startswith("#!"):
            break
    return header


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _fits(program: Program, tool: Toolchain) -> bool:
    """Whether a program is for this version; a `.txt` is a trace written by hand, which no tool makes."""
    if program.path.suffix == ".txt" or not tool.run:
        return program.path.suffix == ".txt" and not tool.run
    return _numbers(program.one("since", "0")) <= _numbers(tool.version) <= _numbers(program.one("until", "9999"))


# ---- running ---------------------------------------------------------------------------------------------------------


def printed(program: Program, tool: Toolchain) -> tuple[str, bytes]:
    """The command, and what the program printed to standard output and error, in the order of printing."""
    _fresh_folder(program)
    environment = _environment(program, tool)
    if tool.build:
        done = _call(_filled(tool.build, program) + program.one("build").split(), environment)
        if done.returncode:
            raise CannotMake(f"cannot be built: {done.stdout.decode(errors='replace')[-300:]}")
    command = _filled(program.one("run").split() or tool.run, program, tool)
    if program.one("needs"):
        command = [_venv(program, tool), *command[1:]]
    done = _call(command, environment)
    return " ".join([*program.one("env").split(), *command]), neutral(done.stdout, program)


def _fresh_folder(program: Program) -> None:
    shutil.rmtree(APP, ignore_errors=True)
    shutil.copytree(program.path.parent, APP)
    (ROOT / "home").mkdir(exist_ok=True)


def _call(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        cwd=APP,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )


def _filled(words: Iterable[str], program: Program, tool: Toolchain | None = None) -> list[str]:
    values = {"file": program.path.name, "stem": program.path.stem, "tool": tool.run[0] if tool else ""}
    return [word.format(**values) if re.fullmatch(r".*\{\w+\}.*", word) else word for word in words]


def _environment(program: Program, tool: Toolchain) -> dict[str, str]:
    """The same for everyone: of the caller's environment only the way to the tools."""
    fixed = {
        "PATH": os.environ["PATH"],
        "HOME": str(ROOT / "home"),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(Path.home() / ".cargo")),
        "GOFLAGS": "-mod=mod",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "COLUMNS": "100",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "TOOL": tool.run[0],
    }
    return fixed | dict(word.split("=", 1) for word in program.one("env").split())


def _venv(program: Program, tool: Toolchain) -> str:
    """The Python of an environment with the packages that a program needs, at exactly the versions that it names."""
    folder = ROOT / "venv" / re.sub(r"\W+", "-", f"{tool.version}-{program.one('needs')}")
    python = folder / "bin" / "python"
    if not python.exists():
        made = subprocess.run([tool.run[0], "-m", "venv", folder], capture_output=True, check=False)
        asked = [str(python), "-m", "pip", "install", "-q", *program.one("needs").split()]
        if made.returncode or subprocess.run(asked, capture_output=True, check=False).returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise CannotMake(f"cannot install {program.one('needs')}")
    return str(python)


# ---- what varies -----------------------------------------------------------------------------------------------------

_VARYING: tuple[tuple[bytes, bytes], ...] = (
    (rb"==\d+==", b"==4242=="),
    (rb"\bpid[ =:]\d+", b"pid 4242"),
    (rb"\(\d{3,7}\) panicked", b"(4242) panicked"),
    (rb"\bline (\d+): +\d+ (Segmentation|Aborted|Floating|Trace)", rb"line \1:  4242 \2"),
    (rb"(?<=goroutine )(?!1 )\d+(?= \[)", b"18"),
    (rb"\(node:\d+\)", b"(node:4242)"),
    (rb"(?<=Thread-)\d{6,}", b"4242"),
    (rb"\(tid=\d+", b"(tid=4242"),
    (rb"ForkProcess-\d+|SpawnProcess-\d+", b"ForkProcess-1"),
    (rb"(?<=BuildId: )[0-9a-f]+", b"0123456789abcdef"),
    (rb"\bin \d+\.\d+ ?s(ec(onds)?)?\b", b"in 0.01s"),
)

_HOMES = (
    (rb"/\.rustup/toolchains/[^/]+", b"/usr"),
    (rb"/\.pyenv/versions/(\d+\.\d+)[\d.]*", rb"/srv/python/\1"),
    (rb"", b"/home/app"),
)
"""Where tools live below the home of who runs this, and what is written instead."""


def neutral(text: bytes, program: Program) -> bytes:
    """The same bytes in each run: process numbers, times and addresses made alike, the machine's paths left out.

    Addresses keep their number of digits, and equal ones stay equal.
    """
    home = str(Path.home()).encode()
    for pattern, new in (*_VARYING, *((pattern.encode(), b"4242") for pattern in program.header.get("varies", []))):
        text = re.sub(pattern, new, text)
    seen: dict[bytes, bytes] = {}
    text = re.sub(
        rb"(?<=0x)[0-9a-f]{6,16}", lambda found: seen.setdefault(found[0], _address(found[0], len(seen))), text
    )
    for path, new in _HOMES:
        text = re.sub(re.escape(home) + path, new, text)
    return text


def _address(old: bytes, number: int) -> bytes:
    """An address with as many digits: `7f00...` and a number."""
    return (b"7f" + b"0" * 16)[: len(old) - 4] + b"%04x" % (0x1000 + 16 * number)


# ---- golden spans ----------------------------------------------------------------------------------------------------


def cut(text: bytes, program: Program) -> tuple[bytes, list[Row]]:
    """What was printed without the marks, and the events between them, without blank lines at their ends."""
    lines: list[bytes] = []
    spans: list[tuple[int, int]] = []
    begun = None
    for line in text.split(b"\n"):
        if line.rstrip(b"\r") == BEGIN:
            begun = len(lines)
        elif line.rstrip(b"\r") == END and begun is not None:
            spans.append((begun, len(lines)))
            begun = None
        else:
            lines.append(line)
    if begun is not None:
        spans.append((begun, len(lines)))
    parts = [part for begin, end in spans for part in _split(lines, begin, end, program)]
    return b"\n".join(lines), _events([_trimmed(lines, *part) for part in parts], lines, program)


def _split(lines: list[bytes], begin: int, end: int, program: Program) -> list[tuple[int, int]]:
    """Events of which several are printed in one go, as test runners do, by the rules in the program's header.

    Each begins with a line that `split` describes, and ends before the next one or the first that `stop` describes.
    """
    split, stop = program.one("split"), program.one("stop")
    if not split:
        return [(begin, _stopped(lines, begin, end, stop))]
    starts = [number for number in range(begin, end) if re.match(split.encode(), lines[number])]
    parts = zip(starts, [*starts[1:], end], strict=True)
    return [(start, _stopped(lines, start, until, stop)) for start, until in parts]


def _stopped(lines: list[bytes], begin: int, end: int, stop: str) -> int:
    found = (number for number in range(begin, end) if stop and re.match(stop.encode(), lines[number]))
    return next(found, end)


def _trimmed(lines: list[bytes], begin: int, end: int) -> tuple[int, int]:
    while begin < end and not lines[begin].strip():
        begin += 1
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _events(spans: list[tuple[int, int]], lines: list[bytes], program: Program) -> list[Row]:
    expected = program.header.get("event", [])
    if len(spans) != len(expected):
        raise CannotMake(f"{len(spans)} events where {len(expected)} were to be: {b' / '.join(lines)[-1500:]!r}")
    return [_event(span, lines, text, program) for span, text in zip(spans, expected, strict=True)]


def _event(span: tuple[int, int], lines: list[bytes], text: str, program: Program) -> Row:
    """An event as it stands in spans.jsonl; the exception that the program's header names must stand in it."""
    begin, end = span
    holds = [number for number in range(begin, end) if text.encode() in lines[number]]
    if not holds:
        raise CannotMake(f"{text!r} does not stand in lines {begin + 1} to {end}: {lines[begin:end]}")
    exception = re.match(r"([\w.:\\]+?)(?=$|: |\()", text)
    return {
        "line": begin + 1,
        "end_line": end,
        "marked_line": begin + 1 + int(program.one("unmarked_first", "0")),
        "marked_end_line": _last_marked(lines, begin, end, program.one("last_marked")),
        "kind": program.one("corpus"),
        "exception": exception[1] if exception else "",
        "exception_line": holds[-1] + 1,
    }


def _last_marked(lines: list[bytes], begin: int, end: int, pattern: str) -> int:
    """The number of the event's last line, or of the last that shows by itself that it belongs to the event."""
    marked = (number + 1 for number in range(begin, end) if pattern and re.match(pattern.encode(), lines[number]))
    return next(marked, end)


# ---- the corpus ------------------------------------------------------------------------------------------------------

Corpus = dict[tuple[str, bytes], Row]
"""A row for each program and each text that it printed: versions that print the same bytes share one."""


def make(languages: list[str]) -> list[str]:
    """Makes the samples of these languages anew, and says what was left as it was."""
    corpus, left = load(), list[str]()
    for language in languages:
        for tool in [*_tools(language, left), Toolchain(language, "by-hand", ())]:
            for program in programs(language):
                _remake(corpus, program, tool, left)
    store(corpus)
    return left


def load() -> Corpus:
    lines = SPANS.read_text(encoding="utf-8").splitlines() if SPANS.exists() else []
    rows = [json.loads(line) for line in lines]
    return {
        (row["program"], file.read_bytes()): row
        for row in rows
        if (file := HERE / row["file"]).exists() and (HERE / row["program"]).exists()
    }


def _tools(language: str, left: list[str]) -> list[Toolchain]:
    if language not in TOOLS:
        return []
    try:
        tools = list(TOOLS[language]())
    except CannotMake as error:
        left.append(f"{language}: {error}")
        return []
    if not tools:
        left.append(f"{language}: no toolchain found")
    return tools


def _remake(corpus: Corpus, program: Program, tool: Toolchain, left: list[str]) -> None:
    """Runs a program, and notes that this version prints this text, and no longer another one."""
    if not _fits(program, tool):
        _forget(corpus, program, tool.version)
        return
    try:
        command, text, events = _sample(program, tool)
    except (CannotMake, subprocess.TimeoutExpired) as error:
        left.append(f"{tool.language} {tool.version} {program.path.name}: {error}")
        return
    _forget(corpus, program, tool.version)
    row = corpus.setdefault(
        (program.name, text), {"file": "", "language": tool.language, "versions": [], "program": program.name}
    )
    row["versions"] = sorted([*row["versions"], tool.version], key=_numbers)
    if row["versions"][0] == tool.version:
        row["command"] = command
    row["events"] = events


def _forget(corpus: Corpus, program: Program, version: str) -> None:
    for (name, _), row in corpus.items():
        if name == program.name:
            row["versions"] = [each for each in row["versions"] if each != version]


def _sample(program: Program, tool: Toolchain) -> tuple[str, bytes, list[Row]]:
    if tool.run:
        command, text = printed(program, tool)
    else:
        command, text = "written by hand", re.sub(rb"\A(?:# \w+: .*\n)+", b"", program.path.read_bytes())
    return command, *cut(text, program)


def store(corpus: Corpus) -> None:
    """Writes the rows and their files; each lies under the first version that prints it."""
    shutil.rmtree(TRACES, ignore_errors=True)
    rows = []
    for (program, text), row in corpus.items():
        if row["versions"]:
            row["file"] = f"traces/{row['language']}/{row['versions'][0]}/{Path(program).stem}.txt"
            rows.append(row)
            file = HERE / row["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
    rows.sort(key=lambda row: str(row["file"]))
    SPANS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    languages = sys.argv[1:] or sorted(path.name for path in PROGRAMS.iterdir() if path.is_dir())
    if APP.exists():
        sys.exit(f"{APP} is in use by something else")
    try:
        left = make(languages)
    finally:
        for name in ("app", "home", "python"):
            shutil.rmtree(ROOT / name, ignore_errors=True)
    sys.stdout.write("".join(f"left: {line}\n" for line in left) or "everything was made\n")


if __name__ == "__main__":
    main()
