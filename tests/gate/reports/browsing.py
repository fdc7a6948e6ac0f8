"""Reports in a real Chromium, for the tests that need one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gate.model import Report
from gate.reports.html import FORMAT


class Opened:
    """A report in a tab, and what the tab did besides showing it."""

    def __init__(self, browser: Any, report: Report, folder: Path, view: str = "", **context: Any) -> None:
        file = folder / "report.html"
        with file.open("w", encoding="utf-8") as out:
            FORMAT.write(report, out, folder)
        self.said: list[str] = []
        self.requested: list[str] = []
        self.page = browser.new_context(**context).new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.url = file.as_uri()
        self.page.goto(self.url + view)

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.requested if not url.startswith(("data:", self.url))]
