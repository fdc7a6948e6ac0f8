# corpus: message of several lines
# event: Disagreement: 2 sites
# last_marked: .*Disagreement: 2
import traceback

from marks import begin, end, say


class Disagreement(Exception):
    def __str__(self):
        return "2 sites\n- site-1: 7\n- site-2: 9"

    def __repr__(self):
        return "Disagreement(\n  7, 9)"


begin()
try:
    raise Disagreement()
except Disagreement:
    traceback.print_exc()
end()
say("next")
