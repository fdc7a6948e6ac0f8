# corpus: chained
# since: 3.0
# event: RuntimeError: step failed
import traceback

from marks import begin, end, say

begin()
try:
    try:
        raise ValueError("first line\nsecond line\n\nfourth line")
    except ValueError as error:
        raise RuntimeError("step failed") from error
except RuntimeError:
    traceback.print_exc()
end()
say("next")
