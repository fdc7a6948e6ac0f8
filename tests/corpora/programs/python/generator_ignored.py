# corpus: ignored
# since: 3.0
# event: RuntimeError: generator ignored GeneratorExit
from marks import begin, end, say


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


generator = stubborn()
next(generator)
begin()
del generator
end()
say("going on")
