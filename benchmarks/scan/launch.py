"""Runs a command and prints what it took: `python -I -S launch.py OUTPUT LOOPS EVERY_S COMMAND...`

A program of its own, and a small one: what a process takes of memory counts from its parent's size at the moment at
which it is started, so that a large parent would be measured instead. It prints, with blanks between them, seconds by
the wall clock and of CPU (user and system, of all processes that were waited for), the bytes of the largest process
(wait4's ru_maxrss), the most that all processes held at once, and the exit code.

Without EVERY_S (0) nobody looks while the command runs, and the fourth figure is 0; with it, the proportional set
sizes (PSS: what processes share is counted once) of the command and all below it are added up every EVERY_S seconds.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # typing's own costs a megabyte
if TYPE_CHECKING:
    import resource

PROC = "/proc"
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def main(output: str, loops: str, every: str, *command: str) -> None:
    wall = cpu = largest = together = code = 0.0
    for _ in range(int(loops)):
        began = time.perf_counter()
        code, used, at_once = run(command, output, float(every))
        wall += time.perf_counter() - began
        cpu += used.ru_utime + used.ru_stime
        largest = max(largest, used.ru_maxrss * _RSS_UNIT)
        together = max(together, at_once)
    sys.stdout.write(f"{wall} {cpu} {int(largest)} {int(together)} {int(code)}\n")


def run(command: tuple[str, ...], output: str, every: float) -> tuple[int, resource.struct_rusage, int]:
    """Its exit code, its use of the machine, and the bytes that its processes held at once."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600), (os.POSIX_SPAWN_OPEN, 2, f"{output}.err", flags, 0o600)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
    if not every:
        _, status, used = os.wait4(pid, 0)
        return os.waitstatus_to_exitcode(status), used, 0
    together = 0
    while True:
        together = max(together, sum(map(held, family(pid))))
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), used, together
        time.sleep(every)


def family(pid: int) -> list[int]:
    """The process and all below it, as far as they still live."""
    found = [pid]
    for each in found:
        for task in _listed(f"{PROC}/{each}/task"):
            found += map(int, _read(f"{PROC}/{each}/task/{task}/children").split())
    return found


def held(pid: int) -> int:
    """Bytes of a process, shared ones in proportion; 0 when it has ended."""
    for line in _read(f"{PROC}/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - pathlib would make this program larger than what it measures
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        with open(path) as file:  # noqa: PTH123 - as above
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
