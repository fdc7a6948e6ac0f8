"""Web servers: access logs, and the error logs of Apache and nginx; uWSGI.

Access logs (common, combined) have no level.
"""

from __future__ import annotations

import re

from gate.logformats import Record
from gate.logformats.times import MONTH, iso, named

_ACCESS = re.compile(
    rf"(?P<client>[\w.:-]{{1,253}}) \S{{1,100}} \S{{1,100}} \[(?P<day>\d\d)/(?P<month>{MONTH})/(?P<year>\d{{4}})[: ]"
    r"(?P<clock>\d\d:\d\d:\d\d)(?P<zone> [+-]\d{4})?[^\]]{0,20}\] ?(?P<message>.*)",
    re.DOTALL,
)
_NGINX = re.compile(
    r"(?P<date>\d{4}/\d\d/\d\d) (?P<clock>\d\d:\d\d:\d\d) \[(?P<level>[a-z]{3,6})\] (?P<writer>\d+#\d+): "
    r"(?P<message>.*)",
    re.DOTALL,
)
_APACHE = re.compile(
    rf"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>{MONTH}) (?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{{1,6}})?) "
    r"(?P<year>\d{4})\] \[(?:(?P<module>\w*):)?(?P<level>[a-z]{3,6}\d?)\](?: \[pid (?P<writer>[^\]]{1,40})\])? ?"
    r"(?P<message>.*)",
    re.DOTALL,
)
_UWSGI = re.compile(
    r"\[pid: (?P<writer>\d+)\|app: [^\]]{1,40}\] (?P<client>[\w.:-]{0,253}) \([^)\n]{0,100}\) \{[^}\n]{0,80}\} "
    rf"\[\w{{3}} (?P<month>{MONTH}) (?P<day>[ \d]\d) (?P<clock>\d\d:\d\d:\d\d) (?P<year>\d{{4}})\] (?P<message>.*)",
    re.DOTALL,
)


class WebServer:
    first = ""

    def parse(self, line: str, following: str = "") -> Record | None:
        if line[:1] == "[" and (found := _APACHE.match(line)):
            time = named((found["day"], found["month"], found["year"]), found["clock"])
            level = found["level"].rstrip("12345678").upper()
            return Record(time, level, found["module"] or None, found["message"], found["writer"] or "")
        if line[4:5] == "/" and (found := _NGINX.match(line)):
            time = iso(found["date"], found["clock"])
            return Record(time, found["level"].upper(), None, found["message"], found["writer"])
        if line.startswith("[pid: ") and (found := _UWSGI.match(line)):
            time = named((found["day"], found["month"], found["year"]), found["clock"])
            return Record(time, None, None, found["message"], found["writer"])
        if " [" in line and (found := _ACCESS.match(line)):
            time = named((found["day"], found["month"], found["year"]), found["clock"], found["zone"])
            return Record(time, None, None, found["message"])
        return None


FORMAT = WebServer()
