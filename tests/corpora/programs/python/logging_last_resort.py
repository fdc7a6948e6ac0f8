# corpus: logged
# unmarked_first: 1
# since: 3.2
# event: KeyError: 'momentum'
import logging

from marks import begin, end, say

say("round 1 of 2")
begin()
try:
    {}["momentum"]
except KeyError:
    logging.getLogger("app").exception("round 1 failed on site-1")
end()
say("round 2 of 2")
