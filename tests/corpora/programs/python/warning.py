# corpus: no event
import warnings

from marks import say


def old():
    warnings.warn("old() is deprecated, use new()", UserWarning, stacklevel=2)


say("round 1")
old()
say("round 2")
