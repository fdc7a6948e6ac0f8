# corpus: caught and printed
# since: 3.0
# event: RuntimeError: second
import traceback

from marks import begin, end, say

begin()
try:
    try:
        raise ValueError("first")
    except ValueError:
        raise RuntimeError("second")
except RuntimeError:
    traceback.print_exc(chain=False)
end()
say("next")
