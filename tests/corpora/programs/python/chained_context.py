# corpus: chained
# since: 3.0
# event: ZeroDivisionError: division by zero
from marks import begin

begin()
try:
    {}["weights"]
except KeyError:
    1 / 0
