# corpus: notes
# since: 3.11
# event: ValueError: bad shape
# last_marked: ValueError: bad
import traceback

from marks import begin, end, say

begin()
try:
    error = ValueError("bad shape")
    error.add_note("while reading layer 3")
    error.add_note("of model a\nand model b")
    raise error
except ValueError:
    traceback.print_exc()
end()
say("next")
