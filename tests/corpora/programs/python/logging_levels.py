# corpus: logged
# event: the disk is full
# event: giving up
from logs import logger
from marks import begin, end

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.debug("detail")
log.warning("disk nearly full")
begin()
log.error("the disk is full")
end()
log.info("cleaning")
begin()
log.critical("giving up")
end()
