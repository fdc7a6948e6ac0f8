# corpus: chained
# since: 3.0
# event: RuntimeError: no configuration
from marks import begin


def load(name):
    return open("/nowhere/" + name)


begin()
try:
    load("job.json")
except OSError as error:
    raise RuntimeError("no configuration") from error
