# corpus: notes
# since: 3.11
# event: RuntimeError: outer
import traceback

from marks import begin, end, say

begin()
try:
    try:
        error = ValueError("bad shape")
        error.add_note("while reading layer 3")
        raise error
    except ValueError as cause:
        raise RuntimeError("outer") from cause
except RuntimeError:
    traceback.print_exc()
end()
say("next")
