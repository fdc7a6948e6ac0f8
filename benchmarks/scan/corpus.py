"""Logs to measure with: ten kinds of real-looking logs, with a given share of lines that a grep would print.

    python benchmarks/scan/corpus.py KIND PATH [--size 1GB] [--share 0.007] [--seed 1]

KIND is one of

- `large`: one file, its kinds of logs one after the other in stretches of some thousand lines;
- `many`: the same in 10,000 files (fewer below 100 MB: 10 KB each), a file one kind, in 100 folders;
- `suite`: 17 testcases x 3 sites, each a log of 20 KB, one of them with failures;
- `long`: lines of 1 to 200 KB, as JSON payloads are;
- `binary`: log text with NUL bytes, control characters and bytes that are no UTF-8 in it;
- `findings`: nothing but ERROR entries, one a line, no two alike: as many as `--size` says (`1M`);
- `gzip`, `zstd`: `large`, compressed by the tools of these names.

No two lines are alike but by chance: times go on, and numbers, ids and names are drawn anew. The same seed gives the
same bytes. What is larger than 256 MB repeats, with other dates, what was drawn for the first 256 MB.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click

DRAWN = 256_000_000
"""Bytes that are drawn; what is larger repeats them with other dates."""

STRETCH = 5_000
"""Lines of one kind in a row."""

PER_FAILURE = 2.4
"""Lines that a grep prints of one failure, on average."""

GREP = "ERROR|Traceback|Exception"

_Line = Callable[["_Dice"], str]


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


_WORDS = (
    "shard model weights round client server task result queue worker batch epoch metric cache block replica lease index "
    "commit fetch merge store token session route header volume node pod image layer chunk stream offset topic"
).split()

# ---- kinds of logs: a usual line, and a failure ----------------------------------------------------------------------


def _flare(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    where = f"[identity={dice.site()}, run={dice.uuid()}, peer=server, peer_run={dice.hex(8)}, task_name=train]"
    said = text or f"got {dice.word()} of {dice.word()} {dice.number(10**6)} after {dice.random():.4f} seconds"
    return f"2026-01-31 {dice.clock()} - {dice.word().title()}Runner - {level} - {where} - {said}"


def _spark(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    said = text or f"Block broadcast_{dice.number(9999)} stored as values in memory (estimated size {dice.number(900)} B)"
    return f"26/01/31 {dice.clock()[:8]} {level} storage.{dice.word().title()}Store: {said}"


def _hadoop(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    said = text or f"Progress of TaskAttempt attempt_{dice.number(10**9)}_0001_m_{dice.number(10**6):06d}_0 is : {dice.random():.6f}"
    return f"2026-01-31 {dice.clock()} {level} [IPC Server handler {dice.number(30)} on {dice.number(65536)}] org.apache.hadoop.{dice.word()}.{dice.word().title()}: {said}"


def _hdfs(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    said = text or f"Received block blk_{dice.number(10**18)} of size {dice.number(10**8)} from /10.250.{dice.number(256)}.{dice.number(256)}"
    return f"260131 {dice.clock()[:8].replace(':', '')} {dice.number(9999)} {level} dfs.DataNode$DataXceiver: {said}"


def _syslog(dice: _Dice, level: str = "", text: str = "") -> str:
    said = text or f"Accepted publickey for {dice.word()} from 10.0.{dice.number(256)}.{dice.number(256)} port {dice.number(65536)} ssh2"
    return f"Jan 31 {dice.clock()[:8]} {dice.word()}-{dice.number(40)} sshd[{dice.number(99999)}]: {level + ': ' if level else ''}{said}"


def _access(dice: _Dice) -> str:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    return f'10.1.{dice.number(256)}.{dice.number(256)} - - [31/Jan/2026:{dice.clock()[:8]} +0000] "GET {dice.path()} HTTP/1.1" 200 {dice.number(99999)} "-" "{agent}"'


def _json(dice: _Dice, level: str = "info", text: str = "") -> str:
    said = text or f"{dice.word()} {dice.number(10**6)} written"
    return f'{{"time":"2026-01-31T{dice.clock().replace(",", ".")}Z","level":"{level}","logger":"shop.{dice.word()}","msg":"{said}","request":"{dice.uuid()}"}}'


def _openstack(dice: _Dice, level: str = "INFO", text: str = "") -> str:
    said = text or f'10.11.10.1 "GET /v2/{dice.hex(32)}/servers/detail HTTP/1.1" status: 200 len: {dice.number(9999)} time: {dice.random():.7f}'
    return f"2026-01-31 {dice.clock().replace(',', '.')} {dice.number(99999)} {level} nova.osapi_compute.wsgi.{dice.word()} [req-{dice.uuid()}] {said}"


def _logfmt(dice: _Dice, level: str = "info", text: str = "") -> str:
    said = text or f"completed {dice.word()} {dice.word()}"
    return f'time=2026-01-31T{dice.clock().replace(",", ".")}Z level={level} component={dice.word()} msg="{said}" took={dice.random():.6f}s id={dice.hex(16)}'


def _glog(dice: _Dice, letter: str = "I", text: str = "") -> str:
    said = text or f"Starting reconciler for {dice.word()} {dice.path()}, {dice.number(10**6)} left"
    return f"{letter}0131 {dice.clock().replace(',', '.')}456 {dice.number(9999):7d} {dice.word()}.go:{dice.number(900)}] {said}"


def _python_trace(dice: _Dice) -> str:
    frames = "".join(
        f'  File "/opt/app{dice.path()}/{dice.word()}.py", line {dice.number(900)}, in {dice.word()}\n'
        f"    return self.{dice.word()}({dice.word()}, {dice.number(99)})\n"
        for _ in range(2 + dice.number(6))
    )
    return f"Traceback (most recent call last):\n{frames}{dice.choice(_PYTHON)}: {dice.word()} {dice.number(10**6)} is gone"


def _java_trace(dice: _Dice) -> str:
    frames = "".join(
        f"\n\tat org.apache.{dice.word()}.{dice.word().title()}.{dice.word()}({dice.word().title()}.java:{dice.number(900)})"
        for _ in range(4 + dice.number(12))
    )
    return f"java.{dice.choice(_JAVA)}: {dice.word()} {dice.number(10**6)} not ready{frames}"


_PYTHON = ("ValueError", "RuntimeError", "KeyError", "shop.errors.OutOfStockException", "TimeoutError")
_JAVA = ("io.IOException", "lang.IllegalStateException", "net.ConnectException", "util.concurrent.TimeoutException")


def _lost(dice: _Dice) -> str:
    return f"could not send {dice.word()} {dice.number(10**6)} to {dice.site()}: {dice.choice(('timeout', 'refused', 'gone'))}"


_Kind = tuple[_Line, tuple[_Line, ...]]

KINDS: tuple[_Kind, ...] = (
    (
        _flare,
        (
            lambda dice: _flare(dice, "ERROR", _lost(dice)),
            lambda dice: f"{_flare(dice, 'ERROR', 'task failed')}\n{_python_trace(dice)}",
        ),
    ),
    (
        _spark,
        (
            lambda dice: _spark(dice, "ERROR", _lost(dice)),
            lambda dice: f"{_spark(dice, 'ERROR', 'Exception in task')}\n{_java_trace(dice)}",
        ),
    ),
    (
        _hadoop,
        (
            lambda dice: _hadoop(dice, "ERROR", _lost(dice)),
            lambda dice: f"{_hadoop(dice, 'WARN', 'retrying')}\n{_java_trace(dice)}",
        ),
    ),
    (_hdfs, (lambda dice: _hdfs(dice, "WARN", f"Got Exception while serving blk_{dice.number(10**12)} to {dice.site()}"),)),
    (_syslog, (lambda dice: _syslog(dice, "ERROR", _lost(dice)),)),
    (_access, ()),
    (_json, (lambda dice: _json(dice, "ERROR", _lost(dice)),)),
    (_openstack, (lambda dice: _openstack(dice, "ERROR", _lost(dice)),)),
    (_logfmt, (lambda dice: _logfmt(dice, "ERROR", _lost(dice)),)),
    (_glog, (lambda dice: f"{_glog(dice, 'E', f'ERROR: {_lost(dice)}')}",)),
)


def stretch(dice: _Dice, kind: _Kind, lines: int, share: float) -> str:
    """About so many lines of one kind, `share` of which a grep prints."""
    usual, failures = kind
    rate = share / (1.0 if len(failures) == 1 else PER_FAILURE) if failures else 0.0
    entries = (dice.choice(failures)(dice) if dice.random() < rate else usual(dice) for _ in range(lines))
    return "".join(f"{entry}\n" for entry in entries)


# ---- corpora ---------------------------------------------------------------------------------------------------------


def blocks(size: int, share: float, seed: int) -> Iterator[bytes]:
    """The bytes of `large`, in blocks."""
    dice, drawn, total, kept = _Dice(seed), 0, 0, list[bytes]()
    number = 0
    while drawn < min(size, DRAWN):
        block = stretch(dice, KINDS[number % len(KINDS)], STRETCH, share * 10 / 9).encode()
        number += 1
        drawn += len(block)
        kept.append(block)
    day = 0
    while total < size:
        for block in kept:
            dated = block if not day else _on_day(block, day)
            dated = dated if total + len(dated) <= size else dated[: dated.rfind(b"\n", 0, size - total) + 1]
            yield dated
            total += len(dated)
            if total >= size or not dated:
                return
        day += 1


def _on_day(block: bytes, day: int) -> bytes:
    """The block with other dates in it, as long as before."""
    year, month, of_month = 2027 + day // 336, 1 + day // 28 % 12, 1 + day % 28
    block = re.sub(rb"(?m)^(.{0,24}?)2026-01-31", rb"\g<1>%d-%02d-%02d" % (year, month, of_month), block)
    return re.sub(rb"(?m)^(26/01/31|260131|Jan 31|([A-Z])0131)", lambda found: _redated(found, month, of_month), block)


def _redated(found: re.Match[bytes], month: int, day: int) -> bytes:
    text = found[0]
    if b"/" in text:
        return b"27/%02d/%02d" % (month, day)
    if text.startswith(b"Jan"):
        return b"Feb %02d" % day
    return b"%s%02d%02d" % (text[:1] if found[2] else b"27", month, day)


def large(path: Path, size: int, share: float, seed: int) -> None:
    with path.open("wb") as out:
        out.writelines(blocks(size, share, seed))


def many(path: Path, size: int, share: float, seed: int) -> None:
    count = min(10_000, max(1, size // 10_000))
    each, dice = size // count, _Dice(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        text = "".join(stretch(dice, kind, 200, share * 10 / 9) for _ in range(max(1, round(each / 30_000))))
        file = path / f"run-{number % 100:02d}" / f"site-{number // 100:03d}.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode()[:each].rpartition(b"\n")[0] + b"\n")


def suite(path: Path, size: int, share: float, seed: int) -> None:
    dice = _Dice(seed)
    for number in range(17):
        for site in ("server", "site-1", "site-2"):
            file = path / f"testcase-{number:02d}" / site / "log.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            failing = number == 7 and site == "site-1"
            file.write_text(stretch(dice, KINDS[0], max(1, size // 51 // 190), share if failing else 0.0))


def long(path: Path, size: int, share: float, seed: int) -> None:
    dice, total = _Dice(seed), 0
    filler = "".join(f'"{dice.word()}-{dice.number(10**9)}": {dice.number(10**9)}, ' for _ in range(8_000))
    with path.open("w") as out:
        while total < size:
            length, at = 1_000 + int(199_000 * dice.random() ** 3), dice.number(40_000)
            line = _json(dice, "ERROR" if dice.random() < share else "info", _lost(dice))
            total += out.write(f"{line[:-1]}, {filler[at : at + length].rpartition(', ')[0]}}}\n")


def binary(path: Path, size: int, share: float, seed: int) -> None:
    dice = _Dice(seed)
    with path.open("wb") as out:
        for block in blocks(size, share, seed):
            at = dice.number(len(block)) if block else 0
            end = block.find(b"\n", at) + 1
            noise = bytes(dice.number(256) for _ in range(dice.number(400)))
            out.write(block[:end] + noise + b"\n" + block[end:])


def findings(path: Path, size: int, share: float, seed: int) -> None:
    dice = _Dice(seed)
    with path.open("w") as out:
        out.writelines(f"{_flare(dice, 'ERROR', _lost(dice))}\n" for _ in range(size))


def _compressed(tool: list[str]) -> Callable[[Path, int, float, int], None]:
    def write(path: Path, size: int, share: float, seed: int) -> None:
        if not shutil.which(tool[0]):
            raise click.ClickException(f"{tool[0]} is not installed")
        with path.open("wb") as out, subprocess.Popen(tool, stdin=subprocess.PIPE, stdout=out) as process:  # noqa: S603
            assert process.stdin
            for block in blocks(size, share, seed):
                process.stdin.write(block)

    return write


MAKERS: dict[str, Callable[[Path, int, float, int], None]] = {
    "large": large,
    "many": many,
    "suite": suite,
    "long": long,
    "binary": binary,
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
