# corpus: every line behind a prefix
# since: 3.0
# event: KeyError: 'momentum'
import traceback

from logs import logger
from marks import begin, end

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.info("round 1 of 2")
begin()
try:
    {}["momentum"]
except KeyError:
    for line in traceback.format_exc().splitlines():
        log.error(line)
end()
log.info("round 2 of 2")
