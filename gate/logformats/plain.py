"""Output without entries: nothing begins one. Never found out, only set."""

from __future__ import annotations

from gate.logformats import Record


class Plain:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        return None


FORMAT = Plain()
