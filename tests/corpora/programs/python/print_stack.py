# corpus: no event
import sys
import traceback

from marks import say


def where():
    sys.stderr.write("called from here:\n")
    traceback.print_stack()


say("round 1")
where()
say("round 2")
