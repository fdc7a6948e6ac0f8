# corpus: recursion
# event: maximum recursion depth exceeded
import sys

from marks import begin

sys.setrecursionlimit(60)


def down():
    down()


begin()
down()
