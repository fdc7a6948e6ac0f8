# corpus: uncaught
# since: 3.0
# event: ValueError: original
import sys

from marks import begin


def hook(*args):
    raise RuntimeError("the hook failed, too")


sys.excepthook = hook
begin()
raise ValueError("original")
