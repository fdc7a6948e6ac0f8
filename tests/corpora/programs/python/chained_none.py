# corpus: chained
# since: 3.0
# event: RuntimeError: hidden cause
from marks import begin

begin()
try:
    {}["weights"]
except KeyError:
    raise RuntimeError("hidden cause") from None
