# corpus: rendered
# needs: rich==13.9.4
# since: 3.12
# until: 3.12
# event: RuntimeError: no mean
from rich.console import Console

from marks import begin, end, say


def mean(values):
    try:
        return sum(values) / len(values)
    except ZeroDivisionError as error:
        raise RuntimeError("no mean") from error


begin()
try:
    mean([])
except RuntimeError:
    Console(stderr=True, width=100).print_exception(show_locals=True)
end()
say("next")
