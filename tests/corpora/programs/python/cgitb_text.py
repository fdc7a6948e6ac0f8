# corpus: rendered
# since: 3.12
# until: 3.12
# varies: [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}
# event: ValueError: in cgitb
import sys
import warnings

from marks import begin, end, say

warnings.simplefilter("ignore")
import cgitb  # noqa: E402

hook = cgitb.Hook(format="text", file=sys.stderr)


def fail(rate):
    raise ValueError("in cgitb")


begin()
try:
    fail(3)
except ValueError:
    hook.handle()
end()
say("next")
