# corpus: logged
# event: ConnectionResetError
# since: 3.3
from logs import logger
from marks import begin, end

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.info("round 1 of 2")
begin()
try:
    raise ConnectionResetError("by peer")
except ConnectionResetError:
    log.warning("will try again", exc_info=True)
end()
log.info("round 2 of 2")
