# corpus: logged
# since: 3.0
# event: KeyError: 'momentum'
import json
import sys
import traceback

from marks import begin, end


def entry(level, message, **more):
    line = json.dumps(dict({"ts": "2030-01-01T12:00:00Z", "level": level, "msg": message}, **more))
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


entry("info", "round 1 of 2", error_count=0)
begin()
try:
    {}["momentum"]
except KeyError:
    entry("error", "round 1 failed", exc_info=traceback.format_exc())
end()
entry("info", "round 2 of 2")
