# corpus: thread
# event: ValueError: in a thread
# event: KeyError: 'second'
import threading

from marks import begin, end, say


def fail(error):
    raise error


for error in (ValueError("in a thread"), KeyError("second")):
    begin()
    thread = threading.Thread(target=fail, args=(error,), name="worker")
    thread.start()
    thread.join()
    end()
    say("joined")
