# corpus: exception group
# since: 3.11
# event: ExceptionGroup: several (2 sub-exceptions)
import traceback

from marks import begin, end, say


def chained():
    try:
        try:
            {}["x"]
        except KeyError as error:
            raise RuntimeError("no x") from error
    except RuntimeError as error:
        return error


begin()
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ExceptionGroup("several", [chained(), ValueError("plain")])
except ExceptionGroup:
    traceback.print_exc()
end()
say("after the group")
