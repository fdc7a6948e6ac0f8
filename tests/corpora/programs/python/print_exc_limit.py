# corpus: caught and printed
# since: 3.0
# event: ValueError: bottom
import traceback

from marks import begin, end, say


def a():
    b()


def b():
    raise ValueError("bottom")


begin()
try:
    a()
except ValueError:
    traceback.print_exc(limit=1)
end()
say("next")
