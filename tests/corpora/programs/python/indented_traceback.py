# corpus: caught and printed
# since: 3.0
# event: KeyError: 'lr'
import sys
import textwrap
import traceback

from marks import begin, end, say

say("site-1 failed:")
begin()
try:
    {}["lr"]
except KeyError:
    sys.stderr.write(textwrap.indent(traceback.format_exc(), "    "))
end()
say("site-2 went well")
