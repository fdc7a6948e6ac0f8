# corpus: exception group
# since: 3.11
# event: ExceptionGroup: many (20 sub-exceptions)
from marks import begin

begin()
raise ExceptionGroup("many", [ValueError(n) for n in range(20)])
