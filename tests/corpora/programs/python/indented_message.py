# corpus: message of several lines
# event: RuntimeError: two sites disagree:
import traceback

from marks import begin, end, say

begin()
try:
    raise RuntimeError("two sites disagree:\n  site-1 says 7\n  site-2 says 9")
except RuntimeError:
    traceback.print_exc()
end()
say("going on")
