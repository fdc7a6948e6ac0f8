# corpus: chained
# since: 3.0
# event: SystemError: gave up
import traceback

from marks import begin, end, say


def first():
    raise ValueError("bad batch")


def second():
    try:
        first()
    except ValueError as error:
        raise RuntimeError("step failed") from error


begin()
try:
    try:
        second()
    except RuntimeError:
        raise SystemError("gave up")
except SystemError:
    traceback.print_exc()
end()
say("next")
