# corpus: native crash
# since: 3.3
# event: Fatal Python error: Segmentation fault
import faulthandler
import os
import signal

from marks import begin

faulthandler.enable()


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


begin()
crash()
