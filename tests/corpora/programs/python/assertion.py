# corpus: uncaught
# event: AssertionError
from marks import begin

begin()
assert 1 + 1 == 3
