# corpus: rendered
# needs: ipython==8.31.0
# since: 3.12
# until: 3.12
# event: ZeroDivisionError: division by zero
import sys

from IPython.core.ultratb import VerboseTB

from marks import begin, end, say


def mean(values):
    return sum(values) / len(values)


begin()
try:
    mean([])
except ZeroDivisionError:
    VerboseTB(color_scheme="NoColor", include_vars=False, ostream=sys.stderr)(*sys.exc_info())
end()
say("next")
