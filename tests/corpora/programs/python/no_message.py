# corpus: uncaught
# event: KeyError
from marks import begin


def look():
    raise KeyError


begin()
look()
