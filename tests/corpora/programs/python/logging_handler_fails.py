# corpus: logged
# since: 3.10
# event: TypeError: not all arguments converted during string formatting
from logs import logger
from marks import begin, end, say

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.info("round 1 of 2")
begin()
log.info("two sites", 3)
end()
log.info("round 2 of 2")
