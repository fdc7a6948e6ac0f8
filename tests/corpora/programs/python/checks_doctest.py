# corpus: test report
# since: 3.11
# event: ZeroDivisionError:
# run: {tool} -u -m doctest {file}
# split: File 
# stop: \*{60,}$
from marks import begin


def mean(values):
    """The mean of values.

    >>> mean([1, 3]) == 2
    True
    >>> mean([])
    0
    """
    return sum(values) / len(values)


begin()
