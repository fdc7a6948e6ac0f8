# corpus: exception group
# since: 3.11
# event: ExceptionGroup: two lines
import traceback

from marks import begin, end, say

begin()
try:
    raise ExceptionGroup("two lines\nof a message", [ValueError("one\ntwo\nthree"), KeyError("k")])
except ExceptionGroup:
    traceback.print_exc()
end()
say("after the group")
