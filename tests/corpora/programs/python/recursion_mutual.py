# corpus: recursion
# event: maximum recursion depth exceeded
import sys

from marks import begin

sys.setrecursionlimit(60)


def ping():
    pong()


def pong():
    ping()


begin()
ping()
