# corpus: native crash
# since: 3.3
# event: Fatal Python error: Aborted
import faulthandler
import os
import threading

from marks import begin

faulthandler.enable()
stop = threading.Event()
threading.Thread(target=stop.wait, daemon=True).start()


def crash():
    os.abort()


begin()
crash()
