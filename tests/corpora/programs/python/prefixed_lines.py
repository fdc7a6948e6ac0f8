# corpus: every line behind a prefix
# since: 3.0
# event: ZeroDivisionError: division by zero
import sys
import traceback

from marks import begin, end


def out(text):
    for line in text.splitlines():
        sys.stderr.write("[rank1]: " + line + "\n")
    sys.stderr.flush()


out("round 1 of 2")
begin()
try:
    try:
        {}["momentum"]
    except KeyError:
        1 / 0
except ZeroDivisionError:
    out(traceback.format_exc())
end()
out("round 2 of 2")
