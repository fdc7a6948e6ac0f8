# corpus: logged
# since: 3.13
# event: KeyError: 'momentum'
from logs import logger
from marks import begin, end

log = logger("%(asctime)s | %(levelname)-8s | %(name)s:%(funcName)s:%(lineno)d | %(message)s")


def step(settings):
    return settings["momentum"]


log.info("round 1 of 2")
begin()
try:
    step({})
except KeyError:
    log.exception("round 1 failed on %s", "site-1")
end()
log.info("round 2 of 2")
