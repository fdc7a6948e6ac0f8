# corpus: ignored
# since: 3.0
# event: RuntimeError: while closing
from marks import begin, end, say


class Model(object):
    def __del__(self):
        raise RuntimeError("while closing")


model = Model()
begin()
del model
end()
say("going on")
