# corpus: caught and printed
# event: ZeroDivisionError:
# event: ZeroDivisionError:
import traceback

from marks import begin, end, say


def mean(values):
    return sum(values) / len(values)


for number in range(2):
    say("round %d" % number)
    begin()
    try:
        mean([])
    except ZeroDivisionError:
        traceback.print_exc()
    end()
say("done")
