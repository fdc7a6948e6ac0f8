# corpus: logged
# event: ValueError: bad
from logs import logger
from marks import begin, end

log = logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log.info("round 1 of 2")
begin()
try:
    raise ValueError("bad\nbatch\n\nin the middle")
except ValueError:
    log.exception("round 1 failed\non two sites")
end()
log.info("round 2 of 2")
