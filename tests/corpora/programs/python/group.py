# corpus: exception group
# since: 3.11
# event: ExceptionGroup: two sites failed (2 sub-exceptions)
from marks import begin


def site(number):
    try:
        raise ValueError("site %d" % number)
    except ValueError as error:
        return error


begin()
raise ExceptionGroup("two sites failed", [site(1), site(2)])
