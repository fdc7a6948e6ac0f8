# corpus: worker process
# since: 3.0
# event: IndexError: Caught IndexError in loader worker process 0.
import traceback

from marks import begin, end, say


class Sent(object):
    def __init__(self, error):
        self.text = "".join(traceback.format_exception(type(error), error, error.__traceback__))

    def again(self):
        raise IndexError("Caught IndexError in loader worker process 0.\nOriginal " + self.text)


begin()
try:
    [][7]
except IndexError as error:
    sent = Sent(error)
try:
    sent.again()
except IndexError:
    traceback.print_exc()
end()
say("next")
