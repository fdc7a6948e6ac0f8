# corpus: rendered
# needs: rich==13.9.4
# since: 3.12
# until: 3.12
# event: ZeroDivisionError: division by zero
from rich.console import Console

from marks import begin, end, say


def mean(values):
    return sum(values) / len(values)


begin()
try:
    mean([])
except ZeroDivisionError:
    Console(stderr=True, width=100).print_exception()
end()
say("next")
