# corpus: exception group
# since: 3.11
# event: RuntimeError: the round failed
import traceback

from marks import begin, end, say

begin()
try:
    try:
        raise ExceptionGroup("sites", [ValueError("site-1"), ValueError("site-2")])
    except ExceptionGroup as error:
        raise RuntimeError("the round failed") from error
except RuntimeError:
    traceback.print_exc()
end()
say("after")
