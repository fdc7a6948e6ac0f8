"""The checker is worth something: it finds each of these deliberately broken copies of the core."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import fixlib
from tests.fixlib.history import Lib, random_history

SOURCE = Path(fixlib.__file__).parent
SEEDS = 60

MUTATIONS: dict[str, list[tuple[str, str, str]]] = {
    "nothing": [],
    "rotates before the old file is finished": [
        (
            "tail.py",
            "        while self._files:\n",
            "        while self._files:\n"
            "            if self._look() and self._successor_has_begun():\n"
            "                self._finish_first()\n",
        )
    ],
    "receiver without a check for duplicates": [
        (
            "receiver.py",
            "known, new = frame.data[: size - frame.offset], frame.data[size - frame.offset :]",
            "known, new = b'', frame.data",
        )
    ],
    "no second read after the stat": [
        ("tail.py", "data = self._read_first(size, finishing=True)", "data = b''"),
    ],
    "an unacknowledged chunk is read again": [
        (
            "producer.py",
            "        self._reason = reason\n",
            "        self._reason = reason\n"
            "        if self._chunk and self._tail.path.exists():\n"
            "            from fixlib.logfile import LogFile\n"
            "            again = LogFile.open(self._tail.path)\n"
            "            again.go_to(max(0, self._tail._files[0].offset - len(self._chunk.data)))\n"
            "            again.end = self._tail._files[0].end\n"
            "            self._tail._files[0] = again\n"
            "            self._tail._offset -= len(self._chunk.data)\n"
            "            self._chunk = None\n",
        )
    ],
    "an error on the first refusal": [
        (
            "producer.py",
            "        self._reason = reason\n",
            "        self._reason = reason\n"
            "        if not self._is_acked:\n"
            "            return self._fail(reason, '')\n",
        )
    ],
    "a heartbeat advances the offset": [
        (
            "producer.py",
            "        elif isinstance(sent, End):\n",
            "        elif isinstance(sent, Heartbeat):\n"
            "            self._offset += 1\n"
            "        elif isinstance(sent, End):\n",
        )
    ],
    "a refused heartbeat advances the offset": [
        (
            "producer.py",
            "        self._sent = None\n        self.attempt += 1\n",
            "        self._offset += isinstance(self._sent, Heartbeat)\n"
            "        self._sent = None\n        self.attempt += 1\n",
        )
    ],
    "the end before the size at the stop is sent": [
        (
            "producer.py",
            "self._chunk or self._read()",
            "self._chunk or (self._read() if self._stopped_at is None else None)",
        ),
        ("producer.py", "if self._tail.finished:", "if self._stopped_at is not None:"),
    ],
    "the end is what is there when it is asked for, and not at the stop": [
        ("tail.py", "            file.end = file.size()\n", "            file.end = 1 << 60\n"),
    ],
}


@contextmanager
def broken_copy(folder: Path, changes: list[tuple[str, str, str]]) -> Iterator[Lib]:
    """Another package, like fixlib but for the changes."""
    name = "fixlib_copy"
    (folder / name).mkdir(parents=True)
    for path in SOURCE.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for file, old, new in changes:
            if file == path.name:
                assert old in text, f"{file} no longer has {old!r}"
                text = text.replace(old, new)
        (folder / name / path.name).write_text(text.replace("from fixlib", f"from {name}"), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        importlib.import_module(f"{name}.testing")
        yield sys.modules[name]
    finally:
        sys.path.remove(str(folder))
        for each in [each for each in sys.modules if each.split(".")[0] == name]:
            del sys.modules[each]


def is_caught(folder: Path, lib: Lib) -> bool:
    """Whether one of the histories by dice fails."""
    for seed in range(SEEDS):
        place = folder / str(seed)
        place.mkdir()
        try:
            random_history(place, seed, lib=lib)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutation_is_caught(tmp_path: Path, mutation: str) -> None:
    """A broken copy fails the checker; an unbroken one does not."""
    with broken_copy(tmp_path / "lib", MUTATIONS[mutation]) as lib:
        assert is_caught(tmp_path, lib) == bool(MUTATIONS[mutation])
