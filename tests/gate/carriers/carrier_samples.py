"""What the tests of carriers share: writers of records, a small reader of them, heads of logs that are not carried."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module

from gate import carriers

TIME = "2026-01-01T10:00:00"
PIECE = 40
"""Characters of a long line that go into one record here, where a carrier writes parts."""

PROGRAM = [
    "starting",
    "2026-01-01 10:00:00,123 - trainer - INFO - round 1 <of> 3 & \u2028 more",
    "Traceback (most recent call last):",
    '  File "train.py", line 12, in fit',
    "    raise ValueError(batch)",
    "ValueError: batch 7 is empty",
    "",
    "2026-01-01 10:00:01,123 - trainer - ERROR - giving up",
    "a line so long that a carrier writes it in several parts: " + "0123456789" * 12,
    "done",
]
"""Lines that a program prints."""

Writer = Callable[[int, str], list[bytes]]
"""The records, with their line ends, in which a carrier writes a line of the n-th lane."""


def single(name: str) -> carriers.Carrier:
    """A carrier without the prefixes that are opened in each."""
    found: carriers.Carrier = import_module(f"gate.carriers.{name}").CARRIER
    return found


# ---- writers ---------------------------------------------------------------------------------------------------------


def pieces(line: str) -> list[str]:
    return [line[start : start + PIECE] for start in range(0, len(line), PIECE)] or [""]


def go_json(value: object) -> str:
    """JSON as Go's encoder writes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def docker_json(lane: int, line: str) -> list[bytes]:
    parts = pieces(line)
    parts[-1] += "\n"
    record = {"stream": ("stdout", "stderr")[lane % 2], "time": f"{TIME}.123456789Z", "attrs": {"tag": "a"}}
    return [(go_json({"log": part, **record}) + "\n").encode() for part in parts]


def cri(lane: int, line: str) -> list[bytes]:
    parts = pieces(line)
    head = f"{TIME}.123456789+01:00 {('stdout', 'stderr')[lane % 2]}"
    return [f"{head} {'F' if n == len(parts) else 'P'} {part}\n".encode() for n, part in enumerate(parts, 1)]


def gitlab_ci(lane: int, line: str) -> list[bytes]:
    return [
        f"{TIME}.123456Z {lane:02x}{'OE'[lane % 2]}{'+' if n else ' '}{part}\n".encode()
        for n, part in enumerate(pieces(line))
    ]


def _journal(lane: int, part: str, *, more: bool) -> dict[str, str]:
    return {
        "__CURSOR": "s=0a;i=1",
        "__REALTIME_TIMESTAMP": "1767261600000001",
        "_PID": f"{lane + 10}",
        "SYSLOG_IDENTIFIER": "trainer",
        "PRIORITY": "6",
        "_TRANSPORT": "stdout",
        **({"_LINE_BREAK": "line-max"} if more else {}),
        "MESSAGE": part,
    }


def journal_json(lane: int, line: str) -> list[bytes]:
    parts = pieces(line)
    return [(json.dumps(_journal(lane, part, more=n < len(parts))) + "\n").encode() for n, part in enumerate(parts, 1)]


def export_record(fields: dict[str, bytes]) -> bytes:
    """A record of the journal's export format; a value that is not plain text has its size before it."""
    lines = []
    for key, value in fields.items():
        plain = key.startswith("__") or not re.search(rb"[^\x20-\xff]", value)
        size = b"" if plain else len(value).to_bytes(8, "little")
        lines.append(key.encode() + (b"=" if plain else b"\n" + size) + value + b"\n")
    return b"".join([*lines, b"\n"])


def systemd_export(lane: int, line: str) -> list[bytes]:
    parts = pieces(line)
    each = [_journal(lane, part, more=n < len(parts)) for n, part in enumerate(parts, 1)]
    return [export_record({key: value.encode() for key, value in fields.items()}) for fields in each]


def before_each(form: str) -> Writer:
    """The writer that puts this before each line, `{n}` being the number of the lane."""
    return lambda lane, line: [(form.replace("{n}", str(lane)) + line + "\n").encode()]


PREFIXES = {
    "docker compose": "web-{n}  | ",
    "docker compose in colour": "\x1b[36mweb_{n}  | \x1b[0m",
    "docker service": "app_web.{n}.x0abcdefghijklmnopqrstuv1@node-1    | ",
    "honcho": "10:00:00 web.{n}    | ",
    "mpirun": "[1,{n}]<stderr>:",
    "mpirun --timestamp-output": "Thu Jan  1 10:00:00 2026[1,{n}]<stdout>:",
    "mpirun of PRRTE": "[prterun-host-7@1,{n}]<stderr>: ",
    "horovodrun": "[{n}]<stdout>:",
    "torch": "[rank{n}]: ",
    "torchrun --tee": "[default{n}]:",
    "ray": "(train pid={n}) ",
    "ray with an address": "(Actor(index=2) pid={n}, ip=10.0.0.1) ",
    "ray in colour": "\x1b[2m\x1b[36m(train pid={n})\x1b[0m ",
    "kubectl --prefix": "[pod/web-5d4c/app{n}] ",
}
NAMED = {"concurrently": "[web{n}] ", "srun --label": "{n}: ", "docker compose, own names": "database{n} | "}
STAMPED = {
    "docker logs -t": f"{TIME}.123456789Z ",
    "kubectl --timestamps": f"{TIME}.123456789+01:00 ",
    "ts": "Jan  1 10:00:00 ",
    "ts -s": "00:00:01 ",
    "ts %F %T": "2026-01-01 10:00:00 ",
    "ts [%F %T]": "[2026-01-01 10:00:00] ",
    "jenkins": f"[{TIME}.123Z] ",
    "buildkite": "\x1b_bk;t=1767261600123\x07",
}
GITHUB = {"a job": f"{TIME}.1234567Z ", "gh run view --log": f"build {{n}}\tRun tests\t{TIME}.1234567Z "}

WRITERS: dict[str, tuple[str, Writer]] = {
    "docker": ("docker_json", docker_json),
    "cri": ("cri", cri),
    "gitlab": ("gitlab_ci", gitlab_ci),
    "journal json": ("journal_json", journal_json),
    "journal export": ("systemd_export", systemd_export),
    **{name: ("github_actions", before_each(form)) for name, form in GITHUB.items()},
    **{name: ("prefixed", before_each(form)) for name, form in PREFIXES.items()},
    **{name: ("named", before_each(form)) for name, form in NAMED.items()},
    **{name: ("stamped", before_each(form)) for name, form in STAMPED.items()},
}
"""By what wrote it: the carrier that opens it, and how to write it."""

ONE_LANE = {"a job", *STAMPED}


def written(name: str, lines: list[str], lanes: int = 2) -> bytes:
    """A log of what several writers print in turns, as one of WRITERS has it."""
    _, write = WRITERS[name]
    head = [f"{TIME}.1234567Z ##[group]Run tests\n".encode()] if name == "a job" else []
    return b"".join(head + [record for line in lines for lane in range(lanes) for record in write(lane, line)])


# ---- a reader --------------------------------------------------------------------------------------------------------


def records(carrier: carriers.Carrier, data: bytes) -> list[bytes]:
    """The records, and each line that is nobody's for itself."""
    found: list[bytes] = []
    for line in re.findall(rb"[^\n]*\n|[^\n]+", data):
        if found and carrier.spans_lines and carrier.begins(found[-1]) and not carrier.begins(line):
            found[-1] += line
        else:
            found.append(line)
    return found


def read(carrier: carriers.Carrier, data: bytes) -> dict[str, list[str]]:
    """What each lane says, its parts of lines joined."""
    lanes: defaultdict[str, list[str]] = defaultdict(list)
    going_on: dict[str, bool] = {}
    for record in records(carrier, data):
        each = carrier.open(record)
        if each is None:
            continue
        if going_on.get(each.lane) or each.resumes:
            lanes[each.lane][-1] += each.text
        else:
            lanes[each.lane].append(each.text)
        going_on[each.lane] = each.unfinished
    return dict(lanes)


# ---- logs that nothing carries ---------------------------------------------------------------------------------------

ORDINARY = {
    "nvflare": """\
2026-01-01 10:00:00,123 - FedAvg - INFO - [identity=server, run=1] - Round 0 started.
2026-01-01 10:00:00,124 - FedAvg - ERROR - it failed
Traceback (most recent call last):
  File "a.py", line 1, in f
ValueError: x
""",
    "nvflare json": '{"asctime": "2026-01-01 10:00:00,123", "name": "a", "levelname": "INFO", "message": "log"}\n' * 3,
    "python logging": "INFO:root:a\nERROR:root:b\nTraceback (most recent call last):\n  File 'a'\nKeyError: 1\n",
    "python with times": "2026-01-01 10:00:00,1 a\n2026-01-01 10:00:00,123 b\n  more of b\n",
    "a time and a message": """\
2026-01-01 10:00:00 started
2026-01-01 10:00:01 failed
Traceback (most recent call last):
  File "a.py", line 1, in f
ValueError: x
""",
    "a time, empty messages and tracebacks": "2026-01-01 10:00:00 a\n2026-01-01 10:00:00 \n" * 20
    + 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n',
    "a level aligned to the right": """\
2026-01-01 10:00:00     INFO a
2026-01-01 10:00:00  WARNING b
2026-01-01 10:00:00 CRITICAL c
""",
    "a logger aligned to the right": """\
2026-01-01 10:00:00      main: a
2026-01-01 10:00:00    worker: b
2026-01-01 10:00:00 scheduler: c
""",
    "loguru": "2026-01-01 10:00:00.123 | INFO     | app:main:1 - a\n2026-01-01 10:00:00.124 | ERROR    | app:f:2 - b\n",
    "log4j": "2026-01-01 10:00:00,123 [main] ERROR a.B - c\njava.lang.RuntimeException: x\n\tat a.B.c(B.java:1)\n",
    "logback": "10:00:00.123 [main] INFO  a.B -- c\n10:00:00.124 [main] WARN  a.B -- d\n",
    "spring": "2026-01-01T10:00:00.123+01:00  INFO 12 --- [  main] a.B : c\n" * 2
    + "2026-01-01T10:00:00.123+01:00 ERROR 12 --- [  main] a.B : c\n",
    "java.util.logging": "Jan 01, 2026 10:00:00 AM a.B c\nSEVERE: d\n" * 2,
    "threads in brackets": "[main] INFO a.B - c\n[worker-1] ERROR a.B - d\n\tat a.B.c(B.java:1)\n",
    "levels in brackets": "[INFO] a\n[INFO] \n[INFO]   b\n[ERROR] c\n",
    "info in small letters": "[info]   a\n[info] \n[error] b\n[info] c\n[info] d\n",
    "syslog": "Jan  1 10:00:00 host sshd[12]: a\nJan  1 10:00:01 host kernel: [ 1.000001] b\n",
    "syslog 5424": "<34>1 2026-01-01T10:00:00.003Z host su - ID47 - a\n" * 3,
    "rsyslog": "2026-01-01T10:00:00.123456+01:00 host app[1]: a\n" * 3,
    "nginx access": '10.0.0.1 - - [01/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "a"\n' * 3,
    "nginx error": "2026/01/01 10:00:00 [error] 12#0: *1 open() failed, client: 10.0.0.1\n" * 3,
    "apache error": "[Thu Jan 01 10:00:00.123456 2026] [core:error] [pid 1] [client 10.0.0.1:1] a\n" * 3,
    "json lines": '{"level":"error","time":1767261600,"msg":"a"}\n' * 3,
    "json with log": '{"log":{"level":"info"},"stream":"a","time":1}\n' * 3,
    "json with other streams": '{"log":"a","stream":"audit","time":"2026-01-01T10:00:00Z"}\n' * 3,
    "logfmt": 'time="2026-01-01T10:00:00Z" level=info msg="a"\n' * 3,
    "zap": "2026-01-01T10:00:00.123Z\tINFO\tapp/a.go:1\ta\n2026-01-01T10:00:00.123Z\tERROR\tapp/a.go:1\tb\n",
    "tracing": "2026-01-01T10:00:00.123456Z  INFO a::b: c\n2026-01-01T10:00:00.123456Z ERROR a::b: c\n",
    "nine digits": "2026-01-01T10:00:00.123456789Z INFO a: b\n2026-01-01T10:00:00.123456789Z ERROR a: b\n",
    "seven digits": "2026-01-01T10:00:00.1234567Z [INF] a\n2026-01-01T10:00:00.1234567Z [ERR] b\n   at C.D() in e.cs\n",
    "env_logger": "[2026-01-01T10:00:00Z INFO  a::b] c\n[2026-01-01T10:00:00Z ERROR a::b] c\n",
    "bunyan": "[2026-01-01T10:00:00.123Z]  INFO: app/1 on host: a\n    at f (a.js:1:1)\n"
    "[2026-01-01T10:00:00.123Z] ERROR: app/1 on host: b\n",
    "glog": "I0101 10:00:00.123456 12 a.cc:1] a\nE0101 10:00:00.123456 12 a.cc:1] b\n",
    "dmesg": "[    0.000000] Linux version\n[    1.234567]   a\n[12345.678901] b\n",
    "postgres": "2026-01-01 10:00:00.123 UTC [12] ERROR:  a\n2026-01-01 10:00:00.123 UTC [12] STATEMENT:  b\n\tc\n",
    "postgres rows": " id | name\n----+------\n  1 | a\n  2 | b\n(2 rows)\n",
    "mysql": "2026-01-01T10:00:00.123456Z 0 [System] [MY-010116] [Server] a\n" * 3,
    "redis": "1:C 01 Jan 2026 10:00:00.123 # a\n1:M 01 Jan 2026 10:00:00.124 * b\n",
    "csv": "time,level,message\n2026-01-01 10:00:00,INFO,a\n2026-01-01 10:00:00,ERROR,b\n",
    "tab separated": "a\t1\tx\na\t\ty\nb\t2\tz\n",
    "markdown table": "| a | b |\n|---|---|\n| 1 | 2 |\n|   | 3 |\n",
    "a table without edges": "name | value\n-----|------\nloss-1 | 2\nlr | 3\n",
    "yaml": "a:\n  b: 1\nc:\n  - d\n  - e\n",
    "ini": "[web]\nport = 1\n\n[db]\nhost = a\n",
    "a numbered list": "1: a\n2: b\n3: c\n4: d\n",
    "ip addr": "1: lo: <LOOPBACK>\n    inet 127.0.0.1/8\n2: eth0: <UP>\n    inet 10.0.0.1/8\n",
    "grep -n": "12:  x = 1\n13:\n14:y = 2\n",
    "compiler": "a.c:1:2: error: b\n    1 | int c\n      |     ^\n",
    "rust": "error[E0308]: a\n --> b.rs:1:2\n  |\n1 | let c\n  |     ^\n",
    "pytest": "===== test session starts =====\nplatform linux\ncollected 1 item\n\na.py .  [100%]\n",
    "npm": "npm ERR! code 1\nnpm ERR! a\nnpm ERR!   b\n",
    "yarn": "[1/4] Resolving packages...\n[2/4] Fetching packages...\n",
    "gulp": "[10:00:00] Starting 'a'...\n[10:00:00] Finished 'a' after 1 s\n",
    "gunicorn": "[2026-01-01 10:00:00 +0000] [12] [INFO] a\n[2026-01-01 10:00:00 +0000] [12] [ERROR] b\n"
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n',
    "celery": "[2026-01-01 10:00:00,123: INFO/MainProcess] a\n[2026-01-01 10:00:00,123: ERROR/Pool-1] b\n",
    "a traceback": 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n',
    "go panic": "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/b.go:1 +0x1\n",
    "journal short-iso": "2026-01-01T10:00:00+0000 host app[12]: a\n2026-01-01T10:00:00+0000 host app[12]: b\n",
    "prose": "It is 10:00.\n\n  An indented line.\nThe end.\n",
}
"""First lines of logs, and of files that are none, by what wrote them."""
