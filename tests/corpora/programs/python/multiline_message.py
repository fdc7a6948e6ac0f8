# corpus: message of several lines
# event: RuntimeError: two sites disagree
# last_marked: RuntimeError: two
import traceback

from marks import begin, end, say

begin()
try:
    raise RuntimeError("two sites disagree\nsite-1 says 7\nsite-2 says 9")
except RuntimeError:
    traceback.print_exc()
end()
say("going on")
