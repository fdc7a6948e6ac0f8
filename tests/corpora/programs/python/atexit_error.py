# corpus: ignored
# since: 3.0
# event: OSError: cannot flush
import atexit

from marks import begin


def flush():
    raise OSError("cannot flush")


atexit.register(flush)
begin()
