# corpus: colours
# since: 3.13
# env: PYTHON_COLORS=1
# event: ValueError
from marks import begin


def check(rate):
    return 1 / rate["a"]["b"]


begin()
try:
    check({"a": {}})
except KeyError as error:
    raise ValueError("no rate") from error
