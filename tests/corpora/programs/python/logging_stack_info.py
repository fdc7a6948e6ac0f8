# corpus: logged
# since: 3.2
# event: went wrong
from logs import logger
from marks import begin, end

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.info("round 1 of 2")
begin()
log.error("went wrong here", stack_info=True)
end()
log.info("round 2 of 2")
