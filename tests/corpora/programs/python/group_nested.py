# corpus: exception group
# since: 3.11
# event: ExceptionGroup: outer (3 sub-exceptions)
import traceback

from marks import begin, end, say


def made(error):
    try:
        raise error
    except BaseException as raised:
        return raised


begin()
try:
    raise ExceptionGroup(
        "outer", [made(ValueError("a")), made(ExceptionGroup("inner", [made(KeyError("b")), OSError("c")])), TypeError("d")]
    )
except ExceptionGroup:
    traceback.print_exc()
end()
say("after the group")
