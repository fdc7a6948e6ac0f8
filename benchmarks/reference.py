"""What a plain Python loop does with the same logs: the measure that the guard holds the scan against.

Each file is read, each line with a match becomes a row of JSON. It knows no entry, no trace and no rule.
"""

import json
import os
import re
import sys

PATTERN = re.compile(rb"ERROR|Traceback|Exception")


def main(output: str, path: str) -> None:
    with open(output, "w") as out:  # noqa: PTH123 - as few modules as may be
        for folder, _, names in [("", [], [path])] if os.path.isfile(path) else os.walk(path):  # noqa: PTH113
            for name in sorted(names):
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                    for row in rows(name, file.read()):
                        out.write(row)


def rows(name, data):
    line = end = 0
    for found in PATTERN.finditer(data):
        if found.start() < end:
            continue
        start = data.rfind(b"\n", 0, found.start()) + 1
        line += data.count(b"\n", end, start) + 1
        end = (data.find(b"\n", start) + 1) or len(data)
        text = data[start:end].decode("utf-8", "replace")
        yield json.dumps({"file": name, "line": line, "text": text}) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
