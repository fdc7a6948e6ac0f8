"""Logs to measure with: ten kinds of real-looking logs, with a given share of lines that a grep would print.

    python benchmarks/scan/corpus.py KIND PATH [--size 1GB] [--share 0.007] [--seed 1]

KIND is one of

- `large`: one file, its kinds of logs one after the other in stretches of some thousand lines;
- `many`: the same in 10,000 files (fewer below 100 MB: 10 KB each), a file one kind, in 100 folders;
- `suite`: 17 testcases x 3 sites that share `--size`, one of them with failures (`1MB`: logs of 20 KB);
- `long`: lines of 1 to 200 KB, as JSON payloads are;
- `binary`: log text with NUL bytes, control characters and bytes that are no UTF-8 in it;
- `repeated`: a service that says the same twenty things again and again, with the time before them;
- `findings`: nothing but ERROR entries, one a line: as many as `--size` says (`1M`);
- `gzip`, `zstd`: `large`, compressed by the tools of these names.

But for `repeated` no two lines are alike but by chance: times go on, and numbers, ids and names are drawn anew. The
same seed gives the same bytes. What is larger than 256 MB repeats, with other dates, what was drawn for these.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path

import click

DRAWN = 256_000_000
"""Bytes that are drawn; what is larger repeats them with other dates."""

STRETCH = 5_000
"""Lines of one kind in a row."""

GREP = "ERROR|Traceback|Exception"
"""What a line must hold to be printed (`grep -E`)."""

_PRINTED = re.compile(GREP)

_Line = Callable[["_Dice"], str]
_Levelled = Callable[["_Dice", str, str], str]


class _Dice:
    """Where a log's next words come from: a clock that goes on, numbers, names."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self.random, self.choice = self._random.random, self._random.choice
        self._ms = 0

    def number(self, below: int) -> int:
        return int(self.random() * below)

    def hex(self, digits: int) -> str:
        return f"{int(self.random() * 16**digits):0{digits}x}"

    def clock(self) -> str:
        """A time of day that goes on by some milliseconds: `10:00:00,123`."""
        self._ms = (self._ms + 1 + self.number(12)) % 86_400_000
        second, ms = divmod(self._ms, 1000)
        return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d},{ms:03d}"

    def uuid(self) -> str:
        return f"{self.hex(8)}-{self.hex(4)}-4{self.hex(3)}-a{self.hex(3)}-{self.hex(12)}"

    def site(self) -> str:
        return f"site-{1 + self.number(8)}"

    def word(self) -> str:
        return self.choice(_WORDS)

    def path(self) -> str:
        return f"/{self.word()}/{self.word()}/{self.word()}-{self.number(10_000)}"


_WORDS: list[str] = re.findall(
    r"\w+",
    """shard model weights round client server task result queue worker batch epoch metric cache block replica lease
    index commit fetch merge store token session route header volume node pod image layer chunk stream offset topic""",
)

# ---- kinds of logs: a usual line, and a failure ----------------------------------------------------------------------


def _flare(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    where = f"[identity={dice.site()}, run={dice.uuid()}, peer=server, peer_run={dice.hex(8)}, task_name=train]"
    said = text or f"got {dice.word()} of {dice.word()} {dice.number(10**6)} after {dice.random():.4f} seconds"
    return f"2026-01-31 {dice.clock()} - {dice.word().title()}Runner - {level} - {where} - {said}"


def _spark(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    size = f"(estimated size {dice.number(900)} B)"
    said = text or f"Block broadcast_{dice.number(9999)} stored as values in memory {size}"
    return f"26/01/31 {dice.clock()[:8]} {level} storage.{dice.word().title()}Store: {said}"


def _hadoop(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    attempt = f"attempt_{dice.number(10**9)}_0001_m_{dice.number(10**6):06d}_0"
    said = text or f"Progress of TaskAttempt {attempt} is : {dice.random():.6f}"
    thread = f"IPC Server handler {dice.number(30)} on {dice.number(65536)}"
    return f"2026-01-31 {dice.clock()} {level} [{thread}] org.apache.hadoop.{dice.word()}.{dice.word().title()}: {said}"


def _hdfs(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    peer = f"/10.250.{dice.number(256)}.{dice.number(256)}"
    said = text or f"Received block blk_{dice.number(10**18)} of size {dice.number(10**8)} from {peer}"
    time = dice.clock()[:8].replace(":", "")
    return f"260131 {time} {dice.number(9999)} {level} dfs.DataNode$DataXceiver: {said}"


def _syslog(dice: _Dice, level: str = "", text: str = "") -> str:
    peer = f"10.0.{dice.number(256)}.{dice.number(256)} port {dice.number(65536)} ssh2"
    said = text or f"Accepted publickey for {dice.word()} from {peer}"
    program = f"sshd[{dice.number(99999)}]"
    return f"Jan 31 {dice.clock()[:8]} {dice.word()}-{dice.number(40)} {program}: {level + ': ' if level else ''}{said}"


def _access(dice: _Dice) -> str:
    peer, time = f"10.1.{dice.number(256)}.{dice.number(256)}", f"31/Jan/2026:{dice.clock()[:8]} +0000"
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    return f'{peer} - - [{time}] "GET {dice.path()} HTTP/1.1" 200 {dice.number(99999)} "-" "{agent}"'


def _json(dice: _Dice, level: str = "info", text: str = "") -> str:
    said = text or f"{dice.word()} {dice.number(10**6)} written"
    time = f"2026-01-31T{dice.clock().replace(',', '.')}Z"
    about = f'"logger":"shop.{dice.word()}","msg":"{said}","request":"{dice.uuid()}"'
    return f'{{"time":"{time}","level":"{level}",{about}}}'


def _openstack(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    request = f'10.11.10.1 "GET /v2/{dice.hex(32)}/servers/detail HTTP/1.1"'
    said = text or f"{request} status: 200 len: {dice.number(9999)} time: {dice.random():.7f}"
    logger = f"nova.osapi_compute.wsgi.{dice.word()}"
    time = f"2026-01-31 {dice.clock().replace(',', '.')}"
    return f"{time} {dice.number(99999)} {level} {logger} [req-{dice.uuid()}] {said}"


def _logfmt(dice: _Dice, level: str = "info", text: str = "") -> str:
    said = text or f"completed {dice.word()} {dice.word()}"
    time = f"2026-01-31T{dice.clock().replace(',', '.')}Z"
    about = f'component={dice.word()} msg="{said}" took={dice.random():.6f}s id={dice.hex(16)}'
    return f"time={time} level={level} {about}"


def _glog(dice: _Dice, letter: str = "I", text: str = "") -> str:
    said = text or f"Starting reconciler for {dice.word()} {dice.path()}, {dice.number(10**6)} left"
    where = f"{dice.number(9999):7d} {dice.word()}.go:{dice.number(900)}"
    return f"{letter}0131 {dice.clock().replace(',', '.')}456 {where}] {said}"


def _python_trace(dice: _Dice) -> str:
    frames = "".join(
        f'  File "/opt/app{dice.path()}/{dice.word()}.py", line {dice.number(900)}, in {dice.word()}\n'
        f"    return self.{dice.word()}({dice.word()}, {dice.number(99)})\n"
        for _ in range(2 + dice.number(6))
    )
    last = f"{dice.choice(_PYTHON)}: {dice.word()} {dice.number(10**6)} is gone"
    return f"Traceback (most recent call last):\n{frames}{last}"


def _java_trace(dice: _Dice) -> str:
    frames = "".join(f"\n\tat org.apache.{_java_frame(dice)}" for _ in range(4 + dice.number(12)))
    return f"java.{dice.choice(_JAVA)}: {dice.word()} {dice.number(10**6)} not ready{frames}"


def _java_frame(dice: _Dice) -> str:
    kind = dice.word().title()
    return f"{dice.word()}.{kind}.{dice.word()}({kind}.java:{dice.number(900)})"


_PYTHON = ("ValueError", "RuntimeError", "KeyError", "shop.errors.OutOfStockException", "TimeoutError")
_JAVA = ("io.IOException", "lang.IllegalStateException", "net.ConnectException", "util.concurrent.TimeoutException")


def _lost(dice: _Dice) -> str:
    why = dice.choice(("timeout", "refused", "gone"))
    return f"could not send {dice.word()} {dice.number(10**6)} to {dice.site()}: {why}"


_Kind = tuple[_Line, tuple[_Line, ...]]


def _entry(line: _Levelled, level: str = "ERROR", says: _Line = _lost) -> _Line:
    """A failure of one line."""
    return lambda dice: line(dice, level, says(dice))


def _traced(line: _Levelled, level: str, says: str, trace: _Line) -> _Line:
    """A failure with a stack trace below its entry."""
    return lambda dice: f"{line(dice, level, says)}\n{trace(dice)}"


def _serving(dice: _Dice) -> str:
    return f"Got Exception while serving blk_{dice.number(10**12)} to {dice.site()}"


KINDS: tuple[_Kind, ...] = (
    (_flare, (_entry(_flare), _traced(_flare, "ERROR", "task failed", _python_trace))),
    (_spark, (_entry(_spark), _traced(_spark, "ERROR", "Exception in task", _java_trace))),
    (_hadoop, (_entry(_hadoop), _traced(_hadoop, "WARN", "retrying", _java_trace))),
    (_hdfs, (_entry(_hdfs, "WARN", _serving),)),
    (_syslog, (_entry(_syslog),)),
    (_access, ()),
    (_json, (_entry(_json),)),
    (_openstack, (_entry(_openstack),)),
    (_logfmt, (_entry(_logfmt),)),
    (_glog, (_entry(_glog, "E", lambda dice: f"ERROR: {_lost(dice)}"),)),
)


class _Due:
    """When the next failure is due, so that the asked share of all lines is printed by a grep, at random places."""

    def __init__(self, dice: _Dice, share: float) -> None:
        self._random, self._share = dice.random, share
        self._owed, self._limit = 0.0, dice.random()

    def now(self) -> bool:
        return self._owed > self._limit

    def wrote(self, entry: str) -> None:
        lines = entry.split("\n")
        printed = sum(1 for line in lines if _PRINTED.search(line)) if self.now() else 0
        self._owed += self._share * len(lines) - printed
        if printed:
            self._limit = 2 * self._random()


def stretch(dice: _Dice, kind: _Kind, lines: int, due: _Due) -> str:
    """At least so many lines of one kind, no entry cut."""
    usual, failures = kind
    entries, drawn = list[str](), 0
    while drawn < lines:
        if not failures:
            entry = usual(dice)
        else:
            entry = dice.choice(failures)(dice) if due.now() else usual(dice)
            due.wrote(entry)
        entries.append(entry)
        drawn += entry.count("\n") + 1
    return "".join(f"{entry}\n" for entry in entries)


def _with_failures(share: float) -> float:
    """The share in the kinds that have failures, so that it is the asked one over all kinds."""
    return share * len(KINDS) / sum(1 for _, failures in KINDS if failures)


# ---- corpora ---------------------------------------------------------------------------------------------------------


def blocks(size: int, share: float, seed: int, lines: int = 0) -> Iterator[bytes]:
    """The bytes of `large`, in blocks; `lines` are those of one kind in a row, instead of STRETCH."""
    total, kept = 0, list[bytes]()
    for block in _drawn(min(size, DRAWN), share, seed, lines or STRETCH):
        yield _cut(block, size - total)
        total += len(block)
        kept.append(block)
    for number in count():
        block = _on_day(kept[number % len(kept)], 1 + number // len(kept)) if total < size else b""
        if not (cut := _cut(block, size - total)):
            return
        yield cut
        total += len(block)


def _drawn(size: int, share: float, seed: int, lines: int) -> Iterator[bytes]:
    """Stretches of all kinds in turn, until they are so many bytes or more."""
    dice = _Dice(seed)
    due, total = _Due(dice, _with_failures(share)), 0
    for kind in cycle(KINDS):
        block = stretch(dice, kind, lines, due).encode()
        yield block
        total += len(block)
        if total >= size:
            return


def _cut(block: bytes, size: int) -> bytes:
    """As many whole lines as are within the size."""
    return block if len(block) <= size else block[: block.rfind(b"\n", 0, max(0, size)) + 1]


_DATE = re.compile(rb"(?m)^(.{0,24}?)2026-01-31|^26/01/31|^260131|^Jan 31|^([A-Z])0131|\[31/Jan/2026")


def _on_day(block: bytes, day: int) -> bytes:
    """The block with other dates in it, as long as before."""
    year, month, of_month = 2027 + day // 336, 1 + day // 28 % 12, 1 + day % 28

    def dated(found: re.Match[bytes]) -> bytes:
        if found[1] is not None:
            return b"%s%d-%02d-%02d" % (found[1], year, month, of_month)
        if found[2]:
            return b"%s%02d%02d" % (found[2], month, of_month)
        name = _MONTHS[month - 1]
        return {
            b"26/": b"%02d/%02d/%02d" % (year % 100, month, of_month),
            b"260": b"%02d%02d%02d" % (year % 100, month, of_month),
            b"Jan": b"%s %02d" % (name, of_month),
            b"[31": b"[%02d/%s/%d" % (of_month, name, year),
        }[found[0][:3]]

    return _DATE.sub(dated, block)


_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def large(path: Path, size: int, share: float, seed: int) -> None:
    with path.open("wb") as out:
        out.writelines(blocks(size, share, seed))


def many(path: Path, size: int, share: float, seed: int) -> None:
    files = min(10_000, max(1, size // 10_000))
    dice = _Dice(seed)
    due = _Due(dice, _with_failures(share))
    for number in range(files):
        file = path / f"run-{number % 100:02d}" / f"site-{number // 100:03d}.log"
        _write_log(file, dice, KINDS[number % len(KINDS)], size // files, due)


def suite(path: Path, size: int, share: float, seed: int) -> None:
    dice = _Dice(seed)
    none, due = _Due(dice, 0.0), _Due(dice, share)
    for testcase in range(17):
        for site in ("server", "site-1", "site-2"):
            file = path / f"testcase-{testcase:02d}" / site / "log.txt"
            _write_log(file, dice, KINDS[0], size // 51, due if (testcase, site) == (7, "site-1") else none)


def _write_log(file: Path, dice: _Dice, kind: _Kind, size: int, due: _Due) -> None:
    """A log of one kind, of about so many bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        while (left := size - out.tell()) > 0:
            text = stretch(dice, kind, 20, due).encode()
            if not (cut := _cut(text, left)):
                return
            out.write(cut)


def long(path: Path, size: int, share: float, seed: int) -> None:
    dice, total = _Dice(seed), 0
    due = _Due(dice, share)
    filler = "".join(f'"{dice.word()}-{dice.number(10**9)}": {dice.number(10**9)}, ' for _ in range(8_000))
    with path.open("w") as out:
        while total < size:
            length, at = 1_000 + int(199_000 * dice.random() ** 3), dice.number(40_000)
            line = _json(dice, "ERROR" if due.now() else "info", _lost(dice))
            due.wrote(line)
            total += out.write(f"{line[:-1]}, {filler[at : at + length].rpartition(', ')[0]}}}\n")


def binary(path: Path, size: int, share: float, seed: int) -> None:
    dice = _Dice(seed)
    with path.open("wb") as out:
        for block in blocks(size, share, seed):
            lines = block.splitlines(keepends=True)
            for _ in range(len(lines) // 100):
                at = dice.number(len(lines))
                lines[at] = bytes(dice.number(256) for _ in range(dice.number(60))) + lines[at]
            out.writelines(lines)


def repeated(path: Path, size: int, share: float, seed: int) -> None:
    dice, total = _Dice(seed), 0
    due, (usual, failures) = _Due(dice, share), KINDS[0]
    said = [usual(dice)[23:] for _ in range(10)]
    failed = [dice.choice(failures)(dice)[23:] for _ in range(10)]
    with path.open("w") as out:
        while total < size:
            entry = f"2026-01-31 {dice.clock()}{dice.choice(failed if due.now() else said)}"
            due.wrote(entry)
            total += out.write(f"{entry}\n")


def entries(path: Path, lines: int, failing: int, seed: int) -> None:
    """So many entries of a line each; so many of them, evenly spread, are ERRORs."""
    dice = _Dice(seed)
    with path.open("w") as out:
        for number in range(lines):
            fails = (number + 1) * failing // lines > number * failing // lines
            out.write((_flare(dice, "ERROR", _lost(dice)) if fails else _flare(dice)) + "\n")


def findings(path: Path, size: int, share: float, seed: int) -> None:
    entries(path, size, size, seed)


def _compressed(tool: list[str]) -> Callable[[Path, int, float, int], None]:
    def write(path: Path, size: int, share: float, seed: int) -> None:
        if not shutil.which(tool[0]):
            raise click.ClickException(f"{tool[0]} is not installed")
        with path.open("wb") as out, tempfile.TemporaryFile(dir=path.parent) as plain:
            plain.writelines(blocks(size, share, seed))
            plain.seek(0)
            subprocess.run(tool, stdin=plain, stdout=out, check=True)  # noqa: S603 - one of those below

    return write


MAKERS: dict[str, Callable[[Path, int, float, int], None]] = {
    "large": large,
    "many": many,
    "suite": suite,
    "long": long,
    "binary": binary,
    "repeated": repeated,
    "findings": findings,
    "gzip": _compressed(["gzip", "-6"]),
    "zstd": _compressed(["zstd", "-q", "-3"]),
}

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


def number(text: str) -> int:
    """`1GB`, `256MB`, `1M` as a number."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)B?", text)
    if not found:
        raise click.BadParameter(f"{text}: expected a number such as 1GB, 256MB or 1M")
    return int(float(found[1]) * UNITS[found[2]])


@click.command()
@click.argument("kind", type=click.Choice(list(MAKERS)))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--size", default="1GB", show_default=True, help="Bytes; for `findings` their number.")
@click.option("--share", default=0.007, show_default=True, help="Of the lines, those that a grep prints.")
@click.option("--seed", default=1, show_default=True)
def main(kind: str, path: Path, size: str, share: float, seed: int) -> None:
    """Write a corpus."""
    path.parent.mkdir(parents=True, exist_ok=True)
    MAKERS[kind](path, number(size), share, seed)


if __name__ == "__main__":
    main()
