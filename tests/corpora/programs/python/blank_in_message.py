# corpus: message of several lines
# event: RuntimeError: the plan has
# last_marked: RuntimeError: the plan
import traceback

from marks import begin, end, say

begin()
try:
    raise RuntimeError("the plan has\n\nno steps")
except RuntimeError:
    traceback.print_exc()
end()
say("going on")
