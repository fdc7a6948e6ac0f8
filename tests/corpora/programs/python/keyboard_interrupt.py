# corpus: interrupted
# event: KeyboardInterrupt
import os
import signal
import time

from marks import begin


def wait():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


begin()
wait()
